// Logistic regression on two Gaussian clouds, by gradient descent and by BFGS, beside the closed
// form: where both classes are normal with the covariance S and the means m₀, m₁, the probability
// of class 1 at x is sigmoid(w·x + b) with w = S⁻¹ (m₁ − m₀) and b = −w·(m₀ + m₁)/2 (Fisher 1936,
// The use of multiple measurements in taxonomic problems). Shows that both searches end at the same
// weights, that these are near those of the closed form, and that no classifier does better by
// much. `logistic_regression --help` lists what it takes.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/gnuplot.hpp"
#include "examples/support/regions.hpp"

using namespace xgrad;

namespace {

constexpr std::size_t new_samples = 250000;  // of each class, to test with

struct Options {
  std::size_t samples = 200;
  double distance = 2.5;
  std::size_t steps = 3000;
  double lr = 0.5;
  std::uint64_t seed = 0;
  std::string plot;
};

/// Two normal distributions with one covariance, all in float64.
struct Clouds {
  Tensor means;       ///< (2, 2), a row for each class
  Tensor covariance;  ///< (2, 2)
};

/// Means at this distance from each other, in the metric of the covariance.
Clouds make_clouds(double distance) {
  const Tensor covariance = tensor({{1.0, 0.6}, {0.6, 1.5}});
  const Tensor direction = tensor({1.0, -0.4});
  const double unit = std::sqrt(dot(direction, solve(covariance, direction)).item<double>());
  const Tensor half = direction * (distance / unit / 2);
  const Tensor middle = tensor({1.0, 0.5});
  return {stack({middle - half, middle + half}, 0), covariance};
}

/// So many points of each class: features (2 samples, 2), labels 0 and 1 (2 samples, 1).
data::TensorDataset draw_samples(const Clouds& clouds, std::size_t samples) {
  const Tensor root = cholesky(clouds.covariance);  // S = L Lᵀ, so that L z has the covariance S
  std::vector<Tensor> points;
  for (int k = 0; k < 2; ++k)
    points.push_back(matmul(randn({samples, 2}, {.dtype = float64}), t(root)) +
                     select(clouds.means, 0, k));
  const TensorOptions options{.dtype = float64};
  return {concatenate(points), concatenate({zeros({samples, 1}, options),  //
                                            ones({samples, 1}, options)})};
}

/// The boundary w·x + b = 0.
struct Line {
  std::string name;
  std::vector<double> w;
  double b;
};

/// Logits (N, 1) of points (N, 2).
Tensor logits(const Line& line, const Tensor& points) {
  return linear(points, tensor(line.w, {1, 2}), tensor({line.b}));
}

double loss(const Line& line, const data::TensorDataset& data) {
  return nn::binary_cross_entropy_with_logits(logits(line, data.features), data.labels)
      .item<double>();
}

double accuracy(const Line& line, const data::TensorDataset& data) {
  const Tensor right = (logits(line, data.features) > 0.0) == (data.labels > 0.5);
  return mean(right.to(float64)).item<double>();
}

/// w and b of the closed form, for classes of equal size.
Line closed_form(const std::string& name, const Clouds& clouds) {
  const Tensor first = select(clouds.means, 0, 0), second = select(clouds.means, 0, 1);
  const Tensor w = solve(clouds.covariance, second - first);
  return {name, w.to_vector<double>(), -dot(w, first + second).item<double>() / 2};
}

/// The means of the samples and the covariance around them.
Clouds estimate(const data::TensorDataset& data) {
  const std::vector<Tensor> classes = chunk(data.features, 2, 0);
  std::vector<Tensor> means;
  Tensor scatter = zeros({2, 2}, {.dtype = float64});
  for (const Tensor& points : classes) {
    means.push_back(mean(points, 0));
    const Tensor centred = points - means.back();
    scatter = scatter + matmul(t(centred), centred);
  }
  return {stack(means, 0), scatter / static_cast<double>(data.size() - 2)};
}

Line by_gradient_descent(const data::TensorDataset& data, const Options& options) {
  nn::Linear model(2, 1);
  model.to(float64);
  optim::SGD sgd(model.parameters(), {.lr = options.lr});
  const std::size_t every = std::max<std::size_t>(options.steps / 8, 1);
  std::printf("%6s %12s %12s\n", "step", "loss", "|gradient|");
  for (std::size_t step = 0; step <= options.steps; ++step) {
    sgd.zero_grad();
    const Tensor loss = nn::binary_cross_entropy_with_logits(model(data.features), data.labels);
    loss.backward();
    const double slope = std::hypot(norm(model.weight.grad()).item<double>(),
                                    norm(model.bias.grad()).item<double>());
    if (!std::isfinite(loss.item<double>()))
      throw Error(str("training diverged: the loss of step ", step, " is ", loss.item<double>(),
                      "; try a smaller --lr"));
    if (step % every == 0 || step == options.steps)
      std::printf("%6zu %12.8f %12.1e\n", step, loss.item<double>(), slope);
    if (step < options.steps) sgd.step();
  }
  return {"gradient descent", model.weight.to_vector<double>(), model.bias.item<double>()};
}

Line by_bfgs(const data::TensorDataset& data) {
  const auto f = [&](const Tensor& x) {  // x: w, b
    const Tensor z = linear(data.features, reshape(slice(x, 0, 0, 2), {1, 2}), slice(x, 0, 2, 3));
    return nn::binary_cross_entropy_with_logits(z, data.labels);
  };
  const auto found = optim::minimize(f, zeros({3}, {.dtype = float64}),
                                     {.method = optim::Method::bfgs, .tol = 1e-9});
  std::printf("\nBFGS: %lld iterations, %lld evaluations: %s\n",
              static_cast<long long>(found.iterations), static_cast<long long>(found.evaluations),
              found.message.c_str());
  const std::vector<double> x = found.x.to_vector<double>();
  return {"BFGS", {x[0], x[1]}, x[2]};
}

void print(const std::vector<Line>& lines, const data::TensorDataset& train,
           const data::TensorDataset& test) {
  std::printf("\n%-28s %10s %10s %10s %12s %10s %10s\n", "", "w1", "w2", "b", "loss", "accuracy",
              "new data");
  for (const Line& line : lines)
    std::printf("%-28s %10.6f %10.6f %10.6f %12.8f %8.2f %% %8.2f %%\n", line.name.c_str(),
                line.w[0], line.w[1], line.b, loss(line, train), 100 * accuracy(line, train),
                100 * accuracy(line, test));
}

/// The part of a boundary in a range of x; through it all in case it is upright.
examples::Path as_path(const Line& line, const examples::Range& x, const examples::Range& y) {
  examples::Path path{line.name + ": boundary", {}};
  constexpr int points = 200;
  for (int i = 0; i <= points; ++i) {
    const double share = static_cast<double>(i) / points;
    if (std::abs(line.w[1]) > std::abs(line.w[0])) {
      const double at = x.low + share * (x.high - x.low);
      path.points.push_back({at, -(line.w[0] * at + line.b) / line.w[1]});
    } else {
      const double at = y.low + share * (y.high - y.low);
      path.points.push_back({-(line.w[1] * at + line.b) / line.w[0], at});
    }
  }
  return path;
}

void plot(const Line& fitted, const Line& truth, const data::TensorDataset& data,
          const std::string& path) {
  const std::vector<examples::Series> classes =
      examples::by_class(data.features, data.labels, {"class 0", "class 1"});
  const auto [x, y] = examples::ranges_around(classes);
  const auto probabilities = [&](const Tensor& points) {
    const Tensor p = sigmoid(logits(fitted, points));
    return concatenate({1 - p, p}, 1);
  };
  examples::draw(
      str("Logistic regression, accuracy ", examples::rounded(100 * accuracy(fitted, data)), " %"),
      {{.title = "Probability of class 1",
        .probabilities = probabilities,
        .x = x,
        .y = y,
        .classes = classes,
        .levels = {0.1, 0.9},
        .lines = {as_path(truth, x, y)}}},
      path);
}

int run(const Options& options) {
  if (!options.plot.empty()) examples::check_plot("--plot", options.plot);
  manual_seed(options.seed);
  const Clouds clouds = make_clouds(options.distance);
  const data::TensorDataset train = draw_samples(clouds, options.samples);
  const data::TensorDataset test = draw_samples(clouds, new_samples);
  std::printf("2 x %zu points; gradient descent with learning rate %g\n", options.samples,
              options.lr);

  const Line descended = by_gradient_descent(train, options);
  const Line minimized = by_bfgs(train);
  const Line truth = closed_form("closed form", clouds);
  print({descended, minimized, closed_form("closed form, estimated S, m", estimate(train)), truth},
        train, test);
  double apart = std::abs(descended.b - minimized.b);
  for (std::size_t i = 0; i < 2; ++i)
    apart = std::max(apart, std::abs(descended.w[i] - minimized.w[i]));
  std::printf("\ngradient descent and BFGS differ by %.1e at most\n", apart);
  // Where the covariance is 1, the boundary is half the distance away from each mean.
  const double best = 0.5 * std::erfc(-options.distance / 2 / std::sqrt(2.0));
  std::printf("no classifier does better than %.2f %% on new data (here +- %.2f %%)\n", 100 * best,
              100 * std::sqrt(best * (1 - best) / (2 * new_samples)));
  if (!options.plot.empty()) {
    plot(minimized, truth, train, options.plot);
    std::printf("figure drawn to %s\n", options.plot.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Logistic regression on two Gaussian clouds.", "logistic_regression");
  app.add_option("--samples", options.samples, "Points of each class")
      ->check(examples::between(2, 1000000))
      ->capture_default_str();
  app.add_option("--distance", options.distance,
                 "Distance of the means, in standard deviations along the line between them")
      ->check(examples::positive)
      ->capture_default_str();
  app.add_option("--steps", options.steps, "Steps of gradient descent, each over all points")
      ->capture_default_str();
  app.add_option("--lr", options.lr, "Learning rate of gradient descent")
      ->check(examples::positive)
      ->capture_default_str();
  examples::add_seed(app, options.seed);
  examples::add_plot(app, options.plot, "the points, the probabilities and the boundaries");
  if (const auto status = examples::parse(app, argc, argv)) return *status;
  return examples::run("logistic_regression", [&] { return run(options); });
}
