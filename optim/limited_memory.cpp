#include "limited_memory.hpp"

#include <vector>

#include "../autograd/ops/arithmetic.hpp"
#include "../autograd/ops/elementwise.hpp"
#include "vector.hpp"

namespace xgrad::optim::detail {

void LimitedMemory::push(Tensor s, Tensor y) {
  while (pairs_.size() >= size_) pairs_.pop_front();
  const double sy = inner(s, y);
  scale_ = sy / inner(y, y);
  pairs_.push_back({std::move(s), std::move(y), 1 / sy});
}

Tensor LimitedMemory::direction(const Tensor& g) const {
  Tensor d = -g;
  std::vector<double> alpha(pairs_.size());
  for (std::size_t i = pairs_.size(); i-- > 0;) {
    alpha[i] = pairs_[i].rho * inner(pairs_[i].s, d);
    add_to(d, -alpha[i], pairs_[i].y);
  }
  d = d * scale_;
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    const double beta = pairs_[i].rho * inner(pairs_[i].y, d);
    add_to(d, alpha[i] - beta, pairs_[i].s);
  }
  return d;
}

}  // namespace xgrad::optim::detail
