// Convolution, step by step: a picture blurred, sharpened, and its edges found by kernels of 3 × 3;
// direct loops timed against the product of matrices that convolution is; and the gradients of
// convolution and pooling checked. `convolution --help` lists what it takes.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xgrad.hpp>

#include "examples/support/command_line.hpp"
#include "examples/support/output_file.hpp"

using namespace xgrad;

namespace {

struct Options {
  std::string image;
  std::string output;
  std::uint64_t seed = 0;
};

void describe(CLI::App& app, Options& options) {
  app.add_option("--image", options.image,
                 "Filter this picture, .png, .pgm or .ppm, in shades of grey; without it, one is "
                 "drawn")
      ->type_name("FILE");
  app.add_option("--output", options.output,
                 "Draw here, as PNG: the picture, blurred by the mean and by a Gaussian, "
                 "sharpened; its vertical edges, its horizontal ones, all of them, and its "
                 "Laplacian")
      ->type_name("FILE");
  examples::add_seed(app, options.seed);
}

/// A disc, a square, a triangle and a ring on a ground that becomes lighter: (160, 160), 0 to 1.
Tensor drawn_picture() {
  constexpr int size = 160;
  std::vector<float> pixels;
  for (int i = 0; i < size; ++i)
    for (int j = 0; j < size; ++j) {
      const auto distance = [&](double y, double x) { return std::hypot(i - y, j - x); };
      double shade = 0.15 + 0.25 * j / size;
      if (distance(45, 45) < 28) shade = 0.9;
      if (std::abs(i - 45) < 24 && std::abs(j - 115) < 24) shade = 0.65;
      if (i > 90 && i < 140 && std::abs(j - 45) < (i - 90) * 0.6) shade = 0.75;
      if (std::abs(distance(115, 115) - 22) < 5) shade = 1;
      pixels.push_back(static_cast<float>(shade));
    }
  return tensor(pixels, {size, size});
}

/// A picture from a file, in shades of grey (H, W) from 0 to 1.
Tensor read_picture(const std::string& path) {
  const Tensor image = data::load_image(path).to(float32) / 255;
  return image.ndim() == 3 ? mean(image, 0) : image;
}

/// The picture after a kernel of 3 × 3 whose elements are multiplied by `scale`. Beyond its border
/// the picture goes on as it ends.
Tensor filtered(const Tensor& picture, const std::vector<float>& kernel, double scale) {
  const Tensor weight = tensor(kernel, {1, 1, 3, 3}) * scale;
  const auto extended = [](const Tensor& x, int axis) {
    const auto last = static_cast<std::int64_t>(x.size(axis)) - 1;
    return concatenate({slice(x, axis, 0, 1), x, slice(x, axis, last, last + 1)}, axis);
  };
  const Tensor wide = extended(extended(picture, 0), 1);
  return squeeze(conv2d(unsqueeze(unsqueeze(wide, 0), 0), weight), {0, 1});
}

void draw_filters(const Tensor& picture, const std::string& path) {
  const Tensor vertical = filtered(picture, {-1, 0, 1, -2, 0, 2, -1, 0, 1}, 0.25);
  const Tensor horizontal = filtered(picture, {-1, -2, -1, 0, 0, 0, 1, 2, 1}, 0.25);
  const std::vector<Tensor> pictures = {
      picture,
      filtered(picture, {1, 1, 1, 1, 1, 1, 1, 1, 1}, 1 / 9.0),
      filtered(picture, {1, 2, 1, 2, 4, 2, 1, 2, 1}, 1 / 16.0),
      filtered(picture, {0, -1, 0, -1, 5, -1, 0, -1, 0}, 1),
      0.5 + vertical,  // Sobel's kernels; grey is where the picture does not change
      0.5 + horizontal,
      2 * hypot(vertical, horizontal),
      0.5 + filtered(picture, {0, 1, 0, 1, -4, 1, 0, 1, 0}, 0.5)};
  data::save_png(path, data::make_grid(clamp(stack(pictures), 0, 1),
                                       {.nrow = 4, .padding = 6, .pad_value = 1}));
}

/// Convolution by its definition: y[n, o, i, j] = sum over c, k, l of w[o, c, k, l] x[n, c, i + k,
/// j
/// + l], of x with its padding.
Tensor direct(const Tensor& x, const Tensor& w) {
  const std::size_t n = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
  const std::size_t filters = w.size(0), size = w.size(2);
  const std::size_t rows = height - size + 1, columns = width - size + 1;
  const auto from = x.to_vector<float>(), weight = w.to_vector<float>();
  std::vector<float> y(n * filters * rows * columns);
  float* to = y.data();
  for (std::size_t image = 0; image < n; ++image)
    for (std::size_t o = 0; o < filters; ++o)
      for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < columns; ++j) {
          float sum = 0;
          for (std::size_t c = 0; c < channels; ++c)
            for (std::size_t k = 0; k < size; ++k)
              for (std::size_t l = 0; l < size; ++l)
                sum += weight[((o * channels + c) * size + k) * size + l] *
                       from[((image * channels + c) * height + i + k) * width + j + l];
          *to++ = sum;
        }
  return tensor(y, {n, filters, rows, columns});
}

