#pragma once

#include <cstddef>
#include <deque>
#include <vector>

/// @file
/// The memory of L-BFGS, for LBFGS and minimize.

namespace xgrad::optim::detail {

/// An approximation H of the inverse Hessian from the last steps s and the changes y of the
/// gradient along them (Nocedal 1980, Updating quasi-Newton matrices with limited storage).
template <class T>
class LimitedMemory {
 public:
  using Vector = std::vector<T>;

  struct Pair {
    Vector s, y;
    double rho;  ///< 1 / s·y
  };

  explicit LimitedMemory(std::size_t size) : size_(size) {}

  /// Adds a pair with s·y > 0; when there are `size` of them the oldest goes.
  void push(Vector s, Vector y);
  /// Replaces everything.
  void assign(std::deque<Pair> pairs, double scale) {
    pairs_ = std::move(pairs);
    scale_ = scale;
  }
  /// −H g, by the two-loop recursion (Nocedal & Wright 2006, algorithm 7.4).
  Vector direction(const Vector& g) const;

  /// Oldest first.
  const std::deque<Pair>& pairs() const noexcept { return pairs_; }
  /// γ, H without pairs being γ I: s·y / y·y of the last pair, at first 1.
  double scale() const noexcept { return scale_; }

 private:
  std::size_t size_;
  std::deque<Pair> pairs_;
  double scale_ = 1;
};

extern template class LimitedMemory<float>;
extern template class LimitedMemory<double>;

}  // namespace xgrad::optim::detail
