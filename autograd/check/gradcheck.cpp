#include "gradcheck.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>
#include <ostream>
#include <random>

#include "../graph/engine.hpp"
#include "../graph/grad_mode.hpp"
#include "../support/str.hpp"
#include "../tensor/creation.hpp"
#include "../tensor/expect.hpp"
#include "numerical.hpp"

namespace xgrad {
namespace {

using detail::Section;
using detail::TensorFunction;
using detail::Values;
using Index = std::vector<std::size_t>;

// Values of size 0.5 to 1.5 with random signs: no weight is near 0. A generator of its own leaves
// the caller's sequence alone and makes every check repeatable.
class RandomWeights {
 public:
  Values operator()(std::size_t count) {
    Values weights(count);
    for (double& w : weights) {
      const double u = std::ldexp(static_cast<double>(engine_() >> 11), -53);
      w = u < 0.5 ? 0.5 + 2 * u : 0.5 - 2 * u;
    }
    return weights;
  }

 private:
  std::mt19937_64 engine_{20};
};

bool needs_gradient(const Tensor& t) { return t.defined() && t.requires_grad(); }

double dot(const Values& a, const double* b) {
  return std::inner_product(a.begin(), a.end(), b, 0.0);
}

double largest(const Values& values) {
  double largest = 0;
  for (const double v : values) largest = std::max(largest, std::abs(v));
  return largest;
}

void check_arguments(const char* op, const std::vector<Tensor>& inputs,
                     const GradcheckOptions& options) {
  detail::check_options(op, options);
  bool any = false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string what = str("input ", i);
    expect_defined(op, what, inputs[i]);
    if (is_floating(inputs[i].dtype())) expect_dtype(op, what, inputs[i], float64);
    any |= inputs[i].requires_grad();
  }
  if (!any)
    throw GradError(str(op, ": none of the ", inputs.size(),
                        " inputs requires gradients; call requires_grad_() on those to check"));
}

// The checked results of f that can be differentiated.
std::vector<Tensor> results_of(const char* op, const TensorFunction& f,
                               const std::vector<Tensor>& inputs) {
  std::vector<Tensor> outputs;
  for (const Tensor& y : f(inputs)) {
    if (y.defined() && !is_floating(y.dtype())) continue;
    expect_dtype(op, str("result ", outputs.size()), y, float64);
    outputs.push_back(y);
  }
  if (outputs.empty()) throw ValueError(str(op, ": f returns no tensor of floats"));
  return outputs;
}

// A numerical derivative, and a bound of its error.
struct Estimate {
  double value;
  double inexactness;
};

// Central differences D are taken with steps h, 4 h, 16 h, … up to 4096 h.
constexpr std::size_t steps = 7;
constexpr double step_ratio = 4;

// The best estimate from the differences of row r: D(h), or one of Richardson's extrapolations
// R(h) = (16 D(h) - D(4 h)) / 15, whose error is O(h^4) (Richardson 1911). Rounding has less effect
// on a larger step, and the difference to the next estimate bounds the effect of truncation, or of
// a kink within reach (Ridders 1982).
Estimate best_estimate(const std::vector<Values>& differences, std::size_t r, double rounding) {
  Estimate best = {differences[0][r], rounding + std::abs(differences[0][r] - differences[1][r])};
  const auto extrapolated = [&](std::size_t i) {
    constexpr double square = step_ratio * step_ratio;
    return (square * differences[i][r] - differences[i + 1][r]) / (square - 1);
  };
  for (std::size_t i = 0; i + 2 < differences.size(); ++i, rounding /= step_ratio) {
    const double value = extrapolated(i);
    const double inexactness = rounding + std::abs(value - extrapolated(i + 1));
    // False for NaN: a large step may leave the domain of f.
    if (inexactness < best.inexactness) best = {value, inexactness};
  }
  return best;
}

class Comparison {
 public:
  Comparison(const char* op, const TensorFunction& f, const std::vector<Tensor>& inputs,
             std::size_t named, const GradcheckOptions& options)
      : op_(op), f_(f), inputs_(inputs), named_(named), options_(options) {}

