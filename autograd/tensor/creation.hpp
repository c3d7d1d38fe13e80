#pragma once

#include <concepts>
#include <ranges>

#include "index.hpp"
#include "tensor.hpp"

/// @file
/// Creators of tensors. A shape is a list of extents or one integer; a dtype may stand where
/// options are expected: `zeros(3, float64)`. All throw ShapeError for more bytes than can be
/// addressed, MemoryError for more than there are, and ValueError for a number that the dtype does
/// not hold: a fraction or NaN for integers, or a number out of range.

namespace xgrad {

/// A tensor whose values are not initialised.
Tensor empty(const Shape& shape, const TensorOptions& options = {});
Tensor zeros(const Shape& shape, const TensorOptions& options = {});  ///< every element is 0
Tensor ones(const Shape& shape, const TensorOptions& options = {});   ///< every element is 1
/// Every element is `value`.
Tensor full(const Shape& shape, Scalar value, const TensorOptions& options = {});
/// The n x n identity matrix.
Tensor eye(std::size_t n, const TensorOptions& options = {});
/// (n, m) with ones on the main diagonal and 0 elsewhere.
Tensor eye(std::size_t n, std::size_t m, const TensorOptions& options = {});
/// start, start + step, … before stop, also after rounding to the dtype. As in PyTorch the dtype is
/// int64 if all three are integers; the values are then exact. Throws ValueError if step is 0 or
/// leads away from stop, for numbers that are not finite, and for 2^47 steps or more.
Tensor arange(Scalar start, Scalar stop, Scalar step = 1, const TensorOptions& options = {});
/// The same from 0: `arange(10)`.
inline Tensor arange(Scalar stop, const TensorOptions& options = {}) {
  return arange(0, stop, 1, options);
}
/// `steps` values from start to stop, both included exactly. For integers, fractions are cut off.
/// Throws ValueError if steps is 0 or an end is not finite.
Tensor linspace(Scalar start, Scalar stop, std::size_t steps, const TensorOptions& options = {});
/// base^e for `steps` exponents e from start to stop, as linspace gives them in float64. For
/// integers, fractions are cut off. Throws ValueError as linspace, and for a power that the
/// integers do not hold.
Tensor logspace(Scalar start, Scalar stop, std::size_t steps, double base = 10,
                const TensorOptions& options = {});
/// Uniform on [0, 1).
Tensor rand(const Shape& shape, const TensorOptions& options = {});
/// Normal with mean 0 and standard deviation 1.
Tensor randn(const Shape& shape, const TensorOptions& options = {});
/// Integers uniform on [low, high), int64 by default. Throws ValueError unless low < high, and for
/// a dtype that does not hold all of them, such as float32 beyond 2^24.
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape,
               const TensorOptions& options = {});
/// 0 … n - 1 in random order, int64 by default. Throws ValueError as randint.
Tensor randperm(std::size_t n, const TensorOptions& options = {});
/// Uniform on [low, high); low, where the two are equal in the dtype. Throws ValueError unless
/// low <= high and high - low is finite.
Tensor uniform(double low, double high, const Shape& shape, const TensorOptions& options = {});
/// Normal with this mean and standard deviation. Throws ValueError unless they are finite and
/// std >= 0.
Tensor normal(double mean, double std, const Shape& shape, const TensorOptions& options = {});
/// The same with a mean and standard deviation for each element, which broadcast to each other.
/// Integers count as float32. Not differentiable: for gradients write
/// `mean + std * randn_like(mean)`. Throws ShapeError unless they broadcast, DTypeError for float32
/// with float64, and ValueError unless std >= 0.
Tensor normal(const TensorOrScalar& mean, const TensorOrScalar& std);
/// 1 with the probability that the element of p is, otherwise 0; of p's shape and dtype. Not
/// differentiable. Throws DTypeError for integers and ValueError for a probability outside [0, 1].
Tensor bernoulli(const Tensor& p);
/// n indices, int64, index i with a probability in proportion to probabilities[i], which need not
/// sum to 1. Of shape (n) for (k) probabilities; (rows, n) for (rows, k), each row by its own.
/// Without replacement no index is drawn twice. Throws ShapeError for another number of axes, and
/// ValueError unless probabilities are finite, none below 0 and one above in each row, n >= 1, and,
/// without replacement, there are n above 0.
Tensor multinomial(const Tensor& probabilities, std::int64_t n, bool replacement = false);

