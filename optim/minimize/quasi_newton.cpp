#include <cmath>
#include <limits>
#include <utility>

#include "../../autograd/ops/arithmetic.hpp"
#include "../../autograd/ops/elementwise.hpp"
#include "../../autograd/ops/linalg.hpp"
#include "../../autograd/tensor/creation.hpp"
#include "../limited_memory.hpp"
#include "descent.hpp"

namespace xgrad::optim::detail {
namespace {

/// Broyden, Fletcher, Goldfarb & Shanno's update of the inverse Hessian H from the step s and the
/// change y of the gradient along it (Nocedal & Wright, equation 6.17):
///
///     H ← (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ = H + s uᵀ + u sᵀ,     ρ = 1 / s·y,
///     u = ρ (1 + ρ y·H y) s / 2 − ρ H y
///
/// from H = I, as SciPy. (Equation 6.20 would have H = (s·y / y·y) I before the first update: many
/// more steps where the eigenvalues of the Hessian lie far apart.)
class Bfgs final : public Descent {
 public:
  Direction direction(const Point& p, const Point* previous) override {
    const Tensor d = -(h_.defined() ? matmul(h_, p.g) : p.g);
    return {d, parabolic_step(p, d, previous)};
  }
  void update(const Point& from, const Point& to) override {
    const auto pair = step_pair(from, to);
    if (!pair) return;
    const auto& [s, y] = *pair;
    if (!h_.defined()) h_ = eye(s.numel(), {.dtype = float64});
    const double rho = 1 / inner(s, y);
    const Tensor hy = matmul(h_, y);
    const Tensor u = s * (rho * (1 + rho * inner(y, hy)) / 2) - hy * rho;
    const std::span<const double> s_row = s.data<double>(), u_row = u.data<double>();
    double* h = h_.data<double>().data();
    for (std::size_t i = 0; i < s_row.size(); ++i)
      for (std::size_t j = 0; j < s_row.size(); ++j)
        *h++ += s_row[i] * u_row[j] + u_row[i] * s_row[j];
  }
  bool reset() override { return std::exchange(h_, {}).defined(); }

 private:
  Tensor h_;  ///< H; undefined for I
};

/// L-BFGS (Liu & Nocedal 1989, On the limited memory BFGS method for large scale optimization).
class LimitedBfgs final : public Descent {
 public:
  Direction direction(const Point& p, const Point*) override {
    const Tensor d = memory_.direction(p.g);
    return {d, memory_.pairs().empty() ? 1 / length(d) : 1, limited_memory_wolfe};
  }
  void update(const Point& from, const Point& to) override {
    if (auto pair = step_pair(from, to)) memory_.push(std::move(pair->s), std::move(pair->y));
  }
  bool reset() override {
    return !std::exchange(memory_, LimitedMemory(memory_size)).pairs().empty();
  }

 private:
  LimitedMemory memory_{memory_size};
};

}  // namespace

std::optional<StepPair> step_pair(const Point& from, const Point& to) {
  StepPair pair{to.x - from.x, to.g - from.g};
  const double smallest = std::numeric_limits<double>::epsilon() * std::abs(inner(from.g, pair.s));
  return inner(pair.s, pair.y) > smallest ? std::optional(std::move(pair)) : std::nullopt;
}

std::unique_ptr<Descent> bfgs() { return std::make_unique<Bfgs>(); }
std::unique_ptr<Descent> l_bfgs() { return std::make_unique<LimitedBfgs>(); }

}  // namespace xgrad::optim::detail
