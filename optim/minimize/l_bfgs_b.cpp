#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>

#include "../../autograd/kernels/lapack.hpp"
#include "descent.hpp"

namespace xgrad::optim::detail {
namespace {

constexpr std::size_t memory_size = 10;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// A symmetric matrix (n, n) that can be divided by.
class SymmetricMatrix {
 public:
  explicit SymmetricMatrix(std::size_t n) : n_(n), a_(n * n) {}

  double& operator()(std::size_t i, std::size_t j) { return a_[i * n_ + j]; }
  /// A⁻¹ v; nothing if A is singular.
  std::optional<Vector> solve(Vector v) {
    if (pivots_.empty() && n_ > 0) {
      pivots_.resize(n_);
      singular_ = kernels::lu_factor(a_.data(), pivots_.data(), n_) > 0;
    }
    if (singular_) return {};
    if (n_ > 0) kernels::lu_solve(a_.data(), pivots_.data(), n_, false, v.data(), 1);
    return v;
  }

 private:
  std::size_t n_;
  Vector a_, pivots_;
  bool singular_ = false;
};

/// The approximation of the Hessian from k steps s and changes y of the gradient, compact:
///
///     B = θ I − W M Wᵀ,   W = (Y, θ S),   M⁻¹ = ( −D   Lᵀ  )
///                                               (  L  θ SᵀS )
///
/// with D the diagonal and L the part below it of SᵀY (Byrd et al., equations 3.2 to 3.4).
class CompactHessian {
 public:
  std::size_t size() const noexcept { return 2 * steps_.size(); }
  double theta() const noexcept { return theta_; }

  void push(StepPair pair) {
    if (steps_.size() == memory_size) steps_.pop_front();
    theta_ = dot(pair.y, pair.y) / dot(pair.s, pair.y);
    steps_.push_back(std::move(pair));
  }
  /// Row i of W.
  Vector row(std::size_t i) const {
    Vector w;
    for (const StepPair& pair : steps_) w.push_back(pair.y[i]);
    for (const StepPair& pair : steps_) w.push_back(theta_ * pair.s[i]);
    return w;
  }
  SymmetricMatrix inverse_m() const {
    const std::size_t k = steps_.size();
    SymmetricMatrix a(2 * k);
    for (std::size_t i = 0; i < k; ++i) {
      a(i, i) = -dot(steps_[i].s, steps_[i].y);
      for (std::size_t j = 0; j < k; ++j) {
        a(k + i, k + j) = theta_ * dot(steps_[i].s, steps_[j].s);
        if (i > j) a(k + i, j) = a(j, k + i) = dot(steps_[i].s, steps_[j].y);
      }
    }
    return a;
  }

 private:
  std::deque<StepPair> steps_;  ///< oldest first
  double theta_ = 1;
};

/// Where the quadratic model q(z) = g·(z − x) + (z − x)·B (z − x) / 2 has been followed to.
struct ModelPoint {
  Vector z;
  Vector c;                       ///< Wᵀ (z − x)
  std::vector<std::size_t> free;  ///< the elements of z that are not held at a bound
};

class LimitedBfgsB final : public Descent {
 public:
  LimitedBfgsB(Vector lower, Vector upper) : lower_(std::move(lower)), upper_(std::move(upper)) {}

  /// To the minimum of the model within the bounds, roughly.
  Vector direction(const Point& p) override {
    const SymmetricMatrix inverse_m = hessian_.inverse_m();
    std::optional<Vector> target;
    if (std::optional<ModelPoint> cauchy = cauchy_point(p, inverse_m))
      target = subspace_minimum(p, *cauchy, inverse_m);
    if (target) return subtract(*target, p.x);
    forget();  // M is singular to rounding; without steps it is empty
    return direction(p);
  }
  double first_step(const Point&, const Vector& d, const Point*) const override {
    return hessian_.size() == 0 ? std::min(1.0, 1 / norm(d)) : 1;
  }
  WolfeOptions wolfe(const Point& p, const Vector& d) const override {
    WolfeOptions options{.c1 = 1e-3, .interval = 0.1, .max_evaluations = 20};
    for (std::size_t i = 0; i < d.size(); ++i)
      if (d[i] != 0)
        options.max_step =
            std::min(options.max_step, ((d[i] > 0 ? upper_ : lower_)[i] - p.x[i]) / d[i]);
    options.max_step = std::max(options.max_step, 1.0);  // short of 1 only by rounding
    return options;
  }
  void update(const Point& from, const Point& to) override {
    if (auto pair = step_pair(from, to)) hessian_.push(std::move(*pair));
  }
  bool forget() override { return std::exchange(hessian_, {}).size() > 0; }
  Vector feasible(Vector x) const override {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::clamp(x[i], lower_[i], upper_[i]);
    return x;
  }
  /// The greatest element of P(x − g) − x, with P the projection on the bounds.
  double stationarity(const Vector& x, const Vector& g) const override {
    Vector moved(x.size());  // P(x − g) − x, which is 0 by rounding where |g| is far below |x|
    for (std::size_t i = 0; i < x.size(); ++i)
      moved[i] = g[i] < 0 ? std::min(-g[i], upper_[i] - x[i]) : std::min(g[i], x[i] - lower_[i]);
    return max_abs(moved);
  }

