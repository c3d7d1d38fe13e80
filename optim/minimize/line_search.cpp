#include "line_search.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace xgrad::optim::detail {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A step with the value and the slope of φ, or of a function that differs from it by a line.
struct Trial {
  double step, f, slope;
};

/// Whether the slopes of two trials have opposite signs.
bool opposite(const Trial& a, const Trial& b) { return a.slope * std::copysign(1.0, b.slope) < 0; }

/// Where the cubic with the values and slopes of two trials has its minimum.
struct Cubic {
  double minimum;
  bool exists = true;  ///< otherwise its slope is smallest at `minimum`

  /// Scaled, so as not to overflow. The sign of gamma is that for a minimum rather than a maximum.
  Cubic(const Trial& a, const Trial& b) {
    const double theta = 3 * (a.f - b.f) / (b.step - a.step) + a.slope + b.slope;
    const double scale = std::max({std::abs(theta), std::abs(a.slope), std::abs(b.slope)});
    const double square = (theta / scale) * (theta / scale) - a.slope / scale * (b.slope / scale);
    double gamma = scale * std::sqrt(std::max(0.0, square));
    exists = gamma != 0;
    if (b.step < a.step) gamma = -gamma;
    const double ratio = (gamma - a.slope + theta) / (2 * gamma - a.slope + b.slope);
    minimum = a.step + ratio * (b.step - a.step);
  }
};

/// The minimum of the parabola with a's value and slope and b's value.
double parabola_minimum(const Trial& a, const Trial& b) {
  const double width = b.step - a.step;
  return a.step + a.slope / ((a.f - b.f) / width + a.slope) / 2 * width;
}

/// Where the slope of the parabola with both slopes is 0.
double secant(const Trial& a, const Trial& b) {
  return b.step + b.slope / (b.slope - a.slope) * (a.step - b.step);
}

/// The interval of uncertainty (section 4 of the paper).
struct Interval {
  Trial best;  ///< the lowest value so far; its slope points to `other`
  Trial other;
  bool bracketed = false;  ///< there is a minimum between the two

  double width() const { return std::abs(other.step - best.step); }

  /// The next step, by the four cases of the paper, and then the smaller interval. [low, high] is
  /// where that step may be while nothing is bracketed.
  double next(const Trial& trial, double low, double high);

 private:
  double beyond(const Trial& trial, double low, double high) const;
};

/// Cases 3 and 4: the slope has kept its sign.
double Interval::beyond(const Trial& trial, double low, double high) const {
  const bool upwards = trial.step > best.step;
  const double end = upwards ? high : low;
  if (std::abs(trial.slope) >= std::abs(best.slope))
    return bracketed ? Cubic(trial, other).minimum : end;

  // The cubic counts if it has a minimum beyond the trial step.
  const Cubic fitted(trial, best);
  const bool onwards = (fitted.minimum - trial.step) * (trial.step - best.step) > 0;
  const double cubic = fitted.exists && onwards ? fitted.minimum : end;
  const double line = secant(best, trial);
  const bool cubic_is_closer = std::abs(cubic - trial.step) < std::abs(line - trial.step);
  if (!bracketed) return std::clamp(cubic_is_closer ? line : cubic, low, high);
  const double step = cubic_is_closer ? cubic : line;
  const double farthest = trial.step + 0.66 * (other.step - trial.step);
  return upwards ? std::min(farthest, step) : std::max(farthest, step);
}

double Interval::next(const Trial& trial, double low, double high) {
  const bool higher = trial.f > best.f, turned = opposite(trial, best);
  double step;
  if (higher) {  // case 1
    const double cubic = Cubic(best, trial).minimum, parabola = parabola_minimum(best, trial);
    const bool cubic_is_closer = std::abs(cubic - best.step) < std::abs(parabola - best.step);
    step = cubic_is_closer ? cubic : cubic + (parabola - cubic) / 2;
  } else if (turned) {  // case 2
    const double cubic = Cubic(trial, best).minimum, line = secant(best, trial);
    step = std::abs(cubic - trial.step) > std::abs(line - trial.step) ? cubic : line;
  } else {
    step = beyond(trial, low, high);
  }
  bracketed = bracketed || higher || turned;
  if (higher || turned) other = higher ? trial : best;
  if (!higher) best = trial;
  return step;
}

