#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "autograd/tensor.hpp"
#include "examples/support/chart.hpp"

namespace xgrad::examples {

/// What a classifier makes of the plane, under samples of two classes or more. Each place has the
/// colours of the classes, mixed by their probabilities; a line runs where the most probable class
/// changes.
struct RegionPanel {
  std::string title;
  /// Probabilities (N, classes) of points (N, 2), float64.
  std::function<Tensor(const Tensor& points)> probabilities;
  Range x;
  Range y;
  std::vector<Series> classes;      ///< the samples of each; the style is always points
  std::vector<double> levels = {};  ///< of the last class: dotted lines of these probabilities
  std::vector<Path> lines = {};     ///< drawn dashed over all
  std::string x_label = "x";
  std::string y_label = "y";
};

/// Draws panels side by side, each with its legend below, into an SVG or PNG file. Errors: as
/// draw() in gnuplot.hpp.
void draw(const std::string& title, const std::vector<RegionPanel>& panels,
          const std::string& path);

/// Points (N, 2) with labels from 0, any tensor of N numbers, as the series of a panel.
std::vector<Series> by_class(const Tensor& points, const Tensor& labels,
                             const std::vector<std::string>& titles);

/// Ranges (x, y) that hold all the points, with a margin around them.
std::pair<Range, Range> ranges_around(const std::vector<Series>& classes);

}  // namespace xgrad::examples
