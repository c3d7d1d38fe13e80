#include "init.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "../autograd/graph/grad_mode.hpp"
#include "../autograd/kernels/lapack.hpp"
#include "../autograd/support/message.hpp"
#include "../autograd/tensor/expect.hpp"
#include "../autograd/tensor/random.hpp"

namespace xgrad::nn::init {
namespace {

void check_tensor(const char* op, const Tensor& tensor) {
  expect_defined(op, {{"tensor", &tensor}});
}

/// Sets every element to next().
template <class F>
Tensor fill(const char* op, Tensor tensor, F next) {
  check_tensor(op, tensor);
  if (!is_floating(tensor.dtype()))
    throw DTypeError(message(op, ": tensor of shape ", tensor.shape(), " is ", name(tensor.dtype()),
                             "; expected float32 or float64"));
  NoGrad guard;
  xgrad::detail::begin_in_place(tensor, op);
  visit_dtype(tensor.dtype(), [&]<class T>(T) {
    for (T& element : tensor.data<T>()) element = static_cast<T>(next());
  });
  return tensor;
}

/// Errors: ValueError for numbers beyond the range of the tensor's elements.
void check_range(const char* op, const Tensor& tensor, double value) {
  if (tensor.dtype() == float32 && !(std::abs(value) <= std::numeric_limits<float>::max()))
    throw ValueError(message(op, ": values of ", value, " are beyond the range of float32"));
}

Tensor fill_uniform(const char* op, Tensor tensor, double low, double high) {
  check_tensor(op, tensor);
  check_range(op, tensor, low);
  check_range(op, tensor, high);
  return fill(op, std::move(tensor), [=] { return low + (high - low) * random::uniform(); });
}

Tensor fill_normal(const char* op, Tensor tensor, double mean, double std) {
  check_tensor(op, tensor);
  check_range(op, tensor, mean);
  check_range(op, tensor, std);
  return fill(op, std::move(tensor), [=] { return mean + std * random::normal(); });
}

Tensor fill_constant(const char* op, Tensor tensor, double value) {
  check_tensor(op, tensor);
  NoGrad guard;
  return tensor.fill_(value);
}

struct Fans {
  double in;
  double out;
};

void check_matrix(const char* op, const char* lacks, const Shape& shape) {
  if (shape.size() < 2)
    throw ShapeError(
        message(op, ": tensor of shape ", shape, " ", lacks, "; expected at least 2 dimensions"));
}

Fans fans(const char* op, const Tensor& tensor) {
  check_tensor(op, tensor);
  const Shape& shape = tensor.shape();
  check_matrix(op, "has no fan_in and fan_out", shape);
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

/// A uniform distribution of this standard deviation reaches from minus to plus this.
double bound_of(double std) { return std::sqrt(3.0) * std; }

/// A random matrix with orthonormal rows or, where these are fewer, columns.
std::vector<double> orthonormal(std::size_t rows, std::size_t columns) {
  const std::size_t height = std::min(rows, columns), width = std::max(rows, columns);
  std::vector<double> q(height * width);
  for (double& element : q) element = random::normal();
  kernels::orthonormal_rows(q.data(), height, width);
  if (rows <= columns) return q;
  std::vector<double> transposed(q.size());
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) transposed[i * columns + j] = q[j * width + i];
  return transposed;
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
  expect_finite("uniform_", "low", low);
  expect_finite("uniform_", "high", high);
  if (!(low <= high))
    throw ValueError(message("uniform_: from ", low, " to ", high, "; expected low <= high"));
  if (!std::isfinite(high - low))
    throw ValueError(message("uniform_: from ", low, " to ", high,
                             "; expected a distance that a double can hold"));
  return fill_uniform("uniform_", std::move(tensor), low, high);
}

Tensor normal_(Tensor tensor, double mean, double std) {
  expect_finite("normal_", "mean", mean);
  expect_not_negative("normal_", "std", std);
  return fill_normal("normal_", std::move(tensor), mean, std);
}

Tensor xavier_uniform_(Tensor tensor, double gain) {
  const double bound = bound_of(xavier_std("xavier_uniform_", tensor, gain));
  return fill_uniform("xavier_uniform_", std::move(tensor), -bound, bound);
}

Tensor xavier_normal_(Tensor tensor, double gain) {
  const double std = xavier_std("xavier_normal_", tensor, gain);
  return fill_normal("xavier_normal_", std::move(tensor), 0, std);
}

Tensor kaiming_uniform_(Tensor tensor, double a, FanMode mode, Nonlinearity nonlinearity) {
  const double bound = bound_of(kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity));
  return fill_uniform("kaiming_uniform_", std::move(tensor), -bound, bound);
}

Tensor kaiming_normal_(Tensor tensor, double a, FanMode mode, Nonlinearity nonlinearity) {
  const double std = kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity);
  return fill_normal("kaiming_normal_", std::move(tensor), 0, std);
}

Tensor orthogonal_(Tensor tensor, double gain) {
  const char* const op = "orthogonal_";
  check_tensor(op, tensor);
  expect_finite(op, "gain", gain);
  check_matrix(op, "is no matrix", tensor.shape());
  const std::size_t rows = tensor.size(0), columns = rows ? tensor.numel() / rows : 0;
  std::vector<double> q;
  std::size_t k = 0;
  return fill(op, std::move(tensor), [&] {
    if (q.empty()) q = orthonormal(rows, columns);  // not before fill has checked the tensor
    return gain * q[k++];
  });
}

}  // namespace xgrad::nn::init
