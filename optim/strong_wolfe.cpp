#include "strong_wolfe.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace xgrad::optim::detail {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The minimum of the cubic through two trials, within [low, high]; their middle if there is none.
double cubic_minimum(const Trial& a, const Trial& b, double low, double high) {
  // Scaled, so as not to overflow. The sign of gamma is that for a minimum rather than a maximum.
  const double theta = 3 * (a.point.f - b.point.f) / (b.t - a.t) + a.slope + b.slope;
  const double scale = std::max({std::abs(theta), std::abs(a.slope), std::abs(b.slope)});
  const double square = (theta / scale) * (theta / scale) - a.slope / scale * (b.slope / scale);
  if (!(square >= 0)) return (low + high) / 2;
  const double gamma = std::copysign(scale * std::sqrt(square), b.t - a.t);
  const double ratio = (gamma - a.slope + theta) / (2 * gamma - a.slope + b.slope);
  const double minimum = a.t + ratio * (b.t - a.t);
  if (std::isnan(minimum)) return (low + high) / 2;  // a value or a slope is infinite
  return std::clamp(minimum, low, high);
}

/// Where to divide a bracket; at its lower end φ falls towards the higher.
double divide(const Trial& low, const Trial& high, bool torch) {
  const auto [left, right] = std::minmax({low.t, high.t});
  const double cubic = cubic_minimum(low, high, left, right);
  if (torch || !(high.point.f > low.point.f)) return cubic;
  const double width = high.t - low.t;
  if (high.point.f == infinity) return low.t + 0.1 * width;
  // The first case of Moré & Thuente 1994, Line search algorithms with guaranteed sufficient
  // decrease. The parabola has both values and the slope at the lower end.
  const double rise = (low.point.f - high.point.f) / width + low.slope;
  const double parabola = low.t + low.slope / rise / 2 * width;
  const bool cubic_is_closer = std::abs(cubic - low.t) < std::abs(parabola - low.t);
  return cubic_is_closer ? cubic : cubic + (parabola - cubic) / 2;
}

}  // namespace

Trial strong_wolfe(const Trial& start, double t, const WolfeOptions& options,
                   const std::function<Trial(double)>& evaluate) {
  std::int64_t evaluations = 0, trials = 0;
  const auto take = [&](double step) {
    ++evaluations;
    return evaluate(std::min(step, options.max_step));
  };
  const auto decreases = [&](const Trial& trial) {
    return !(trial.point.f > start.point.f + options.c1 * trial.t * start.slope);
  };
  const auto ends = [&](const Trial& trial) {
    return std::abs(trial.slope) <= -options.c2 * start.slope || trial.point.f == -infinity;
  };

  // Until a minimum lies between two steps.
  Trial previous = start, trial = take(t);
  for (; !options.torch || trials < options.max_trials; ++trials) {
    if (!decreases(trial) || (trials > 1 && trial.point.f >= previous.point.f)) break;
    if (ends(trial)) return trial;
    if (trial.slope >= 0) break;
    if (trial.t >= options.max_step || evaluations >= options.max_eval) return trial;
    t = cubic_minimum(previous, trial, trial.t + 0.01 * (trial.t - previous.t),
                      trial.t * (options.torch ? 10 : 4));
    previous = std::exchange(trial, take(t));
  }
  if (options.torch && trials == options.max_trials) previous = start;
  if (!options.torch) trials = 0;

  Trial bracket[] = {std::move(previous), std::move(trial)};
  const auto lower = [&] { return bracket[0].point.f <= bracket[1].point.f ? 0 : 1; };
  bool was_close = false;
  for (; trials < options.max_trials && evaluations < options.max_eval; ++trials) {
    Trial &low = bracket[lower()], &high = bracket[1 - lower()];
    const auto [left, right] = std::minmax({low.t, high.t});
    const double width = right - left, margin = 0.1 * width;
    if (width < std::max(options.min_width, options.interval * right)) break;
    // Not close to an end twice in turn.
    t = divide(low, high, options.torch);
    const bool close = std::min(right - t, t - left) < margin;
    const bool moved = close && (was_close || t >= right || t <= left);
    if (moved) t = right - t < t - left ? right - margin : left + margin;
    was_close = close && !moved;

    Trial next = take(t);
    if (!decreases(next) || next.point.f >= low.point.f) {
      high = std::move(next);
    } else {
      if (ends(next)) return next;
      if (next.slope * (high.t - low.t) >= 0) high = std::move(low);
      low = std::move(next);
    }
  }
  return std::move(bracket[lower()]);
}

}  // namespace xgrad::optim::detail