/// φ along d, and the lowest acceptable point.
struct Search {
  const Point& from;
  const Direction& direction;
  const std::function<Point(double)>& along;
  double slope = inner(from.g, direction.d);  ///< φ'(0)

  Interval interval{{0, from.f, slope}, {0, from.f, slope}};
  double low = 0, high = 0;  ///< of the next step
  double finite_below = infinity;
  bool first_stage = true;  ///< no step with sufficient decrease and a rising φ is known yet
  int evaluations = 0;      ///< that count for max_evaluations
  std::int64_t all_evaluations = 0;
  Trial trial{};
  Point point{};
  SearchResult result{};  ///< the lowest acceptable point so far

  SearchResult run();

 private:
  const WolfeOptions& options() const { return direction.wolfe; }
  bool sufficient() const { return trial.f <= from.f + options().c1 * trial.step * slope; }
  bool satisfied() const { return sufficient() && std::abs(trial.slope) <= -options().c2 * slope; }
  /// The trial at the first finite point between `step` and the best one. False when out of
  /// evaluations, and where f is −∞.
  bool evaluate(double& step);
  double propose();
};

bool Search::evaluate(double& step) {
  while (evaluations < options().max_evaluations && all_evaluations < options().max_eval) {
    ++all_evaluations;
    if (interval.bracketed || finite_below < infinity) ++evaluations;
    point = along(step);
    trial = {step, point.f, inner(point.g, direction.d)};
    result.endless = point.f == -infinity;
    if (result.endless) return false;
    if (point.finite() && std::isfinite(trial.slope)) {
      if (sufficient() && point.f < (result.point ? result.point->f : from.f)) result.point = point;
      return true;
    }
    finite_below = step;
    step = interval.best.step + 0.1 * (step - interval.best.step);
  }
  return false;
}

double Search::propose() {
  // In the first stage φ less the line of sufficient decrease takes φ's place where that helps.
  if (first_stage && trial.f <= interval.best.f && !sufficient()) {
    const double line = options().c1 * slope;
    const auto tilt = [line](Trial& t, double sign) {
      t.f -= sign * line * t.step;
      t.slope -= sign * line;
    };
    Trial tilted = trial;
    for (Trial* t : {&tilted, &interval.best, &interval.other}) tilt(*t, 1);
    const double step = interval.next(tilted, low, high);
    for (Trial* t : {&interval.best, &interval.other}) tilt(*t, -1);
    return step;
  }
  return interval.next(trial, low, high);
}

SearchResult Search::run() {
  if (!(slope < 0)) return {};
  const double limit = options().max_step;
  double step = std::min(direction.first_step, limit);
  double width = limit, width_before = 2 * limit;
  high = 5 * step;

  while (evaluate(step)) {
    if (satisfied()) return {point};
    if (sufficient() && trial.slope >= 0) first_stage = false;
    if (step >= limit && sufficient() && trial.slope <= options().c1 * slope) {
      result.endless = limit >= WolfeOptions{}.max_step;
      break;
    }

    step = propose();
    const double best = interval.best.step;
    if (interval.bracketed) {
      if (interval.width() >= 0.66 * width_before)  // too slow: bisect
        step = best + (interval.other.step - best) / 2;
      width_before = std::exchange(width, interval.width());
      std::tie(low, high) = std::minmax({best, interval.other.step});
      if (!(step > low && step < high) || high - low <= options().interval * high) break;
    } else {
      low = step + 1.1 * (step - best);
      high = step + 4 * (step - best);
      step = std::min({step, limit, best + (finite_below - best) / 2});
    }
  }
  return std::move(result);
}

}  // namespace

SearchResult line_search(const Point& from, const Direction& direction,
                         const std::function<Point(double)>& along) {
  return Search{from, direction, along}.run();
}

}  // namespace xgrad::optim::detail
