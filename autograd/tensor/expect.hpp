#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "../support/str.hpp"
#include "tensor.hpp"

/// @file
/// Checks of arguments. `op` begins the message, `what` names the tensor or the option.

namespace xgrad {

/// Throws E, with these parts as its text, unless `right`.
template <class E, class... Parts>
void expect(bool right, const Parts&... parts) {
  if (!right) throw E(str(parts...));
}

/// Throws ValueError if x is an undefined tensor.
void expect_defined(std::string_view op, std::string_view what, const Tensor& x);
/// The same for several: `{{"input", &input}, {"target", &target}}`.
void expect_defined(std::string_view op,
                    std::initializer_list<std::pair<const char*, const Tensor*>> all);
/// Throws DTypeError unless x has this dtype, and ValueError if it is undefined.
void expect_dtype(std::string_view op, std::string_view what, const Tensor& x, DType dtype);
/// Throws DTypeError if x is a tensor of integers, and ValueError if it is undefined.
void expect_floating(std::string_view op, std::string_view what, const Tensor& x);
/// Throws DTypeError unless x is boolean or uint8, and ValueError if it is undefined.
void expect_mask(std::string_view op, const Tensor& x);
/// "; convert one with .to(float32)": the end of every message about dtypes that differ.
std::string convert_one(DType dtype);
/// The same of two tensors: to the float that meets integers, otherwise to float32.
std::string convert_one(DType a, DType b);
/// Throws DTypeError unless x has the other tensor's dtype.
void expect_same_dtype(std::string_view op, std::string_view what, const Tensor& x,
                       std::string_view other_what, const Tensor& other);
/// Throws ShapeError unless both tensors have one shape.
void expect_same_shape(std::string_view op, std::string_view what, const Tensor& x,
                       std::string_view other_what, const Tensor& other);

/// @name Numbers
/// Throw ValueError unless the number is what is said of it.
/// @{

/// It is finite.
void expect_finite(std::string_view op, std::string_view what, double value);
/// It is finite, and 0 or more.
void expect_not_negative(std::string_view op, std::string_view what, double value);
/// It is finite, and more than 0.
void expect_positive(std::string_view op, std::string_view what, double value);
/// It is from 0 to 1; `expected` says how the range from 0 to 1, both included, is to be read.
void expect_fraction(std::string_view op, std::string_view what, double value,
                     std::string_view expected = "expected a fraction from 0 to 1");
/// @}

}  // namespace xgrad
