#pragma once

#include "tensor.hpp"

/// @file
/// Tensors from values, constants and the random generator. All take TensorOptions last. Errors:
/// ShapeError for more bytes than can be addressed, ValueError for a number that the dtype does not
/// hold: a fraction, NaN, or what is out of its range.

namespace xgrad {

/// Not initialised.
Tensor empty(const Shape& shape, const TensorOptions& options = {});
Tensor zeros(const Shape& shape, const TensorOptions& options = {});
Tensor ones(const Shape& shape, const TensorOptions& options = {});
Tensor full(const Shape& shape, Scalar value, const TensorOptions& options = {});
/// The n x n identity matrix; (n, m) with ones on the main diagonal.
Tensor eye(std::size_t n, const TensorOptions& options = {});
Tensor eye(std::size_t n, std::size_t m, const TensorOptions& options = {});
/// start, start + step, … up to but without stop, also when rounded to the dtype; int64 when all
/// three are integers, as PyTorch, and then exact.
/// Errors: ValueError when step is 0 or leads away from stop, for numbers that are not finite, and
/// for 2^47 steps or more.
Tensor arange(Scalar start, Scalar stop, Scalar step = 1, const TensorOptions& options = {});
/// `steps` values from start to stop, both included exactly; as integers, cut off towards 0.
/// Errors: ValueError when steps is 0 or an end is not finite.
Tensor linspace(Scalar start, Scalar stop, std::size_t steps, const TensorOptions& options = {});
/// Uniform on [0, 1).
Tensor rand(const Shape& shape, const TensorOptions& options = {});
/// Normal with mean 0 and standard deviation 1.
Tensor randn(const Shape& shape, const TensorOptions& options = {});
/// Integers uniform on [low, high); int64 by default. Errors: ValueError unless low < high, and for
/// a dtype that does not hold all of them, as float32 beyond 2^24.
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape,
               const TensorOptions& options = {});
/// 0 … n - 1 in random order; int64 by default. Errors: ValueError as randint.
Tensor randperm(std::size_t n, const TensorOptions& options = {});

/// The same with the shape, and unless told otherwise the dtype, of `model`.
Tensor empty_like(const Tensor& model, TensorOptions options = {});
Tensor zeros_like(const Tensor& model, TensorOptions options = {});
Tensor ones_like(const Tensor& model, TensorOptions options = {});
Tensor full_like(const Tensor& model, Scalar value, TensorOptions options = {});
Tensor rand_like(const Tensor& model, TensorOptions options = {});
Tensor randn_like(const Tensor& model, TensorOptions options = {});

/// A 0-d tensor of the literal's dtype (float: float32, double: float64, integers: int64).
template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(T value, TensorOptions options = {});

/// 1-d, 2-d and 3-d tensors from literals: `tensor({{1., 2.}, {3., 4.}})` is float64, (2, 2).
/// Errors: ShapeError when the rows differ in length.
template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(std::initializer_list<T> values, TensorOptions options = {});
template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(std::initializer_list<std::initializer_list<T>> rows, TensorOptions options = {});
template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(std::initializer_list<std::initializer_list<std::initializer_list<T>>> planes,
              TensorOptions options = {});

/// The values in row-major order. Errors: ShapeError unless there are shape.numel() of them.
template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(const std::vector<T>& values, const Shape& shape, TensorOptions options = {});
namespace detail {

/// A tensor of `source`'s dtype holding those values, converted to what the options ask for.
Tensor from_values(const void* values, std::size_t count, DType source, const Shape& shape,
                   const TensorOptions& options);

[[noreturn]] void throw_ragged(std::size_t expected, std::size_t found);

template <class T, class Rows>
std::vector<T> flatten_rows(const Rows& rows) {
  std::vector<T> values;
  for (const auto& row : rows) {
    if (row.size() != rows.begin()->size()) throw_ragged(rows.begin()->size(), row.size());
    if constexpr (std::is_arithmetic_v<typename Rows::value_type::value_type>) {
      values.insert(values.end(), row.begin(), row.end());
    } else {
      const std::vector<T> inner = flatten_rows<T>(row);
      values.insert(values.end(), inner.begin(), inner.end());
      if (row.size() && row.begin()->size() != rows.begin()->begin()->size())
        throw_ragged(rows.begin()->begin()->size(), row.begin()->size());
    }
  }
  return values;
}

template <class Rows>
std::size_t first_size(const Rows& rows) {
  return rows.size() ? rows.begin()->size() : 0;
}

}  // namespace detail

template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(const std::vector<T>& values, const Shape& shape, TensorOptions options) {
  if constexpr (Element<T>) {
    return detail::from_values(values.data(), values.size(), dtype_of<T>, shape, options);
  } else {  // bool, int, long double, …: through the element type the literal stands for
    using E = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;
    Tensor converted = empty({values.size()}, {.dtype = dtype_of<E>});
    E* next = converted.data<E>().data();
    for (const T value : values) *next++ = detail::cast<E>("tensor", value);
    return detail::from_values(converted.data<E>().data(), values.size(), dtype_of<E>, shape,
                               options);
  }
}

template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(T value, TensorOptions options) {
  return tensor(std::vector<T>(1, value), Shape{}, options);
}

template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(std::initializer_list<T> values, TensorOptions options) {
  return tensor(std::vector<T>(values), Shape{values.size()}, options);
}

template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(std::initializer_list<std::initializer_list<T>> rows, TensorOptions options) {
  return tensor(detail::flatten_rows<T>(rows), Shape{rows.size(), detail::first_size(rows)},
                options);
}

template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(std::initializer_list<std::initializer_list<std::initializer_list<T>>> planes,
              TensorOptions options) {
  const std::size_t rows = detail::first_size(planes);
  const std::size_t columns = rows ? detail::first_size(*planes.begin()) : 0;
  return tensor(detail::flatten_rows<T>(planes), Shape{planes.size(), rows, columns}, options);
}

}  // namespace xgrad