 private:
  // M⁻¹ by value: to divide by a matrix factors it in place.
  std::optional<ModelPoint> cauchy_point(const Point& p, SymmetricMatrix inverse_m) const;
  std::optional<Vector> subspace_minimum(const Point& p, const ModelPoint& cauchy,
                                         SymmetricMatrix inverse_m) const;

  Vector lower_, upper_;
  CompactHessian hessian_;
};

/// The generalized Cauchy point: the first local minimum of the model along the path P(x − t g),
/// which bends at each t where an element reaches its bound (algorithm CP).
std::optional<ModelPoint> LimitedBfgsB::cauchy_point(const Point& p,
                                                     SymmetricMatrix inverse_m) const {
  const std::size_t n = p.x.size();
  const double theta = hessian_.theta();
  ModelPoint point{p.x, Vector(hessian_.size()), {}};

  Vector d(n), breaks(n, infinity), wd(hessian_.size());  // wd = Wᵀ d
  for (std::size_t i = 0; i < n; ++i) {
    if (p.g[i] != 0) breaks[i] = (p.x[i] - (p.g[i] < 0 ? upper_ : lower_)[i]) / p.g[i];
    if (breaks[i] <= 0) continue;
    d[i] = -p.g[i];
    point.free.push_back(i);
    wd = add(wd, d[i], hessian_.row(i));
  }
  std::ranges::sort(point.free, {}, [&](std::size_t i) { return breaks[i]; });

  double slope = -dot(d, d);  // of the model by t, and its curvature
  std::optional<Vector> m_wd = inverse_m.solve(wd);
  if (!m_wd) return {};
  double curvature = -theta * slope - dot(wd, *m_wd);
  const double least_curvature = std::numeric_limits<double>::epsilon() * -theta * slope;
  double t = 0;
  std::size_t held = 0;
  for (; held < point.free.size(); ++held) {
    const std::size_t b = point.free[held];
    const double dt = breaks[b] - t;
    if (-slope / curvature < dt) break;

    // Element b stays at its bound from here on.
    point.z[b] = (d[b] > 0 ? upper_ : lower_)[b];
    point.c = add(point.c, dt, wd);
    const double g = p.g[b], moved = point.z[b] - p.x[b];
    const Vector w = hessian_.row(b), m_w = *inverse_m.solve(w);
    slope += dt * curvature + g * g + theta * g * moved - g * dot(m_w, point.c);
    curvature -= theta * g * g + 2 * g * dot(m_w, wd) + g * g * dot(m_w, w);
    curvature = std::max(curvature, least_curvature);
    wd = add(wd, g, w);
    d[b] = 0;
    t = breaks[b];
  }
  point.free.erase(point.free.begin(), point.free.begin() + static_cast<long>(held));
  if (!point.free.empty()) {
    const double dt = std::max(0.0, -slope / curvature);
    point.c = add(point.c, dt, wd);
    for (const std::size_t i : point.free) point.z[i] = p.x[i] + (t + dt) * d[i];
  }
  return point;
}

/// The minimum of the model over the elements that are free at the Cauchy point (section 5.1, the
/// direct primal method), projected on the bounds if that still is a direction of descent, else
/// only as far from the Cauchy point as they allow (Morales & Nocedal 2011, Remark on algorithm
/// 778).
std::optional<Vector> LimitedBfgsB::subspace_minimum(const Point& p, const ModelPoint& cauchy,
                                                     SymmetricMatrix inverse_m) const {
  const double theta = hessian_.theta();
  SymmetricMatrix k = inverse_m;  // before it is factored
  const std::optional<Vector> m_c = inverse_m.solve(cauchy.c);
  if (!m_c) return {};
  // With K = M⁻¹ − Wᵀ Z Zᵀ W / θ, Z selecting the free elements, and the reduced gradient r, the
  // step is −r / θ − Zᵀ W K⁻¹ Wᵀ Z r / θ² (equation 5.11).
  Vector r, wr(hessian_.size());
  for (const std::size_t i : cauchy.free) {
    const Vector w = hessian_.row(i);
    r.push_back(p.g[i] + theta * (cauchy.z[i] - p.x[i]) - dot(w, *m_c));
    wr = add(wr, r.back(), w);
    for (std::size_t a = 0; a < w.size(); ++a)
      for (std::size_t b = 0; b < w.size(); ++b) k(a, b) -= w[a] * w[b] / theta;
  }
  const std::optional<Vector> k_wr = k.solve(wr);
  if (!k_wr) return {};

  Vector step(p.x.size());
  double fraction = 1;  // of the step that stays within the bounds
  for (std::size_t j = 0; j < cauchy.free.size(); ++j) {
    const std::size_t i = cauchy.free[j];
    step[i] = -(r[j] + dot(hessian_.row(i), *k_wr) / theta) / theta;
    if (step[i] != 0)
      fraction = std::min(fraction, ((step[i] > 0 ? upper_ : lower_)[i] - cauchy.z[i]) / step[i]);
  }
  Vector target = feasible(add(cauchy.z, 1, step));
  if (dot(subtract(target, p.x), p.g) < 0) return target;
  return feasible(add(cauchy.z, std::max(fraction, 0.0), step));
}

}  // namespace

std::unique_ptr<Descent> l_bfgs_b(Vector lower, Vector upper) {
  return std::make_unique<LimitedBfgsB>(std::move(lower), std::move(upper));
}

}  // namespace xgrad::optim::detail
