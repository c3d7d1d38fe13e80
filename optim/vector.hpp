#pragma once

#include <cstddef>
#include <deque>

#include "../autograd/tensor/tensor.hpp"

/// @file
/// Vectors of all unknowns, which are 1-d tensors of floats, for LBFGS and minimize. Nothing here
/// is recorded or observed.

namespace xgrad::optim::detail {

/// a·b, in float64 where it does not fit float32.
double inner(const Tensor& a, const Tensor& b);
/// √(v·v).
double length(const Tensor& v);
/// The largest |element|; NaN if an element is.
double max_abs(const Tensor& v);
/// y ← y + a x.
void add_to(Tensor& y, double a, const Tensor& x);

/// The memory of L-BFGS: an approximation H of the inverse Hessian from the last steps s and the
/// changes y of the gradient along them (Nocedal 1980, Updating quasi-Newton matrices with limited
/// storage).
struct LimitedMemory {
  struct Pair {
    Tensor s, y;
    double rho;  ///< 1 / s·y
  };
  std::size_t size;             ///< of `pairs`, at most
  std::deque<Pair> pairs = {};  ///< oldest first
  double scale = 1;             ///< γ, H without pairs being γ I: s·y / y·y of the last pair

  /// Adds a pair with s·y > 0; when there are `size` of them the oldest goes.
  void push(Tensor s, Tensor y);
  /// −H g, by the two-loop recursion (Nocedal & Wright 2006, algorithm 7.4).
  Tensor direction(const Tensor& g) const;
};

}  // namespace xgrad::optim::detail
