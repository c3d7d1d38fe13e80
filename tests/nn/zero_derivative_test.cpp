// Losses and networks whose gradient is piecewise constant: the second gradient is zeros, not an
// error.

#include "autograd/functional.hpp"
#include "nn/nn.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

struct Loss {
  const char* name;
  std::function<Tensor(const Tensor&)> f;  // of (2, 2)
};

const Tensor target = tensor({{5., -5.}, {7., -8.}});

const Loss losses[] = {
    {"l1_loss", [](const Tensor& x) { return nn::l1_loss(x, target); }},
    {"huber_loss far away", [](const Tensor& x) { return nn::huber_loss(x, target); }},
    {"smooth_l1_loss far away", [](const Tensor& x) { return nn::smooth_l1_loss(x, target); }},
    {"nll_loss",
     [](const Tensor& x) {
       return nn::nll_loss(x, tensor({0, 1}));
     }},
    {"hinge_embedding_loss",
     [](const Tensor& x) {
       return nn::hinge_embedding_loss(x, tensor({{1., -1.}, {-1., 1.}}));
     }},
    {"kl_div by its input", [](const Tensor& x) { return nn::kl_div(x, softmax(target)); }},
    {"a network of relus",
     [](const Tensor& x) {
       nn::Sequential net(nn::Linear(2, 8), nn::ReLU(), nn::Linear(8, 4), nn::LeakyReLU(),
                          nn::Linear(4, 1));
       net.to(float64);
       return sum(net(x));
     }},
    {"dropout", [](const Tensor& x) { return sum(nn::dropout(x, 0.5)); }},
};

TEST(ZeroDerivatives, OfLossesAndNetworks) {
  for (const Loss& loss : losses) {
    SCOPED_TRACE(loss.name);
    Tensor x = tensor({{0.5, -0.25}, {1., -2.}}, {.requires_grad = true});
    const Tensor g = grad(loss.f(x), x, {.create_graph = true});
    expect_values(grad(sum(square(g)), x, {.retain_graph = true}), {0, 0, 0, 0});
    sum(g).backward();
    expect_values(x.grad(), {0, 0, 0, 0});
  }
}

}  // namespace
}  // namespace xgrad::test