  GradcheckReport run(std::vector<Section> columns, std::vector<Section> rows) {
    const EnableGrad guard;
    outputs_ = results_of(op_, f_, inputs_);
    values_ = evaluate();
    const bool repeatable = same_bits(values_, evaluate());
    if (columns.empty())
      for (std::size_t i = 0; i < inputs_.size(); ++i)
        if (needs_gradient(inputs_[i])) columns.push_back({i, 0, inputs_[i].numel()});
    if (rows.empty())
      for (std::size_t k = 0; k < outputs_.size(); ++k) rows.push_back({k, 0, outputs_[k].numel()});
    rows_ = lines_of(rows, outputs_);
    for (const Line& row : rows_) gradients_.push_back(gradients_of(row));
    for (const Line& column : lines_of(columns, inputs_)) compare(column);
    conclude(repeatable);
    return std::move(report_);
  }

 private:
  // One row or column of the Jacobian: an element, or in fast mode a weighted sum of a section.
  struct Line {
    std::size_t section;
    std::size_t tensor;
    Index index;
    detail::Direction direction;
  };

  // In fast mode the weights have norm 1, so that the step keeps its size and rounding errors do
  // not add up.
  std::vector<Line> lines_of(const std::vector<Section>& sections,
                             const std::vector<Tensor>& tensors) {
    std::vector<Line> lines;
    for (std::size_t s = 0; s < sections.size(); ++s) {
      const auto [tensor, first, size] = sections[s];
      if (options_.fast) {
        Values weights = random_(size);
        const double norm = std::sqrt(dot(weights, weights.data()));
        for (double& w : weights) w /= norm;
        lines.push_back({s, tensor, {}, {first, std::move(weights)}});
      } else {
        for (std::size_t e = first; e < first + size; ++e)
          lines.push_back({s, tensor, unravel_index(e, tensors[tensor].shape()), {e, {1.0}}});
      }
    }
    return lines;
  }

