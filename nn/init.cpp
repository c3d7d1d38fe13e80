#include "init.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <numeric>
#include <vector>

#include "../autograd/graph/grad_mode.hpp"
#include "../autograd/ops.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"
#include "../autograd/tensor/random.hpp"

namespace xgrad::nn::init {
namespace {

/// Sets every element of a tensor of floats to next(). Throws ValueError if one of the numbers that
/// next() is made of is beyond the range of the elements.
template <class F>
Tensor fill(const char* op, Tensor tensor, std::initializer_list<double> numbers, F next) {
  expect_floating(op, "tensor", tensor);
  for (const double number : numbers)
    expect<ValueError>(
        tensor.dtype() == float64 || std::abs(number) <= std::numeric_limits<float>::max(), op,
        ": values of ", number, " are beyond the range of float32");
  NoGrad guard;
  xgrad::detail::begin_in_place(tensor, op);
  visit_floating(tensor.dtype(), [&]<class T>(T) {
    for (T& element : tensor.data<T>()) element = static_cast<T>(next());
  });
  return tensor;
}

Tensor fill_uniform(const char* op, Tensor tensor, double low, double high) {
  return fill(op, std::move(tensor), {low, high},
              [=] { return low + (high - low) * random::uniform(); });
}

/// The uniform distribution of mean 0 and this standard deviation.
Tensor fill_uniform(const char* op, Tensor tensor, double std) {
  return fill_uniform(op, std::move(tensor), -std::sqrt(3.0) * std, std::sqrt(3.0) * std);
}

Tensor fill_normal(const char* op, Tensor tensor, double mean, double std) {
  return fill(op, std::move(tensor), {mean, std}, [=] { return mean + std * random::normal(); });
}

Tensor fill_constant(const char* op, Tensor tensor, double value) {
  expect_defined(op, "tensor", tensor);
  NoGrad guard;
  return tensor.fill_(value);
}

void check_matrix(const char* op, const char* lacks, const Tensor& tensor) {
  expect_defined(op, "tensor", tensor);
  expect<ShapeError>(tensor.ndim() >= 2, op, ": tensor of shape ", tensor.shape(), " ", lacks,
                     "; expected at least 2 dimensions");
}

/// fan_in and fan_out.
std::pair<double, double> fans(const char* op, const Tensor& tensor) {
  check_matrix(op, "has no fan_in and fan_out", tensor);
  const Shape& shape = tensor.shape();
  const double field = std::accumulate(shape.begin() + 2, shape.end(), 1.0, std::multiplies<>());
  return {static_cast<double>(shape[1]) * field, static_cast<double>(shape[0]) * field};
}

double xavier_std(const char* op, const Tensor& tensor, double gain) {
  const auto [in, out] = fans(op, tensor);
  expect_not_negative(op, "gain", gain);
  return gain * std::sqrt(2 / (in + out));
}

double kaiming_std(const char* op, const Tensor& tensor, double a, FanMode mode,
                   Nonlinearity nonlinearity) {
  const auto [in, out] = fans(op, tensor);
  expect_finite(op, "a", a);
  return calculate_gain(nonlinearity, a) / std::sqrt(mode == FanMode::fan_in ? in : out);
}

}  // namespace

double calculate_gain(Nonlinearity nonlinearity, double slope) {
  expect_finite("calculate_gain", "slope", slope);
  switch (nonlinearity) {
    case Nonlinearity::tanh: return 5.0 / 3;
    case Nonlinearity::relu: return std::sqrt(2.0);
    case Nonlinearity::leaky_relu: return std::sqrt(2 / (1 + slope * slope));
    case Nonlinearity::selu: return 3.0 / 4;
    case Nonlinearity::linear:
    case Nonlinearity::sigmoid: break;
  }
  return 1;
}

Tensor zeros_(Tensor tensor) { return fill_constant("zeros_", std::move(tensor), 0); }
Tensor ones_(Tensor tensor) { return fill_constant("ones_", std::move(tensor), 1); }
Tensor constant_(Tensor tensor, double value) {
  return fill_constant("constant_", std::move(tensor), value);
}

Tensor uniform_(Tensor tensor, double low, double high) {
  const char* const op = "uniform_";
  expect_finite(op, "low", low);
  expect_finite(op, "high", high);
  expect<ValueError>(low <= high && std::isfinite(high - low), op, ": from ", low, " to ", high,
                     "; expected ",
                     low > high ? "low <= high" : "a distance that a double can hold");
  return fill_uniform(op, std::move(tensor), low, high);
}

Tensor normal_(Tensor tensor, double mean, double std) {
  expect_finite("normal_", "mean", mean);
  expect_not_negative("normal_", "std", std);
  return fill_normal("normal_", std::move(tensor), mean, std);
}

Tensor xavier_uniform_(Tensor tensor, double gain) {
  const double std = xavier_std("xavier_uniform_", tensor, gain);
  return fill_uniform("xavier_uniform_", std::move(tensor), std);
}
Tensor xavier_normal_(Tensor tensor, double gain) {
  const double std = xavier_std("xavier_normal_", tensor, gain);
  return fill_normal("xavier_normal_", std::move(tensor), 0, std);
}
Tensor kaiming_uniform_(Tensor tensor, double a, FanMode mode, Nonlinearity nonlinearity) {
  const double std = kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity);
  return fill_uniform("kaiming_uniform_", std::move(tensor), std);
}
Tensor kaiming_normal_(Tensor tensor, double a, FanMode mode, Nonlinearity nonlinearity) {
  const double std = kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity);
  return fill_normal("kaiming_normal_", std::move(tensor), 0, std);
}

Tensor orthogonal_(Tensor tensor, double gain) {
  const char* const op = "orthogonal_";
  expect_finite(op, "gain", gain);
  check_matrix(op, "is no matrix", tensor);
  expect_floating(op, "tensor", tensor);
  if (tensor.numel() == 0) return tensor;
  const std::size_t rows = tensor.size(0), columns = tensor.numel() / rows;
  const std::size_t height = std::min(rows, columns), width = std::max(rows, columns);
  {
    const NoGrad guard;  // throws, if it does, before a number is drawn
    xgrad::detail::begin_in_place(tensor, op);
  }
  Tensor normal = xgrad::detail::make_tensor(op, {height, width}, float64);
  std::ranges::generate(normal.data<double>(), random::normal);
  const auto [q, r] = linalg::qr(t(normal));
  const Tensor unique = q * where(diag(r) < 0, -1, 1) * gain;  // as if R's diagonal were positive
  const std::vector<double> values = (rows <= columns ? t(unique) : unique).to_vector<double>();
  return fill(op, std::move(tensor), {}, [next = values.begin()]() mutable { return *next++; });
}

}  // namespace xgrad::nn::init
