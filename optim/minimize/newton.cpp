#include <algorithm>
#include <cmath>

#include "../../autograd/kernels/lapack.hpp"
#include "descent.hpp"

namespace xgrad::optim::detail {
namespace {

/// Newton's method: d = −H⁻¹ g where the Hessian H is positive definite, as Cholesky's
/// decomposition tells. Elsewhere d = −|H|⁻¹ g, |H| having the absolute values of H's eigenvalues,
/// at least 1e-8 of the greatest (Nocedal & Wright, section 3.4): a direction of descent, and away
/// from saddle points.
class Newton final : public Descent {
 public:
  explicit Newton(Problem& problem) : problem_(problem) {}

  Vector direction(const Point& p) override {
    const std::size_t n = p.g.size();
    const Vector h = hessian(p);
    Vector factor = h, d = negated(p.g);
    if (kernels::cholesky(factor.data(), n) > 0) return modified_direction(h, p.g);
    kernels::solve_lower(factor.data(), n, false, d.data(), 1);
    kernels::solve_lower(factor.data(), n, true, d.data(), 1);
    return d;
  }
  double first_step(const Point&, const Vector&, const Point*) const override { return 1; }
  WolfeOptions wolfe(const Point&, const Vector&) const override { return sufficient_decrease; }

 private:
  /// By rows, each a Hessian product.
  Vector hessian(const Point& p) {
    const std::size_t n = p.g.size();
    Vector h(n * n), unit(n);
    for (std::size_t i = 0; i < n; ++i) {
      unit[i] = 1;
      std::ranges::copy(problem_.hessian_product(p, unit), h.begin() + static_cast<long>(i * n));
      unit[i] = 0;
    }
    return h;
  }

  /// The singular values of a symmetric matrix are the absolute values of its eigenvalues, and
  /// |H| = Vᵀ Σ V with the right singular vectors in V's rows.
  static Vector modified_direction(Vector h, const Vector& g) {
    const std::size_t n = g.size();
    Vector left(n * n), values(n), right(n * n), d(n);
    if (!kernels::singular_values(h.data(), n, left.data(), values.data(), right.data()) ||
        values[0] == 0)
      return negated(g);
    for (std::size_t k = 0; k < n; ++k) {
      const double* v = right.data() + k * n;
      double component = 0;
      for (std::size_t i = 0; i < n; ++i) component += v[i] * g[i];
      component /= std::max(values[k], 1e-8 * values[0]);
      for (std::size_t i = 0; i < n; ++i) d[i] -= component * v[i];
    }
    return d;
  }

  Problem& problem_;
};

}  // namespace

std::unique_ptr<Descent> newton(Problem& problem) { return std::make_unique<Newton>(problem); }

}  // namespace xgrad::optim::detail
