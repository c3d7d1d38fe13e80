// One training step (forward, softmax cross-entropy, backward, optimizer) of networks with ReLU:
// the bare matrix products of the step, below which nobody can get, xgrad, and the peers that are
// found.

#include <cblas.h>

#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>
#include <xgrad.hpp>

#include "peers/peers.hpp"
#include "side_by_side.hpp"

namespace {

using peers::Problem;
using peers::Steps;

struct Net : xgrad::nn::Module {
  std::vector<peers::Convolution> shapes;
  std::vector<xgrad::nn::Conv2d> convolutions;
  std::vector<xgrad::nn::Linear> layers;
  XGRAD_FIELDS(convolutions, layers)

  explicit Net(const Problem& problem) : shapes(problem.convolutions) {
    for (const peers::Convolution& c : shapes)
      convolutions.emplace_back(c.channels, c.filters, static_cast<std::int64_t>(c.kernel),
                                xgrad::nn::Conv2dOptions{.padding = static_cast<long>(c.padding)});
    for (std::size_t i = 0; i + 1 < problem.widths.size(); ++i)
      layers.emplace_back(problem.widths[i], problem.widths[i + 1]);
  }
  xgrad::Tensor forward(const xgrad::Tensor& x) {
    xgrad::Tensor y = x;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      y = xgrad::relu(convolutions[i](y));
      if (shapes[i].pools) y = xgrad::max_pool2d(y, 2);
    }
    y = layers[0](shapes.empty() ? y : xgrad::flatten(y, 1));
    for (std::size_t i = 1; i < layers.size(); ++i) y = layers[i](xgrad::relu(y));
    return y;
  }
};

template <bool captured>
Steps xgrad_steps(const Problem& problem) {
  namespace optim = xgrad::optim;
  xgrad::set_num_threads(problem.threads);
  openblas_set_num_threads(1);
  xgrad::manual_seed(0);
  auto net = std::make_shared<Net>(problem);
  std::shared_ptr<optim::Optimizer> optimizer;
  if (problem.adam)
    optimizer = std::make_shared<optim::Adam>(net->parameters(),
                                              optim::AdamOptions{.lr = peers::adam_learning_rate});
  else
    optimizer = std::make_shared<optim::SGD>(
        net->parameters(),
        optim::SGDOptions{.lr = peers::learning_rate, .momentum = peers::momentum});
  const std::vector<std::size_t> extents = problem.input_shape();
  const xgrad::Tensor x = xgrad::tensor(problem.inputs(), xgrad::Shape(extents));
  const xgrad::Tensor y = xgrad::tensor(problem.labels());
  const auto step = [=](const xgrad::Tensor& inputs, const xgrad::Tensor& labels) {
    optimizer->zero_grad();
    xgrad::nn::cross_entropy(net->forward(inputs), labels).backward();
    optimizer->step();
  };
  const auto repeated = std::make_shared<xgrad::Captured<decltype(step)>>(step);
  return [=](std::size_t steps) {
    for (std::size_t i = 0; i < steps; ++i) captured ? (*repeated)(x, y) : step(x, y);
  };
}

// Those of one image's convolution by columns: forward, the weight's gradient, and, but for the
// first one, the columns' gradient.
Steps convolution_products(const peers::Convolution& c, std::size_t positions) {
  const std::size_t elements = c.channels * c.kernel * c.kernel;
  const int m = static_cast<int>(c.filters), n = static_cast<int>(positions);
  const int k = static_cast<int>(elements);
  const auto values = [](std::size_t size) {
    return std::make_shared<std::vector<float>>(size, 0.1F);
  };
  const auto weight = values(c.filters * elements), columns = values(elements * positions);
  const auto result = values(c.filters * positions), weight_gradient = values(weight->size());
  const bool first = c.channels == 1;
  return [=](std::size_t images) {
    for (std::size_t i = 0; i < images; ++i) {
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, weight->data(), k,
                  columns->data(), n, 0, result->data(), n);
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, k, n, 1, result->data(), n,
                  columns->data(), n, 0, weight_gradient->data(), k);
      if (!first)
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, k, n, m, 1, weight->data(), k,
                    result->data(), n, 0, columns->data(), n);
    }
  };
}

