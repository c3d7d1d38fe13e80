#include "expect.hpp"

#include <cmath>

namespace xgrad {
namespace {

void expect_value(bool right, std::string_view op, std::string_view what, double value,
                  std::string_view expected) {
  expect<ValueError>(right, op, ": ", what, " is ", value, "; ", expected);
}

}  // namespace

void expect_defined(std::string_view op, std::string_view what, const Tensor& x) {
  expect<ValueError>(x.defined(), op, ": ", what,
                     " is an undefined tensor; assign it a value first");
}

void expect_defined(std::string_view op,
                    std::initializer_list<std::pair<const char*, const Tensor*>> all) {
  for (const auto& [what, x] : all) expect_defined(op, what, *x);
}

void expect_dtype(std::string_view op, std::string_view what, const Tensor& x, DType dtype) {
  expect_defined(op, what, x);
  if (x.dtype() == dtype) return;
  throw DTypeError(str(op, ": ", what, " of shape ", x.shape(), " is ", x.dtype(), "; expected ",
                       dtype, ", as from to(", dtype, ')'));
}

void expect_floating(std::string_view op, std::string_view what, const Tensor& x) {
  expect_defined(op, what, x);
  expect<DTypeError>(is_floating(x.dtype()), op, ": ", what, " of shape ", x.shape(), " is ",
                     x.dtype(), "; expected float32 or float64, as from to(float32)");
}

void expect_mask(std::string_view op, const Tensor& x) {
  expect_defined(op, "mask", x);
  expect<DTypeError>(x.dtype() == boolean || x.dtype() == uint8, op, ": mask is ", x.dtype(),
                     "; expected boolean, as from comparisons, joined by && or ||");
}

std::string convert_one(DType dtype) { return str("; convert one with .to(", dtype, ')'); }

std::string convert_one(DType a, DType b) {
  return convert_one(is_floating(a) == is_floating(b) ? float32 : is_floating(a) ? a : b);
}

void expect_same_dtype(std::string_view op, std::string_view what, const Tensor& x,
                       std::string_view other_what, const Tensor& other) {
  if (x.dtype() == other.dtype()) return;
  throw DTypeError(str(op, ": ", what, " is ", x.dtype(), " but ", other_what, " ", other.dtype(),
                       "; expected the same", convert_one(other.dtype())));
}

void expect_same_shape(std::string_view op, std::string_view what, const Tensor& x,
                       std::string_view other_what, const Tensor& other) {
  expect<ShapeError>(x.shape() == other.shape(), op, ": ", what, " has shape ", x.shape(), " but ",
                     other_what, " has ", other.shape(), "; expected the same");
}

void expect_finite(std::string_view op, std::string_view what, double value) {
  expect_value(std::isfinite(value), op, what, value, "expected a finite number");
}

void expect_not_negative(std::string_view op, std::string_view what, double value) {
  expect_finite(op, what, value);
  expect_value(value >= 0, op, what, value, "expected 0 or more");
}

void expect_positive(std::string_view op, std::string_view what, double value) {
  expect_finite(op, what, value);
  expect_value(value > 0, op, what, value, "expected more than 0");
}

void expect_fraction(std::string_view op, std::string_view what, double value,
                     std::string_view expected) {
  expect_value(value >= 0 && value <= 1, op, what, value, expected);
}

}  // namespace xgrad
