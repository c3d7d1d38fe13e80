#pragma once

#include <functional>
#include <limits>
#include <optional>

#include "problem.hpp"

namespace xgrad::optim::detail {

/// The strong Wolfe conditions, and the steps that may be tried.
struct WolfeOptions {
  double c1 = 1e-4;  ///< sufficient decrease
  double c2 = 0.9;   ///< curvature
  double max_step = 1e100;
  double interval = 1e-14;  ///< gives up on smaller brackets, relative to their steps
  /// In a bracket or beyond a point where f is not finite. Before, steps may grow to max_step.
  int max_evaluations = 40;
  std::int64_t max_eval = std::numeric_limits<std::int64_t>::max();  ///< in all
};

/// A direction of descent, and how to search along it.
struct Direction {
  Tensor d;
  double first_step = 1;
  WolfeOptions wolfe = {};
};

/// Where a search ended.
struct SearchResult {
  std::optional<Point> point;  ///< nothing if no step was good
  bool endless = false;        ///< f falls to −∞ along d, as far as doubles reach
};

/// A step α > 0 along d from `from`, if f falls along d, with the strong Wolfe conditions
///
///     φ(α) <= φ(0) + c₁ α φ'(0)   and   |φ'(α)| <= −c₂ φ'(0),   φ(α) = f(x + α d)
///
/// by the search of Moré & Thuente 1994, which keeps an interval with such steps and tries minima
/// of the cubics and parabolas through its ends. Steps to where f is not finite are cut back. Where
/// rounding or a limit ends the search, the lowest point found, if it satisfies the first
/// condition. `along(α)` evaluates f at x + α d.
SearchResult line_search(const Point& from, const Direction& direction,
                         const std::function<Point(double)>& along);

}  // namespace xgrad::optim::detail
