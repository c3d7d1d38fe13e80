#include "limited_memory.hpp"

#include <utility>

#include "vector.hpp"

namespace xgrad::optim::detail {
namespace {

/// y ← y + a x.
template <class T>
void add_to(std::vector<T>& y, double a, const std::vector<T>& x) {
  const T factor = static_cast<T>(a);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] += factor * x[i];
}

}  // namespace

template <class T>
void LimitedMemory<T>::push(Vector s, Vector y) {
  while (pairs_.size() >= size_) pairs_.pop_front();
  const double sy = dot(s, y);
  scale_ = sy / dot(y, y);
  pairs_.push_back({std::move(s), std::move(y), 1 / sy});
}

template <class T>
auto LimitedMemory<T>::direction(const Vector& g) const -> Vector {
  Vector d(g.size());
  for (std::size_t i = 0; i < g.size(); ++i) d[i] = -g[i];

  std::vector<double> alpha(pairs_.size());
  for (std::size_t i = pairs_.size(); i-- > 0;) {
    alpha[i] = pairs_[i].rho * dot(pairs_[i].s, d);
    add_to(d, -alpha[i], pairs_[i].y);
  }
  for (T& element : d) element *= static_cast<T>(scale_);
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    const double beta = pairs_[i].rho * dot(pairs_[i].y, d);
    add_to(d, alpha[i] - beta, pairs_[i].s);
  }
  return d;
}

template class LimitedMemory<float>;
template class LimitedMemory<double>;

}  // namespace xgrad::optim::detail
