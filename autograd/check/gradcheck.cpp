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

namespace xgrad::detail {
namespace {

bool needs_gradient(const Tensor& t) { return t.defined() && t.requires_grad(); }

double dot(const Values& a, const double* b) {
  return std::inner_product(a.begin(), a.end(), b, 0.0);
}

double largest(const Values& values) {
  double largest = 0;
  for (const double v : values) largest = std::max(largest, std::abs(v));
  return largest;
}

// The number with so many significant digits.
std::string digits(double value, int count) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*g", count, value);
  return text;
}

void check_arguments(const char* op, const std::vector<Tensor>& inputs,
                     const GradcheckOptions& options) {
  check_options(op, options);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string what = str("input ", i);
    expect_defined(op, what, inputs[i]);
    if (is_floating(inputs[i].dtype())) expect_dtype(op, what, inputs[i], float64);
  }
  if (std::ranges::none_of(inputs, needs_gradient))
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

// The gradients, by the inputs, of the outputs that have some; zeros where there is none.
std::vector<Tensor> gradients_of(const std::vector<Tensor>& outputs,
                                 const std::vector<Tensor>& inputs,
                                 const std::vector<Tensor>& seeds, bool create_graph) {
  std::vector<Tensor> differentiable, gradients(inputs.size());
  std::ranges::copy_if(outputs, std::back_inserter(differentiable), needs_gradient);
  if (!differentiable.empty())
    gradients = grad(differentiable, inputs,
                     {.grad_outputs = seeds,
                      .retain_graph = true,
                      .create_graph = create_graph,
                      .allow_unused = true});
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!gradients[i].defined()) gradients[i] = zeros_like(inputs[i]);
  return gradients;
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

// `size` elements of a tensor, in row-major order from `first` on, and their weights in a sum whose
// derivative is compared.
struct Section {
  std::size_t tensor;
  std::size_t first;
  std::size_t size;
  Values weights = {};
};

// A number of sections: each is an element.
constexpr std::size_t elements = std::numeric_limits<std::size_t>::max();

// Compares derivatives of f's results by the inputs that require gradients. In messages, inputs
// from number `named` on are seeds.
class Comparison {
 public:
  Comparison(const char* op, const TensorFunction& f, const std::vector<Tensor>& inputs,
             std::size_t named, const GradcheckOptions& options)
      : op_(op), f_(f), inputs_(inputs), named_(named), options_(options) {
    const EnableGrad guard;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (needs_gradient(inputs[i])) {
        numbers_.push_back(i);
        checked_.push_back(inputs[i]);
      }
    outputs_ = results_of(op_, f_, inputs_);
    values_ = evaluate();
    repeatable_ = std::ranges::equal(values_, evaluate(), [](double x, double y) {
      return x == y || (std::isnan(x) && std::isnan(y));
    });
  }

  // Compares all elements or, in fast mode, one section for each tensor.
  GradcheckReport run() {
    std::vector<Section> columns, rows;
    const std::size_t count = options_.fast ? 1 : elements;
    for (std::size_t i = 0; i < checked_.size(); ++i)
      cut({i, 0, checked_[i].numel()}, count, columns);
    for (std::size_t k = 0; k < outputs_.size(); ++k) cut({k, 0, outputs_[k].numel()}, count, rows);
    return run(columns, rows, options_.fast);
  }

  // The same for one input and one result, by windows.
  GradcheckReport run_windows(std::size_t max_elements, bool locate) {
    if (!repeatable_) throw ValueError("it gives different values for the same inputs");
    column_ = {0, 0, checked_[0].numel()};
    row_ = {0, 0, outputs_[0].numel()};
    GradcheckReport report, around;
    bool exact = false;
    do {
      around = report;
      exact = column_.size * row_.size <= std::max<std::size_t>(1, max_elements);
      std::vector<Section> columns, rows;
      cut(column_, exact ? elements : 8, columns);
      cut(row_, exact ? elements : 8, rows);
      report = run(columns, rows, !exact);
      report.message = str(
          exact ? str("element ", Shape(report.output_index), " of the result by element ",
                      Shape(report.index), " of input ", report.input)
                : str("the result by input ", report.input, ", along random directions"),
          ": analytic ", digits(report.analytic, 10), ", numerical ", digits(report.numerical, 10),
          ", error ", digits(report.error, 3), ", allowed ", digits(report.allowed, 3));
    } while (!report.ok && !exact && locate);
    return report.ok && around.compared > 0 ? around : report;
  }

