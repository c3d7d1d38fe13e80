#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "autograd/tensor.hpp"
#include "examples/support/page.hpp"

namespace xgrad::examples {

/// A way through the plane, from its first point to its last.
struct Path {
  std::string title;
  std::vector<Point> points;
};

struct Range {
  double low;
  double high;
};

/// Level lines at `count` heights from low to high: at equal distances or, if logarithmic, at equal
/// ratios.
struct Levels {
  double low;
  double high;
  std::size_t count = 20;
  bool logarithmic = false;
};

/// Level lines of a function of two variables and paths over them. What leaves the ranges is cut
/// off at the border.
struct ContourPanel {
  std::string title;
  std::function<Tensor(const Tensor& x, const Tensor& y)> f;  ///< elementwise, of shapes that
                                                              ///< broadcast
  Range x;
  Range y;
  Levels levels;
  std::vector<Path> paths;
  std::vector<Point> minima;
};

/// Panels in rows of `columns`, each with its legend below.
struct ContourFigure {
  std::string title;
  std::vector<ContourPanel> panels;
  std::size_t columns = 1;
};

/// Draws the figure into an SVG or PNG file. Errors: as draw() in gnuplot.hpp.
void draw(const ContourFigure& figure, const std::string& path);

}  // namespace xgrad::examples
