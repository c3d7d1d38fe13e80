#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "../../autograd/graph/observer.hpp"
#include "../../autograd/ops.hpp"
#include "../../autograd/tensor/creation.hpp"
#include "descent.hpp"

namespace xgrad::optim::detail {
namespace {

using xgrad::detail::Unobserved;  // infinite bounds are no anomaly

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The approximation of the Hessian from k steps s and changes y of the gradient, compact:
///
///     B = θ I − W M Wᵀ,   W = (Y, θ S),   M⁻¹ = ( −D   Lᵀ  )
///                                               (  L  θ SᵀS )
///
/// with D the diagonal and L the part below it of SᵀY (Byrd et al., equations 3.2 to 3.4).
struct CompactHessian {
  double theta = 1;
  Tensor wt;  ///< Wᵀ
  Tensor inverse_m, m;

  /// Throws ValueError if M⁻¹ is singular. n is the number of unknowns.
  CompactHessian(const LimitedMemory& memory, std::size_t n)
      : wt(zeros({0, n}, {.dtype = float64})), inverse_m(zeros({0, 0}, {.dtype = float64})) {
    if (!memory.pairs.empty()) {
      theta = 1 / memory.scale;
      std::vector<Tensor> steps, changes;
      for (const auto& [s, y, rho] : memory.pairs) {
        steps.push_back(s);
        changes.push_back(y);
      }
      const Tensor s = stack(steps), y = stack(changes), sy = matmul(s, t(y)), l = tril(sy, -1);
      wt = concatenate({y, theta * s});
      inverse_m = concatenate(
          {concatenate({l - tril(sy), t(l)}, 1), concatenate({l, theta * matmul(s, t(s))}, 1)});
    }
    m = inverse(inverse_m);
  }
};

/// Where the quadratic model q(z) = g·(z − x) + (z − x)·B (z − x) / 2 has been followed to.
struct ModelPoint {
  Tensor z;
  Tensor c;     ///< Wᵀ (z − x)
  Tensor free;  ///< 1 for the elements of z that are not held at a bound, 0 for the others
};

class LimitedBfgsB final : public LimitedBfgs {
 public:
  LimitedBfgsB(Tensor lower, Tensor upper) : lower_(std::move(lower)), upper_(std::move(upper)) {}

  /// To the minimum of the model within the bounds, roughly.
  Direction direction(const Point& p, const Point* previous) override try {
    const Unobserved guard;
    const CompactHessian b(memory_, p.x.numel());
    const Tensor d = subspace_minimum(p, b, cauchy_point(p, b)) - p.x;
    Direction search = LimitedBfgs::search(d);
    search.first_step = std::min(1.0, search.first_step);
    // Short of 1 only by rounding.
    search.wolfe.max_step = std::max(1.0, largest_step(p.x, d));
    return search;
  } catch (const ValueError&) {  // a singular matrix; without pairs there is none
    if (!reset()) throw;
    return direction(p, previous);
  }
  Tensor feasible(const Tensor& x) const override {
    const Unobserved guard;
    return minimum(maximum(x, lower_), upper_);
  }
  /// The largest element of P(x − g) − x, with P the projection on the bounds.
  double stationarity(const Tensor& x, const Tensor& g) const override {
    const Unobserved guard;
    // P(x − g) − x itself is 0 by rounding where |g| is far below |x|.
    return max_abs(where(g < 0, minimum(-g, upper_ - x), minimum(g, x - lower_)));
  }

 private:
  /// The bound that x reaches along d.
  Tensor bound(const Tensor& d) const { return where(d > 0, upper_, lower_); }
  /// The largest α for which x + α d lies within the bounds; at most 1e100.
  double largest_step(const Tensor& x, const Tensor& d) const {
    const double largest = min(where(d == 0, infinity, (bound(d) - x) / d)).item<double>();
    return std::min(largest, WolfeOptions{}.max_step);
  }

  /// The generalized Cauchy point: the first local minimum of the model along the path P(x − t g),
  /// which bends at each t where an element reaches its bound (algorithm CP).
  ModelPoint cauchy_point(const Point& p, const CompactHessian& b) const {
    const Tensor ends = bound(-p.g);
    const Tensor breaks = where(p.g == 0, infinity, (p.x - ends) / p.g);
    const std::vector<double> at = breaks.to_vector<double>();
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < at.size(); ++i)
      if (at[i] > 0) order.push_back(i);
    std::ranges::sort(order, {}, [&](std::size_t i) { return at[i]; });

    Tensor d = where(breaks > 0, -p.g, 0.0), wd = matmul(b.wt, d);  // wd = Wᵀ d
    ModelPoint point{p.x.clone(), zeros_like(wd), (breaks > 0).to(float64)};
    double slope = -inner(d, d);  // of the model by t, and its curvature
    double curvature = -b.theta * slope - inner(wd, matmul(b.m, wd));
    const double least_curvature = std::numeric_limits<double>::epsilon() * -b.theta * slope;
    double t = 0;
    std::size_t held = 0;
    for (; held < order.size(); ++held) {
      const std::size_t i = order[held];
      const double dt = at[i] - t;
      if (-slope / curvature < dt) break;

      // Element i stays at its bound from here on.
      double& z = point.z.data<double>()[i];
      const double g = p.g.data<double>()[i], x = std::exchange(z, ends.data<double>()[i]);
      point.c = point.c + dt * wd;
      const Tensor w = select(b.wt, 1, static_cast<std::int64_t>(i)), m_w = matmul(b.m, w);
      slope += dt * curvature + g * g + b.theta * g * (z - x) - g * inner(m_w, point.c);
      curvature -= b.theta * g * g + 2 * g * inner(m_w, wd) + g * g * inner(m_w, w);
      curvature = std::max(curvature, least_curvature);
      wd = wd + g * w;
      d.data<double>()[i] = point.free.data<double>()[i] = 0;
      t = at[i];
    }
    if (held < order.size()) {
      const double dt = std::max(0.0, -slope / curvature);
      point.c = point.c + dt * wd;
      point.z = point.z + (t + dt) * d;
    }
    return point;
  }

  /// The minimum of the model over the elements that are free at the Cauchy point (section 5.1, the
  /// direct primal method), projected on the bounds if that still is a direction of descent, else
  /// only as far from the Cauchy point as they allow (Morales & Nocedal 2011, Remark on algorithm
  /// 778).
  Tensor subspace_minimum(const Point& p, const CompactHessian& b, const ModelPoint& cauchy) const {
    // With K = M⁻¹ − Wᵀ Z Zᵀ W / θ, Z selecting the free elements, and the reduced gradient r, the
    // step is −r / θ − Zᵀ W K⁻¹ Wᵀ Z r / θ² (equation 5.11).
    const Tensor& z = cauchy.z;
    const Tensor wt = b.wt * cauchy.free;
    const Tensor r =
        cauchy.free * (p.g + b.theta * (z - p.x) - matmul(matmul(b.m, cauchy.c), b.wt));
    const Tensor k = b.inverse_m - matmul(wt, t(wt)) / b.theta;
    const Tensor step = (r + matmul(solve(k, matmul(wt, r)), wt) / b.theta) / -b.theta;
    const Tensor target = feasible(z + step);
    if (inner(target - p.x, p.g) < 0) return target;
    return feasible(z + std::clamp(largest_step(z, step), 0.0, 1.0) * step);
  }

  Tensor lower_, upper_;
};

}  // namespace

std::unique_ptr<Descent> l_bfgs_b(Tensor lower, Tensor upper) {
  return std::make_unique<LimitedBfgsB>(std::move(lower), std::move(upper));
}

}  // namespace xgrad::optim::detail