 private:
  // Cuts into `count` sections of about equal size, or into all elements if they are fewer. Random
  // weights have norm 1, so that the step keeps its size and rounding errors do not add up.
  void cut(const Section& whole, std::size_t count, std::vector<Section>& sections) {
    count = std::min(count, whole.size);
    for (std::size_t k = 0; k < count; ++k) {
      const std::size_t begin = whole.size * k / count, end = whole.size * (k + 1) / count;
      Section& section =
          sections.emplace_back(Section{whole.tensor, whole.first + begin, end - begin, {1.0}});
      if (section.size == 1) continue;
      section.weights = random_weights(section.size, ++seed_);
      const double norm = std::sqrt(dot(section.weights, section.weights.data()));
      for (double& w : section.weights) w /= norm;
    }
  }

  // The values of all outputs, one after the other.
  Values evaluate() const {
    const NoGrad guard;
    Values values;
    for (const Tensor& y : results_of(op_, f_, inputs_))
      std::ranges::copy(y.to_vector<double>(), std::back_inserter(values));
    return values;
  }

  // The numerical derivatives of all rows along a column.
  Values differences_of(const Section& column, const std::vector<Section>& rows, double eps) const {
    const Values all =
        difference(op_, [this] { return evaluate(); }, values_, checked_[column.tensor],
                   column.first, column.weights, {.eps = eps});
    std::vector<const double*> begins = {all.data()};
    for (const Tensor& y : outputs_) begins.push_back(begins.back() + y.numel());
    Values differences;
    for (const Section& row : rows)
      differences.push_back(dot(row.weights, begins[row.tensor] + row.first));
    return differences;
  }

  // Compares sections with each other. Leaves in column_ and row_ those of the worst derivative,
  // which are no single elements if `fast`.
  GradcheckReport run(const std::vector<Section>& columns, const std::vector<Section>& rows,
                      bool fast) {
    const EnableGrad guard;
    std::vector<std::vector<Tensor>> gradients;  // of each row
    for (const Section& row : rows) {
      const Tensor& y = outputs_[row.tensor];
      Tensor seed = zeros_like(y);
      std::ranges::copy(row.weights, seed.data<double>().subspan(row.first).begin());
      gradients.push_back(gradients_of({y}, checked_, {seed}, false));
    }
    GradcheckReport worst;
    std::size_t compared = 0, wrong = 0;
    bool all_zero = true;
    for (const Section& column : columns) {
      const double scale =
          std::max({1.0, largest(checked_[column.tensor].to_vector<double>()), largest(values_)});
      const double rounding = 16 * std::numeric_limits<double>::epsilon() * scale / options_.eps;
      std::vector<Values> differences = {differences_of(column, rows, options_.eps)};
      for (std::size_t r = 0; r < rows.size(); ++r) {
        const std::span<const double> gradient =
            std::as_const(gradients[r][column.tensor]).data<double>();
        GradcheckReport here{.input = numbers_[column.tensor],
                             .output = rows[r].tensor,
                             .analytic = dot(column.weights, gradient.data() + column.first)};
        const auto compare_with = [&](const Estimate& n) {
          here.numerical = n.value;
          here.error = std::abs(here.analytic - n.value);
          here.allowed =
              options_.rtol * std::abs(n.value) / 2 + std::min(options_.atol, n.inexactness);
        };
        compare_with({differences[0][r], 0});
        if (here.error != 0 && !(here.error + rounding <= here.allowed) &&
            std::isfinite(here.error)) {
          for (double step = options_.eps; differences.size() < steps;)
            differences.push_back(differences_of(column, rows, step *= step_ratio));
          compare_with(best_estimate(differences, r, rounding));
        }
        all_zero &= here.analytic == 0;
        if (!(std::isfinite(here.error) && here.error <= here.allowed)) ++wrong;
        if (compared++ > 0 && !(error_ratio(here) > error_ratio(worst))) continue;
        worst = here;
        column_ = column;
        row_ = rows[r];
      }
    }
    worst.compared = compared;
    worst.wrong = wrong;
    conclude(worst, fast, all_zero);
    return worst;
  }

