#include "creation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>

#include "../graph/calls.hpp"
#include "../op/apply.hpp"
#include "../ops/arithmetic.hpp"
#include "../ops/indexing.hpp"
#include "../support/str.hpp"
#include "convert.hpp"
#include "expect.hpp"
#include "random.hpp"

namespace xgrad {
namespace {

Tensor allocate(const char* op, const Shape& shape, const TensorOptions& options,
                DType fallback = float32) {
  Tensor t = detail::make_tensor(op, shape, options.dtype.value_or(fallback));
  if (options.requires_grad) t.requires_grad_();
  return t;
}

TensorOptions like(const char* op, const Tensor& model, TensorOptions options) {
  expect_defined(op, "model", model);
  if (!options.dtype) options.dtype = model.dtype();
  return options;
}

// Sets element i to f(i), in order, so that random numbers come in row-major order.
template <class F>
Tensor generate(Tensor out, const F& f) {
  visit_dtype(out.dtype(), [&]<class T>(T) {
    T* values = static_cast<T*>(detail::impl(out).storage->data());
    for (std::size_t i = 0, n = out.numel(); i < n; ++i) values[i] = static_cast<T>(f(i));
  });
  if (detail::mode.noting) detail::mode.calls->writes(out);  // a constant
  return out;
}

// The same, and again each time when a captured step is repeated. f is copied.
template <class F>
Tensor draw(Tensor out, const F& f) {
  detail::launch(out, [f](Tensor& t) { generate(t, f); });
  return out;
}

// Sets the elements to f of standard normal numbers, in order.
template <class F>
Tensor generate_normal(Tensor out, const F& f) {
  const auto set = [f](Tensor& t) {
    visit_floating(t.dtype(), [&]<class T>(T) {
      T* values = static_cast<T*>(detail::impl(t).storage->data());
      std::array<double, 256> block;
      for (std::size_t from = 0, n = t.numel(); from < n; from += block.size()) {
        const std::size_t count = std::min(block.size(), n - from);
        random::normals({block.data(), count});
        std::transform(block.begin(), block.begin() + count, values + from,
                       [&](double x) { return static_cast<T>(f(x)); });
      }
    });
  };
  detail::launch(out, set);
  return out;
}

Tensor filled(const char* op, const Shape& shape, Scalar value, const TensorOptions& options) {
  kernels::require_held(op, options.dtype.value_or(float32), value);
  Tensor out = allocate(op, shape, options);
  const auto fill = [value](const Tensor& t) {
    kernels::fill(detail::impl(t).storage->data(), t.numel(), t.dtype(), value);
  };
  fill(out);
  if (detail::mode.noting) [[unlikely]]
    detail::mode.calls->add([fill, t = detail::mode.calls->writes(out)] { fill(t); });
  return out;
}

void require_float(const char* op, const TensorOptions& options) {
  if (!is_floating(options.dtype.value_or(float32)))
    throw DTypeError(str(op, ": dtype ", *options.dtype,
                         "; expected float32 or float64 (use randint for integers)"));
}

__extension__ using Wide = __int128;  // holds each product and difference of two int64

// Throws ValueError, naming `op`, unless the dtype holds each of the integers low ... high.
void require_exact(const char* op, std::int64_t low, std::int64_t high, DType dtype) {
  const auto [first, last] =
      visit_dtype(dtype, []<class T>(T) { return kernels::integers_of<T>(); });
  if (low < first || high > last)
    throw ValueError(str(op, ": integers from ", low, " to ", high, " as ", dtype,
                         ", which holds all integers only from ", first, " to ", last));
}

// f(0), f(1), … up to the last of `count` that lies before stop when it is rounded to the dtype. f
// rises or falls.
template <class F>
Tensor range_before(const Scalar& stop, bool rising, std::uint64_t count,
                    const TensorOptions& options, DType dtype, const F& f) {
  visit_dtype(dtype, [&]<class T>(T) {
    const auto end = kernels::nearest<T>(stop);
    for (; count > 0; --count) {
      const auto last = static_cast<T>(f(count - 1));
      const bool lies_before = last == end.value ? (rising ? end.number > 0 : end.number < 0)
                                                 : (last < end.value) == rising;
      if (lies_before) break;
    }
  });
  return generate(allocate("arange", Shape{count}, options, dtype), f);
}

}  // namespace

Tensor empty(const Shape& shape, const TensorOptions& options) {
  return allocate("empty", shape, options);
}
Tensor zeros(const Shape& shape, const TensorOptions& options) {
  return filled("zeros", shape, 0, options);
}
Tensor ones(const Shape& shape, const TensorOptions& options) {
  return filled("ones", shape, 1, options);
}
Tensor full(const Shape& shape, Scalar value, const TensorOptions& options) {
  return filled("full", shape, value, options);
}

Tensor eye(std::size_t n, const TensorOptions& options) { return eye(n, n, options); }
Tensor eye(std::size_t n, std::size_t m, const TensorOptions& options) {
  Tensor out = filled("eye", Shape(std::vector{n, m}), 0, options);
  const auto set = [=](Tensor& t) {
    visit_dtype(t.dtype(), [&]<class T>(T) {
      T* values = static_cast<T*>(detail::impl(t).storage->data());
      for (std::size_t i = 0; i < std::min(n, m); ++i) values[i * m + i] = T(1);
    });
  };
  detail::launch(out, set);
  return out;
}

Tensor arange(Scalar start, Scalar stop, Scalar step, const TensorOptions& options) {
  const auto throw_range = [&](const char* expected) {
    throw ValueError(
        str("arange: from ", start, " to ", stop, " by ", step, "; expected ", expected));
  };
  if (!std::isfinite(start.value) || !std::isfinite(stop.value) || !std::isfinite(step.value))
    throw_range("finite numbers");
  const bool whole = start.is_integer && step.is_integer;
  const DType dtype = options.dtype.value_or(whole && stop.is_integer ? int64 : float32);
  const bool rising = step.value > 0;
  if (step.value == 0 || (rising ? stop.value < start.value : stop.value > start.value))
    throw_range("a step, not 0, that leads from start to stop");
  constexpr std::uint64_t most = std::uint64_t{1} << 47;
  kernels::require_held("arange", dtype, start);
  if (whole || !is_floating(dtype)) {
    kernels::require_held("arange", int64, start);
    kernels::require_held("arange", int64, step);
    const std::int64_t first = kernels::nearest<std::int64_t>(start).value;
    const std::int64_t stride = kernels::nearest<std::int64_t>(step).value;
    const auto [end, beyond] = kernels::nearest<std::int64_t>(stop);
    // The first integer that is not before stop, from the largest one that is not above it.
    const Wide bound = rising ? Wide{end} + (beyond > 0) : Wide{end} - (beyond < 0);
    const Wide span = rising ? bound - first : first - bound, by = rising ? stride : -Wide{stride};
    const Wide count = span > 0 ? (span - 1) / by + 1 : 0;
    if (count >= most) throw_range("fewer than 2^47 steps");
    const auto element = [&](std::uint64_t i) {
      return static_cast<std::int64_t>(first + static_cast<Wide>(i) * stride);
    };
    const auto n = static_cast<std::uint64_t>(count);
    if (n > 0) kernels::require_held("arange", dtype, element(n - 1));
    return range_before(stop, rising, n, options, dtype, element);
  }
  kernels::require_held("arange", dtype, stop);
  const double span = stop.value - start.value;
  const double steps = std::isfinite(span) ? span / step.value
                                           : 2 * ((stop.value / 2 - start.value / 2) / step.value);
  if (!(steps < static_cast<double>(most))) throw_range("fewer than 2^47 steps");
  // NumPy and PyTorch count like this. The quotient may be rounded up, and an element to stop.
  return range_before(
      stop, rising, static_cast<std::uint64_t>(std::ceil(steps)), options, dtype,
      // Rounded once, so that i step may be beyond the largest number.
      [&](std::uint64_t i) { return std::fma(static_cast<double>(i), step.value, start.value); });
}

namespace {

Tensor evenly_spaced(const char* op, Scalar start, Scalar stop, std::size_t steps,
                     const TensorOptions& options) {
  if (steps == 0) throw ValueError(str(op, ": steps is 0; expected at least 1"));
  const DType dtype = options.dtype.value_or(float32);
  for (const Scalar& end : {start, stop}) {
    if (!std::isfinite(end.value))
      throw ValueError(str(op, ": from ", start, " to ", stop, "; expected finite numbers"));
    kernels::require_held(op, dtype, end);
  }
  Tensor out = allocate(op, Shape(std::vector{steps}), options);
  const std::size_t last = steps - 1;
  if (!is_floating(dtype)) {
    const Wide from = kernels::nearest<std::int64_t>(start).value;
    const Wide to = kernels::nearest<std::int64_t>(stop).value;
    const auto parts = static_cast<Wide>(std::max<std::size_t>(last, 1));
    return generate(out, [&](std::size_t i) {
      return static_cast<std::int64_t>((from * parts + static_cast<Wide>(i) * (to - from)) / parts);
    });
  }
  const auto parts = static_cast<double>(last);
  const double span = stop.value - start.value;
  const double step = std::isfinite(span) ? span / parts : stop.value / parts - start.value / parts;
  // PyTorch counts from both ends, which are exact.
  return generate(out, [&](std::size_t i) {
    if (i == 0) return start.value;
    return i < steps / 2 + steps % 2 ? start.value + static_cast<double>(i) * step
           : i == last               ? stop.value
                                     : stop.value - static_cast<double>(last - i) * step;
  });
}

}  // namespace

Tensor linspace(Scalar start, Scalar stop, std::size_t steps, const TensorOptions& options) {
  return evenly_spaced("linspace", start, stop, steps, options);
}

Tensor logspace(Scalar start, Scalar stop, std::size_t steps, double base,
                const TensorOptions& options) {
  constexpr const char* op = "logspace";
  const Tensor exponents = evenly_spaced(op, start, stop, steps, {.dtype = float64});
  const auto e = exponents.data<double>();
  Tensor out = allocate(op, exponents.shape(), options);
  return generate(out, [&, exact = !is_floating(out.dtype())](std::size_t i) {
    const double power = std::pow(base, e[i]);
    if (exact) kernels::require_held(op, out.dtype(), std::trunc(power));
    return power;
  });
}

namespace {

Tensor generate_uniform(const char* op, const Shape& shape, const TensorOptions& options) {
  require_float(op, options);
  // Numbers of 24 bits: float32 holds them exactly, so that none is rounded to 1.
  Tensor out = allocate(op, shape, options);
  if (out.dtype() == float64) return draw(out, [](std::size_t) { return random::uniform(); });
  return draw(out, [](std::size_t) { return static_cast<float>(random::bits() >> 40) * 0x1p-24F; });
}

Tensor generate_standard_normal(const char* op, const Shape& shape, const TensorOptions& options) {
  require_float(op, options);
  return generate_normal(allocate(op, shape, options), std::identity());
}

}  // namespace

Tensor rand(const Shape& shape, const TensorOptions& options) {
  return generate_uniform("rand", shape, options);
}

Tensor randn(const Shape& shape, const TensorOptions& options) {
  return generate_standard_normal("randn", shape, options);
}

Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape,
               const TensorOptions& options) {
  if (low >= high)
    throw ValueError(str("randint: range from ", low, " to ", high,
                         " (excluded) is empty; expected low < high"));
  require_exact("randint", low, high - 1, options.dtype.value_or(int64));
  const std::uint64_t range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  return draw(allocate("randint", shape, options, int64), [=](std::size_t) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + random::below(range));
  });
}

