#include "distribution.hpp"

#include <cmath>
#include <numbers>

#include "../autograd/op/operation.hpp"
#include "../autograd/ops.hpp"
#include "../autograd/tensor/expect.hpp"
#include "operands.hpp"

namespace xgrad::nn {
namespace {

/// Throws ValueError for an undefined tensor.
void check_defined(const char* op, const char* what, const TensorOrScalar& x) {
  if (x.tensor()) expect_defined(op, what, *x.tensor());
}

/// Throws ValueError unless all numbers are finite and above 0.
void check_std(const char* op, const char* what, const TensorOrScalar& std) {
  check_defined(op, what, std);
  if (!std.tensor()) return expect_positive(op, what, std.scalar().value);
  xgrad::detail::note_check(*std.tensor(), [=](const Tensor& values) {
    for (const double value : values.to_vector<double>()) expect_positive(op, what, value);
  });
}

}  // namespace

Tensor normal_log_prob(const Tensor& x, const TensorOrScalar& mean, const TensorOrScalar& std) {
  const char* const op = "normal_log_prob";
  expect_floating(op, "x", x);
  check_defined(op, "mean", mean);
  check_std(op, "std", std);
  detail::broadcast_operands(op, TensorOrScalar(x), mean, std);
  const Tensor whitened = (x - mean) / std;
  const double constant = std::log(2 * std::numbers::pi) / 2;
  const Tensor exponent = -0.5 * square(whitened) - constant;
  return std.tensor() ? exponent - log(*std.tensor()) : exponent - std::log(std.scalar().value);
}

Tensor kl_normal(const Tensor& mean_p, const Tensor& std_p, const TensorOrScalar& mean_q,
                 const TensorOrScalar& std_q) {
  const char* const op = "kl_normal";
  expect_floating(op, "mean_p", mean_p);
  expect_floating(op, "std_p", std_p);
  check_std(op, "std_p", std_p);
  check_defined(op, "mean_q", mean_q);
  check_std(op, "std_q", std_q);
  detail::broadcast_operands(op, TensorOrScalar(mean_p), TensorOrScalar(std_p), mean_q, std_q);
  const Tensor ratio = std_p / std_q, shift = (mean_p - mean_q) / std_q;
  return 0.5 * (square(ratio) + square(shift) - 1) - log(ratio);
}

}  // namespace xgrad::nn