  // The values of all outputs, one after the other.
  Values evaluate() const {
    const NoGrad guard;
    Values values;
    for (const Tensor& y : results_of(op_, f_, inputs_)) append(values, y.to_vector<double>());
    return values;
  }
  static void append(Values& values, const Values& more) {
    values.insert(values.end(), more.begin(), more.end());
  }
  static bool same_bits(const Values& a, const Values& b) {
    return std::ranges::equal(
        a, b, [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
  }

  // The gradients of a row with respect to the inputs, by autograd; zeros where there is none.
  std::vector<Values> gradients_of(const Line& row) const {
    const Tensor& output = outputs_[row.tensor];
    Tensor seed = zeros_like(output);
    std::ranges::copy(row.direction.weights,
                      seed.data<double>().subspan(row.direction.first).begin());
    std::vector<Tensor> checked;
    std::ranges::copy_if(inputs_, std::back_inserter(checked), needs_gradient);
    std::vector<Tensor> found(checked.size());
    if (output.requires_grad())
      found = grad({output}, checked,
                   {.grad_outputs = {seed}, .retain_graph = true, .allow_unused = true});
    std::vector<Values> gradients(inputs_.size());
    for (std::size_t i = 0, next = 0; i < inputs_.size(); ++i)
      if (needs_gradient(inputs_[i])) {
        const Tensor& g = found[next++];
        gradients[i] = g.defined() ? g.to_vector<double>() : Values(inputs_[i].numel());
      }
    return gradients;
  }

  // The numerical derivatives of all rows along a column.
  Values differences_of(const Line& column, double eps) const {
    const Values all = detail::difference(op_, [this] { return evaluate(); }, values_,
                                          inputs_[column.tensor], column.direction, {.eps = eps});
    std::vector<const double*> begins = {all.data()};
    for (const Tensor& y : outputs_) begins.push_back(begins.back() + y.numel());
    Values differences;
    for (const Line& row : rows_)
      differences.push_back(dot(row.direction.weights, begins[row.tensor] + row.direction.first));
    return differences;
  }

  void compare(const Line& column) {
    const auto& [first, weights] = column.direction;
    const double scale =
        std::max({1.0, largest(inputs_[column.tensor].to_vector<double>()), largest(values_)});
    const double rounding = 16 * std::numeric_limits<double>::epsilon() * scale / options_.eps;
    std::vector<Values> differences = {differences_of(column, options_.eps)};
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      const double a = dot(weights, &gradients_[r][column.tensor][first]);
      Estimate n = {differences[0][r], 0};
      const double error = std::abs(a - n.value);
      if (error != 0 && !(error + rounding <= allowance(n)) && std::isfinite(error)) {
        for (double step = options_.eps; differences.size() < steps;)
          differences.push_back(differences_of(column, step *= step_ratio));
        n = best_estimate(differences, r, rounding);
      }
      all_zero_ &= a == 0;
      record({.input = column.tensor,
              .index = column.index,
              .output = rows_[r].section,
              .output_index = rows_[r].index,
              .analytic = a,
              .numerical = n.value,
              .error = std::abs(a - n.value),
              .allowed = allowance(n)});
    }
  }

  double allowance(const Estimate& n) const {
    return options_.rtol * std::abs(n.value) / 2 + std::min(options_.atol, n.inexactness);
  }

  // Keeps the worst element and the counts.
  void record(GradcheckReport element) {
    const bool passed = std::isfinite(element.error) && element.error <= element.allowed;
    element.compared = report_.compared + 1;
    element.wrong = report_.wrong + (passed ? 0 : 1);
    if (element.compared == 1 || detail::error_ratio(element) > detail::error_ratio(report_)) {
      report_ = std::move(element);
    } else {
      report_.compared = element.compared;
      report_.wrong = element.wrong;
    }
  }

  void conclude(bool repeatable) {
    std::string verdict;
    if (!repeatable)
      verdict = "FAILED: f gives different values for the same inputs; is there dropout in it?";
    else if (report_.wrong > 0)
      verdict = str("FAILED: ", report_.wrong, " of ", report_.compared, " derivatives wrong");
    else if (all_zero_ && !options_.allow_zero)
      verdict =
          "FAILED: every gradient is zero, as when a graph is lost; if that is meant, set "
          ".allow_zero = true";
    else
      verdict = str("ok: ", report_.compared, " derivatives agree");
    report_.ok = verdict.starts_with("ok");
    report_.message = str(op_, ": ", verdict);
    if (report_.compared > 0) report_.message += "\n  worst: " + describe_worst();
  }

  std::string describe_worst() const {
    const GradcheckReport& r = report_;
    const auto element = [&](const Index& index) {
      return options_.fast ? "" : ", element " + to_string(Shape(index));
    };
    const std::string input =
        r.input < named_ ? str("input ", r.input) : str("grad_output ", r.input - named_);
    const bool relative = r.numerical != 0 && std::isfinite(r.error);
    return str("d (result ", r.output, element(r.output_index), ") / d (", input, element(r.index),
               ")", options_.fast ? " along random directions" : "", "\n  analytic  ",
               detail::digits(r.analytic, 10), "\n  numerical ", detail::digits(r.numerical, 10),
               "\n  error     ", detail::digits(r.error, 3), ", allowed ",
               detail::digits(r.allowed, 3),
               relative ? str("; ", detail::digits(100 * r.error / std::abs(r.numerical), 3),
                              " % of the numerical value")
                        : "");
  }

  const char* op_;
  const TensorFunction& f_;
  const std::vector<Tensor>& inputs_;
  std::size_t named_;
  const GradcheckOptions& options_;
  RandomWeights random_;
  std::vector<Tensor> outputs_;  // recorded
  Values values_;                // of all outputs
  std::vector<Line> rows_;
  std::vector<std::vector<Values>> gradients_;  // of each row, by input
  bool all_zero_ = true;
  GradcheckReport report_;
};

// (x…, v…) -> grad(f(x…), x…, v…) for a seed v for each result that has a gradient.
std::vector<Tensor> gradient_function(const char* op, const TensorFunction& f,
                                      const std::vector<Tensor>& arguments, std::size_t count) {
  const bool recording = is_grad_enabled();
  const EnableGrad guard;
  const auto seeds = arguments.begin() + static_cast<std::ptrdiff_t>(count);
  const std::vector<Tensor> inputs(arguments.begin(), seeds);
  std::vector<Tensor> outputs, checked;
  std::ranges::copy_if(results_of(op, f, inputs), std::back_inserter(outputs), needs_gradient);
  std::ranges::copy_if(inputs, std::back_inserter(checked), needs_gradient);
  std::vector<Tensor> gradients = grad(
      outputs, checked,
      {.grad_outputs = {seeds, arguments.end()}, .create_graph = recording, .allow_unused = true});
  for (std::size_t i = 0; i < gradients.size(); ++i)
    if (!gradients[i].defined()) gradients[i] = zeros_like(checked[i]);
  return gradients;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const GradcheckReport& report) {
  return out << report.message;
}

namespace detail {

void check_options(const char* op, const GradcheckOptions& options) {
  if (!(options.eps > 0 && options.atol >= 0 && options.rtol >= 0))
    throw ValueError(str(op, ": eps ", options.eps, ", atol ", options.atol, ", rtol ",
                         options.rtol, "; eps must be greater than 0, the others at least 0"));
}

double error_ratio(const GradcheckReport& report) {
  if (report.error == 0) return 0;
  return std::isfinite(report.error) ? report.error / report.allowed : HUGE_VAL;
}

std::string digits(double value, int count) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*g", count, value);
  return text;
}

const Tensor& only_input(const std::vector<Tensor>& inputs) {
  if (inputs.size() != 1)
    throw ValueError(str("gradcheck: f takes one tensor, but there are ", inputs.size(),
                         " inputs; let it take a const std::vector<Tensor>&"));
  return inputs.front();
}

GradcheckReport compare(const char* op, const TensorFunction& f, const std::vector<Tensor>& inputs,
                        std::size_t named, const GradcheckOptions& options,
                        std::vector<Section> columns, std::vector<Section> rows) {
  return Comparison(op, f, inputs, named, options).run(std::move(columns), std::move(rows));
}

GradcheckReport gradcheck(const TensorFunction& f, const std::vector<Tensor>& inputs,
                          const GradcheckOptions& options) {
  check_arguments("gradcheck", inputs, options);
  return compare("gradcheck", f, inputs, inputs.size(), options);
}

GradcheckReport gradgradcheck(const TensorFunction& f, const std::vector<Tensor>& inputs,
                              const GradcheckOptions& options) {
  constexpr const char* op = "gradgradcheck";
  check_arguments(op, inputs, options);
  std::vector<Tensor> arguments = inputs;
  {
    const EnableGrad guard;
    RandomWeights random;
    for (const Tensor& y : results_of(op, f, inputs))
      if (y.requires_grad())
        arguments.push_back(tensor(random(y.numel()), y.shape()).requires_grad_());
  }
  if (arguments.size() == inputs.size())
    throw GradError(str(op, ": no result of f requires gradients: its graph is lost"));
  const auto gradients = [&](const std::vector<Tensor>& xs) {
    return gradient_function(op, f, xs, inputs.size());
  };
  return compare(op, gradients, arguments, inputs.size(), options);
}

}  // namespace detail
}  // namespace xgrad
