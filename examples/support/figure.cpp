#include "examples/support/figure.hpp"

#include <algorithm>

#include "examples/support/page.hpp"

namespace xgrad::examples {
namespace {

// All in pixels.
constexpr std::size_t width = 1200;
constexpr std::size_t title_height = 40;
constexpr std::size_t panel_height = 380;
constexpr std::size_t heading_height = 36;
constexpr std::size_t tile_width = width / tile_columns;
constexpr std::size_t image_size = 112;
constexpr std::size_t tile_height = image_size + 44;

/// Writes the commands of one figure.
class Script {
 public:
  explicit Script(const Figure& figure)
      : figure_(figure),
        tiles_top_(title_height + (figure.panels.empty() ? 0 : panel_height)),
        page_({.width = width, .height = tiles_top_ + grid_height(figure)}) {}

  void draw(const std::string& path) {
    page_ << "set multiplot\n";
    page_.label(figure_.title, width / 2, title_height / 2, "center font ',16'");
    for (std::size_t i = 0; i < figure_.panels.size(); ++i) panel(i);
    page_ << "unset key\nunset border\nunset tics\nunset colorbox\nunset grid\nunset xlabel\n"
             "set palette gray\nset cbrange [0:255]\nset autoscale fix\n";
    page_.label(figure_.tiles_title, width / 2, tiles_top_ + heading_height / 2,
                "center font ',14'");
    for (std::size_t i = 0; i < figure_.tiles.size(); ++i) tile(i);
    // Labels appear with a plot: this one shows them when no tile did.
    page_ << "set lmargin 0\nset rmargin 0\nset tmargin 0\nset bmargin 0\n"
             "plot [0:1] [0:1] NaN notitle\nunset multiplot\n";
    page_.draw(path);
  }

 private:
  static std::size_t grid_height(const Figure& figure) {
    if (figure.tiles_title.empty()) return 0;
    const std::size_t rows = (figure.tiles.size() + tile_columns - 1) / tile_columns;
    return heading_height + rows * tile_height;
  }

  void panel(std::size_t index) {
    const Panel& panel = figure_.panels[index];
    const std::size_t panel_width = width / figure_.panels.size();
    const std::size_t left = index * panel_width;
    page_.place({.left = left + 70,
                 .right = left + panel_width - 30,
                 .top = title_height + 36,
                 .bottom = title_height + panel_height - 56});
    // The key stands beside the title, above the curves, where it hides none of them.
    page_.label(panel.title, left + 70, title_height + 20, "left font ',14'");
    page_ << "set key at graph 1, graph 1.03 right bottom horizontal\nset xlabel "
          << quoted(panel.x_label) << "\nset grid lt 1 lw 1 lc rgb '#e5e5e5'\n"
          << "set xtics nomirror\nset ytics nomirror\nset border 3 lc rgb '#444444'\n";
    std::size_t points = 0;
    for (std::size_t i = 0; i < panel.curves.size(); ++i) {
      page_ << "$curve" << i << " << EOD\n";
      const std::vector<double>& values = panel.curves[i].values;
      for (std::size_t k = 0; k < values.size(); ++k) page_ << k + 1 << ' ' << values[k] << '\n';
      page_ << "EOD\n";
      points = std::max(points, values.size());
    }
    // Whole numbers only on the x axis, at most some ten of them.
    page_ << "set xtics 1, " << (points + 9) / 10 << "\nset xrange [0.9:" << points << ".1]\nplot ";
    for (std::size_t i = 0; i < panel.curves.size(); ++i)
      page_ << (i ? ", " : "") << "$curve" << i << " with linespoints lw 2 pt 7 ps 0.6 lc rgb "
            << colour(i) << " title " << quoted(panel.curves[i].title);
    page_ << "\nunset label\n";
  }

  void tile(std::size_t index) {
    const Tile& tile = figure_.tiles[index];
    const std::size_t rows = tile.image.size(0);
    const std::size_t columns = tile.image.size(1);
    const std::size_t side = std::max(rows, columns);
    const std::size_t centre = index % tile_columns * tile_width + tile_width / 2;
    const std::size_t top = tiles_top_ + heading_height + index / tile_columns * tile_height;
    page_.label(tile.predicted, centre, top + image_size + 10,
                "center font ',10' tc rgb '#c0392b'");
    page_.label(tile.truth, centre, top + image_size + 25, "center font ',10' tc rgb '#1e8449'");
    const std::size_t half_width = image_size * columns / side / 2;
    const std::size_t half_height = image_size * rows / side / 2;
    const std::size_t middle = top + image_size / 2;
    page_.place({.left = centre - half_width,
                 .right = centre + half_width,
                 .top = middle - half_height,
                 .bottom = middle + half_height});

    // Enlarged here, a small image stays sharp where a viewer would smooth it.
    const std::size_t zoom = std::max<std::size_t>(image_size / side, 1);
    const std::vector<int> pixels = tile.image.to_vector<int>();
    page_ << "$image << EOD\n";
    for (std::size_t i = 0; i < zoom * rows; ++i)
      for (std::size_t k = 0; k < zoom * columns; ++k)
        page_ << pixels[i / zoom * columns + k / zoom] << (k + 1 < zoom * columns ? ' ' : '\n');
    page_ << "EOD\nset xrange [*:*]\nset yrange [*:*] reverse\n"
             "plot $image matrix with image\nunset label\n";
  }

  const Figure& figure_;
  std::size_t tiles_top_;
  Page page_;
};

}  // namespace

void draw(const Figure& figure, const std::string& path) { Script(figure).draw(path); }

}  // namespace xgrad::examples
