#pragma once

#include <string>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad::examples {

/// A line through values[0], values[1], … at x = 1, 2, …
struct Curve {
  std::string title;
  std::vector<double> values;
};

/// Curves over common axes.
struct Panel {
  std::string title;
  std::string x_label;
  std::vector<Curve> curves;
};

/// A picture (height, width) in shades of grey, uint8, with the class it was taken for and the one
/// it is.
struct Tile {
  Tensor image;
  std::string predicted;
  std::string truth;
};

/// Panels side by side and below them a grid of tiles; either may be missing.
struct Figure {
  std::string title;
  std::vector<Panel> panels;
  std::string tiles_title;
  std::vector<Tile> tiles;
};

/// Tiles in a row.
inline constexpr std::size_t tile_columns = 10;

/// Draws the figure into an SVG or PNG file. Errors: as draw() in gnuplot.hpp.
void draw(const Figure& figure, const std::string& path);

}  // namespace xgrad::examples
