#include "vector.hpp"

#include <cmath>
#include <numeric>
#include <vector>

#include "../autograd/ops/arithmetic.hpp"
#include "../autograd/ops/dense.hpp"
#include "../autograd/ops/elementwise.hpp"

namespace xgrad::optim::detail {

double inner(const Tensor& a, const Tensor& b) {
  return visit_floating(a.dtype(), [&]<class T>(T) {
    const std::span<const T> x = a.data<T>(), y = b.data<T>();
    const double product = xgrad::detail::dot(x, y);
    if (std::is_same_v<T, double> || std::isfinite(product)) return product;
    return std::inner_product(x.begin(), x.end(), y.begin(), 0.0, std::plus<double>(),
                              std::multiplies<double>());
  });
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

void LimitedMemory::push(Tensor s, Tensor y) {
  while (pairs.size() >= size) pairs.pop_front();
  const double sy = inner(s, y);
  scale = sy / inner(y, y);
  pairs.push_back({std::move(s), std::move(y), 1 / sy});
}

Tensor LimitedMemory::direction(const Tensor& g) const {
  Tensor d = -g;
  std::vector<double> alpha(pairs.size());
  for (std::size_t i = pairs.size(); i-- > 0;) {
    alpha[i] = pairs[i].rho * inner(pairs[i].s, d);
    add_to(d, -alpha[i], pairs[i].y);
  }
  d = d * scale;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const double beta = pairs[i].rho * inner(pairs[i].y, d);
    add_to(d, alpha[i] - beta, pairs[i].s);
  }
  return d;
}

}  // namespace xgrad::optim::detail
