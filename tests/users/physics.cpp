// A physics-informed network solves u'' = -pi^2 sin(pi x) on [0, 1] with u(0) = u(1) = 0, whose
// solution is sin(pi x). The loss contains u'', which create_graph makes differentiable.

#include <cstdio>
#include <iostream>
#include <numbers>
#include <xgrad.hpp>

using namespace xgrad;
using std::numbers::pi;

struct Solution : nn::Module {
  nn::Linear first{1, 16};
  nn::Linear second{16, 16};
  nn::Linear last{16, 1};
  XGRAD_FIELDS(first, second, last)

  // The factor x (1 - x) makes the boundary values 0.
  Tensor forward(const Tensor& x) override {
    return x * (1 - x) * last(tanh(second(tanh(first(x)))));
  }
};

// u'' at every x. The sum makes one number of the values, each of which depends on its own x.
Tensor second_derivative(const Tensor& u, const Tensor& x) {
  const Tensor du = grad(sum(u), x, {.create_graph = true});
  return grad(sum(du), x, {.create_graph = true});
}

int main() {
  manual_seed(0);
  Solution u;
  u.to(float64);
  const Tensor x = linspace(0, 1, 41, float64).unsqueeze(1).requires_grad_();
  const Tensor force = -pi * pi * sin(pi * x.detach());
  const auto residual_loss = [&] { return nn::mse_loss(second_derivative(u(x), x), force); };

  std::printf("the loss begins above 10: %s\n", residual_loss().item<double>() > 10 ? "yes" : "no");
  // prints: the loss begins above 10: yes

  optim::LBFGS lbfgs(u.parameters(),
                     {.max_iter = 25, .line_search = optim::LineSearch::strong_wolfe});
  for (int epoch = 0; epoch < 10; ++epoch) {
    const Tensor loss = lbfgs.step([&] {
      lbfgs.zero_grad();
      Tensor l = residual_loss();
      l.backward();
      return l;
    });
    if (epoch == 9)
      std::printf("and ends below 0.01: %s\n", loss.item<double>() < 0.01 ? "yes" : "no");
    // prints: and ends below 0.01: yes
  }

  const Tensor error = abs(u(x) - sin(pi * x)).max();
  std::printf("largest error below 0.001: %s\n", error.item<double>() < 1e-3 ? "yes" : "no");
  // prints: largest error below 0.001: yes

  // A derivative at one point, and whether all of this is right.
  const Tensor middle = tensor({{0.5}}, {.requires_grad = true});
  std::printf("u(0.5) = %.2f, u''(0.5) = %.1f\n", u(middle).item<double>(),
              second_derivative(u(middle), middle).item<double>());
  // prints: u(0.5) = 1.00, u''(0.5) = -9.9
  const auto report =
      gradcheck([&](const Tensor& at) { return second_derivative(u(at), at); }, middle);
  std::printf("gradcheck: %s\n", report.ok ? "ok" : "wrong");
  // prints: gradcheck: ok
}
