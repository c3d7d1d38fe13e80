#include "examples/support/learning_curves.hpp"

#include <algorithm>

#include "autograd/support/str.hpp"

namespace xgrad::examples {

std::vector<Point> by_epoch(const std::vector<Score>& scores, double Score::*part, double unit) {
  std::vector<Point> points;
  for (const Score& score : scores)
    points.push_back({static_cast<double>(points.size() + 1), score.*part * unit});
  return points;
}

std::vector<Chart> learning_curves(const std::vector<Training>& trainings) {
  struct Part {
    const char* title;
    double Score::*value;
    double unit;
  };
  std::vector<Chart> charts;
  for (const Part& part :
       {Part{"loss", &Score::loss, 1}, Part{"accuracy (%)", &Score::accuracy, 100}}) {
    Range range{1e300, -1e300};
    for (const bool training : {true, false}) {
      Chart chart{.title = str(training ? "Training " : "Validation ", part.title),
                  .x_label = "epoch",
                  .y_label = part.title,
                  .series = {},
                  .whole_x = true};
      for (const auto& [title, history] : trainings) {
        const auto& scores = training ? history.train : history.validation;
        chart.series.push_back(
            {title, by_epoch(scores, part.value, part.unit), Style::line_and_points});
        for (const Point& point : chart.series.back().points)
          range = {std::min(range.low, point[1]), std::max(range.high, point[1])};
      }
      charts.push_back(chart);
    }
    const double margin = 0.04 * (range.high - range.low);
    for (std::size_t i = charts.size() - 2; i < charts.size(); ++i)
      charts[i].y = {{range.low - margin, range.high + margin}};
  }
  return charts;
}

}  // namespace xgrad::examples
