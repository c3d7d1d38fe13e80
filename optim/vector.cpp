#include "vector.hpp"

#include <cmath>

#include "../autograd/graph/observer.hpp"
#include "../autograd/ops/linalg.hpp"

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

}  // namespace xgrad::optim::detail
