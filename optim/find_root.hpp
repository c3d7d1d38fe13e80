#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "../autograd/tensor/tensor.hpp"

namespace xgrad::optim {

/// Options of find_root.
struct FindRootOptions {
  /// A relative change of x by which f would be 0, by default 2 ε of x0's dtype (4.4e-16 for
  /// float64). See find_root.
  std::optional<double> tol = {};
  std::int64_t max_iter = 100;  ///< at least 1
};

/// The point at which find_root ended, and why.
struct RootResult {
  Tensor x;                      ///< of x0's shape and dtype
  Tensor fun;                    ///< f(x)
  std::int64_t iterations = 0;   ///< steps of the method
  std::int64_t evaluations = 0;  ///< of f, each with its Jacobian
  bool success = false;          ///< whether x is a root, as find_root says
  std::string message;           ///< why it ended
  std::vector<Tensor> path;      ///< x0 and x after every iteration
};
/// Prints why it ended, x, f(x) and the counts.
std::ostream& operator<<(std::ostream& out, const RootResult& result);

/// Finds an x with f(x) = 0 by Newton's method,
///
///     x ← x − J(x)⁻¹ f(x)
///
/// for a function of one number, or as many functions as there are elements of x: f(x) has x's
/// shape and dtype. The Jacobian J is by autograd, n reverse or forward sweeps for n elements.
///
/// Steps are taken in full, also where |f| grows: from a far start that is often the way to a root.
/// Only a step to where f or J is not finite is halved until they are. A Jacobian that is singular
/// (a derivative of 0), an f that is not finite and max_iter steps without convergence end the
/// search without success, which the result says.
///
/// It is a success where f(x) is 0, or as near to it as can be told, whatever the scales of the
/// unknowns and of the functions:
///
/// - |f| <= tol |J| |x| for every function, which a change of each xᵢ by tol |xᵢ| would make 0
///   (Oettli & Prager 1964); or, where steps are below √ε of the largest |xᵢ| on the way,
/// - |f| has not grown and is no more than its rounding errors, as the trapezoidal rule for its
///   change along the step shows, f(x) − f(x₀) = (J(x) + J(x₀)) (x − x₀) / 2; or
/// - |f| is below ε² of its largest value on the way and steps shrink: at multiple roots, by a
///   constant factor.
///
/// Throws ValueError for an x0 that is empty or not finite, tol < 0 or not finite, max_iter < 1 and
/// an empty f; DTypeError for integers; ShapeError or DTypeError unless f(x) has the shape and
/// dtype of x; and what f throws.
RootResult find_root(const std::function<Tensor(const Tensor&)>& f, const Tensor& x0,
                     const FindRootOptions& options = {});

}  // namespace xgrad::optim
