#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "examples/support/contour.hpp"

namespace xgrad::examples {

/// How a series is drawn.
enum class Style { line, dashes, points, line_and_points };

/// Points in the plane, drawn in the colour of their place in the chart.
struct Series {
  std::string title;
  std::vector<Point> points;
  Style style = Style::line;
};

/// Values after the epochs that end with `last`; a run that was resumed has those of its own alone.
Series by_epoch(const std::string& title, const std::vector<double>& values, std::size_t last);

/// A place with a text beside it.
struct Mark {
  Point at;
  std::string text;
};

/// Series over common axes. On a logarithmic axis only positive numbers are drawn.
struct Chart {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<Series> series;
  std::vector<Mark> marks = {};
  std::vector<std::string> notes = {};  ///< lines above the x axis, as of what cannot be drawn
  bool log_x = false;
  bool log_y = false;
  bool whole_x = false;         ///< x is a whole number, as of epochs: tics nowhere else
  std::optional<Range> x = {};  ///< where the x axis begins and ends; without it as the series do
  std::optional<Range> y = {};  ///< the same of the y axis
};

/// Draws charts in rows of `columns` (0: all in one row), each with its legend below, into an SVG
/// or PNG file. Errors: as draw() in gnuplot.hpp.
void draw(const std::string& title, const std::vector<Chart>& charts, const std::string& path,
          std::size_t columns = 0);

}  // namespace xgrad::examples