  // Completes the report by a verdict and by words for the worst derivative.
  void conclude(GradcheckReport& r, bool fast, bool all_zero) const {
    const std::string verdict =
        !repeatable_
            ? "FAILED: f gives different values for the same inputs; is there dropout in it?"
        : r.wrong > 0 ? str("FAILED: ", r.wrong, " of ", r.compared, " derivatives wrong")
        : all_zero && !options_.allow_zero
            ? "FAILED: every gradient is zero, as when a graph is lost; if that is meant, set "
              ".allow_zero = true"
            : str("ok: ", r.compared, " derivatives agree");
    r.ok = verdict.starts_with("ok");
    r.message = str(op_, ": ", verdict);
    if (r.compared == 0) return;
    if (!fast) {
      r.index = unravel_index(column_.first, inputs_[r.input].shape());
      r.output_index = unravel_index(row_.first, outputs_[r.output].shape());
    }
    const auto element = [&](const std::vector<std::size_t>& index) {
      return fast ? "" : str(", element ", Shape(index));
    };
    const bool is_seed = r.input >= named_;
    r.message +=
        str("\n  worst: d (result ", r.output, element(r.output_index), ") / d (",
            is_seed ? "grad_output " : "input ", r.input - (is_seed ? named_ : 0), element(r.index),
            ")", fast ? " along random directions" : "", "\n  analytic  ", digits(r.analytic, 10),
            "\n  numerical ", digits(r.numerical, 10), "\n  error     ", digits(r.error, 3),
            ", allowed ", digits(r.allowed, 3));
    if (r.numerical != 0 && std::isfinite(r.error))
      r.message +=
          str("; ", digits(100 * r.error / std::abs(r.numerical), 3), " % of the numerical value");
  }

  const char* op_;
  const TensorFunction& f_;
  const std::vector<Tensor>& inputs_;
  std::size_t named_;
  const GradcheckOptions& options_;
  std::vector<Tensor> checked_;       // the inputs that require gradients
  std::vector<std::size_t> numbers_;  // of these among the inputs
  std::vector<Tensor> outputs_;       // recorded
  Values values_;                     // of all outputs
  bool repeatable_;
  std::uint64_t seed_ = 0;
  Section column_, row_;
};

}  // namespace

void check_options(const char* op, const GradcheckOptions& options) {
  if (!(options.eps > 0 && options.atol >= 0 && options.rtol >= 0))
    throw ValueError(str(op, ": eps ", options.eps, ", atol ", options.atol, ", rtol ",
                         options.rtol, "; eps must be greater than 0, the others at least 0"));
}

double error_ratio(const GradcheckReport& report) {
  if (report.error == 0) return 0;
  return std::isfinite(report.error) ? report.error / report.allowed : HUGE_VAL;
}

Values random_weights(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  Values weights(count);
  for (double& w : weights) {
    const double u = std::ldexp(static_cast<double>(engine() >> 11), -53);
    w = u < 0.5 ? 0.5 + 2 * u : 0.5 - 2 * u;
  }
  return weights;
}

const Tensor& only_input(const std::vector<Tensor>& inputs) {
  if (inputs.size() != 1)
    throw ValueError(str("gradcheck: f takes one tensor, but there are ", inputs.size(),
                         " inputs; let it take a const std::vector<Tensor>&"));
  return inputs.front();
}

GradcheckReport compare_windows(const char* op, const TensorFunction& f,
                                const std::vector<Tensor>& inputs, std::size_t max_elements,
                                bool locate, const GradcheckOptions& options) {
  return Comparison(op, f, inputs, inputs.size(), options).run_windows(max_elements, locate);
}

GradcheckReport gradcheck(const TensorFunction& f, const std::vector<Tensor>& inputs,
                          const GradcheckOptions& options) {
  check_arguments("gradcheck", inputs, options);
  // f may itself take gradients.
  const auto recorded = [&](const std::vector<Tensor>& in) {
    const EnableGrad guard;
    return f(in);
  };
  return Comparison("gradcheck", recorded, inputs, inputs.size(), options).run();
}

GradcheckReport gradgradcheck(const TensorFunction& f, const std::vector<Tensor>& inputs,
                              const GradcheckOptions& options) {
  constexpr const char* op = "gradgradcheck";
  check_arguments(op, inputs, options);
  std::vector<Tensor> arguments = inputs;  // and a seed for each result that has a gradient
  {
    const EnableGrad guard;
    for (const Tensor& y : results_of(op, f, inputs))
      if (y.requires_grad())
        arguments.push_back(
            tensor(random_weights(y.numel(), arguments.size()), y.shape()).requires_grad_());
  }
  if (arguments.size() == inputs.size())
    throw GradError(str(op, ": no result of f requires gradients: its graph is lost"));
  // (x…, v…) -> grad(f(x…), x…, v…)
  const auto gradients = [&](const std::vector<Tensor>& all) {
    const bool recording = is_grad_enabled();
    const EnableGrad guard;
    const auto seeds = all.begin() + static_cast<std::ptrdiff_t>(inputs.size());
    const std::vector<Tensor> xs(all.begin(), seeds);
    std::vector<Tensor> checked;
    std::ranges::copy_if(xs, std::back_inserter(checked), needs_gradient);
    return gradients_of(results_of(op, f, xs), checked, {seeds, all.end()}, recording);
  };
  return Comparison(op, gradients, arguments, inputs.size(), options).run();
}

}  // namespace xgrad::detail

std::ostream& xgrad::operator<<(std::ostream& out, const GradcheckReport& report) {
  return out << report.message;
}
