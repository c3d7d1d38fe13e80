#include "check_start.hpp"

#include <cmath>

#include "../autograd/support/message.hpp"

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
  if (!(tol >= 0 && std::isfinite(tol)))
    throw ValueError(message(function, ": tol is ", tol, "; expected ",
                             std::isinf(tol) ? "a finite tol" : "tol >= 0"));
}

void check_limit(const char* function, const char* name, std::int64_t limit) {
  if (limit < 1)
    throw ValueError(message(function, ": ", name, " is ", limit, "; expected at least 1"));
}

}  // namespace xgrad::optim::detail
