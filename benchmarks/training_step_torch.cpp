// One training step (forward, softmax cross-entropy, backward, SGD) of networks with ReLU, on one
// thread: xgrad, as it is and captured, libtorch, and the bare matrix products of the step, below
// which nobody can get.

#include <cblas.h>
#include <torch/torch.h>

#include <memory>
#include <vector>
#include <xgrad.hpp>

#include "side_by_side.hpp"

extern "C" void openblas_set_num_threads(int);

namespace {

using Widths = std::vector<std::size_t>;

struct Net : xgrad::nn::Module {
  std::vector<xgrad::nn::Linear> layers;
  XGRAD_FIELDS(layers)

  explicit Net(const Widths& widths) {
    for (std::size_t i = 0; i + 1 < widths.size(); ++i)
      layers.emplace_back(widths[i], widths[i + 1]);
  }
  xgrad::Tensor forward(const xgrad::Tensor& x) {
    xgrad::Tensor y = layers[0](x);
    for (std::size_t i = 1; i < layers.size(); ++i) y = layers[i](xgrad::relu(y));
    return y;
  }
};

std::function<void()> xgrad_step(const Widths& widths, std::size_t batch, bool captured = false) {
  xgrad::manual_seed(0);
  auto net = std::make_shared<Net>(widths);
  auto sgd =
      std::make_shared<xgrad::optim::SGD>(net->parameters(), xgrad::optim::SGDOptions{.lr = 0.01});
  xgrad::Tensor x = xgrad::rand({batch, widths.front()});
  xgrad::Tensor y = xgrad::randint(0, static_cast<std::int64_t>(widths.back()), {batch});
  const auto step = [=](const xgrad::Tensor& images, const xgrad::Tensor& labels) {
    sgd->zero_grad();
    xgrad::nn::cross_entropy(net->forward(images), labels).backward();
    sgd->step();
  };
  if (!captured) return [=] { step(x, y); };
  const auto repeated = std::make_shared<xgrad::Captured<decltype(step)>>(step);
  return [=] { (*repeated)(x, y); };
}

std::function<void()> torch_step(const Widths& widths, std::size_t batch) {
  torch::manual_seed(0);
  torch::nn::Sequential net;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    net->push_back(torch::nn::Linear(widths[i], widths[i + 1]));
    if (i + 2 < widths.size()) net->push_back(torch::nn::ReLU());
  }
  auto sgd = std::make_shared<torch::optim::SGD>(net->parameters(), 0.01);
  auto parameters = std::make_shared<std::vector<torch::Tensor>>(net->parameters());
  const auto n = static_cast<int64_t>(batch);
  torch::Tensor x = torch::rand({n, static_cast<int64_t>(widths.front())});
  torch::Tensor y = torch::randint(0, static_cast<int64_t>(widths.back()), {n});
  return [=]() mutable {
    for (torch::Tensor& p : *parameters) p.mutable_grad().reset();
    torch::nn::functional::cross_entropy(net->forward(x), y).backward();
    sgd->step();
  };
}

// The products: forward, the weights' gradients, and the inputs' of all layers but the first.
std::function<void()> gemm_step(const Widths& widths, std::size_t batch) {
  auto activations = std::make_shared<std::vector<std::vector<float>>>();
  auto weights = std::make_shared<std::vector<std::vector<float>>>();
  for (std::size_t i = 0; i < widths.size(); ++i) {
    activations->emplace_back(batch * widths[i], 0.1F);
    if (i + 1 < widths.size()) weights->emplace_back(widths[i] * widths[i + 1], 0.1F);
  }
  auto gradients = std::make_shared<std::vector<std::vector<float>>>(*activations);
  auto weight_gradients = std::make_shared<std::vector<std::vector<float>>>(*weights);
  const int n = static_cast<int>(batch);
  return [=] {
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
}

}  // namespace

int main() {
  xgrad::set_num_threads(1);
  torch::set_num_threads(1);
  openblas_set_num_threads(1);
  const Widths mnist = {784, 100, 100, 50, 10};
  const std::pair<Widths, std::size_t> cases[] = {{mnist, 1},           {mnist, 16},
                                                  {mnist, 64},          {mnist, 500},
                                                  {{784, 128, 10}, 64}, {{784, 512, 512, 10}, 128},
                                                  {{2, 16, 16, 2}, 32}, {{2, 16, 16, 2}, 1}};
  for (const auto& [widths, batch] : cases) {
    std::vector<side_by_side::Contestant> contestants = {
        {"bare sgemm calls", gemm_step(widths, batch)},
        {"xgrad", xgrad_step(widths, batch)},
        {"libtorch", torch_step(widths, batch)},
        {"xgrad, captured", xgrad_step(widths, batch, true)},
    };
    side_by_side::race(contestants, 31, widths.front() == 2 ? 1000 : batch < 100 ? 50 : 10);
    std::string title = "training step of ";
    for (const std::size_t width : widths) title += std::to_string(width) + "-";
    title.back() = ',';
    side_by_side::report((title + " batch " + std::to_string(batch)).c_str(), contestants);
    std::printf("  xgrad / libtorch: %.3f\n", contestants[1].median() / contestants[2].median());
  }
}
