#include "examples/support/regions.hpp"

#include <algorithm>
#include <cstdlib>

#include "autograd/creation.hpp"
#include "autograd/grad_mode.hpp"
#include "autograd/support/str.hpp"
#include "examples/support/page.hpp"

namespace xgrad::examples {
namespace {

// All in pixels.
constexpr std::size_t page_title_height = 44;
constexpr std::size_t title_height = 30;
constexpr std::size_t plot_size = 480;
constexpr std::size_t left_margin = 70;
constexpr std::size_t right_margin = 30;
constexpr std::size_t axis_height = 56;
constexpr std::size_t key_columns = 2;
constexpr std::size_t key_row_height = 18;
constexpr std::size_t cell_width = left_margin + plot_size + right_margin;

constexpr std::size_t grid_points = 121;  // on each axis
constexpr double tint = 0.4;              // share of a class's colour in its region, the rest white
// Circle, square, triangle, …: classes differ in more than colour.
constexpr int shapes[] = {7, 5, 9, 13, 11, 15, 6, 4};

/// The legend has the classes, the boundary, the levels and the lines.
std::size_t key_rows(const RegionPanel& panel) {
  const std::size_t entries =
      panel.classes.size() + 1 + (panel.levels.empty() ? 0 : 1) + panel.lines.size();
  return (entries + key_columns - 1) / key_columns;
}

/// Red, green or blue (0, 1, 2) of a class's colour, 0 to 255.
double channel(std::size_t index, std::size_t part) {
  const std::string hexadecimal = colour(index).substr(2 + 2 * part, 2);  // '#rrggbb'
  return static_cast<double>(std::strtol(hexadecimal.c_str(), nullptr, 16));
}

/// The probabilities of the classes over a grid of the panel.
struct Grid {
  std::vector<double> points;  ///< x and y of each, row by row
  std::vector<double> probabilities;
  std::size_t classes;