/// The same as a product: the weight (O, C K K) times the columns (N, C K K, positions).
Tensor by_columns(const Tensor& x, const Tensor& w) {
  const auto size = static_cast<std::int64_t>(w.size(2));
  const Tensor columns = unfold(x, size);
  const auto rows = static_cast<std::int64_t>(x.size(2)) - size + 1;
  const auto filters = static_cast<std::int64_t>(w.size(0));
  return reshape(matmul(flatten(w, 1), columns),
                 {static_cast<std::int64_t>(x.size(0)), filters, rows, -1});
}

/// The median of some calls, in milliseconds.
double milliseconds(const std::function<Tensor()>& f) {
  std::vector<double> times;
  for (int i = 0; i < 5; ++i) {
    const auto start = std::chrono::steady_clock::now();
    f();
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
            .count());
  }
  std::ranges::nth_element(times, times.begin() + 2);
  return times[2];
}

/// Prints how long each way takes, and how far its result is from that of the loops.
void compare_times() {
  set_num_threads(1);
  std::printf("%-36s %10s %18s %18s\n", "convolution, 16 images, 1 thread", "loops, ms",
              "columns, ms", "conv2d, ms");
  struct Case {
    std::size_t channels, size, filters, kernel;
  };
  for (const auto& [channels, size, filters, kernel] :
       {Case{1, 28, 6, 5}, Case{6, 14, 16, 5}, Case{16, 28, 32, 3}, Case{32, 14, 64, 3}}) {
    const Tensor x = randn({16, channels, size, size}),
                 w = randn({filters, channels, kernel, kernel});
    const Tensor expected = direct(x, w);
    const auto error = [&](const Tensor& y) {
      return (max(abs(y - expected)) / max(abs(expected))).item<double>();
    };
    const double loops = milliseconds([&] { return direct(x, w); });
    const double columns = milliseconds([&] { return by_columns(x, w); });
    const double library = milliseconds([&] { return conv2d(x, w); });
    const std::string what = std::to_string(channels) + " x " + std::to_string(size) + " x " +
                             std::to_string(size) + " by " + std::to_string(filters) + " of " +
                             std::to_string(kernel) + " x " + std::to_string(kernel);
    std::printf("%-36s %10.2f %8.3f (%5.1f x) %8.3f (%5.1f x)   error %.0e\n", what.c_str(), loops,
                columns, loops / columns, library, loops / library,
                std::max(error(by_columns(x, w)), error(conv2d(x, w))));
  }
}

