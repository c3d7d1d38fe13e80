#include "dropout.hpp"

#include "../autograd/graph/grad_mode.hpp"
#include "../autograd/ops.hpp"
#include "../autograd/support/str.hpp"
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
  Tensor scale;  // 0 where dropped
  {
    NoGrad guard;
    scale = (rand_like(x) >= p).to(x.dtype());
    scale.mul_(p < 1 ? 1 / (1 - p) : 0);
  }
  return xgrad::detail::weigh(x, scale);
}

Dropout::Dropout(double p) : p_(p) { check_probability("Dropout", p); }

Tensor Dropout::forward(const Tensor& x) { return dropout(x, p_, is_training()); }

std::string Dropout::extra_repr() const { return str("p=", p_); }

}  // namespace xgrad::nn
