// A function that was written on xtensor and xt::linalg, with no thought of gradients, made a
// recorded operation without a change to it: the residual of the best sum of decaying exponentials
// with given rates. Checks its gradient, fits the rates to noisy data by minimize, with that
// gradient and with finite differences, and draws the fit. `xtensor_least_squares --help` lists
// what it takes.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <string>
#include <tuple>
#include <vector>
#include <xgrad.hpp>
#include <xtensor-blas/xlinalg.hpp>
#include <xtensor/xview.hpp>

#include "autograd/xtensor.hpp"
#include "examples/support/chart.hpp"
#include "examples/support/command_line.hpp"
#include "examples/support/gnuplot.hpp"

// ---- The code that was there

namespace decay {

using Array = xt::xarray<double>;

/// Column k is exp(-rates[k] t).
Array basis(const Array& rates, const Array& t) {
  return xt::exp(-xt::view(t, xt::all(), xt::newaxis()) * rates);
}

/// Those that fit y best, by linear least squares.
Array amplitudes(const Array& rates, const Array& t, const Array& y) {
  return std::get<0>(xt::linalg::lstsq(basis(rates, t), y));
}

/// What is left of y by the best sum of exponentials with these rates (Golub and Pereyra 1973, The
/// differentiation of pseudo-inverses and nonlinear least squares problems).
Array residual(const Array& rates, const Array& t, const Array& y) {
  return y - xt::linalg::dot(basis(rates, t), amplitudes(rates, t, y));
}

}  // namespace decay

using namespace xgrad;
using examples::Series;
using examples::Style;

namespace {

// ---- What makes it differentiable

// With A the basis, D = dA/drates, column by column, c = A⁺ y and r the residual:
// dr = (A A⁺ - I) dA c - (A⁺)ᵀ dAᵀ r, and D is -t A.
const auto residual = xtensor_function(
    "residual", decay::residual,
    [](const decay::Array& g, const decay::Array& rates, const decay::Array& t,
       const decay::Array& y, const decay::Array& r) {
      const decay::Array a = decay::basis(rates, t), c = decay::amplitudes(rates, t, y),
                         u = decay::amplitudes(rates, t, g);
      const decay::Array rest = g - xt::linalg::dot(a, u);
      const decay::Array minus_d = xt::transpose(xt::view(t, xt::all(), xt::newaxis()) * a);
      return std::make_tuple(
          decay::Array(c * xt::linalg::dot(minus_d, rest) + u * xt::linalg::dot(minus_d, r)),
          nullptr, nullptr);
    });

const auto residual_by_differences = xtensor_function("residual", decay::residual);

// ---- The fit

struct Options {
  std::size_t points = 80;
  double noise = 0.03;
  std::uint64_t seed = 0;
  std::string plot;
};

void describe(CLI::App& app, Options& options) {
  app.add_option("--points", options.points, "Number of measurements")
      ->check(examples::between(10, 100000))
      ->capture_default_str();
  app.add_option("--noise", options.noise, "Their standard deviation")
      ->check(examples::between(0.0, 1.0))
      ->capture_default_str();
  examples::add_seed(app, options.seed);
  examples::add_plot(app, options.plot, "data, fit and residuals");
}

constexpr TensorOptions f64 = {.dtype = float64};
const Tensor true_rates = tensor({0.5, 3.}), true_amplitudes = tensor({1., 2.});
const Tensor start = tensor({1., 1.5});

/// The exponentials of these rates, one a column.
Tensor parts(const Tensor& t, const Tensor& rates, const Tensor& amplitudes) {
  return exp(-unsqueeze(t, 1) * rates) * amplitudes;
}

/// Where a search has ended.
struct Fit {
  Tensor rates, amplitudes, residual;
  optim::MinimizeResult search;
};

/// Rates are positive: their logarithms are looked for.
template <class Residual>
Fit fit(const Residual& of, const Tensor& t, const Tensor& y) {
  const auto loss = [&](const Tensor& log_rates) { return sum(square(of(exp(log_rates), t, y))); };
  Fit best;
  best.search = optim::minimize(loss, log(start));
  best.rates = exp(best.search.x);
  best.amplitudes = from_xarray(
      decay::amplitudes(as_xarray<double>(best.rates), as_xarray<double>(t), as_xarray<double>(y)));
  best.residual = of(best.rates, t, y);
  return best;
}

void print(const char* name, const Tensor& rates, const Tensor& amplitudes, double loss) {
  const auto r = rates.to_vector<double>(), a = amplitudes.to_vector<double>();
  std::printf("%-22s %9.6f %9.6f   %9.6f %9.6f   %12.9f", name, r[0], r[1], a[0], a[1], loss);
}
void print(const char* name, const Fit& fit) {
  print(name, fit.rates, fit.amplitudes, fit.search.fun);
  std::printf("   %4lld\n", static_cast<long long>(fit.search.evaluations));
}

Series series(std::string title, const Tensor& x, const Tensor& y, Style style) {
  Series line{std::move(title), {}, style};
  for (std::size_t i = 0; i < x.numel(); ++i)
    line.points.push_back({x.data<double>()[i], y.data<double>()[i]});
  return line;
}

void draw(const std::string& path, const Tensor& t, const Tensor& y, const Fit& best) {
  const Tensor each = parts(t, best.rates, best.amplitudes);
  examples::draw("A sum of two exponentials, by a residual written on xtensor",
                 {{.title = "Measurements and fit",
                   .x_label = "t",
                   .y_label = "y",
                   .series = {series("measured", t, y, Style::points),
                              series("fit", t, sum(each, 1), Style::line),
                              series("slow part", t, view(each, xt::all(), 0), Style::dashes),
                              series("fast part", t, view(each, xt::all(), 1), Style::dashes)}},
                  {.title = "Residual",
                   .x_label = "t",
                   .y_label = "y - fit",
                   .series = {series("at the start", t, residual(start, t, y), Style::line),
                              series("at the minimum", t, best.residual, Style::points)}}},
                 path);
}

int run(const Options& options) {
  if (!options.plot.empty()) examples::check_plot("--plot", options.plot);
  manual_seed(options.seed);
  const Tensor t = linspace(0, 6, options.points, f64);
  const Tensor noise = options.noise * randn(t.shape(), f64);
  const Tensor y = sum(parts(t, true_rates, true_amplitudes), 1) + noise;

  const auto of_rates = [&](const Tensor& rates) { return residual(rates, t, y); };
  const GradcheckReport report = gradcheck(of_rates, start.clone().requires_grad_());
  std::cout << report << "\n\n";
  std::printf("%-22s %19s   %19s %14s   %s\n", "", "rates", "amplitudes", "sum of squares",
              "evaluations");
  print("true", true_rates, true_amplitudes, sum(square(noise)).item<double>());
  std::printf("\n");
  const Fit best = fit(residual, t, y);
  print("by the gradient", best);
  print("by finite differences", fit(residual_by_differences, t, y));
  if (!options.plot.empty()) draw(options.plot, t, y, best);
  return report.ok && best.search.success ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Fits a sum of exponentials by a residual that is written on xtensor.");
  Options options;
  describe(app, options);
  if (const auto status = examples::parse(app, argc, argv)) return *status;
  return examples::run("xtensor_least_squares", [&] { return run(options); });
}
