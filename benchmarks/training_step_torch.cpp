// One training step (forward, softmax cross-entropy, backward, SGD) of 784-100-100-50-10 with ReLU,
// on one thread, for several batch sizes: xgrad, libtorch, and the bare matrix products of the
// step, below which nobody can get.

#include <cblas.h>
#include <torch/torch.h>

#include <memory>
#include <vector>
#include <xgrad.hpp>

#include "side_by_side.hpp"

extern "C" void openblas_set_num_threads(int);

namespace {

const std::vector<std::size_t> widths = {784, 100, 100, 50, 10};

struct Net : xgrad::nn::Module {
  xgrad::nn::Linear l1{784, 100}, l2{100, 100}, l3{100, 50}, l4{50, 10};
  XGRAD_FIELDS(l1, l2, l3, l4)

  xgrad::Tensor forward(const xgrad::Tensor& x) {
    using xgrad::relu;
    return l4(relu(l3(relu(l2(relu(l1(x)))))));
  }
};

std::function<void()> xgrad_step(std::size_t batch) {
  xgrad::manual_seed(0);
  auto net = std::make_shared<Net>();
  auto sgd =
      std::make_shared<xgrad::optim::SGD>(net->parameters(), xgrad::optim::SGDOptions{.lr = 0.01});
  xgrad::Tensor x = xgrad::rand({batch, 784});
  xgrad::Tensor y = xgrad::randint(0, 10, {batch});
  return [=] {
    sgd->zero_grad();
    xgrad::nn::cross_entropy(net->forward(x), y).backward();
    sgd->step();
  };
}

std::function<void()> torch_step(std::size_t batch) {
  torch::manual_seed(0);
  torch::nn::Sequential net;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    net->push_back(torch::nn::Linear(widths[i], widths[i + 1]));
    if (i + 2 < widths.size()) net->push_back(torch::nn::ReLU());
  }
  auto sgd = std::make_shared<torch::optim::SGD>(net->parameters(), 0.01);
  auto parameters = std::make_shared<std::vector<torch::Tensor>>(net->parameters());
  torch::Tensor x = torch::rand({static_cast<int64_t>(batch), 784});
  torch::Tensor y = torch::randint(0, 10, {static_cast<int64_t>(batch)});
  return [=]() mutable {
    for (torch::Tensor& p : *parameters) p.mutable_grad().reset();
    torch::nn::functional::cross_entropy(net->forward(x), y).backward();
    sgd->step();
  };
}

// The 11 products: forward, the weights' gradients, and the inputs' of all layers but the first.
std::function<void()> gemm_step(std::size_t batch) {
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
  for (const std::size_t batch : {1UL, 16UL, 64UL, 500UL}) {
    std::vector<side_by_side::Contestant> contestants = {
        {"bare sgemm calls", gemm_step(batch)},
        {"xgrad", xgrad_step(batch)},
        {"libtorch", torch_step(batch)},
    };
    side_by_side::race(contestants, 31, batch < 100 ? 50 : 10);
    const std::string title = "training step of 784-100-100-50-10, batch " + std::to_string(batch);
    side_by_side::report(title.c_str(), contestants);
    std::printf("  xgrad / libtorch: %.3f\n", contestants[1].median() / contestants[2].median());
  }
}
