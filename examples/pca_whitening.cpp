// Principal components of images: the eigenvectors of the covariance of their pixels, by
// linalg::eigh. Shows the components as images, how the error of images rebuilt from the first k
// falls with k (Pearson 1901, On lines and planes of closest fit), on images held out too, and that
// dividing each component by its standard deviation leaves a covariance of 1 (whitening).
// `pca_whitening --help` lists what it takes.

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/classifier.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/figure.hpp"
#include "examples/support/gnuplot.hpp"

using namespace xgrad;

namespace {

struct Options {
  std::string data = examples::fashion_mnist;
  std::size_t limit = 10000;
  std::size_t components = 100;
  double epsilon = 1e-5;
  std::string plot;
};

/// Images as rows of float64 pixels from 0 to 1.
Tensor pixels(const data::TensorDataset& images) {
  return flatten(images.features, 1).to(float64) / 255;
}

Tensor covariance_of(const Tensor& z) {
  const Tensor centred = z - mean(z, 0);
  return matmul(t(centred), centred) / (static_cast<double>(z.size(0)) - 1);
}

/// Mean, and the components of the largest variances: the eigenvectors of the covariance matrix.
struct Pca {
  Pca(const Tensor& x, std::size_t components) : mean(xgrad::mean(x, 0)) {
    const auto [values, vectors] = linalg::eigh(covariance_of(x));  // ascending
    total_variance = sum(values).item<double>();
    const Slice largest(none, -1 - static_cast<std::int64_t>(components), -1);
    variances = values[largest];
    axes = vectors[{Slice(), largest}];
  }

  /// Coordinates (N, components) of images (N, pixels), and back.
  Tensor transform(const Tensor& x) const { return matmul(x - mean, axes); }
  Tensor inverse_transform(const Tensor& z) const {
    return matmul(z, t(axes[{Slice(), Slice(0, z.size(1))}])) + mean;
  }
  /// Coordinates of variance 1. Without epsilon, which is added to each variance, components of
  /// next to no variance would be noise.
  Tensor whiten(const Tensor& x, double epsilon) const {
    return transform(x) / sqrt(variances + epsilon);
  }

