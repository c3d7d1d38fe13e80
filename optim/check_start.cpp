#include "optim/check_start.hpp"

#include <cmath>

#include "autograd/message.hpp"

namespace xgrad::optim::detail {

void check_start(const char* function, const Tensor& x0) {
  if (!x0.defined())
    throw ValueError(message(function, ": x0 is an undefined tensor; assign it a value"));
  if (!is_floating(x0.dtype()))
    throw DTypeError(
        message(function, ": x0 is ", name(x0.dtype()), "; expected float32 or float64"));
  if (x0.numel() == 0)
    throw ValueError(message(function, ": x0 of shape ", x0.shape(), " has no elements"));
  const auto values = x0.to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      throw ValueError(
          message(function, ": element ", i, " of x0 is ", values[i], "; expected a finite start"));
}

void check_tol(const char* function, double tol) {
  if (!(tol >= 0)) throw ValueError(message(function, ": tol is ", tol, "; expected tol >= 0"));
}

void check_max_iter(const char* function, std::int64_t max_iter) {
  if (max_iter < 1)
    throw ValueError(message(function, ": max_iter is ", max_iter, "; expected at least 1"));
}

}  // namespace xgrad::optim::detail
