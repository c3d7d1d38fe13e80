#include <algorithm>
#include <cmath>
#include <limits>

#include "descent.hpp"

namespace xgrad::optim::detail {
namespace {

/// Newton's method, where conjugate gradients solve H d = −g only as closely as is worth while,
/// and stop at a direction of negative curvature (Dembo & Steihaug 1983, Truncated-Newton
/// algorithms for large-scale unconstrained optimization; Nocedal & Wright, algorithm 7.1).
class NewtonCg final : public Descent {
 public:
  explicit NewtonCg(Problem& problem) : problem_(problem) {}

  Vector direction(const Point& p) override;
  double first_step(const Point&, const Vector&, const Point*) const override { return 1; }
  WolfeOptions wolfe(const Point&, const Vector&) const override { return sufficient_decrease; }

 private:
  Problem& problem_;
};

Vector NewtonCg::direction(const Point& p) {
  Vector d(p.g.size()), residual = p.g, search = negated(p.g);
  double square = dot(residual, residual);
  const double norm = std::sqrt(square);
  const double small = std::min(0.5, std::sqrt(norm)) * norm;  // superlinear convergence
  for (std::size_t i = 0; i < 20 * p.g.size() && std::sqrt(square) > small; ++i) {
    const Vector product = problem_.hessian_product(p, search);
    const double curvature = dot(search, product);
    if (!(curvature >
          std::numeric_limits<double>::epsilon() * detail::norm(search) * detail::norm(product))) {
      if (i == 0) return add(d, curvature < 0 ? -square / curvature : 1, search);
      break;
    }
    const double step = square / curvature;
    d = add(d, step, search);
    residual = add(residual, step, product);
    const double before = std::exchange(square, dot(residual, residual));
    search = add(negated(residual), square / before, search);
  }
  return d;
}

}  // namespace

std::unique_ptr<Descent> newton_cg(Problem& problem) { return std::make_unique<NewtonCg>(problem); }

}  // namespace xgrad::optim::detail