  Tensor mean;       ///< (pixels)
  Tensor axes;       ///< (pixels, components), orthonormal columns
  Tensor variances;  ///< (components), falling
  double total_variance;
};

/// The root of the mean square error of a pixel for k = 1, 2, … components: as the components are
/// orthonormal, each takes the mean of its squared coordinates away.
std::vector<double> reconstruction_errors(const Pca& pca, const Tensor& x) {
  const Tensor all = sum(square(x - pca.mean));
  const Tensor of_each = sum(square(pca.transform(x)), 0);
  const Tensor left = clamp(all - cumsum(of_each, 0), 0);
  return sqrt(left / static_cast<double>(x.numel())).to_vector<double>();
}

double root_mean_square(const Tensor& x) { return std::sqrt(mean(square(x)).item<double>()); }

void print_errors(const Pca& pca, const std::vector<double>& train,
                  const std::vector<double>& test) {
  std::printf("\n%12s %16s %20s %12s\n%12s %16s %20s %12s\n", "", "variance", "error of a pixel,",
              "on images", "components", "explained", "training images", "held out");
  const std::vector<double> explained =
      (cumsum(pca.variances, 0) / pca.total_variance).to_vector<double>();
  for (const std::size_t k : {1U, 2U, 5U, 10U, 20U, 50U, 100U, 200U, 500U})
    if (k <= train.size())
      std::printf("%12zu %14.2f %% %20.4f %12.4f\n", k, 100 * explained[k - 1], train[k - 1],
                  test[k - 1]);
}

void print_whitening(const Pca& pca, const Tensor& train, const Tensor& test, double epsilon) {
  const Tensor covariance = covariance_of(pca.whiten(train, epsilon));
  const auto shown = static_cast<std::int64_t>(std::min<std::size_t>(5, covariance.size(0)));
  const Tensor printed = round(covariance * 1e4) / 1e4 + 0.0;  // no -0.0000
  std::printf("\nwhitened covariance, the first %lld components\n", static_cast<long long>(shown));
  for (std::int64_t i = 0; i < shown; ++i) {
    for (std::int64_t j = 0; j < shown; ++j) std::printf(" %8.4f", printed[{i, j}].item<double>());
    std::printf("\n");
  }
  const Tensor identity = eye(covariance.size(0), {.dtype = float64});
  const auto distance = [&](const Tensor& x) {
    return max(abs(covariance_of(pca.whiten(x, epsilon)) - identity)).item<double>();
  };
  std::printf(
      "largest distance from the identity: %.2g on training images, %.2g on those held out\n",
      distance(train), distance(test));
}

/// A row of pixels as a picture; `low` is black and `high` white.
Tensor picture(const Tensor& row, const Shape& shape, double low, double high) {
  return reshape(round(clamp((row - low) / (high - low), 0, 1) * 255), shape).to(uint8);
}

void plot(const Pca& pca, const std::vector<double>& train, const std::vector<double>& test,
          const Tensor& images, const Shape& shape, const std::string& path) {
  const std::vector<double> explained =
      (100 * cumsum(pca.variances, 0) / pca.total_variance).to_vector<double>();
  examples::Figure figure{
      .title = "Principal components",
      .panels = {{"Error of a pixel",
                  "components",
                  {{"training images", train}, {"held out", test}}},
                 {"Variance explained, %", "components", {{"training images", explained}}}},
      .tiles_title = "Components, images held out, and the same rebuilt",
      .tiles = {}};
  const std::size_t columns = std::min(examples::tile_columns, train.size());
  const Tensor shown = images[Slice(0, examples::tile_columns)];
  for (std::size_t i = 0; i < examples::tile_columns; ++i) {
    if (i >= columns) {  // the row is filled
      figure.tiles.push_back({full(shape, 255, {.dtype = uint8}), "", ""});
      continue;
    }
    const Tensor component = pca.axes[{Slice(), i}];
    const double size = max(abs(component)).item<double>();
    figure.tiles.push_back({picture(component, shape, -size, size), "", str("component ", i + 1)});
  }
  const Tensor coordinates = pca.transform(shown);
  const auto add_row = [&](const Tensor& rows, const std::string& caption) {
    for (const Tensor& row : rows) figure.tiles.push_back({picture(row, shape, 0, 1), "", caption});
  };
  add_row(shown, "original");
  for (const std::size_t k : {std::min<std::size_t>(10, train.size()), train.size()})
    add_row(pca.inverse_transform(coordinates[{Slice(), Slice(0, k)}]), str("from ", k));
  examples::draw(figure, path);
}

int run(const Options& options) {
  if (!options.plot.empty()) examples::check_plot("--plot", options.plot);
  const examples::ClassifierData images =
      examples::load_classifier_data(options.data, 0, options.limit);
  const Tensor train = pixels(images.train), test = pixels(images.test);
  if (options.components > train.size(1))
    throw ValueError(str("--components ", options.components, ": images of ", train.size(1),
                         " pixels; expected at most as many"));
  std::printf("%zu training images of %zu pixels, %zu held out\n", train.size(0), train.size(1),
              test.size(0));

  const Pca pca(train, options.components);
  const std::vector<double> errors = reconstruction_errors(pca, train);
  const std::vector<double> errors_on_test = reconstruction_errors(pca, test);
  print_errors(pca, errors, errors_on_test);
  const Tensor rebuilt = pca.inverse_transform(pca.transform(test));
  std::printf("rebuilt from %zu components, the images held out differ by %.4f\n",
              options.components, root_mean_square(rebuilt - test));
  print_whitening(pca, train, test, options.epsilon);
  if (!options.plot.empty()) {
    const Shape& shape = images.test.features.shape();
    plot(pca, errors, errors_on_test, test, {shape[1], shape[2]}, options.plot);
    std::printf("figure drawn to %s\n", options.plot.c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Principal components and whitening of images.", "pca_whitening");
  examples::add_idx_data(app, options.data);
  app.add_option("--limit", options.limit, "Use this many of the training images; 0: all")
      ->capture_default_str();
  app.add_option("--components", options.components, "Principal components kept")
      ->check(examples::between<std::size_t>(1, 100000))
      ->capture_default_str();
  app.add_option("--epsilon", options.epsilon, "Added to each variance before whitening")
      ->check(examples::not_negative)
      ->capture_default_str();
  examples::add_plot(app, options.plot, "errors, components and rebuilt images");
  if (const auto status = examples::parse(app, argc, argv)) return *status;
  return examples::run("pca_whitening", [&] { return run(options); });
}