Tensor randperm(std::size_t n, const TensorOptions& options) {
  const DType dtype = options.dtype.value_or(int64);
  Tensor order = allocate("randperm", Shape(std::vector{n}), {}, int64);
  if (n > 0) require_exact("randperm", 0, static_cast<std::int64_t>(n - 1), dtype);
  const std::span<std::int64_t> values = order.data<std::int64_t>();
  std::iota(values.begin(), values.end(), std::int64_t{0});
  random::shuffle(values);
  order = order.to(dtype);
  if (options.requires_grad) order.requires_grad_();
  return order;
}

Tensor uniform(double low, double high, const Shape& shape, const TensorOptions& options) {
  require_float("uniform", options);
  expect<ValueError>(low <= high && std::isfinite(high - low), "uniform: from ", low, " to ", high,
                     "; expected low <= high, and a finite difference");
  for (const double end : {low, high})
    kernels::require_held("uniform", options.dtype.value_or(float32), end);
  Tensor out = allocate("uniform", shape, options);
  return visit_floating(out.dtype(), [&]<class T>(T) {
    // The number may be rounded to high, which is excluded.
    const T last = std::nextafter(static_cast<T>(high), static_cast<T>(low));
    return draw(out, [=](std::size_t) {
      return std::min(static_cast<T>(std::fma(high - low, random::uniform(), low)), last);
    });
  });
}

