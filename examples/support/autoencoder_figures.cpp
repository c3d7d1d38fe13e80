#include "examples/support/autoencoder_figures.hpp"

#include <algorithm>

#include "autograd/ops.hpp"
#include "data/image.hpp"
#include "examples/support/classifier.hpp"

namespace xgrad::examples {

Chart code_plane(const std::string& title, const Tensor& codes, const Tensor& labels) {
  Chart chart{.title = title,
              .x_label = "first number of the code",
              .y_label = "second number",
              .series = {}};
  const std::vector<double> at = codes.to_vector<double>();
  const std::vector<std::size_t> truth = labels.to_vector<std::size_t>();
  for (std::size_t label = 0; label < classes; ++label)
    chart.series.push_back({std::to_string(label), {}, Style::points});
  for (std::size_t i = 0; i < std::min<std::size_t>(1000, truth.size()); ++i)
    chart.series[truth[i]].points.push_back({at[2 * i], at[2 * i + 1]});
  return chart;
}

void save_tiles(const Tensor& pictures, const Shape& size, std::int64_t columns,
                const std::string& path) {
  const Tensor tiles = reshape(
      pictures, {-1, 1, static_cast<std::int64_t>(size[0]), static_cast<std::int64_t>(size[1])});
  data::save_png(path, data::make_grid(interpolate(tiles, {.scale_factor = 2}), {.nrow = columns}));
}

}  // namespace xgrad::examples