// The products: forward, the weights' gradients, and the inputs' of all layers but the first.
Steps products(const Problem& problem) {
  const std::vector<std::size_t> widths = problem.widths;
  auto activations = std::make_shared<std::vector<std::vector<float>>>();
  auto weights = std::make_shared<std::vector<std::vector<float>>>();
  for (std::size_t i = 0; i < widths.size(); ++i) {
    activations->emplace_back(problem.batch * widths[i], 0.1F);
    if (i + 1 < widths.size()) weights->emplace_back(widths[i] * widths[i + 1], 0.1F);
  }
  auto gradients = std::make_shared<std::vector<std::vector<float>>>(*activations);
  auto weight_gradients = std::make_shared<std::vector<std::vector<float>>>(*weights);
  std::vector<Steps> convolutions;
  std::size_t size = Problem::image_size;
  for (const peers::Convolution& c : problem.convolutions) {
    size += 2 * c.padding - c.kernel + 1;
    convolutions.push_back(convolution_products(c, size * size));
    if (c.pools) size /= 2;
  }
  const int n = static_cast<int>(problem.batch);
  const auto step = [=] {
    for (const Steps& convolution : convolutions) convolution(problem.batch);
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
      const int in = static_cast<int>(widths[i]), out = static_cast<int>(widths[i + 1]);
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, out, in, 1, (*activations)[i].data(),
                  in, (*weights)[i].data(), in, 0, (*activations)[i + 1].data(), out);
    }
    for (std::size_t i = widths.size() - 1; i-- > 0;) {
      const int in = static_cast<int>(widths[i]), out = static_cast<int>(widths[i + 1]);
      cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, out, in, n, 1,
                  (*gradients)[i + 1].data(), out, (*activations)[i].data(), in, 0,
                  (*weight_gradients)[i].data(), in);
      if (i > 0)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, in, out, 1,
                    (*gradients)[i + 1].data(), out, (*weights)[i].data(), in, 0,
                    (*gradients)[i].data(), in);
    }
  };
  return [=](std::size_t steps) {
    for (std::size_t i = 0; i < steps; ++i) step();
  };
}

#ifdef XGRAD_PEER_libtorch
Steps libtorch_keeping_memory(const Problem& problem) {
  side_by_side::keep_memory();
  return peers::libtorch(problem);
}
#endif

struct Rival {
  std::string name;
  Steps (*make)(const Problem&);
  bool threads;  ///< whether it can use several
  bool main;     ///< whether the table has the ratio to it
};

const std::vector<Rival> rivals = {
    {"products", products, true, true},
    {"xgrad", xgrad_steps<false>, true, false},
#ifdef XGRAD_PEER_libtorch
    {"libtorch", peers::libtorch, true, true},
    {"libtorch, memory kept", libtorch_keeping_memory, true, true},
#endif
#ifdef XGRAD_PEER_dlib
    {"dlib", peers::dlib, true, true},
#endif
#ifdef XGRAD_PEER_fann
    {"FANN", peers::fann, false, true},
#endif
#ifdef XGRAD_PEER_tiny_dnn
    {"tiny-dnn", peers::tiny_dnn, false, false},
#endif
    {"xgrad, captured", xgrad_steps<true>, true, false},
};

std::string label(const Problem& problem) {
  std::string text;
  for (const auto& [channels, filters, kernel, padding, pools] : problem.convolutions)
    text += std::to_string(kernel) + "×" + std::to_string(kernel) + "×" + std::to_string(filters) +
            (pools ? " pool-" : "-");
  for (std::size_t i = problem.convolutions.empty() ? 0 : 1; i < problem.widths.size(); ++i)
    text += std::to_string(problem.widths[i]) + "-";
  text.back() = ' ';
  return text + "| " + std::to_string(problem.batch) + " | " + (problem.adam ? "Adam" : "SGD");
}

}  // namespace

int main(int argc, char** argv) {
  side_by_side::Settings settings = side_by_side::parse(argc, argv);
  settings.seconds = 3;
  const std::vector<std::size_t> mnist = {784, 100, 100, 50, 10}, wide = {784, 512, 512, 10},
                                 tiny = {2, 16, 16, 2};
  const std::vector<peers::Convolution> lenet = {{1, 6, 5, 2, true}, {6, 16, 5, 0, true}},
                                        large = {{1, 32, 3, 0, false}, {32, 64, 3, 0, true}};
  const std::vector<Problem> problems = {{mnist, 500, false},
                                         {mnist, 500, true},
                                         {mnist, 64, false},
                                         {mnist, 64, true},
                                         {mnist, 16, false},
                                         {mnist, 1, false},
                                         {{784, 128, 10}, 64, false},
                                         {wide, 128, true},
                                         {tiny, 32, false},
                                         {tiny, 1, false},
                                         {{400, 120, 84, 10}, 64, false, lenet},
                                         {{9216, 128, 10}, 64, false, large}};

  std::vector<std::string> names, main_rivals;
  for (const Rival& rival : rivals) {
    if (settings.threads > 1 && !rival.threads) continue;
    names.push_back(rival.name);
    if (rival.main) main_rivals.push_back(rival.name);
  }
  const side_by_side::Table table("Training steps, " + settings.threads_text() + ", µs a step",
                                  "network | batch | optimizer", names, 1000, main_rivals);
  for (Problem problem : problems) {
    problem.threads = settings.threads;
    // Each rival has a process of its own.
    std::list<side_by_side::Process> processes;
    std::vector<side_by_side::Contestant> contestants;
    for (const Rival& rival : rivals) {
      if (settings.threads > 1 && !rival.threads) continue;
      side_by_side::Process& process = processes.emplace_back([&] {
        xgrad::set_flush_denormal(true);  // of this thread, whoever computes
        openblas_set_num_threads(static_cast<int>(problem.threads));
        return rival.make(problem);
      });
      if (process.ready())
        contestants.push_back(
            {rival.name, [&process](std::size_t steps) { return process.run(steps).nanoseconds; }});
    }
    side_by_side::race(contestants, settings);
    table.row(label(problem), contestants);
  }
}