Tensor normal(double mean, double std, const Shape& shape, const TensorOptions& options) {
  require_float("normal", options);
  expect_finite("normal", "mean", mean);
  expect_not_negative("normal", "std", std);
  return generate_normal(allocate("normal", shape, options),
                         [=](double x) { return std::fma(std, x, mean); });
}

Tensor normal(const TensorOrScalar& mean, const TensorOrScalar& std) {
  const detail::Operands<2> both("normal", detail::Domain::floats, {&mean, &std});
  const Tensor &centre = *both.in[0], &width = *both.in[1];
  for (const double value : width.to_vector<double>())
    expect<ValueError>(value >= 0, "normal: std of ", value, "; expected 0 or more");
  const Shape shape = detail::broadcast_all("normal", both.in.data(), 2);
  const NoGrad guard;
  return centre + width * normal(0, 1, shape, width.dtype());
}

Tensor bernoulli(const Tensor& p) {
  expect_floating("bernoulli", "p", p);
  const std::vector<double> probabilities = p.to_vector<double>();
  for (const double value : probabilities)
    expect_fraction("bernoulli", "p", value, "expected probabilities from 0 to 1");
  return draw(allocate("bernoulli", p.shape(), {.dtype = p.dtype()}),
              [=](std::size_t i) { return random::uniform() < probabilities[i]; });
}

