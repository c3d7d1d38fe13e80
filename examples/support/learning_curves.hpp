#pragma once

#include <string>
#include <vector>

#include "examples/support/chart.hpp"
#include "examples/support/classifier.hpp"

namespace xgrad::examples {

/// How one of several trainings went.
struct Training {
  std::string title;
  History history;
};

/// A part of the scores over the epochs 1, 2, …, in units of its own (100 for percent).
std::vector<Point> by_epoch(const std::vector<Score>& scores, double Score::*part, double unit);

/// Trainings compared: loss above accuracy, training beside validation on the same axes. Four
/// charts, to be drawn in two columns.
std::vector<Chart> learning_curves(const std::vector<Training>& trainings);

}  // namespace xgrad::examples
