#include "strong_wolfe.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace xgrad::optim::detail {
namespace {

constexpr double c1 = 1e-4;
constexpr double c2 = 0.9;
constexpr int max_trials = 25;  ///< after the first

/// The minimum of the cubic through two trials, within [low, high]; their middle if there is none.
double cubic_minimum(const Step& a, const Step& b, double low, double high) {
  const Cubic cubic(a, b);
  if (!(cubic.discriminant >= 0) || std::isnan(cubic.minimum)) return (low + high) / 2;
  return std::clamp(cubic.minimum, low, high);
}

}  // namespace

Cubic::Cubic(const Step& a, const Step& b) {
  const double theta = 3 * (a.f - b.f) / (b.t - a.t) + a.slope + b.slope;
  const double scale = std::max({std::abs(theta), std::abs(a.slope), std::abs(b.slope)});
  discriminant = (theta / scale) * (theta / scale) - a.slope / scale * (b.slope / scale);
  // The sign is that for a minimum rather than a maximum.
  const double gamma = std::copysign(scale * std::sqrt(std::max(0.0, discriminant)), b.t - a.t);
  const double ratio = (gamma - a.slope + theta) / (2 * gamma - a.slope + b.slope);
  minimum = a.t + ratio * (b.t - a.t);
}

Trial strong_wolfe(const Trial& start, double t, double min_width,
                   const std::function<Trial(double)>& evaluate) {
  const auto decreases = [&](const Trial& trial) {
    return !(trial.f > start.f + c1 * trial.t * start.slope);
  };
  const auto is_flat = [&](const Trial& trial) {
    return std::abs(trial.slope) <= -c2 * start.slope;
  };

  // Until a minimum lies between two steps.
  Trial previous = start, trial = evaluate(t);
  int trials = 0;
  for (; trials < max_trials; ++trials) {
    if (!decreases(trial) || (trials > 1 && trial.f >= previous.f)) break;
    if (is_flat(trial)) return trial;
    if (trial.slope >= 0) break;
    t = cubic_minimum(previous, trial, trial.t + 0.01 * (trial.t - previous.t), trial.t * 10);
    previous = std::exchange(trial, evaluate(t));
  }
  if (trials == max_trials) previous = start;

  Trial *low = &previous, *high = &trial;  // the ends of the bracket by their values
  bool was_close = false;
  for (; trials < max_trials; ++trials) {
    if (high->f < low->f) std::swap(low, high);
    const auto [left, right] = std::minmax({low->t, high->t});
    if (right - left < min_width) break;
    // Not close to an end twice in turn.
    t = cubic_minimum(*low, *high, left, right);
    const double margin = 0.1 * (right - left);
    const bool close = std::min(right - t, t - left) < margin;
    const bool moved = close && (was_close || t >= right || t <= left);
    if (moved) t = right - t < t - left ? right - margin : left + margin;
    was_close = close && !moved;

    Trial next = evaluate(t);
    if (!decreases(next) || next.f >= low->f) {
      *high = std::move(next);
    } else {
      if (is_flat(next)) return next;
      if (next.slope * (high->t - low->t) >= 0) *high = std::move(*low);
      *low = std::move(next);
    }
  }
  return std::move(high->f < low->f ? *high : *low);
}

}  // namespace xgrad::optim::detail
