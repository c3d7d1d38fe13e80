#include "init.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <vector>

#include "../autograd/graph/grad_mode.hpp"
#include "../autograd/ops/dense.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/expect.hpp"
#include "../autograd/tensor/random.hpp"

namespace xgrad::nn::init {
namespace {

/// Sets every element of a tensor of floats to next().
template <class F>
Tensor fill(const char* op, Tensor tensor, F next) {
  NoGrad guard;
  xgrad::detail::begin_in_place(tensor, op);
  visit_floating(tensor.dtype(), [&]<class T>(T) {
    for (T& element : tensor.data<T>()) element = static_cast<T>(next());
  });
  return tensor;
}

/// Throws ValueError for numbers beyond the range of the tensor's elements.
void check_range(const char* op, const Tensor& tensor, std::initializer_list<double> values) {
  expect_floating(op, "tensor", tensor);
  for (const double value : values)
    if (tensor.dtype() == float32 && !(std::abs(value) <= std::numeric_limits<float>::max()))
      throw ValueError(str(op, ": values of ", value, " are beyond the range of float32"));
}

Tensor fill_uniform(const char* op, Tensor tensor, double low, double high) {
  check_range(op, tensor, {low, high});
  return fill(op, std::move(tensor), [=] { return low + (high - low) * random::uniform(); });
}

/// The uniform distribution of mean 0 and this standard deviation.
Tensor fill_uniform(const char* op, Tensor tensor, double std) {
  const double bound = std::sqrt(3.0) * std;
  return fill_uniform(op, std::move(tensor), -bound, bound);
}

Tensor fill_normal(const char* op, Tensor tensor, double mean, double std) {
  check_range(op, tensor, {mean, std});
  return fill(op, std::move(tensor), [=] { return mean + std * random::normal(); });
}

Tensor fill_constant(const char* op, Tensor tensor, double value) {
  expect_defined(op, "tensor", tensor);
  NoGrad guard;
  return tensor.fill_(value);
}

void check_matrix(const char* op, const char* lacks, const Tensor& tensor) {
  expect_defined(op, "tensor", tensor);
  if (tensor.ndim() < 2)
    throw ShapeError(str(op, ": tensor of shape ", tensor.shape(), " ", lacks,
                         "; expected at least 2 dimensions"));
}

struct Fans {
  double in;
  double out;
};

Fans fans(const char* op, const Tensor& tensor) {
  check_matrix(op, "has no fan_in and fan_out", tensor);
  const Shape& shape = tensor.shape();
  double receptive_field = 1;
  for (std::size_t i = 2; i < shape.size(); ++i) receptive_field *= static_cast<double>(shape[i]);
  return {static_cast<double>(shape[1]) * receptive_field,
          static_cast<double>(shape[0]) * receptive_field};
}

double xavier_std(const char* op, const Tensor& tensor, double gain) {
  const Fans fan = fans(op, tensor);
  expect_not_negative(op, "gain", gain);
  return gain * std::sqrt(2 / (fan.in + fan.out));
}

double kaiming_std(const char* op, const Tensor& tensor, double a, FanMode mode,
                   Nonlinearity nonlinearity) {
  const Fans fan = fans(op, tensor);
  expect_finite(op, "a", a);
  return calculate_gain(nonlinearity, a) / std::sqrt(mode == FanMode::fan_in ? fan.in : fan.out);
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
  if (!(low <= high) || !std::isfinite(high - low))
    throw ValueError(str(op, ": from ", low, " to ", high, "; expected ",
                         low > high ? "low <= high" : "a distance that a double can hold"));
  return fill_uniform(op, std::move(tensor), low, high);
}

Tensor normal_(Tensor tensor, double mean, double std) {
  expect_finite("normal_", "mean", mean);
  expect_not_negative("normal_", "std", std);
  return fill_normal("normal_", std::move(tensor), mean, std);
}

Tensor xavier_uniform_(Tensor tensor, double gain) {
  const char* const op = "xavier_uniform_";
  return fill_uniform(op, tensor, xavier_std(op, tensor, gain));
}

Tensor xavier_normal_(Tensor tensor, double gain) {
  const char* const op = "xavier_normal_";
  return fill_normal(op, tensor, 0, xavier_std(op, tensor, gain));
}

Tensor kaiming_uniform_(Tensor tensor, double a, FanMode mode, Nonlinearity nonlinearity) {
  const char* const op = "kaiming_uniform_";
  return fill_uniform(op, tensor, kaiming_std(op, tensor, a, mode, nonlinearity));
}

Tensor kaiming_normal_(Tensor tensor, double a, FanMode mode, Nonlinearity nonlinearity) {
  const char* const op = "kaiming_normal_";
  return fill_normal(op, tensor, 0, kaiming_std(op, tensor, a, mode, nonlinearity));
}

Tensor orthogonal_(Tensor tensor, double gain) {
  const char* const op = "orthogonal_";
  expect_finite(op, "gain", gain);
  check_matrix(op, "is no matrix", tensor);
  expect_floating(op, "tensor", tensor);
  if (tensor.numel() == 0) return tensor;
  const std::size_t rows = tensor.size(0), columns = tensor.numel() / rows;
  const std::size_t height = std::min(rows, columns);  // of a matrix with orthonormal rows
  std::vector<double> q(tensor.numel());
  std::ranges::generate(q, random::normal);
  q = xgrad::detail::orthonormal_rows(std::move(q), height, q.size() / height);
  std::size_t k = 0;
  return fill(op, std::move(tensor), [&] {
    const std::size_t i = k / columns, j = k % columns;
    ++k;
    return gain * (rows <= columns ? q[i * columns + j] : q[j * rows + i]);
  });
}

}  // namespace xgrad::nn::init
