#pragma once

#include <array>
#include <cstddef>
#include <sstream>
#include <string>
#include <vector>

#include "examples/support/gnuplot.hpp"

namespace xgrad::examples {

/// (x, y).
using Point = std::array<double, 2>;

/// Pixels, counted from the left and from the top of a picture.
struct Box {
  std::size_t left, right, top, bottom;
};

/// Collects the gnuplot commands of a picture, in which things are placed by pixels: gnuplot's own
/// screen coordinates run from 0 to 1 and from the bottom.
class Page {
 public:
  explicit Page(const Canvas& canvas) : canvas_(canvas) {}

  double x(std::size_t pixels) const;
  double y(std::size_t pixels) const;

  /// Text at a place; `how` is more of gnuplot's options of labels.
  void label(const std::string& text, std::size_t left, std::size_t top, const std::string& how);
  /// The plots that follow fill this box; their axes stand outside.
  void place(const Box& box);
  /// The points as data of that name, as "$path1".
  void data(const std::string& name, const std::vector<Point>& points);
  /// Appends commands.
  template <class T>
  Page& operator<<(const T& part) {
    script_ << part;
    return *this;
  }

  /// Writes the picture. Errors: as draw() in gnuplot.hpp.
  void draw(const std::string& path) const;

 private:
  Canvas canvas_;
  std::ostringstream script_;
};

/// How many colour() knows.
inline constexpr std::size_t colours = 8;

/// Colour of the index-th of several curves, quoted; after the eighth they are repeated. People who
/// do not see all colours tell them apart too (Okabe & Ito 2008, Color universal design).
std::string colour(std::size_t index);

}  // namespace xgrad::examples
