#include "vector.hpp"

#include <cmath>

#include "../autograd/graph/observer.hpp"
#include "../autograd/ops/linalg.hpp"
#include "../autograd/support/message.hpp"

namespace xgrad::optim::detail {

double inner(const Tensor& a, const Tensor& b) {
  const xgrad::detail::Unobserved guard;  // an overflow is no anomaly
  const double product = dot(a, b).item<double>();
  if (a.dtype() == float64 || std::isfinite(product)) return product;
  return dot(a.to(float64), b.to(float64)).item<double>();
}

double length(const Tensor& v) { return std::sqrt(inner(v, v)); }

double max_abs(const Tensor& v) {
  double largest = 0;
  visit_floating(v.dtype(), [&]<class T>(T) {
    for (const T element : v.data<T>()) {
      const double x = std::abs(element);
      if (x > largest || std::isnan(x)) largest = x;
    }
  });
  return largest;
}

void add_to(Tensor& y, double a, const Tensor& x) {
  visit_floating(y.dtype(), [&]<class T>(T) {
    const T factor = static_cast<T>(a);
    T* to = y.data<T>().data();
    const T* from = x.data<T>().data();
    for (std::size_t i = 0, n = y.numel(); i < n; ++i) to[i] += factor * from[i];
  });
}

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
