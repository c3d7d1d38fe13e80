#include "dropout.hpp"

#include <algorithm>

#include "../autograd/ops.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"

namespace xgrad::nn {
namespace {

void check_probability(const char* op, double p) {
  expect_fraction(op, "p", p, "a probability from 0 to 1 is expected");
}

/// x with factors of this shape, which broadcasts to x's.
Tensor drop(const char* op, const Tensor& x, const Shape& shape, double p, bool training) {
  if (!training) return x;
  expect_floating(op, "x", x);
  if (p == 0) return x;
  Tensor scale = (rand(shape, {.dtype = x.dtype()}) >= p).to(x.dtype());  // 0 where dropped
  return xgrad::detail::weigh(x, scale.mul_(p < 1 ? 1 / (1 - p) : 0));
}

}  // namespace

Tensor dropout(const Tensor& x, double p, bool training) {
  check_probability("dropout", p);
  expect_defined("dropout", "x", x);
  return drop("dropout", x, x.shape(), p, training);
}

Tensor dropout2d(const Tensor& x, double p, bool training) {
  check_probability("dropout2d", p);
  expect_defined("dropout2d", "x", x);
  expect<ShapeError>(x.ndim() == 3 || x.ndim() == 4, "dropout2d: x of shape ", x.shape(),
                     "; expected (N, C, H, W) or (C, H, W)");
  Shape channels = x.shape();
  std::fill(channels.end() - 2, channels.end(), std::size_t{1});
  return drop("dropout2d", x, channels, p, training);
}

Dropout::Dropout(double p) : p_(p) { check_probability("Dropout", p); }
Dropout2d::Dropout2d(double p) : p_(p) { check_probability("Dropout2d", p); }

}  // namespace xgrad::nn