/// The functions without `_like`, with the shape and (unless the options give one) the dtype of
/// `model`. Throw ValueError also if it is undefined.
/// @{
Tensor empty_like(const Tensor& model, TensorOptions options = {});
Tensor zeros_like(const Tensor& model, TensorOptions options = {});
Tensor ones_like(const Tensor& model, TensorOptions options = {});
Tensor full_like(const Tensor& model, Scalar value, TensorOptions options = {});
Tensor rand_like(const Tensor& model, TensorOptions options = {});
Tensor randn_like(const Tensor& model, TensorOptions options = {});
/// @}

/// @name With a dtype in the place of options
/// @{

/// The same as with `{.dtype = dtype}`.
Tensor empty(const Shape& shape, std::same_as<DType> auto dtype) {
  return empty(shape, {.dtype = dtype});
}
Tensor zeros(const Shape& shape, std::same_as<DType> auto dtype) {
  return zeros(shape, {.dtype = dtype});
}
Tensor ones(const Shape& shape, std::same_as<DType> auto dtype) {
  return ones(shape, {.dtype = dtype});
}
Tensor full(const Shape& shape, Scalar value, std::same_as<DType> auto dtype) {
  return full(shape, value, {.dtype = dtype});
}
Tensor eye(std::size_t n, std::same_as<DType> auto dtype) { return eye(n, {.dtype = dtype}); }
Tensor eye(std::size_t n, std::size_t m, std::same_as<DType> auto dtype) {
  return eye(n, m, {.dtype = dtype});
}
Tensor arange(Scalar stop, std::same_as<DType> auto dtype) {
  return arange(stop, {.dtype = dtype});
}
Tensor arange(Scalar start, Scalar stop, Scalar step, std::same_as<DType> auto dtype) {
  return arange(start, stop, step, {.dtype = dtype});
}
Tensor linspace(Scalar start, Scalar stop, std::size_t steps, std::same_as<DType> auto dtype) {
  return linspace(start, stop, steps, {.dtype = dtype});
}
Tensor logspace(Scalar start, Scalar stop, std::size_t steps, double base,
                std::same_as<DType> auto dtype) {
  return logspace(start, stop, steps, base, {.dtype = dtype});
}
Tensor uniform(double low, double high, const Shape& shape, std::same_as<DType> auto dtype) {
  return uniform(low, high, shape, {.dtype = dtype});
}
Tensor normal(double mean, double std, const Shape& shape, std::same_as<DType> auto dtype) {
  return normal(mean, std, shape, {.dtype = dtype});
}
Tensor rand(const Shape& shape, std::same_as<DType> auto dtype) {
  return rand(shape, {.dtype = dtype});
}
Tensor randn(const Shape& shape, std::same_as<DType> auto dtype) {
  return randn(shape, {.dtype = dtype});
}
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape,
               std::same_as<DType> auto dtype) {
  return randint(low, high, shape, {.dtype = dtype});
}
Tensor empty_like(const Tensor& model, std::same_as<DType> auto dtype) {
  return empty_like(model, {.dtype = dtype});
}
Tensor zeros_like(const Tensor& model, std::same_as<DType> auto dtype) {
  return zeros_like(model, {.dtype = dtype});
}
Tensor ones_like(const Tensor& model, std::same_as<DType> auto dtype) {
  return ones_like(model, {.dtype = dtype});
}
Tensor full_like(const Tensor& model, Scalar value, std::same_as<DType> auto dtype) {
  return full_like(model, value, {.dtype = dtype});
}
/// @}

namespace detail {

/// The values, which are of dtype `source`, as a tensor of the options' dtype (default: source).
Tensor from_values(const void* values, std::size_t count, DType source, const Shape& shape,
                   const TensorOptions& options);

[[noreturn]] void throw_ragged(std::size_t expected, std::size_t found);

/// The numbers that nested ranges consist of, and the depth of nesting.
template <class R>
struct Nested {};
template <class T>
  requires(std::is_arithmetic_v<T> || std::same_as<T, Scalar>)
struct Nested<T> {
  using Number = T;
  static constexpr std::size_t depth = 0;
};
template <std::ranges::sized_range R>
  requires requires { typename Nested<std::ranges::range_value_t<R>>::Number; }
struct Nested<R> {
  using Number = typename Nested<std::ranges::range_value_t<R>>::Number;
  static constexpr std::size_t depth = 1 + Nested<std::ranges::range_value_t<R>>::depth;
};
/// A range of numbers, or of such ranges; not a text.
template <class R>
concept NestedNumbers = std::ranges::sized_range<const R> && requires {
  typename Nested<R>::Number;
} && !std::same_as<typename Nested<R>::Number, char>;

/// Appends the numbers in row-major order, and the extents of `axis` and those within.
template <class R, class T>
void append(const R& range, std::size_t axis, Shape& shape, std::vector<T>& values) {
  const std::size_t size = std::ranges::size(range);
  if (axis == shape.size()) shape.push_back(size);
  if (shape[axis] != size) throw_ragged(shape[axis], size);
  for (const auto& element : range)
    if constexpr (Nested<R>::depth > 1)
      append(element, axis + 1, shape, values);
    else
      values.push_back(element);
}

}  // namespace detail

