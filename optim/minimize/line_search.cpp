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
  bool exists = true;  ///< otherwise its slope is least at `minimum`

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
  Trial best;  ///< the least value so far; its slope points to `other`
  Trial other;
  bool bracketed = false;  ///< there is a minimum between the two

  double width() const { return std::abs(other.step - best.step); }

  /// The next step, by the four cases of the paper, and then the smaller interval. [low, high] is
  /// where that step may be while nothing is bracketed.
  double next(const Trial& trial, double low, double high);

 private:
  double beyond(const Trial& trial, double low, double high) const;
  void shrink(const Trial& trial);
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

void Interval::shrink(const Trial& trial) {
  if (trial.f > best.f) {
    other = trial;
    return;
  }
  if (opposite(trial, best)) other = best;
  best = trial;
}

double Interval::next(const Trial& trial, double low, double high) {
  double step;
  if (trial.f > best.f) {  // case 1
    const double cubic = Cubic(best, trial).minimum, parabola = parabola_minimum(best, trial);
    const bool cubic_is_closer = std::abs(cubic - best.step) < std::abs(parabola - best.step);
    step = cubic_is_closer ? cubic : cubic + (parabola - cubic) / 2;
    bracketed = true;
  } else if (opposite(trial, best)) {  // case 2
    const double cubic = Cubic(trial, best).minimum, line = secant(best, trial);
    step = std::abs(cubic - trial.step) > std::abs(line - trial.step) ? cubic : line;
    bracketed = true;
  } else {
    step = beyond(trial, low, high);
  }
  shrink(trial);
  return step;
}

/// φ along d, and the least acceptable point.
class Search {
 public:
  Search(const Point& from, const Direction& direction, const std::function<Point(double)>& along)
      : from_(from),
        direction_(direction),
        options_(direction.wolfe),
        along_(along),
        slope_(inner(from.g, direction.d)) {}

  SearchResult run();

 private:
  /// The trial at the first finite point between `step` and the best one. False when out of
  /// evaluations, and where f is −∞.
  bool evaluate(double& step);
  bool sufficient() const { return trial_.f <= from_.f + options_.c1 * trial_.step * slope_; }
  bool satisfied() const { return sufficient() && std::abs(trial_.slope) <= -options_.c2 * slope_; }
  double propose();

  const Point& from_;
  const Direction& direction_;
  const WolfeOptions& options_;
  const std::function<Point(double)>& along_;
  double slope_;  ///< φ'(0)

  Interval interval_{{0, 0, 0}, {0, 0, 0}};
  double low_ = 0, high_ = 0;  ///< of the next step
  double finite_below_ = infinity;
  double width_ = 0, width_before_ = 0;
  bool first_stage_ = true;  ///< no step with sufficient decrease and a rising φ is known yet
  int evaluations_ = 0;      ///< that count for max_evaluations
  std::int64_t all_evaluations_ = 0;
  Trial trial_{};
  Point point_{};
  SearchResult result_;  ///< the least acceptable point so far
};

bool Search::evaluate(double& step) {
  while (evaluations_ < options_.max_evaluations && all_evaluations_ < options_.max_eval) {
    ++all_evaluations_;
    if (interval_.bracketed || finite_below_ < infinity) ++evaluations_;
    point_ = along_(step);
    trial_ = {step, point_.f, inner(point_.g, direction_.d)};
    result_.endless = point_.f == -infinity;
    if (result_.endless) return false;
    if (point_.finite() && std::isfinite(trial_.slope)) {
      if (sufficient() && point_.f < (result_.point ? result_.point->f : from_.f))
        result_.point = point_;
      return true;
    }
    finite_below_ = step;
    step = interval_.best.step + 0.1 * (step - interval_.best.step);
  }
  return false;
}

double Search::propose() {
  // In the first stage φ less the line of sufficient decrease takes φ's place where that helps.
  if (first_stage_ && trial_.f <= interval_.best.f && !sufficient()) {
    const double line = options_.c1 * slope_;
    const auto tilt = [line](Trial& t, double sign) {
      t.f -= sign * line * t.step;
      t.slope -= sign * line;
    };
    Trial tilted = trial_;
    for (Trial* t : {&tilted, &interval_.best, &interval_.other}) tilt(*t, 1);
    const double step = interval_.next(tilted, low_, high_);
    for (Trial* t : {&interval_.best, &interval_.other}) tilt(*t, -1);
    return step;
  }
  return interval_.next(trial_, low_, high_);
}

SearchResult Search::run() {
  if (!(slope_ < 0)) return {};
  const double limit = options_.max_step;
  double step = std::min(direction_.first_step, limit);
  interval_ = {{0, from_.f, slope_}, {0, from_.f, slope_}};
  high_ = 5 * step;
  width_ = limit;
  width_before_ = 2 * limit;

  while (evaluate(step)) {
    if (satisfied()) return {point_};
    if (sufficient() && trial_.slope >= 0) first_stage_ = false;
    if (step >= limit && sufficient() && trial_.slope <= options_.c1 * slope_) {
      result_.endless = limit >= WolfeOptions{}.max_step;
      break;
    }

    step = propose();
    if (interval_.bracketed) {
      if (interval_.width() >= 0.66 * width_before_)  // too slow: bisect
        step = interval_.best.step + (interval_.other.step - interval_.best.step) / 2;
      width_before_ = std::exchange(width_, interval_.width());
      std::tie(low_, high_) = std::minmax({interval_.best.step, interval_.other.step});
      if (!(step > low_ && step < high_) || high_ - low_ <= options_.interval * high_) break;
    } else {
      const double best = interval_.best.step;
      low_ = step + 1.1 * (step - best);
      high_ = step + 4 * (step - best);
      step = std::min({step, limit, best + (finite_below_ - best) / 2});
    }
  }
  return std::move(result_);
}

}  // namespace

SearchResult line_search(const Point& from, const Direction& direction,
                         const std::function<Point(double)>& along) {
  return Search(from, direction, along).run();
}

}  // namespace xgrad::optim::detail
