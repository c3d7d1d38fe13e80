#pragma once

#include <string>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad::examples {

/// Numbers in rows and columns, each column and row with its name.
struct HeatMap {
  std::string title;
  std::string x_label, y_label;
  std::vector<std::string> columns, rows;
  Tensor values;  ///< (rows, columns), from 0, which is white, to 1
};

/// Draws the numbers as shades into an SVG or PNG file. Errors: as draw() in gnuplot.hpp.
void draw(const HeatMap& map, const std::string& path);

}  // namespace xgrad::examples