/// Prints the largest errors of first and second derivatives. Returns whether all pass.
bool check_gradients() {
  const Tensor line = randn({2, 4, 9}, {.dtype = float64}).requires_grad_();
  const Tensor image = randn({2, 4, 7, 6}, {.dtype = float64}).requires_grad_();
  const Tensor weight1 = randn({6, 2, 3}, {.dtype = float64}).requires_grad_();
  const Tensor weight2 = randn({6, 4, 3, 2}, {.dtype = float64}).requires_grad_();
  const Tensor grouped = randn({6, 2, 3, 2}, {.dtype = float64}).requires_grad_();
  const Tensor transposed = randn({4, 3, 3, 2}, {.dtype = float64}).requires_grad_();
  const Tensor bias = randn({6}, {.dtype = float64}).requires_grad_();
  using Inputs = std::vector<Tensor>;
  struct Case {
    const char* name;
    std::function<Tensor(const Inputs&)> f;
    Inputs inputs;
  };
  const std::vector<Case> cases = {
      {"conv1d, groups 2, stride 2",
       [](const Inputs& in) {
         return conv1d(in[0], in[1], in[2], {.stride = 2, .padding = 1, .groups = 2});
       },
       {line, weight1, bias}},
      {"conv2d",
       [](const Inputs& in) { return conv2d(in[0], in[1], in[2]); },
       {image, weight2, bias}},
      {"conv2d, stride 2, padding 1",
       [](const Inputs& in) { return conv2d(in[0], in[1], in[2], {.stride = 2, .padding = 1}); },
       {image, weight2, bias}},
      {"conv2d, groups 2, dilation 2",
       [](const Inputs& in) {
         return conv2d(in[0], in[1], in[2], {.padding = 1, .dilation = 2, .groups = 2});
       },
       {image, grouped, bias}},
      {"conv_transpose2d, stride 2",
       [](const Inputs& in) { return conv_transpose2d(in[0], in[1], {}, {.stride = 2}); },
       {image, transposed}},
      {"max_pool1d", [](const Inputs& in) { return max_pool1d(in[0], 2); }, {line}},
      {"max_pool2d, padding 1",
       [](const Inputs& in) { return max_pool2d(in[0], 3, {.stride = 2, .padding = 1}); },
       {image}},
      {"avg_pool2d", [](const Inputs& in) { return avg_pool2d(in[0], 2); }, {image}},
      {"adaptive_avg_pool2d to 3 x 2",
       [](const Inputs& in) {
         return adaptive_avg_pool2d(in[0], {3, 2});
       },
       {image}},
      {"interpolate, bilinear",
       [](const Inputs& in) {
         return interpolate(in[0], {.size = {9, 9}, .mode = InterpolateMode::bilinear});
       },
       {image}}};
  std::printf("\n%-36s %14s %14s\n", "gradients against differences", "largest error",
              "second order");
  bool pass = true;
  for (const auto& [name, f, inputs] : cases) {
    const GradcheckReport first = gradcheck(f, inputs);
    const GradcheckReport second = gradgradcheck(f, inputs, {.fast = true, .allow_zero = true});
    pass = pass && first && second;
    std::printf("%-36s %14.1e %14.1e  %s\n", name, first.error, second.error,
                first && second ? "passed" : "FAILED");
    for (const GradcheckReport& report : {first, second})
      if (!report) std::printf("  %s\n", report.message.c_str());
  }
  return pass;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Filters a picture by convolution, times it, and checks its gradients.",
               "convolution");
  describe(app, options);
  if (const std::optional<int> status = examples::parse(app, argc, argv)) return *status;
  return examples::run("convolution", [&] {
    manual_seed(options.seed);
    if (!options.output.empty()) {
      examples::check_writable("--output", options.output);
      draw_filters(options.image.empty() ? drawn_picture() : read_picture(options.image),
                   options.output);
      std::printf("filtered pictures drawn to %s\n\n", options.output.c_str());
    }
    compare_times();
    return check_gradients() ? 0 : 1;
  });
}
