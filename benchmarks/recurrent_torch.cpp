// One training step of a recurrent network over 50 steps of 32 sequences (64 numbers in, 128
// states, a linear layer of 64 and cross-entropy at each step, SGD): its bare matrix products,
// xgrad and libtorch.

#include <cblas.h>
#include <torch/torch.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>
#include <xgrad.hpp>

#include "side_by_side.hpp"

namespace {

constexpr std::int64_t steps = 50, rows = 32, inputs = 64, hidden = 128, classes = 64;

// C (m, n) = A B, of whatever is in the memory.
struct Products {
  std::vector<float> a = std::vector<float>(1 << 20, 0.1F), b = a, c = a;
  void operator()(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, std::int64_t m, std::int64_t n,
                  std::int64_t k) {
    const auto as_int = [](std::int64_t size) { return static_cast<int>(size); };
    cblas_sgemm(CblasRowMajor, ta, tb, as_int(m), as_int(n), as_int(k), 1, a.data(),
                as_int(ta == CblasTrans ? m : k), b.data(), as_int(tb == CblasTrans ? k : n), 0,
                c.data(), as_int(n));
  }
};

void products(Products& product, std::int64_t gates) {
  constexpr auto no = CblasNoTrans, yes = CblasTrans;
  const std::int64_t all = steps * rows, width = gates * hidden;
  product(no, yes, all, width, inputs);
  for (std::int64_t t = 0; t < steps; ++t) product(no, yes, rows, width, hidden);
  product(no, yes, all, classes, hidden);
  product(yes, no, classes, hidden, all);
  product(no, no, all, hidden, classes);
  for (std::int64_t t = 0; t < steps; ++t) product(no, no, rows, hidden, width);
  product(yes, no, width, hidden, all);
  product(yes, no, width, inputs, all);
}

template <class Layer>
struct Net : xgrad::nn::Module {
  Layer layer{inputs, hidden};
  xgrad::nn::Linear output{hidden, classes};
  XGRAD_FIELDS(layer, output)
};

template <class Layer>
std::function<void()> xgrad_step() {
  using namespace xgrad;
  auto net = std::make_shared<Net<Layer>>();
  auto sgd = std::make_shared<optim::SGD>(net->parameters(), optim::SGDOptions{.lr = 0.01});
  const Tensor x = randn({steps, rows, inputs}), y = randint(0, classes, {steps * rows});
  return [=] {
    sgd->zero_grad();
    const Tensor logits = net->output(net->layer.forward(x).output);
    nn::cross_entropy(reshape(logits, {-1, classes}), y).backward();
    sgd->step();
  };
}

template <class Layer>
std::function<void()> torch_step() {
  Layer layer(inputs, hidden);
  torch::nn::Linear output(hidden, classes);
  std::vector<torch::Tensor> parameters = layer->parameters();
  for (const torch::Tensor& p : output->parameters()) parameters.push_back(p);
  auto sgd = std::make_shared<torch::optim::SGD>(parameters, 0.01);
  const torch::Tensor x = torch::randn({steps, rows, inputs});
  const torch::Tensor y = torch::randint(0, classes, {steps * rows});
  return [=]() mutable {
    for (torch::Tensor& p : parameters) p.mutable_grad().reset();
    const torch::Tensor logits = output(std::get<0>(layer(x)));
    torch::nn::functional::cross_entropy(logits.reshape({-1, classes}), y).backward();
    sgd->step();
  };
}

// A layer of four heads, 128 numbers a step and 512 in between, in training, without dropout.
void attention_products(Products& product) {
  constexpr auto no = CblasNoTrans, yes = CblasTrans;
  constexpr std::int64_t all = steps * rows, width = 128, wide = 512, heads = 4,
                         head = width / heads;
  for (const auto& [m, n] :
       {std::pair(3 * width, width), {width, width}, {wide, width}, {width, wide}}) {
    product(no, yes, all, m, n);
    product(no, no, all, n, m);
    product(yes, no, m, n, all);
  }
  for (std::int64_t i = 0; i < rows * heads; ++i) {
    product(no, yes, steps, steps, head);  // scores, and their gradients to both sides
    product(no, no, steps, head, steps);
    product(yes, no, steps, head, steps);
    product(no, no, steps, head, steps);  // values
    product(no, yes, steps, steps, head);
    product(yes, no, steps, head, steps);
  }
}

std::function<void()> xgrad_attention_step() {
  using namespace xgrad;
  auto layer = std::make_shared<nn::TransformerEncoderLayer>(
      128, 4, nn::TransformerEncoderLayerOptions{.dim_feedforward = 512, .dropout = 0});
  auto sgd = std::make_shared<optim::SGD>(layer->parameters(), optim::SGDOptions{.lr = 0.01});
  const Tensor x = randn({steps, rows, 128});
  return [=] {
    sgd->zero_grad();
    mean(square(layer->forward(x))).backward();
    sgd->step();
  };
}

std::function<void()> torch_attention_step() {
  torch::nn::TransformerEncoderLayer layer(
      torch::nn::TransformerEncoderLayerOptions(128, 4).dim_feedforward(512).dropout(0));
  std::vector<torch::Tensor> parameters = layer->parameters();
  auto sgd = std::make_shared<torch::optim::SGD>(parameters, 0.01);
  const torch::Tensor x = torch::randn({steps, rows, 128});
  return [=]() mutable {
    for (torch::Tensor& p : parameters) p.mutable_grad().reset();
    layer(x).square().mean().backward();
    sgd->step();
  };
}

}  // namespace

int main(int argc, char** argv) {
  side_by_side::keep_memory();
  side_by_side::Settings settings = side_by_side::parse(argc, argv);
  settings.seconds = 5;
  torch::set_num_threads(static_cast<int>(settings.threads));
  xgrad::set_num_threads(settings.threads);
  const side_by_side::Table table(
      "Networks of sequences, " + settings.threads_text() + ", µs a step", "layer",
      {"products", "xgrad", "libtorch"});
  Products product;
  const auto compare = [&](const char* name, auto multiply, auto ours, auto theirs) {
    std::vector<side_by_side::Contestant> contestants = {
        {"products", multiply}, {"xgrad", std::move(ours)}, {"libtorch", std::move(theirs)}};
    side_by_side::race(contestants, settings);
    table.row(name, contestants);
  };
  compare(
      "LSTM", [&] { products(product, 4); }, xgrad_step<xgrad::nn::LSTM>(),
      torch_step<torch::nn::LSTM>());
  compare(
      "GRU", [&] { products(product, 3); }, xgrad_step<xgrad::nn::GRU>(),
      torch_step<torch::nn::GRU>());
  compare(
      "RNN", [&] { products(product, 1); }, xgrad_step<xgrad::nn::RNN>(),
      torch_step<torch::nn::RNN>());
  compare(
      "TransformerEncoderLayer", [&] { attention_products(product); }, xgrad_attention_step(),
      torch_attention_step());
}
