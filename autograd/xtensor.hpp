#pragma once

#include <type_traits>
#include <vector>
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xoperation.hpp>

#include "support/message.hpp"
#include "tensor/creation.hpp"

/// @file
/// The bridge to xtensor, for those who include it: tensors read and written as xtensor
/// expressions, and expressions made into tensors. Nothing of it is recorded.

namespace xgrad {
namespace detail {

/// The values of a tensor as xtensor sees them.
template <class T>
auto adapt_values(std::span<T> values, const Shape& shape) {
  return xt::adapt<xt::layout_type::row_major>(
      values.data(), values.size(), xt::no_ownership(),
      std::vector<std::size_t>(shape.begin(), shape.end()));
}

}  // namespace detail

/// The tensor's own memory as an xtensor container of its shape, row-major; nothing is copied. The
/// adaptor owns nothing: it is valid while a handle of the tensor lives and until the tensor, after
/// a reshape that shares its memory, is first written through again. As with Tensor::data, writing
/// through it is not noticed by the version check.
/// Errors: DTypeError unless T is the element type.
template <Element T>
auto as_xarray(Tensor& tensor) {
  return detail::adapt_values(tensor.data<T>(), tensor.shape());
}
/// The same for reading.
template <Element T>
auto as_xarray(const Tensor& tensor) {
  return detail::adapt_values(tensor.data<T>(), tensor.shape());
}

/// A new tensor holding the value of an xtensor expression, of its shape. The dtype, unless given,
/// is that of the expression's elements: float32 for float, float64 for double, uint8 for bool and
/// std::uint8_t, int64 for other integers; otherwise the elements are converted.
/// Errors: ShapeError for more than max_ndim axes; GradError for integers that require gradients.
template <class E>
Tensor from_xarray(const xt::xexpression<E>& expression, const TensorOptions& options = {}) {
  const E& values = expression.derived_cast();
  using Value = std::remove_cvref_t<typename E::value_type>;
  static_assert(std::is_arithmetic_v<Value>, "tensors hold real numbers only");
  constexpr DType own = std::is_same_v<Value, bool> ? uint8 : dtype_of_literal<Value>;

  const std::vector<std::size_t> extents(values.shape().begin(), values.shape().end());
  if (extents.size() > max_ndim)
    throw ShapeError(message("from_xarray: the expression has ", extents.size(),
                             " axes; a tensor has at most ", max_ndim));
  Tensor tensor = empty(Shape(extents), {.dtype = options.dtype.value_or(own)});
  visit_dtype(tensor.dtype(),
              [&]<class T>(T) { xt::noalias(as_xarray<T>(tensor)) = xt::cast<T>(values); });
  return options.requires_grad ? tensor.requires_grad_() : tensor;
}

}  // namespace xgrad
