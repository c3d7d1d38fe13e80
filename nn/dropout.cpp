#include "dropout.hpp"

#include "../autograd/ops.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"

namespace xgrad::nn {
namespace {

void check_probability(const char* op, double p) {
  expect_fraction(op, "p", p, "a probability from 0 to 1 is expected");
}

}  // namespace

Tensor dropout(const Tensor& x, double p, bool training) {
  check_probability("dropout", p);
  expect_defined("dropout", "x", x);
  if (!training) return x;
  expect_floating("dropout", "x", x);
  if (p == 0) return x;
  Tensor scale = (rand_like(x) >= p).to(x.dtype());  // 0 where dropped
  return xgrad::detail::weigh(x, scale.mul_(p < 1 ? 1 / (1 - p) : 0));
}

Dropout::Dropout(double p) : p_(p) { check_probability("Dropout", p); }

}  // namespace xgrad::nn
