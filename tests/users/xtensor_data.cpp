// Data that lives in xtensor: read without a copy, given to autograd, and taken back; and a
// function on xtensor that becomes a recorded operation.

#include <autograd/xtensor.hpp>
#include <iostream>
#include <xgrad.hpp>
#include <xtensor/xio.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xview.hpp>

using namespace xgrad;

// What the user has already: a numerically safe log(1 + e^x), and its derivative.
xt::xarray<double> softplus_of(const xt::xarray<double>& x) {
  return xt::log1p(xt::exp(-xt::abs(x))) + xt::maximum(x, 0.0);
}
xt::xarray<double> logistic(const xt::xarray<double>& x) { return 1.0 / (1.0 + xt::exp(-x)); }

int main() {
  // An array of measurements, (sample, {x1, x2, y}), with y = 2 x1 - 3 x2 + 0.5.
  xt::xarray<double> samples = {{0., 1., -2.5}, {1., 0., 2.5}, {1., 1., -0.5}, {2., 1., 1.5}};

  // Views become tensors; the dtype is that of the array.
  const Tensor x = from_xarray(xt::view(samples, xt::all(), xt::range(0, 2)));
  const Tensor y = from_xarray(xt::view(samples, xt::all(), 2));
  std::cout << x.shape() << " " << x.dtype() << "\n";
  // prints: (4, 2) float64

  // Newton's method on the squared error, which is quadratic, ends after one step.
  const auto loss = [&](const Tensor& w) {
    return mean(square(matmul(x, w[{Slice(0, 2)}]) + w[2] - y));
  };
  const Tensor w = optim::minimize(loss, zeros(3, float64), {.method = optim::Method::newton}).x;
  std::cout << w << "\n";
  // prints: tensor([ 2.0000, -3.0000,  0.5000], dtype=float64)

  // Back, as an xtensor container over the tensor's own memory.
  const auto weights = as_xarray<double>(w);
  std::cout << "largest weight: " << xt::amax(weights)() << "\n";
  // prints: largest weight: 2

  // The user's functions as an operation of any tensors, checked.
  const auto softplus_op =
      xtensor_function("softplus_of", softplus_of,
                       [](const auto& g, const auto& at, const auto&) { return g * logistic(at); });
  const Tensor t = tensor({-1000., 0., 1000.}, {.requires_grad = true});
  const Tensor s = softplus_op(t);
  sum(s).backward();
  std::cout << s << "\n" << t.grad() << "\n";
  // prints: tensor([0.0000e+00, 6.9315e-01, 1.0000e+03], dtype=float64, requires_grad,
  // prints:        op=softplus_of)
  // prints: tensor([0.0000, 0.5000, 1.0000], dtype=float64)
  const Tensor at = tensor({-1., 0.5, 2.}, {.requires_grad = true});
  std::cout << (gradcheck(softplus_op, at) ? "right" : "wrong") << "\n";
  // prints: right

  // xtensor's own words select parts of a tensor, recorded.
  const Tensor part = view(x, xt::range(0, 3), 1);
  std::cout << part << "\n";
  // prints: tensor([1., 0., 1.], dtype=float64)
}
