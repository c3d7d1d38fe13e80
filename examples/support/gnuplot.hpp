#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace xgrad::examples {

/// Size of a picture in pixels.
struct Canvas {
  std::size_t width = 1200;
  std::size_t height = 800;
};

/// Makes sure, before a program's work begins, that draw() can write `path`: that it ends in .svg
/// or .png, can be written, and that gnuplot is installed. Errors: IoError, ValueError, beginning
/// with `option`.
void check_plot(const std::string& option, const std::string& path);

/// Runs `script`, gnuplot commands that plot, and puts the picture at `path`, SVG or PNG by its
/// ending. The picture appears there whole or not at all.
/// Errors: IoError with what gnuplot said when it fails or is not installed.
void draw(const std::string& script, const std::string& path, const Canvas& canvas);

/// Makes an animation, a GIF file, of PNG files of one size, a quarter of a second each.
/// Errors: those of draw() and of data::load_png; std::out_of_range where there are none.
void animate(const std::vector<std::string>& frames, const std::string& path);

/// A number as figures show it.
std::string rounded(double value, int digits = 4);

/// `text` as a string of gnuplot's, with x² for x^2.
std::string quoted(std::string text);

}  // namespace xgrad::examples