  std::size_t size() const { return points.size() / 2; }
  double operator()(std::size_t point, std::size_t label) const {
    return probabilities[point * classes + label];
  }
  /// How much more probable this class is there than the best of the others.
  double lead(std::size_t point, std::size_t label) const {
    double best = 0;
    for (std::size_t k = 0; k < classes; ++k)
      if (k != label) best = std::max(best, (*this)(point, k));
    return (*this)(point, label) - best;
  }
};

Grid evaluate(const RegionPanel& panel) {
  const NoGrad guard;
  Grid grid{{}, {}, panel.classes.size()};
  const auto at = [](const Range& range, std::size_t i) {
    return range.low + (range.high - range.low) * static_cast<double>(i) / (grid_points - 1);
  };
  for (std::size_t i = 0; i < grid_points; ++i)
    for (std::size_t j = 0; j < grid_points; ++j) {
      grid.points.push_back(at(panel.x, j));
      grid.points.push_back(at(panel.y, i));
    }
  const Tensor points = tensor(grid.points, {grid_points * grid_points, 2});
  grid.probabilities = panel.probabilities(points).to_vector<double>();
  return grid;
}

/// $grid holds a row for each point: x, y, red, green, blue, the probability of the last class and
/// the lead of each class. One block for all, since gnuplot takes long to read a large one.
constexpr std::size_t probability_column = 6;
constexpr std::size_t lead_column = 7;

void write_grid(Page& page, const Grid& grid) {
  page << "$grid << EOD\n";
  for (std::size_t i = 0; i < grid.size(); ++i) {
    page << grid.points[2 * i] << ' ' << grid.points[2 * i + 1];
    for (std::size_t part = 0; part < 3; ++part) {
      double mixed = 0;
      for (std::size_t k = 0; k < grid.classes; ++k) mixed += grid(i, k) * channel(k, part);
      page << ' ' << static_cast<int>(255 + tint * (mixed - 255));
    }
    page << ' ' << grid(i, grid.classes - 1);
    for (std::size_t k = 0; k < grid.classes; ++k) page << ' ' << grid.lead(i, k);
    page << (i % grid_points + 1 == grid_points ? "\n\n" : "\n");
  }
  page << "EOD\n";
}

/// The lines on which a column of $grid has one of these values go to the block of that name.
void write_contours(Page& page, const std::string& name, std::size_t column,
                    const std::vector<double>& values) {
  // A line that gnuplot skips stands for none, of which it would complain.
  page << "set cntrparam levels discrete " << joined(values) << "\nset table " << name
       << "\nsplot $grid using 1:2:" << column << "\nunset table\nset print " << name
       << " append\nprint 'NaN NaN'\nunset print\n";
}

void write_axes(Page& page, const RegionPanel& panel, const Box& box) {
  page.place(box);
  page.label(panel.title, (box.left + box.right) / 2, box.top - title_height / 2,
             "center font ',14'");
  page << "set xlabel " << quoted(panel.x_label) << "\nset ylabel " << quoted(panel.y_label)
       << "\nset xrange [" << panel.x.low << ':' << panel.x.high << "]\nset yrange [" << panel.y.low
       << ':' << panel.y.high << "]\nset key at screen " << page.x((box.left + box.right) / 2)
       << ", screen " << page.y(box.bottom + axis_height)
       << " center top horizontal Left reverse maxcols " << key_columns << " width 1 samplen 3\n";
}

void write_panel(Page& page, const RegionPanel& panel, const Box& box) {
  const Grid grid = evaluate(panel);
  write_grid(page, grid);
  page << "set contour base\nunset surface\n";
  // Of two classes the lead of one is that of the other, with the sign changed.
  const std::size_t boundaries = grid.classes == 2 ? 1 : grid.classes;
  for (std::size_t k = 0; k < boundaries; ++k)
    write_contours(page, "$boundary" + std::to_string(k), lead_column + k, {0});
  if (!panel.levels.empty()) write_contours(page, "$levels", probability_column, panel.levels);
  page << "unset contour\nset surface\n";

  write_axes(page, panel, box);
  for (std::size_t k = 0; k < panel.classes.size(); ++k)
    page.data("$class" + std::to_string(k), panel.classes[k].points);
  for (std::size_t i = 0; i < panel.lines.size(); ++i)
    page.data("$line" + std::to_string(i), panel.lines[i].points);

  page << "plot $grid using 1:2:3:4:5 with rgbimage notitle";
  for (std::size_t k = 0; k < panel.classes.size(); ++k)
    page << ", $class" << k << " with points pt " << shapes[k % std::size(shapes)]
         << " ps 0.7 lc rgb " << colour(k) << " title " << quoted(panel.classes[k].title);
  for (std::size_t k = 0; k < boundaries; ++k)
    page << ", $boundary" << k << " using 1:2 with lines lw 2.5 lc rgb 'black' "
         << (k == 0 ? "title 'boundary'" : "notitle");
  if (!panel.levels.empty())
    page << ", $levels using 1:2 with lines lw 1 dt 3 lc rgb 'black' title "
         << quoted("probability " + joined(panel.levels));
  for (std::size_t i = 0; i < panel.lines.size(); ++i)
    page << ", $line" << i << " with lines lw 2.5 dt 2 lc rgb " << colour(7 - i) << " title "
         << quoted(panel.lines[i].title);
  page << "\nunset label\n";
}

}  // namespace

void draw(const std::string& title, const std::vector<RegionPanel>& panels,
          const std::string& path) {
  std::size_t rows = 0;
  for (const RegionPanel& panel : panels) rows = std::max(rows, key_rows(panel));
  Page page({.width = panels.size() * cell_width,
             .height = page_title_height + title_height + plot_size + axis_height +
                       (rows + 1) * key_row_height});
  page << "set multiplot\nset tics out nomirror front\n"
          "set border lc rgb '#444444'\n";
  page.label(title, panels.size() * cell_width / 2, page_title_height / 2, "center font ',16'");
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const std::size_t left = i * cell_width + left_margin;
    const std::size_t top = page_title_height + title_height;
    write_panel(page, panels[i],
                {.left = left, .right = left + plot_size, .top = top, .bottom = top + plot_size});
  }
  page << "unset multiplot\n";
  page.draw(path);
}

std::vector<Series> by_class(const Tensor& points, const Tensor& labels,
                             const std::vector<std::string>& titles) {
  std::vector<Series> classes;
  for (const std::string& title : titles) classes.push_back({title, {}, Style::points});
  const std::vector<double> places = points.to_vector<double>();
  const std::vector<std::size_t> label = labels.to_vector<std::size_t>();
  for (std::size_t i = 0; i < label.size(); ++i)
    classes.at(label[i]).points.push_back({places[2 * i], places[2 * i + 1]});
  return classes;
}

std::pair<Range, Range> ranges_around(const std::vector<Series>& classes) {
  std::array<Range, 2> ranges{{{1e300, -1e300}, {1e300, -1e300}}};
  for (const Series& series : classes)
    for (const Point& point : series.points)
      for (std::size_t k = 0; k < 2; ++k)
        ranges[k] = {std::min(ranges[k].low, point[k]), std::max(ranges[k].high, point[k])};
  for (Range& range : ranges) {
    const double margin = 0.05 * (range.high - range.low);
    range = {range.low - margin, range.high + margin};
  }
  return {ranges[0], ranges[1]};
}

}  // namespace xgrad::examples
