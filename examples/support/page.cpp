#include "examples/support/page.hpp"

namespace xgrad::examples {

double Page::x(std::size_t pixels) const {
  return static_cast<double>(pixels) / static_cast<double>(canvas_.width);
}

double Page::y(std::size_t pixels) const {
  return 1 - static_cast<double>(pixels) / static_cast<double>(canvas_.height);
}

void Page::label(const std::string& text, std::size_t left, std::size_t top,
                 const std::string& how) {
  script_ << "set label " << quoted(text) << " at screen " << x(left) << ", screen " << y(top)
          << ' ' << how << '\n';
}

void Page::place(const Box& box) {
  script_ << "set lmargin at screen " << x(box.left) << "\nset rmargin at screen " << x(box.right)
          << "\nset tmargin at screen " << y(box.top) << "\nset bmargin at screen " << y(box.bottom)
          << '\n';
}

void Page::data(const std::string& name, const std::vector<Point>& points) {
  script_ << name << " << EOD\n";
  // A datum gnuplot skips: a block of data may be empty, a plot of it may not.
  if (points.empty()) script_ << "NaN NaN\n";
  for (const Point& point : points) script_ << point[0] << ' ' << point[1] << '\n';
  script_ << "EOD\n";
}

void Page::draw(const std::string& path) const { examples::draw(script_.str(), path, canvas_); }

std::string colour(std::size_t index) {
  // Theirs, with wine in place of the yellow that white paper swallows.
  static constexpr std::array<const char*, colours> palette = {
      "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#882255"};
  return quoted(palette[index % colours]);
}

}  // namespace xgrad::examples
