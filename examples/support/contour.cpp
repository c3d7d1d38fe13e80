#include "examples/support/contour.hpp"

#include <algorithm>
#include <cmath>

#include "autograd/creation.hpp"
#include "autograd/grad_mode.hpp"
#include "autograd/ops/shaping.hpp"

namespace xgrad::examples {
namespace {

// All in pixels.
constexpr std::size_t page_title_height = 44;
constexpr std::size_t cell_width = 600;
constexpr std::size_t left_margin = 64;
constexpr std::size_t right_margin = 92;  // the scale of heights
constexpr std::size_t plot_height = 400;
constexpr std::size_t title_height = 30;
constexpr std::size_t axis_height = 56;
constexpr std::size_t key_columns = 3;
constexpr std::size_t key_row_height = 16;

constexpr std::size_t grid_points = 121;  // on each axis
// Points of a path closer to each other than this share of the panel are drawn as one.
constexpr double resolution = 2e-3;
// More of a path, as one that swings to and fro for ever, would keep gnuplot busy for minutes.
constexpr std::size_t most_points = 4000;

/// Entries of the legend: the paths, their marks and the minima.
std::size_t key_rows(const ContourPanel& panel) {
  return (panel.paths.size() + 3 + key_columns - 1) / key_columns;
}

/// What can be told apart of a path, the first and the last finite point included.
std::vector<Point> thinned(const Path& path, const ContourPanel& panel) {
  const double width = panel.x.high - panel.x.low, height = panel.y.high - panel.y.low;
  const auto far = [&](const Point& a, const Point& b) {
    return std::hypot((a[0] - b[0]) / width, (a[1] - b[1]) / height) > resolution;
  };
  std::vector<Point> result;
  Point last{};
  for (const Point& point : path.points) {
    if (!std::isfinite(point[0]) || !std::isfinite(point[1])) break;
    if (result.empty() || far(point, result.back())) result.push_back(point);
    last = point;
  }
  if (result.size() > most_points) {
    const std::size_t stride = result.size() / most_points + 1, kept = result.size() / stride;
    for (std::size_t i = 0; i < kept; ++i) result[i] = result[i * stride];
    result.resize(kept);
  }
  if (!result.empty() && result.back() != last) result.push_back(last);
  return result;
}

/// The level lines go to $contours, as rows x y height.
void write_contours(Page& page, const ContourPanel& panel) {
  const NoGrad guard;
  const TensorOptions options{.dtype = float64};
  const Tensor x = linspace(panel.x.low, panel.x.high, grid_points, options);
  const Tensor y = linspace(panel.y.low, panel.y.high, grid_points, options);
  const std::vector<double> z =
      panel.f(reshape(x, {1, -1}), reshape(y, {-1, 1})).to_vector<double>();
  const std::vector<double> xs = x.to_vector<double>(), ys = y.to_vector<double>();

  page << "$grid << EOD\n";
  for (std::size_t i = 0; i < grid_points; ++i) {
    for (std::size_t j = 0; j < grid_points; ++j)
      page << xs[j] << ' ' << ys[i] << ' ' << z[i * grid_points + j] << '\n';
    page << '\n';
  }
  page << "EOD\nset contour base\nunset surface\nset cntrparam levels discrete ";
  const auto& [low, high, count, logarithmic] = panel.levels;
  for (std::size_t i = 0; i < count; ++i) {
    const double t = static_cast<double>(i) / static_cast<double>(count - 1);
    page << (i > 0 ? ", " : "")
         << (logarithmic ? low * std::pow(high / low, t) : low + t * (high - low));
  }
  page << "\nset table $contours\nsplot $grid\nunset table\nunset contour\nset surface\n";
}

void write_axes(Page& page, const ContourPanel& panel, const Box& box) {
  const Levels& levels = panel.levels;
  page.place(box);
  page.label(panel.title, (box.left + box.right) / 2, box.top - title_height / 2,
             "center font ',14'");
  page.label("f(x, y)", box.right + 24, box.top - title_height / 2, "center");
  page << "set xrange [" << panel.x.low << ':' << panel.x.high << "]\nset yrange [" << panel.y.low
       << ':' << panel.y.high << "]\nset cbrange [" << levels.low << ':' << levels.high << "]\n"
       << (levels.logarithmic ? "set logscale cb\nset format cb '%.0e'\n"
                              : "unset logscale cb\nset format cb '%g'\n")
       << "set colorbox user origin screen " << page.x(box.right + 14) << ", screen "
       << page.y(box.bottom) << " size screen " << page.x(12) << ", screen "
       << page.y(box.top) - page.y(box.bottom) << "\nset key at screen "
       << page.x((box.left + box.right) / 2) << ", screen " << page.y(box.bottom + axis_height)
       << " center top horizontal Left reverse samplen 2 maxcols " << key_columns << " width 1\n";
}

void write_panel(Page& page, const ContourPanel& panel, const Box& box) {
  write_axes(page, panel, box);
  write_contours(page, panel);
  std::vector<Point> starts;
  std::vector<std::vector<Point>> paths;
  for (const Path& path : panel.paths) {
    paths.push_back(thinned(path, panel));
    if (!paths.back().empty()) starts.push_back(paths.back().front());
  }
  for (std::size_t i = 0; i < paths.size(); ++i) {
    page.data("$path" + std::to_string(i), paths[i]);
    page.data("$end" + std::to_string(i),
              paths[i].empty() ? paths[i] : std::vector<Point>{paths[i].back()});
  }
  page.data("$starts", starts);
  page.data("$minima", panel.minima);

  // Where several meet, each later one is thinner, and ends lie above all lines.
  const auto taper = [&](std::size_t i, double from, double to) {
    return from + (to - from) * static_cast<double>(i) / static_cast<double>(paths.size());
  };
  page << "plot $contours using 1:2:3 with lines lw 1 lc palette notitle";
  for (std::size_t i = 0; i < paths.size(); ++i)
    page << ", $path" << i << " with linespoints lw " << taper(i, 3.5, 1) << " pt 7 ps "
         << taper(i, 0.45, 0.2) << " lc rgb " << colour(i) << " title "
         << quoted(panel.paths[i].title);
  for (std::size_t i = 0; i < paths.size(); ++i)
    page << ", $end" << i << " with points pt 5 ps " << taper(i, 1.6, 0.7) << " lc rgb "
         << colour(i) << " notitle";
  page << ", $starts with points pt 7 ps 1.4 lc rgb 'black' notitle"
          ", $starts with points pt 7 ps 0.9 lc rgb 'white' notitle"
          ", $minima with points pt 2 ps 1.6 lw 2 lc rgb 'black' title 'minimum'"
          ", NaN with points pt 6 ps 1.2 lw 2 lc rgb 'black' title 'start'"
          ", NaN with points pt 5 ps 1.2 lc rgb '#777777' title 'end'\nunset label\n";
}

}  // namespace

void draw(const ContourFigure& figure, const std::string& path) {
  const std::size_t columns = std::min(std::max<std::size_t>(figure.columns, 1),
                                       std::max<std::size_t>(figure.panels.size(), 1));
  // A row is as high as its longest legend needs.
  std::vector<std::size_t> tops{page_title_height};
  for (std::size_t first = 0; first < figure.panels.size(); first += columns) {
    std::size_t rows = 0;
    for (std::size_t i = first; i < std::min(first + columns, figure.panels.size()); ++i)
      rows = std::max(rows, key_rows(figure.panels[i]));
    tops.push_back(tops.back() + title_height + plot_height + axis_height +
                   (rows + 2) * key_row_height);
  }

  Page page({.width = columns * cell_width, .height = tops.back()});
  page << "set multiplot\n";
  page.label(figure.title, columns * cell_width / 2, page_title_height / 2, "center font ',16'");
  page << "set xlabel 'x'\nset ylabel 'y'\nset tics out nomirror\nset border lc rgb '#444444'\n"
          "set palette defined (0 '#636363', 1 '#d9d9d9')\nset clip two\n";
  for (std::size_t i = 0; i < figure.panels.size(); ++i) {
    const std::size_t left = i % columns * cell_width + left_margin;
    const std::size_t top = tops[i / columns] + title_height;
    write_panel(page, figure.panels[i],
                {.left = left,
                 .right = left + cell_width - left_margin - right_margin,
                 .top = top,
                 .bottom = top + plot_height});
  }
  page << "unset multiplot\n";
  page.draw(path);
}

}  // namespace xgrad::examples
