#include "nn/checks.hpp"

#include <cmath>

#include "autograd/message.hpp"

namespace xgrad::nn::detail {

namespace {

[[noreturn]] void refuse(const char* op, const char* what, double value, const char* expected) {
  throw ValueError(message(op, ": ", what, " is ", value, "; ", expected));
}

}  // namespace

void check_defined(const char* op,
                   std::initializer_list<std::pair<const char*, const Tensor*>> all) {
  for (const auto& [what, x] : all)
    if (!x->defined())
      throw ValueError(message(op, ": ", what, " is an undefined tensor; assign it a value first"));
}

void check_finite(const char* op, const char* what, double value) {
  if (!std::isfinite(value)) refuse(op, what, value, "expected a finite number");
}

void check_not_negative(const char* op, const char* what, double value) {
  check_finite(op, what, value);
  if (value < 0) refuse(op, what, value, "expected 0 or more");
}

void check_positive(const char* op, const char* what, double value) {
  check_finite(op, what, value);
  if (value <= 0) refuse(op, what, value, "expected more than 0");
}

void check_share(const char* op, const char* what, double value, const char* expected) {
  if (!(value >= 0 && value <= 1)) refuse(op, what, value, expected);
}

void check_floating(const char* op, const char* what, const Tensor& x) {
  check_defined(op, {{what, &x}});
  if (!is_floating(x.dtype()))
    throw DTypeError(message(op, ": ", what, " of shape ", x.shape(), " is ", name(x.dtype()),
                             "; expected float32 or float64"));
}

void check_same_dtype(const char* op, const char* what, const Tensor& x, const char* other_what,
                      const Tensor& other) {
  if (x.dtype() != other.dtype())
    throw DTypeError(message(op, ": ", what, " is ", name(x.dtype()), " but ", other_what, " ",
                             name(other.dtype()), "; expected the same"));
}

}  // namespace xgrad::nn::detail
