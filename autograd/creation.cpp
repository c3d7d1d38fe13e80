#include "autograd/creation.hpp"

#include <cmath>
#include <cstring>
#include <numeric>

#include "autograd/kernels/convert.hpp"
#include "autograd/message.hpp"
#include "autograd/random.hpp"

namespace xgrad {
namespace {

Tensor allocate(const Shape& shape, const TensorOptions& options, DType fallback) {
  Tensor t = detail::make_tensor("Tensor", shape, options.dtype.value_or(fallback));
  if (options.requires_grad) t.requires_grad_();
  return t;
}

TensorOptions like(const Tensor& model, TensorOptions options) {
  if (!options.dtype) options.dtype = model.dtype();
  return options;
}

// Sets element i to f(i), in order, so that random numbers come in row-major order.
template <class F>
Tensor generate(Tensor out, const F& f) {
  visit_dtype(out.dtype(), [&]<class T>(T) {
    T* values = static_cast<T*>(out.impl().storage->data());
    for (std::size_t i = 0, n = out.numel(); i < n; ++i) values[i] = static_cast<T>(f(i));
  });
  return out;
}

Tensor filled(const Shape& shape, Scalar value, const TensorOptions& options) {
  Tensor out = allocate(shape, options, float32);
  kernels::fill(out.impl().storage->data(), out.numel(), out.dtype(), value);
  return out;
}

void require_float(const char* op, const TensorOptions& options) {
  if (!is_floating(options.dtype.value_or(float32)))
    throw DTypeError(message(op, ": dtype ", name(*options.dtype),
                             "; expected float32 or float64 (use randint for integers)"));
}

}  // namespace

Tensor empty(const Shape& shape, const TensorOptions& options) {
  return allocate(shape, options, float32);
}
Tensor zeros(const Shape& shape, const TensorOptions& options) { return filled(shape, 0, options); }
Tensor ones(const Shape& shape, const TensorOptions& options) { return filled(shape, 1, options); }
Tensor full(const Shape& shape, Scalar value, const TensorOptions& options) {
  return filled(shape, value, options);
}

Tensor eye(std::size_t n, const TensorOptions& options) { return eye(n, n, options); }
Tensor eye(std::size_t n, std::size_t m, const TensorOptions& options) {
  return generate(allocate(Shape{n, m}, options, float32),
                  [m](std::size_t i) { return i / m == i % m ? 1 : 0; });
}

Tensor arange(Scalar start, Scalar stop, Scalar step, const TensorOptions& options) {
  const double span = stop.value - start.value;
  const double count = std::ceil(span / step.value);
  if (step.value == 0 || !(count < 0x1p47) || (span != 0 && (span < 0) != (step.value < 0)))
    throw ValueError(
        message("arange: from ", start.value, " to ", stop.value, " by ", step.value,
                "; expected a step, not 0, that leads from start to stop, in fewer than 2^47 "
                "of them"));
  const Shape shape{static_cast<std::int64_t>(count)};
  if (start.is_integer && stop.is_integer && step.is_integer)
    return generate(allocate(shape, options, int64), [&](std::size_t i) {
      return start.integer + static_cast<std::int64_t>(i) * step.integer;
    });
  return generate(allocate(shape, options, float32),
                  [&](std::size_t i) { return start.value + static_cast<double>(i) * step.value; });
}

Tensor linspace(Scalar start, Scalar stop, std::size_t steps, const TensorOptions& options) {
  if (steps == 0) throw ValueError("linspace: steps is 0; expected at least 1");
  const double step = steps > 1 ? (stop.value - start.value) / static_cast<double>(steps - 1) : 0.0;
  // From both ends, as PyTorch, so that the last value is `stop` exactly.
  return generate(allocate(Shape{steps}, options, float32), [&](std::size_t i) {
    return i < (steps + 1) / 2 ? start.value + static_cast<double>(i) * step
                               : stop.value - static_cast<double>(steps - 1 - i) * step;
  });
}

Tensor rand(const Shape& shape, const TensorOptions& options) {
  require_float("rand", options);
  // Numbers of 24 bits, which float32 holds exactly, and so never rounds to 1.
  Tensor out = allocate(shape, options, float32);
  if (out.dtype() == float64) return generate(out, [](std::size_t) { return random::uniform(); });
  return generate(out,
                  [](std::size_t) { return static_cast<float>(random::bits() >> 40) * 0x1p-24F; });
}

Tensor randn(const Shape& shape, const TensorOptions& options) {
  require_float("randn", options);
  return generate(allocate(shape, options, float32), [](std::size_t) { return random::normal(); });
}

Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape,
               const TensorOptions& options) {
  if (low >= high)
    throw ValueError(message("randint: range from ", low, " to ", high,
                             " (excluded) is empty; "
                             "expected low < high"));
  const std::uint64_t range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  return generate(allocate(shape, options, int64), [&](std::size_t) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + random::below(range));
  });
}

Tensor randperm(std::size_t n, const TensorOptions& options) {
  std::vector<std::int64_t> order(n);
  std::iota(order.begin(), order.end(), std::int64_t{0});
  random::shuffle(order);
  TensorOptions with_dtype = options;
  with_dtype.dtype = options.dtype.value_or(int64);
  return tensor(order, Shape{n}, with_dtype);
}

Tensor empty_like(const Tensor& model, TensorOptions options) {
  return empty(model.shape(), like(model, options));
}
Tensor zeros_like(const Tensor& model, TensorOptions options) {
  return zeros(model.shape(), like(model, options));
}
Tensor ones_like(const Tensor& model, TensorOptions options) {
  return ones(model.shape(), like(model, options));
}
Tensor full_like(const Tensor& model, Scalar value, TensorOptions options) {
  return full(model.shape(), value, like(model, options));
}
Tensor rand_like(const Tensor& model, TensorOptions options) {
  return rand(model.shape(), like(model, options));
}
Tensor randn_like(const Tensor& model, TensorOptions options) {
  return randn(model.shape(), like(model, options));
}

namespace detail {

Tensor from_values(const void* values, std::size_t count, DType source, const Shape& shape,
                   const TensorOptions& options) {
  if (shape.numel() != count)
    throw ShapeError(message("tensor: ", count, " values given for shape ", shape, ", which has ",
                             shape.numel(), " elements"));
  Tensor out = allocate(shape, options, source);
  kernels::convert(out.impl().storage->data(), out.dtype(), values, source, count);
  return out;
}

void throw_ragged(std::size_t expected, std::size_t found) {
  throw ShapeError(message("tensor: rows differ in length: ", found, " values after a row of ",
                           expected, "; all rows must be equally long"));
}

}  // namespace detail
}  // namespace xgrad
