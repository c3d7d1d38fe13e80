#include "strong_wolfe.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace xgrad::optim::detail {
namespace {

constexpr double c1 = 1e-4;
constexpr double c2 = 0.9;
constexpr int max_trials = 25;  ///< after the first

/// The minimum of the cubic through two trials, within [low, high]; their middle if there is none.
double cubic_minimum(const WolfeTrial& a, const WolfeTrial& b, double low, double high) {
  const bool ordered = a.t <= b.t;
  const WolfeTrial& left = ordered ? a : b;
  const WolfeTrial& right = ordered ? b : a;
  const double d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t);
  const double square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (low + high) / 2;
  const double d2 = std::sqrt(square);
  const double minimum = right.t - (right.t - left.t) * ((right.slope + d2 - d1) /
                                                         (right.slope - left.slope + 2 * d2));
  if (std::isnan(minimum)) return (low + high) / 2;  // a loss or a slope is infinite
  return std::min(std::max(minimum, low), high);
}

/// The search between two trials, the lower of which is the best so far.
class Bracket {
 public:
  Bracket(WolfeTrial a, WolfeTrial b) : ends_{std::move(a), std::move(b)} { order(); }

  double min() const { return std::min(ends_[0].t, ends_[1].t); }
  double max() const { return std::max(ends_[0].t, ends_[1].t); }
  WolfeTrial& low() { return ends_[low_]; }

  /// Between the ends, and not close to one of them twice in turn.
  double next() {
    double t = cubic_minimum(ends_[0], ends_[1], min(), max());
    const double margin = 0.1 * (max() - min());
    const bool close = std::min(max() - t, t - min()) < margin;
    if (close && (was_close_ || t >= max() || t <= min())) {
      was_close_ = false;
      return std::abs(t - max()) < std::abs(t - min()) ? max() - margin : min() + margin;
    }
    was_close_ = close;
    return t;
  }
  void replace_high(WolfeTrial trial) {
    ends_[1 - low_] = std::move(trial);
    order();
  }
  void replace_low(WolfeTrial trial) {
    WolfeTrial& high = ends_[1 - low_];
    if (trial.slope * (high.t - low().t) >= 0) high = std::move(low());
    low() = std::move(trial);
  }

 private:
  void order() { low_ = ends_[0].loss <= ends_[1].loss ? 0 : 1; }

  std::array<WolfeTrial, 2> ends_;
  std::size_t low_ = 0;
  bool was_close_ = false;
};

}  // namespace

WolfeTrial strong_wolfe(WolfeTrial start, double t, double d_norm, double tolerance_change,
                        const std::function<WolfeTrial(double)>& evaluate) {
  const double loss = start.loss, slope = start.slope;
  const auto decreases = [&](const WolfeTrial& trial) {
    return !(trial.loss > loss + c1 * trial.t * slope);
  };
  const auto is_flat = [&](const WolfeTrial& trial) {
    return std::abs(trial.slope) <= -c2 * slope;
  };

  // Until a minimum lies between two steps.
  WolfeTrial previous = start, trial = evaluate(t);
  int trials = 0;
  for (; trials < max_trials; ++trials) {
    if (!decreases(trial) || (trials > 1 && trial.loss >= previous.loss)) break;
    if (is_flat(trial)) return trial;
    if (trial.slope >= 0) break;
    t = cubic_minimum(previous, trial, trial.t + 0.01 * (trial.t - previous.t), trial.t * 10);
    previous = std::move(trial);
    trial = evaluate(t);
  }
  if (trials == max_trials) previous = std::move(start);

  Bracket bracket(std::move(previous), std::move(trial));
  for (; trials < max_trials; ++trials) {
    if ((bracket.max() - bracket.min()) * d_norm < tolerance_change) break;
    trial = evaluate(bracket.next());
    if (!decreases(trial) || trial.loss >= bracket.low().loss) {
      bracket.replace_high(std::move(trial));
    } else {
      if (is_flat(trial)) return trial;
      bracket.replace_low(std::move(trial));
    }
  }
  return std::move(bracket.low());
}

}  // namespace xgrad::optim::detail
