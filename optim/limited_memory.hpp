#pragma once

#include <cstddef>
#include <deque>

#include "../autograd/tensor/tensor.hpp"

namespace xgrad::optim::detail {

/// The memory of L-BFGS, for LBFGS and minimize: an approximation H of the inverse Hessian from the
/// last steps s and the changes y of the gradient along them (Nocedal 1980, Updating quasi-Newton
/// matrices with limited storage).
class LimitedMemory {
 public:
  struct Pair {
    Tensor s, y;
    double rho;  ///< 1 / s·y
  };

  explicit LimitedMemory(std::size_t size, std::deque<Pair> pairs = {}, double scale = 1)
      : size_(size), pairs_(std::move(pairs)), scale_(scale) {}

  /// Adds a pair with s·y > 0; when there are `size` of them the oldest goes.
  void push(Tensor s, Tensor y);
  /// −H g, by the two-loop recursion (Nocedal & Wright 2006, algorithm 7.4).
  Tensor direction(const Tensor& g) const;

  /// Oldest first.
  const std::deque<Pair>& pairs() const noexcept { return pairs_; }
  /// γ, H without pairs being γ I: s·y / y·y of the last pair, at first 1.
  double scale() const noexcept { return scale_; }

 private:
  std::size_t size_;
  std::deque<Pair> pairs_;
  double scale_;
};

}  // namespace xgrad::optim::detail
