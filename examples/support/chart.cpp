#include "examples/support/chart.hpp"

#include <algorithm>

#include "examples/support/page.hpp"

namespace xgrad::examples {
namespace {

// All in pixels.
constexpr std::size_t page_title_height = 44;
constexpr std::size_t only_width = 900;  // of a chart that stands alone
constexpr std::size_t cell_width = 640;
constexpr std::size_t left_margin = 90;
constexpr std::size_t right_margin = 30;
constexpr std::size_t title_height = 30;
constexpr std::size_t plot_height = 400;
constexpr std::size_t axis_height = 56;
constexpr std::size_t key_height = 84;
constexpr std::size_t note_height = 22;

std::string style_of(const Series& series, std::size_t index) {
  const std::string colour_of = "lc rgb " + colour(index);
  switch (series.style) {
    case Style::line: return "lines lw 2 " + colour_of;
    case Style::dashes: return "lines lw 2 dt 2 " + colour_of;
    // Where the colours are repeated, the shape tells points apart.
    case Style::points:
      return (index < colours ? "points pt 7 ps 1 " : "points pt 1 ps 1 lw 2 ") + colour_of;
    default: return "linespoints lw 1.5 pt 7 ps 0.5 " + colour_of;
  }
}

/// The distance of whole numbers on the x axis of which there are at most some ten.
std::size_t whole_step(const Chart& chart) {
  double largest = 1;
  for (const Series& series : chart.series)
    for (const Point& point : series.points) largest = std::max(largest, point[0]);
  return static_cast<std::size_t>(largest + 9) / 10;
}

/// Whether an axis below 0 would show what cannot be, as a negative loss.
bool is_not_negative(const Chart& chart) {
  return std::ranges::none_of(chart.series, [](const Series& series) {
    return std::ranges::any_of(series.points, [](const Point& point) { return point[1] < 0; });
  });
}

void write_range(Page& page, const std::string& axis, const std::optional<Range>& range,
                 const char* automatic = "[*:*]") {
  page << "set " << axis << "range ";
  if (range)
    page << '[' << range->low << ':' << range->high << "]\n";
  else
    page << automatic << '\n';
}

void write_axes(Page& page, const Chart& chart, const Box& box) {
  page.place(box);
  page.label(chart.title, (box.left + box.right) / 2, box.top - title_height / 2,
             "center font ',14'");
  page << "set xlabel " << quoted(chart.x_label) << "\nset ylabel " << quoted(chart.y_label)
       << "\nunset logscale\nset format '%g'\n";
  if (chart.log_x) page << "set logscale x\nset format x '%.0e'\n";
  if (chart.log_y) page << "set logscale y\nset format y '%.0e'\n";
  page << "set xtics autofreq\n";
  write_range(page, "x", chart.x);
  write_range(page, "y", chart.y, !chart.log_y && is_not_negative(chart) ? "[0<*:*]" : "[*:*]");
  if (chart.whole_x) page << "set xtics 1, " << whole_step(chart) << '\n';
  page << "set key at screen " << page.x((box.left + box.right) / 2) << ", screen "
       << page.y(box.bottom + axis_height)
       << " center top horizontal Left reverse maxcols 3 width 1\n";
}

void write_chart(Page& page, const Chart& chart, const Box& box) {
  write_axes(page, chart, box);
  for (std::size_t i = 0; i < chart.series.size(); ++i)
    page.data("$series" + std::to_string(i), chart.series[i].points);
  for (const Mark& mark : chart.marks)
    page << "set label " << quoted(mark.text) << " at first " << mark.at[0] << ", first "
         << mark.at[1] << " point pt 6 ps 1.8 lw 2 offset 1.2,-0.5 front\n";
  for (std::size_t i = 0; i < chart.notes.size(); ++i)
    page.label(chart.notes[i], (box.left + box.right) / 2,
               box.bottom - (chart.notes.size() - i) * note_height, "center front");
  page << "plot ";
  for (std::size_t i = 0; i < chart.series.size(); ++i)
    page << (i > 0 ? ", " : "") << "$series" << i << " with " << style_of(chart.series[i], i)
         << " title " << quoted(chart.series[i].title);
  page << "\nunset label\n";
}

}  // namespace

Series by_epoch(const std::string& title, const std::vector<double>& values, std::size_t last) {
  Series series{title, {}, Style::line_and_points};
  for (std::size_t i = 0; i < values.size(); ++i)
    series.points.push_back({static_cast<double>(last - values.size() + i + 1), values[i]});
  return series;
}

void draw(const std::string& title, const std::vector<Chart>& charts, const std::string& path,
          std::size_t columns) {
  if (columns == 0) columns = std::max<std::size_t>(charts.size(), 1);
  const std::size_t cell = columns == 1 ? only_width : cell_width;
  const std::size_t rows = (charts.size() + columns - 1) / columns;
  constexpr std::size_t row_height = title_height + plot_height + axis_height + key_height;
  Page page({.width = columns * cell, .height = page_title_height + rows * row_height});
  page << "set multiplot\nset tics out nomirror\nset border 3 lc rgb '#444444'\n"
          "set grid lt 1 lw 1 lc rgb '#e5e5e5'\nset offsets 0, 0, graph 0.05, graph 0.08\n";
  page.label(title, columns * cell / 2, page_title_height / 2, "center font ',16'");
  for (std::size_t i = 0; i < charts.size(); ++i) {
    const std::size_t left = i % columns * cell;
    const std::size_t top = page_title_height + i / columns * row_height + title_height;
    write_chart(page, charts[i],
                {.left = left + left_margin,
                 .right = left + cell - right_margin,
                 .top = top,
                 .bottom = top + plot_height});
  }
  page << "unset multiplot\n";
  page.draw(path);
}

}  // namespace xgrad::examples