Tensor multinomial(const Tensor& probabilities, std::int64_t n, bool replacement) {
  constexpr const char* op = "multinomial";
  expect_defined(op, "probabilities", probabilities);
  expect<ShapeError>(probabilities.ndim() == 1 || probabilities.ndim() == 2, op,
                     ": probabilities of shape ", probabilities.shape(),
                     "; expected (k) or (rows, k)");
  expect<ValueError>(n >= 1, op, ": n is ", n, "; expected 1 or more");
  Shape shape = probabilities.shape();
  const std::size_t k = shape.back(), count = static_cast<std::size_t>(n);
  shape[shape.size() - 1] = count;
  const detail::Unobserved guard(op);
  std::vector<double> weights = probabilities.to_vector<double>();
  const std::size_t rows = shape.size() == 1 ? 1 : shape[0];
  const auto row_of = [&](std::size_t row) { return std::span(weights).subspan(row * k, k); };
  // All rows are checked before the first number is drawn.
  std::vector<std::vector<double>> sums;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto own = row_of(row);
    sums.push_back(random::running_sums(
        op, shape.size() == 1 ? "probabilities" : str("probabilities[", row, ']'),
        {own.begin(), own.end()}));
    const std::ptrdiff_t positive = std::ranges::count_if(own, [](double p) { return p > 0; });
    expect<ValueError>(replacement || n <= positive, op, ": n is ", n,
                       " without replacement, but of ", k, " probabilities only ", positive,
                       " are above 0; expected at most that");
  }
  if (replacement) {
    Tensor out = empty(shape, int64);
    const auto indices = out.data<std::int64_t>();
    for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = random::index(sums[i / count]);
    return out;
  }
  // Of exponential times with these rates the n shortest are such a sample, in order.
  for (double& p : weights) p = std::log(-std::log1p(-random::uniform())) - std::log(p);
  return topk(tensor(weights, probabilities.shape()), n, -1, false).indices;
}

Tensor empty_like(const Tensor& model, TensorOptions options) {
  options = like("empty_like", model, options);
  return allocate("empty_like", model.shape(), options);
}
Tensor zeros_like(const Tensor& model, TensorOptions options) {
  options = like("zeros_like", model, options);
  return filled("zeros_like", model.shape(), 0, options);
}
Tensor ones_like(const Tensor& model, TensorOptions options) {
  options = like("ones_like", model, options);
  return filled("ones_like", model.shape(), 1, options);
}
Tensor full_like(const Tensor& model, Scalar value, TensorOptions options) {
  options = like("full_like", model, options);
  return filled("full_like", model.shape(), value, options);
}
Tensor rand_like(const Tensor& model, TensorOptions options) {
  options = like("rand_like", model, options);
  return generate_uniform("rand_like", model.shape(), options);
}
Tensor randn_like(const Tensor& model, TensorOptions options) {
  options = like("randn_like", model, options);
  return generate_standard_normal("randn_like", model.shape(), options);
}

namespace detail {

Tensor from_values(const void* values, std::size_t count, DType source, const Shape& shape,
                   const TensorOptions& options) {
  if (shape.numel() != count)
    throw ShapeError(str("tensor: ", count, " values given for shape ", shape, ", which has ",
                         shape.numel(), " elements"));
  Tensor out = allocate("tensor", shape, options, source);
  kernels::convert_exactly("tensor", impl(out).storage->data(), out.dtype(), values, source, count);
  if (mode.noting) mode.calls->writes(out);  // a constant
  return out;
}

void throw_ragged(std::size_t expected, std::size_t found) {
  throw ShapeError(str("tensor: rows differ in length: ", found, " values after a row of ",
                       expected, "; all rows must be equally long"));
}

}  // namespace detail

namespace {

// float64, or int64 if all numbers are integers.
template <class R>
Tensor of_scalars(const R& range, const TensorOptions& options) {
  Shape shape;
  std::vector<Scalar> numbers;
  detail::append(range, 0, shape, numbers);
  if (!std::ranges::all_of(numbers, &Scalar::is_integer)) {
    std::vector<double> values;
    for (const Scalar& number : numbers) values.push_back(number.value);
    return tensor(values, shape, options);
  }
  std::vector<std::int64_t> values;
  for (const Scalar& number : numbers) values.push_back(number.integer);
  return tensor(values, shape, options);
}

}  // namespace

Tensor tensor(std::initializer_list<Scalar> values, const TensorOptions& options) {
  return of_scalars(values, options);
}
Tensor tensor(std::initializer_list<std::initializer_list<Scalar>> rows,
              const TensorOptions& options) {
  return of_scalars(rows, options);
}

}  // namespace xgrad
