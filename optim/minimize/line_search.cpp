#include <algorithm>
#include <tuple>
#include <utility>

#include "../strong_wolfe.hpp"
#include "descent.hpp"

namespace xgrad::optim::detail {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Where the slope of the parabola with both slopes is 0.
double secant(const Step& a, const Step& b) {
  return b.t + b.slope / (b.slope - a.slope) * (a.t - b.t);
}

/// The interval of uncertainty (section 4 of the paper).
struct Interval {
  Step best;  ///< the lowest value so far; its slope points to `other`
  Step other = best;
  bool bracketed = false;  ///< there is a minimum between the two

  /// The next step, by the four cases of the paper, and then the smaller interval. [low, high] is
  /// where that step may be while nothing is bracketed.
  double next(const Step& trial, double low, double high) {
    const bool higher = trial.f > best.f;
    const bool turned = trial.slope * std::copysign(1.0, best.slope) < 0;
    const double step = higher   ? before(trial)
                        : turned ? farther(trial, Cubic(trial, best).minimum, secant(best, trial))
                                 : beyond(trial, low, high);
    bracketed = bracketed || higher || turned;
    if (higher || turned) other = higher ? trial : best;
    if (!higher) best = trial;
    return step;
  }

 private:
  static double farther(const Step& from, double a, double b) {
    return std::abs(a - from.t) > std::abs(b - from.t) ? a : b;
  }
  /// Case 1.
  double before(const Step& trial) const {
    // The parabola with both values and the slope at `best`.
    const double width = trial.t - best.t, rise = (best.f - trial.f) / width + best.slope;
    const double parabola = best.t + best.slope / rise / 2 * width;
    const double cubic = Cubic(best, trial).minimum;
    const bool cubic_is_closer = std::abs(cubic - best.t) < std::abs(parabola - best.t);
    return cubic_is_closer ? cubic : cubic + (parabola - cubic) / 2;
  }
  /// Cases 3 and 4: the slope has kept its sign.
  double beyond(const Step& trial, double low, double high) const {
    const bool upwards = trial.t > best.t;
    const double end = upwards ? high : low;
    if (std::abs(trial.slope) >= std::abs(best.slope))
      return bracketed ? Cubic(trial, other).minimum : end;

    // The cubic counts if it has a minimum beyond the trial step.
    const Cubic fitted(trial, best);
    const bool onwards = (fitted.minimum - trial.t) * (trial.t - best.t) > 0;
    const double cubic = fitted.discriminant > 0 && onwards ? fitted.minimum : end;
    const double line = secant(best, trial);
    const bool cubic_is_closer = std::abs(cubic - trial.t) < std::abs(line - trial.t);
    if (!bracketed) return std::clamp(cubic_is_closer ? line : cubic, low, high);
    const double step = cubic_is_closer ? cubic : line;
    const double farthest = trial.t + 0.66 * (other.t - trial.t);
    return upwards ? std::min(farthest, step) : std::max(farthest, step);
  }
};

}  // namespace

SearchResult line_search(const Point& from, const Direction& direction,
                         const std::function<Point(double)>& along) {
  const WolfeOptions& options = direction.wolfe;
  const double slope = inner(from.g, direction.d), limit = options.max_step;
  if (!(slope < 0)) return {};
  SearchResult result;  // the lowest acceptable point so far
  Interval interval{{0, from.f, slope}};
  Step trial{};
  Point point{};
  double finite_below = infinity;
  std::int64_t evaluations = 0, counted = 0;
  const auto sufficient = [&] { return trial.f <= from.f + options.c1 * trial.t * slope; };
  // The trial at the first finite point between t and the best one. False when out of evaluations,
  // and where f is −∞.
  const auto evaluate = [&](double& t) {
    while (counted < options.max_evaluations && evaluations < options.max_eval) {
      ++evaluations;
      if (interval.bracketed || finite_below < infinity) ++counted;
      point = along(t);
      trial = {t, point.f, inner(point.g, direction.d)};
      result.endless = point.f == -infinity;
      if (result.endless) return false;
      if (point.finite() && std::isfinite(trial.slope)) {
        if (sufficient() && point.f < (result.point ? result.point->f : from.f))
          result.point = point;
        return true;
      }
      finite_below = t;
      t = interval.best.t + 0.1 * (t - interval.best.t);
    }
    return false;
  };

  bool first_stage = true;  // no step with sufficient decrease and a rising φ is known yet
  double t = std::min(direction.first_step, limit);
  double low = 0, high = 5 * t, width = limit, width_before = 2 * limit;
  while (evaluate(t)) {
    if (sufficient() && std::abs(trial.slope) <= -options.c2 * slope) return {point};
    if (sufficient() && trial.slope >= 0) first_stage = false;
    if (t >= limit && sufficient() && trial.slope <= options.c1 * slope) {
      result.endless = limit >= WolfeOptions{}.max_step;
      break;
    }

    // In the first stage φ less the line of sufficient decrease takes φ's place where that helps.
    const bool helps = first_stage && trial.f <= interval.best.f && !sufficient();
    const auto tilt = [](double line, auto&... steps) {
      ((steps.f -= line * steps.t, steps.slope -= line), ...);
    };
    const double line = helps ? options.c1 * slope : 0;
    tilt(line, trial, interval.best, interval.other);
    t = interval.next(trial, low, high);
    tilt(-line, interval.best, interval.other);

    const double best = interval.best.t, other = interval.other.t;
    if (interval.bracketed) {
      if (std::abs(other - best) >= 0.66 * width_before) t = best + (other - best) / 2;  // bisect
      width_before = std::exchange(width, std::abs(other - best));
      std::tie(low, high) = std::minmax({best, other});
      if (!(t > low && t < high) || high - low <= options.interval * high) break;
    } else {
      low = t + 1.1 * (t - best);
      high = t + 4 * (t - best);
      t = std::min({t, limit, best + (finite_below - best) / 2});
    }
  }
  return result;
}

}  // namespace xgrad::optim::detail
