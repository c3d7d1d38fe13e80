#include "examples/support/gan_problem.hpp"

#include <numbers>
#include <set>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/chart.hpp"
#include "examples/support/classifier.hpp"
#include "examples/support/figure.hpp"
#include "examples/support/image_networks.hpp"

namespace xgrad::examples {
namespace {

using Metrics = std::vector<training::Metric>;

/// The epochs that figures show: the first, one halfway, and the last.
std::set<std::size_t> shown_epochs(std::size_t epochs) { return {1, (epochs + 1) / 2, epochs}; }

Series by_epoch(const std::string& title, const std::vector<double>& values) {
  Series series{title, {}, Style::line_and_points};
  for (const double value : values)
    series.points.push_back({static_cast<double>(series.points.size() + 1), value});
  return series;
}

/// Draws samples as the series of a chart, beside `real`.
void draw_as_charts(GanProblem& problem, const Chart& real,
                    const std::function<Series(const Tensor& generated)>& series) {
  const auto chart = [=](const std::string& title, const Tensor& generated) {
    Chart result = real;
    result.title = title;
    result.series.push_back(series(generated));
    return result;
  };
  problem.draw_frame = [=](const std::string& title, const Tensor& generated,
                           const std::string& path) { draw(title, {chart("", generated)}, path); };
  problem.draw_figure = [=](const std::string& title, const std::vector<Tensor>& generated,
                            const GanHistory& history, const std::string& path) {
    std::vector<Chart> charts;
    for (const std::size_t epoch : shown_epochs(generated.size()))
      charts.push_back(chart(str("After epoch ", epoch), generated[epoch - 1]));
    charts.push_back({.title = "Losses",
                      .x_label = "epoch",
                      .y_label = "loss",
                      .series = {by_epoch("discriminator", history.discriminator),
                                 by_epoch("generator", history.generator)},
                      .whole_x = true});
    draw(title, charts, path, 2);
  };
}

/// The outline of a histogram whose area is 1.
Series outline(const std::string& title, const Tensor& numbers) {
  const auto [counts, edges] = histogram(numbers, 40, {.range = {{0, 8}}, .density = true});
  const auto heights = counts.to_vector<double>(), at = edges.to_vector<double>();
  Series series{title, {}};
  for (std::size_t i = 0; i < heights.size(); ++i) {
    series.points.push_back({at[i], heights[i]});
    series.points.push_back({at[i + 1], heights[i]});
  }
  return series;
}

/// Points (N, 2) of an ellipse at these parameters (N, 1).
Tensor on_ellipse(const Tensor& t) { return concatenate({2 * cos(t), sin(t)}, 1); }

/// Lengths of the vectors along the last axis.
Tensor lengths(const Tensor& vectors) { return norm(vectors, 2, -1); }

Series scatter(const std::string& title, const Tensor& points, Style style) {
  const auto numbers = points.to_vector<double>();
  Series series{title, {}, style};
  for (std::size_t i = 0; i < numbers.size(); i += 2)
    series.points.push_back({numbers[i], numbers[i + 1]});
  return series;
}

/// Images (N, 1, 28, 28) from -1 to 1 as pictures (N, 28, 28) from 0 to 1.
Tensor pictures(const Tensor& images) { return squeeze((images + 1) / 2, 1); }

void draw_images(const std::string& title, const std::vector<Tensor>& generated,
                 const GanHistory& history, const std::string& path) {
  Figure figure{title,
                {{"Losses",
                  "epoch",
                  {{"discriminator", history.discriminator}, {"generator", history.generator}}}},
                "Images of the same noise, by rows: after epoch",
                {}};
  for (const std::size_t epoch : shown_epochs(generated.size())) {
    figure.tiles_title += str(epoch == 1 ? " " : ", ", epoch);
    const Tensor shown = pictures(slice(generated[epoch - 1], 0, 0, tile_columns));
    for (const Tensor& picture : round(255 * shown).to(uint8))
      figure.tiles.push_back({picture, "", ""});
  }
  draw(figure, path);
}

/// What a classifier makes of images.
Metrics classify(LeNet& classifier, const Tensor& images) {
  const Tensor p = softmax(classifier(pictures(images)));
  const Tensor mean_p = mean(p, 0);
  return {{"sure", mean((max(p, 1) >= 0.9).to(float32)).item<double>(), /*percent=*/true},
          {"entropy", -sum(mean_p * log(maximum(mean_p, 1e-30))).item<double>()},
          {"classes", static_cast<double>(unique(argmax(p, 1)).values.numel())}};
}

}  // namespace

GanProblem gan_of_numbers(const GanNetworkOptions& o) {
  const auto real = [](std::size_t n) { return normal(4, 1.25, {n, 1}); };
  const std::size_t samples = 10'000;
  const Tensor shown = real(samples);
  GanProblem problem{
      .real = real,
      .generator = dense_layers(o.latent, o.hidden, 1),
      .discriminator = dense_layers(1, o.hidden, 1),
      .samples = samples,
      .measures = "W1 is the Wasserstein-1 distance of 10,000 numbers from 10,000 real ones",
      .measure = {},
      .draw_frame = {},
      .draw_figure = {}};
  problem.measure = [ordered = sort(shown, 0).values](const Tensor& y) {
    return Metrics{{"W1", mean(abs(sort(y, 0).values - ordered)).item<double>()}};
  };
  draw_as_charts(problem,
                 {.title = {},
                  .x_label = "x",
                  .y_label = "density",
                  .series = {outline("real", shown)},
                  .x = {{0, 8}},
                  .y = {{0, 0.6}}},
                 [](const Tensor& y) { return outline("generated", y); });
  return problem;
}

GanProblem gan_of_an_ellipse(const GanNetworkOptions& o) {
  constexpr double turn = 2 * std::numbers::pi;
  const Tensor curve = on_ellipse(unsqueeze(linspace(0, turn, 2001), 1));
  GanProblem problem{
      .real =
          [](std::size_t n) {
            return on_ellipse(uniform(0, turn, {n, 1}));
          },
      .generator = dense_layers(o.latent, o.hidden, 2),
      .discriminator = dense_layers(2, o.hidden, 1),
      .samples = 1000,
      .measures =
          "distance is the mean distance of 1,000 points from the ellipse, over its mean radius\n"
          "gap is the largest gap between their directions, in degrees",
      .measure = {},
      .draw_frame = {},
      .draw_figure = {}};
  problem.measure = [curve, radius = mean(lengths(curve))](const Tensor& y) {
    const Tensor distance = mean(min(lengths(unsqueeze(y, 1) - curve), 1)) / radius;
    const Tensor angle = sort(atan2(y[{Slice(), 1}], y[{Slice(), 0}])).values;
    const Tensor around = concatenate({angle, slice(angle, 0, 0, 1) + turn});
    return Metrics{{"distance", distance.item<double>()},
                   {"gap", max(diff(around)).item<double>() * 360 / turn}};
  };
  draw_as_charts(problem,
                 {.title = {},
                  .x_label = "x",
                  .y_label = "y",
                  .series = {scatter("real", curve, Style::line)},
                  .x = {{-2.5, 2.5}},
                  .y = {{-1.5, 1.5}}},
                 [](const Tensor& y) { return scatter("generated", y, Style::points); });
  return problem;
}

GanProblem gan_of_images(const GanNetworkOptions& o, const std::string& directory,
                         const std::string& classifier) {
  const Tensor images = load_classifier_data(directory, 0).train.features;
  if (images.size(1) != 28 || images.size(2) != 28)
    throw ValueError(str(directory, ": images of ", images.size(1), " x ", images.size(2),
                         " pixels; expected 28 x 28"));
  GanProblem problem{
      .real =
          [images](std::size_t n) {
            const Tensor chosen = randint(0, static_cast<std::int64_t>(images.size(0)), {n});
            return unsqueeze(images[chosen].to(float32), 1) / 127.5 - 1;
          },
      .generator = o.channels ? dcgan_generator(o.latent, o.channels)
                              : dense_image_generator(o.latent, o.hidden),
      .discriminator = o.channels ? dcgan_discriminator(o.channels, o.batch_norm)
                                  : dense_image_discriminator(o.hidden),
      .samples = 1000,
      .measures =
          "sure is the share of 1,000 images for whose class the classifier gives 90 % or more\n"
          "entropy is that of its mean prediction, ln 10 = 2.3026 where all classes are as many\n"
          "classes is how many of them occur",
      .measure = {},
      .draw_frame = {},
      .draw_figure = draw_images};
  if (classifier.empty()) {
    problem.measures = "no --classifier to measure the images by";
    problem.measure = [](const Tensor&) { return Metrics{}; };
  } else {
    problem.measure = [net = load_lenet(classifier)](const Tensor& y) mutable {
      return classify(net, y);
    };
  }
  problem.draw_frame = [](const std::string&, const Tensor& generated, const std::string& path) {
    const Tensor grid = data::make_grid(pictures(slice(generated, 0, 0, 64)));
    data::save_png(path, repeat(repeat(grid, 2, 0), 2, 1));
  };
  return problem;
}

}  // namespace xgrad::examples
