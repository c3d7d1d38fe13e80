#include "examples/support/heat_map.hpp"

#include "examples/support/page.hpp"

namespace xgrad::examples {
namespace {

// All in pixels.
constexpr std::size_t cell = 32;
constexpr std::size_t margin = 90;
constexpr std::size_t title_height = 50;

void write_tics(Page& page, char axis, const std::vector<std::string>& names) {
  page << "set " << axis << "tics (";
  for (std::size_t i = 0; i < names.size(); ++i)
    page << (i > 0 ? ", " : "") << quoted(names[i]) << ' ' << i;
  page << ") scale 0\n";
}

}  // namespace

void draw(const HeatMap& map, const std::string& path) {
  const Box box{.left = margin,
                .right = margin + map.columns.size() * cell,
                .top = title_height,
                .bottom = title_height + map.rows.size() * cell};
  Page page({.width = box.right + margin, .height = box.bottom + margin});
  page.label(map.title, (box.left + box.right) / 2, title_height / 2, "center font ',16'");
  page.place(box);
  write_tics(page, 'x', map.columns);
  write_tics(page, 'y', map.rows);
  page << "set xlabel " << quoted(map.x_label) << "\nset ylabel " << quoted(map.y_label)
       << "\nset palette defined (0 'white', 1 '#0072B2')\nset cbrange [0:1]\nset yrange [*:*] "
          "reverse\nset autoscale fix\n$values << EOD\n";
  const Tensor values = map.values.to(float64);
  const std::vector<double> numbers(values.data<double>().begin(), values.data<double>().end());
  for (std::size_t i = 0; i < numbers.size(); ++i)
    page << numbers[i] << ((i + 1) % map.columns.size() == 0 ? '\n' : ' ');
  page << "EOD\nplot $values matrix with image notitle\n";
  page.draw(path);
}

}  // namespace xgrad::examples