/// The values in row-major order. The dtype is by default that of the literals: float32 for float,
/// float64 for double, boolean for bool, int64 for integers. Throws ShapeError unless there are
/// shape.numel() values.
template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(const std::vector<T>& values, const Shape& shape, TensorOptions options = {}) {
  if constexpr (Element<T> && !std::is_same_v<T, bool>) {
    return detail::from_values(values.data(), values.size(), dtype_of<T>, shape, options);
  } else {  // int, long double, …: through the element type the literal stands for
    using E =
        std::conditional_t<std::is_same_v<T, bool>, bool,
                           std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>>;
    Tensor converted = empty({values.size()}, {.dtype = dtype_of<E>});
    E* next = converted.data<E>().data();
    for (const T value : values) *next++ = detail::cast<E>("tensor", value);
    return detail::from_values(converted.data<E>().data(), values.size(), dtype_of<E>, shape,
                               options);
  }
}

/// A 0-d tensor.
template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(T value, TensorOptions options = {}) {
  return tensor(std::vector<T>(1, value), Shape{}, options);
}

/// A tensor of a range of numbers, or of nested ranges of them: std::vector, std::array, std::span,
/// lists, …. The dtype is by default that of the numbers. Throws ShapeError if the rows differ in
/// length.
template <detail::NestedNumbers R>
Tensor tensor(const R& range, const TensorOptions& options = {}) {
  Shape shape;
  std::vector<typename detail::Nested<R>::Number> values;
  detail::append(range, 0, shape, values);
  while (shape.size() < detail::Nested<R>::depth) shape.push_back(0);  // of an empty range
  return tensor(values, shape, options);
}

/// 1-d, 2-d and 3-d tensors from literals, such as `tensor({1.0, 2.0})`, which is float64, (2,),
/// or the same with more braces. Throws ShapeError if the rows differ in length.
/// @{
template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(std::initializer_list<T> values, const TensorOptions& options = {}) {
  return tensor<std::initializer_list<T>>(values, options);
}
template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(std::initializer_list<std::initializer_list<T>> rows,
              const TensorOptions& options = {}) {
  return tensor<decltype(rows)>(rows, options);
}
template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(std::initializer_list<std::initializer_list<std::initializer_list<T>>> planes,
              const TensorOptions& options = {}) {
  return tensor<decltype(planes)>(planes, options);
}
/// @}
/// The same of literals of several types, `tensor({1, 2.5})`: float64, or int64 if all are
/// integers.
/// @{
Tensor tensor(std::initializer_list<Scalar> values, const TensorOptions& options = {});
Tensor tensor(std::initializer_list<std::initializer_list<Scalar>> rows,
              const TensorOptions& options = {});
/// @}

/// @name With a dtype in the place of options
/// @{

/// The same as with `{.dtype = dtype}`.
template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(T value, std::same_as<DType> auto dtype) {
  return tensor(value, TensorOptions{.dtype = dtype});
}
template <detail::NestedNumbers R>
Tensor tensor(const R& range, std::same_as<DType> auto dtype) {
  return tensor(range, TensorOptions{.dtype = dtype});
}
template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(std::initializer_list<T> values, std::same_as<DType> auto dtype) {
  return tensor(values, TensorOptions{.dtype = dtype});
}
template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(std::initializer_list<std::initializer_list<T>> rows,
              std::same_as<DType> auto dtype) {
  return tensor(rows, TensorOptions{.dtype = dtype});
}
template <class T>
  requires std::is_arithmetic_v<T>
Tensor tensor(std::initializer_list<std::initializer_list<std::initializer_list<T>>> planes,
              std::same_as<DType> auto dtype) {
  return tensor(planes, TensorOptions{.dtype = dtype});
}
Tensor tensor(std::initializer_list<Scalar> values, std::same_as<DType> auto dtype) {
  return tensor(values, TensorOptions{.dtype = dtype});
}
Tensor tensor(std::initializer_list<std::initializer_list<Scalar>> rows,
              std::same_as<DType> auto dtype) {
  return tensor(rows, TensorOptions{.dtype = dtype});
}
/// @}

}  // namespace xgrad
