#include <utility>

#include "descent.hpp"

namespace xgrad::optim::detail {
namespace {

/// Broyden, Fletcher, Goldfarb & Shanno's update of the inverse Hessian H from the step s and the
/// change y of the gradient along it (Nocedal & Wright, equation 6.17):
///
///     H ← (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ,     ρ = 1 / s·y
///
/// from H = I, as SciPy. (Equation 6.20 would have H = (s·y / y·y) I before the first update: many
/// more steps where the eigenvalues of the Hessian lie far apart.)
class Bfgs final : public Descent {
 public:
  explicit Bfgs(std::size_t n) : n_(n) {}

  Vector direction(const Point& p) override { return negated(h_.empty() ? p.g : product(p.g)); }
  double first_step(const Point& p, const Vector& d, const Point* previous) const override {
    return parabolic_step(p, d, previous);
  }
  WolfeOptions wolfe(const Point&, const Vector&) const override { return {}; }

  void update(const Point& from, const Point& to) override {
    const auto pair = step_pair(from, to);
    if (!pair) return;
    const auto& [s, y] = *pair;
    const double sy = dot(s, y);
    if (h_.empty()) {
      h_.resize(n_ * n_);
      for (std::size_t i = 0; i < n_; ++i) h_[i * n_ + i] = 1;
    }
    const Vector hy = product(y);
    const double factor = (1 + dot(y, hy) / sy) / sy;
    for (std::size_t i = 0; i < n_; ++i)
      for (std::size_t j = 0; j < n_; ++j)
        h_[i * n_ + j] += factor * s[i] * s[j] - (hy[i] * s[j] + s[i] * hy[j]) / sy;
  }
  bool forget() override { return !std::exchange(h_, {}).empty(); }

 private:
  Vector product(const Vector& v) const {
    Vector result(n_);
    for (std::size_t i = 0; i < n_; ++i)
      for (std::size_t j = 0; j < n_; ++j) result[i] += h_[i * n_ + j] * v[j];
    return result;
  }

  std::size_t n_;
  Vector h_;  ///< H by rows; empty for I
};

}  // namespace

std::unique_ptr<Descent> bfgs(std::size_t n) { return std::make_unique<Bfgs>(n); }

}  // namespace xgrad::optim::detail
