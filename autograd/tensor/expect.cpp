#include "expect.hpp"

#include <cmath>

#include "../support/message.hpp"

namespace xgrad {
namespace {

void expect(bool right, std::string_view op, std::string_view what, double value,
            std::string_view expected) {
  if (!right) throw ValueError(message(op, ": ", what, " is ", value, "; ", expected));
}

}  // namespace

void expect_defined(std::string_view op, std::string_view what, const Tensor& x) {
  if (!x.defined())
    throw ValueError(message(op, ": ", what, " is an undefined tensor; assign it a value first"));
}

void expect_defined(std::string_view op,
                    std::initializer_list<std::pair<const char*, const Tensor*>> all) {
  for (const auto& [what, x] : all) expect_defined(op, what, *x);
}

void expect_dtype(std::string_view op, std::string_view what, const Tensor& x, DType dtype) {
  expect_defined(op, what, x);
  if (x.dtype() != dtype)
    throw DTypeError(message(op, ": ", what, " of shape ", x.shape(), " is ", name(x.dtype()),
                             "; expected ", name(dtype)));
}

void expect_floating(std::string_view op, std::string_view what, const Tensor& x) {
  expect_defined(op, what, x);
  if (!is_floating(x.dtype()))
    throw DTypeError(message(op, ": ", what, " of shape ", x.shape(), " is ", name(x.dtype()),
                             "; expected float32 or float64, as from to(float32)"));
}

void expect_mask(std::string_view op, const Tensor& x) {
  expect_defined(op, "mask", x);
  if (x.dtype() != uint8)
    throw DTypeError(message(op, ": mask is ", name(x.dtype()),
                             "; expected uint8, as from comparisons, joined by logical_and or "
                             "logical_or"));
}

void expect_same_dtype(std::string_view op, std::string_view what, const Tensor& x,
                       std::string_view other_what, const Tensor& other) {
  if (x.dtype() != other.dtype())
    throw DTypeError(message(op, ": ", what, " is ", name(x.dtype()), " but ", other_what, " ",
                             name(other.dtype()), "; expected the same"));
}

void expect_same_shape(std::string_view op, std::string_view what, const Tensor& x,
                       std::string_view other_what, const Tensor& other) {
  if (x.shape() != other.shape())
    throw ShapeError(message(op, ": ", what, " has shape ", x.shape(), " but ", other_what, " has ",
                             other.shape(), "; expected the same"));
}

void expect_finite(std::string_view op, std::string_view what, double value) {
  expect(std::isfinite(value), op, what, value, "expected a finite number");
}

void expect_not_negative(std::string_view op, std::string_view what, double value) {
  expect_finite(op, what, value);
  expect(value >= 0, op, what, value, "expected 0 or more");
}

void expect_positive(std::string_view op, std::string_view what, double value) {
  expect_finite(op, what, value);
  expect(value > 0, op, what, value, "expected more than 0");
}

void expect_fraction(std::string_view op, std::string_view what, double value,
                     std::string_view expected) {
  expect(value >= 0 && value <= 1, op, what, value, expected);
}

}  // namespace xgrad
