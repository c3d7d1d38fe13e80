#include "examples/support/figure.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>

#include "examples/support/gnuplot.hpp"

namespace xgrad::examples {
namespace {

// All in pixels.
constexpr std::size_t width = 1200;
constexpr std::size_t title_height = 40;
constexpr std::size_t panels_height = 380;
constexpr std::size_t heading_height = 36;
constexpr std::size_t tile_width = width / tile_columns;
constexpr std::size_t image_size = 112;
constexpr std::size_t tile_height = image_size + 44;

/// Writes the script of one figure. Pixels count from the top here, gnuplot's screen coordinates
/// run from 0 to 1 and from the bottom.
class Script {
 public:
  explicit Script(const Figure& figure) : figure_(figure) {
    const std::size_t rows = (figure.tiles.size() + tile_columns - 1) / tile_columns;
    tiles_top_ = title_height + (figure.panels.empty() ? 0 : panels_height);
    const bool has_grid = !figure.tiles_title.empty();
    height_ = tiles_top_ + (has_grid ? heading_height + rows * tile_height : 0);
  }

  std::size_t height() const { return height_; }

  std::string text() {
    out_ << "set multiplot\n";
    label(figure_.title, width / 2, title_height / 2, "center font ',16'");
    for (std::size_t i = 0; i < figure_.panels.size(); ++i) panel(i);
    out_ << "unset key\nunset border\nunset tics\nunset colorbox\nunset grid\nunset xlabel\n"
            "set palette gray\nset cbrange [0:255]\nset autoscale fix\n";
    label(figure_.tiles_title, width / 2, tiles_top_ + heading_height / 2, "center font ',14'");
    for (std::size_t i = 0; i < figure_.tiles.size(); ++i) tile(i);
    // Labels appear with a plot: this one shows them when no tile did.
    out_ << "set lmargin 0\nset rmargin 0\nset tmargin 0\nset bmargin 0\n"
            "plot [0:1] [0:1] NaN notitle\nunset multiplot\n";
    return out_.str();
  }

 private:
  double x(std::size_t pixels) const {
    return static_cast<double>(pixels) / static_cast<double>(width);
  }
  double y(std::size_t pixels) const {
    return 1 - static_cast<double>(pixels) / static_cast<double>(height_);
  }

  void label(const std::string& text, std::size_t left, std::size_t top, const char* how) {
    out_ << "set label " << quoted(text) << " at screen " << x(left) << ", screen " << y(top) << ' '
         << how << '\n';
  }

  void box(std::size_t left, std::size_t right, std::size_t top, std::size_t bottom) {
    out_ << "set lmargin at screen " << x(left) << "\nset rmargin at screen " << x(right)
         << "\nset tmargin at screen " << y(top) << "\nset bmargin at screen " << y(bottom) << '\n';
  }

  void panel(std::size_t index) {
    const Panel& panel = figure_.panels[index];
    const std::size_t panel_width = width / figure_.panels.size();
    const std::size_t left = index * panel_width;
    box(left + 70, left + panel_width - 30, title_height + 36, title_height + panels_height - 56);
    // The key stands beside the title, above the curves, where it hides none of them.
    label(panel.title, left + 70, title_height + 20, "left font ',14'");
    out_ << "set key at graph 1, graph 1.03 right bottom horizontal\nset xlabel "
         << quoted(panel.x_label) << "\nset grid lt 1 lw 1 lc rgb '#e5e5e5'\n"
         << "set xtics nomirror\nset ytics nomirror\nset border 3 lc rgb '#444444'\n";
    std::size_t points = 0;
    for (std::size_t i = 0; i < panel.curves.size(); ++i) {
      out_ << "$curve" << i << " << EOD\n";
      const std::vector<double>& values = panel.curves[i].values;
      for (std::size_t k = 0; k < values.size(); ++k) out_ << k + 1 << ' ' << values[k] << '\n';
      out_ << "EOD\n";
      points = std::max(points, values.size());
    }
    // Whole numbers only on the x axis, at most some ten of them.
    out_ << "set xtics 1, " << (points + 9) / 10 << "\nset xrange [0.9:" << points << ".1]\nplot ";
    static constexpr const char* colours[] = {"#1f77b4", "#d95f02", "#1b9e77", "#7570b3"};
    for (std::size_t i = 0; i < panel.curves.size(); ++i)
      out_ << (i ? ", " : "") << "$curve" << i << " with linespoints lw 2 pt 7 ps 0.6 lc rgb '"
           << colours[i % std::size(colours)] << "' title " << quoted(panel.curves[i].title);
    out_ << "\nunset label\n";
  }

  void tile(std::size_t index) {
    const Tile& tile = figure_.tiles[index];
    const std::size_t rows = tile.image.size(0);
    const std::size_t columns = tile.image.size(1);
    const std::size_t side = std::max(rows, columns);
    const std::size_t centre = index % tile_columns * tile_width + tile_width / 2;
    const std::size_t top = tiles_top_ + heading_height + index / tile_columns * tile_height;
    label(tile.predicted, centre, top + image_size + 10, "center font ',10' tc rgb '#c0392b'");
    label(tile.truth, centre, top + image_size + 25, "center font ',10' tc rgb '#1e8449'");
    const std::size_t half_width = image_size * columns / side / 2;
    const std::size_t half_height = image_size * rows / side / 2;
    const std::size_t middle = top + image_size / 2;
    box(centre - half_width, centre + half_width, middle - half_height, middle + half_height);

    // Enlarged here, a small image stays sharp where a viewer would smooth it.
    const std::size_t zoom = std::max<std::size_t>(image_size / side, 1);
    const std::vector<int> pixels = tile.image.to_vector<int>();
    out_ << "$image << EOD\n";
    for (std::size_t i = 0; i < zoom * rows; ++i)
      for (std::size_t k = 0; k < zoom * columns; ++k)
        out_ << pixels[i / zoom * columns + k / zoom] << (k + 1 < zoom * columns ? ' ' : '\n');
    out_ << "EOD\nset xrange [*:*]\nset yrange [*:*] reverse\n"
            "plot $image matrix with image\nunset label\n";
  }

  const Figure& figure_;
  std::size_t tiles_top_ = 0;
  std::size_t height_ = 0;
  std::ostringstream out_;
};

}  // namespace

void draw(const Figure& figure, const std::string& path) {
  Script script(figure);
  draw(script.text(), path, {.width = width, .height = script.height()});
}

}  // namespace xgrad::examples
