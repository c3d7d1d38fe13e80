#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "../../autograd/ops.hpp"
#include "../../autograd/ops/dense.hpp"
#include "../../autograd/tensor/creation.hpp"
#include "descent.hpp"

namespace xgrad::optim::detail {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Newton's methods, whose full step has the right length. Of the Wolfe conditions they ask for the
/// first alone: the second would refuse that step where f curves downwards.
class NewtonsMethod : public Descent {
 public:
  explicit NewtonsMethod(Problem& problem) : problem_(problem) {}

  Direction direction(const Point& p, const Point*) final { return {step(p), 1, {.c2 = infinity}}; }

 protected:
  Problem& problem_;

 private:
  virtual Tensor step(const Point& p) = 0;
};

/// d = −H⁻¹ g where the Hessian H is positive definite, as Cholesky's decomposition tells.
/// Elsewhere d = −|H|⁻¹ g, |H| having the absolute values of H's eigenvalues, at least 1e-8 of the
/// largest (Nocedal & Wright, section 3.4): a direction of descent, and away from saddle points.
class Newton final : public NewtonsMethod {
  using NewtonsMethod::NewtonsMethod;

  Tensor step(const Point& p) override {
    const std::vector<double> h = hessian(p), g = (-p.g).to_vector<double>();
    const Shape& shape = p.g.shape();
    if (const auto d = xgrad::detail::solve_positive_definite(h, g)) return tensor(*d, shape);
    // The singular values of a symmetric matrix are the absolute values of its eigenvalues, and
    // |H| = Vᵀ Σ V with the right singular vectors in V's rows.
    const auto svd = xgrad::detail::singular_values(h, g.size());
    if (!svd || svd->values[0] == 0) return -p.g;
    const Tensor v = tensor(svd->right, {g.size(), g.size()});
    const Tensor values = maximum(tensor(svd->values, shape), 1e-8 * svd->values[0]);
    return -matmul(matmul(v, p.g) / values, v);
  }

  /// By rows, each a Hessian product.
  std::vector<double> hessian(const Point& p) {
    std::vector<double> h;
    Tensor unit = zeros_like(p.g);
    for (double& element : unit.data<double>()) {
      element = 1;
      const Tensor row = problem_.hessian_product(p, unit);
      h.insert(h.end(), row.data<double>().begin(), row.data<double>().end());
      element = 0;
    }
    return h;
  }
};

/// Conjugate gradients solve H d = −g only as closely as is worth while, and stop at a direction of
/// negative curvature (Dembo & Steihaug 1983, Truncated-Newton algorithms for large-scale
/// unconstrained optimization; Nocedal & Wright, algorithm 7.1).
class NewtonCg final : public NewtonsMethod {
  using NewtonsMethod::NewtonsMethod;

  Tensor step(const Point& p) override {
    Tensor d = zeros_like(p.g), residual = p.g, search = -p.g;
    double square = inner(residual, residual);
    const double norm = std::sqrt(square);
    const double small = std::min(0.5, std::sqrt(norm)) * norm;  // superlinear convergence
    for (std::size_t i = 0; i < 20 * p.g.numel() && std::sqrt(square) > small; ++i) {
      const Tensor product = problem_.hessian_product(p, search);
      const double curvature = inner(search, product);
      if (!(curvature >
            std::numeric_limits<double>::epsilon() * length(search) * length(product))) {
        if (i == 0) return search * (curvature < 0 ? -square / curvature : 1);
        break;
      }
      const double step = square / curvature;
      d = d + step * search;
      residual = residual + step * product;
      const double before = std::exchange(square, inner(residual, residual));
      search = search * (square / before) - residual;
    }
    return d;
  }
};

}  // namespace

std::unique_ptr<Descent> newton(Problem& problem) { return std::make_unique<Newton>(problem); }
std::unique_ptr<Descent> newton_cg(Problem& problem) { return std::make_unique<NewtonCg>(problem); }

}  // namespace xgrad::optim::detail
