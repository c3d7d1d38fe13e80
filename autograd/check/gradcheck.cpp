#include "gradcheck.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>
#include <random>

#include "../graph/engine.hpp"
#include "../graph/grad_mode.hpp"
#include "../support/message.hpp"
#include "../tensor/creation.hpp"
#include "numerical.hpp"

namespace xgrad {
namespace {

using detail::TensorFunction;
using Index = std::vector<std::size_t>;
using Values = std::vector<double>;

// Values of size 0.5 to 1.5 with random signs: no element's weight is near 0. A generator of its
// own leaves the caller's sequence alone and makes every check repeatable.
class Weights {
 public:
  Tensor operator()(const Shape& shape, double norm = 0) {
    Tensor weights = empty(shape, {.dtype = float64});
    double squares = 0;
    for (double& w : weights.data<double>()) {
      const double u = std::ldexp(static_cast<double>(engine_() >> 11), -53);
      w = u < 0.5 ? 0.5 + 2 * u : 0.5 - 2 * u;
      squares += w * w;
    }
    if (norm > 0)
      for (double& w : weights.data<double>()) w *= norm / std::sqrt(squares);
    return weights;
  }

 private:
  std::mt19937_64 engine_{20};
};

double dot(const Values& a, const double* b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double largest(const Values& values) {
  double largest = 0;
  for (const double v : values) largest = std::max(largest, std::abs(v));
  return largest;
}

// Holds a whole tensor moved by step * direction while alive.
class Displacement {
 public:
  Displacement(const Tensor& x, const Values& direction, double step)
      : x_(x), original_(x.to_vector<double>()) {
    const std::span<double> values = x_.data<double>();
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += step * direction[i];
  }
  ~Displacement() { std::copy(original_.begin(), original_.end(), x_.data<double>().begin()); }
  Displacement(const Displacement&) = delete;
  Displacement& operator=(const Displacement&) = delete;

 private:
  Tensor x_;
  Values original_;
};

// Inputs with checks that both orders make.
void check_arguments(const char* op, const std::vector<Tensor>& inputs,
                     const GradcheckOptions& options) {
  detail::check_options(op, options);
  bool any = false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].defined() || is_floating(inputs[i].dtype()))
      detail::require_float64(op, message("input ", i).c_str(), inputs[i]);
    any |= inputs[i].requires_grad();
  }
  if (!any)
    throw GradError(message(op, ": none of the ", inputs.size(),
                            " inputs requires gradients; call requires_grad_() on those to check"));
}

// The results of f that are to be differentiated, checked.
std::vector<Tensor> results_of(const char* op, const TensorFunction& f,
                               const std::vector<Tensor>& inputs) {
  std::vector<Tensor> outputs;
  for (const Tensor& y : f(inputs)) {
    if (y.defined() && !is_floating(y.dtype())) continue;
    detail::require_float64(op, message("result ", outputs.size()).c_str(), y);
    outputs.push_back(y);
  }
  if (outputs.empty()) throw ValueError(message(op, ": f returns no tensor of floats"));
  return outputs;
}

// A numerical derivative, and a bound of how far it may be from the true one.
struct Estimate {
  double value;
  double inexactness;
};

// Central differences D with steps h, 4 h, 16 h, … up to 4096 h.
constexpr std::size_t rungs = 7;
constexpr double rung_ratio = 4;

// The best that can be had from the ladder's differences of element r: D(h), or one of Richardson's
// extrapolations R(h) = (16 D(h) - D(4 h)) / 15, whose error is O(h^4) (Richardson 1911). Of a
// greater step rounding takes less, and the difference to the next rung bounds what truncation, or
// a kink that came within reach, takes (Ridders 1982).
Estimate best_estimate(const std::vector<Values>& ladder, std::size_t r, double rounding) {
  Estimate best = {ladder[0][r], rounding + std::abs(ladder[0][r] - ladder[1][r])};
  const auto extrapolated = [&](std::size_t i) {
    return (rung_ratio * rung_ratio * ladder[i][r] - ladder[i + 1][r]) /
           (rung_ratio * rung_ratio - 1);
  };
  for (std::size_t i = 0; i + 2 < ladder.size(); ++i, rounding /= rung_ratio) {
    const double value = extrapolated(i);
    const double inexactness = rounding + std::abs(value - extrapolated(i + 1));
    // False for NaN: a great step may leave the domain of f.
    if (inexactness < best.inexactness) best = {value, inexactness};
  }
  return best;
}

class Checker {
 public:
  // `named_inputs` of the inputs are the caller's, the rest are seeds.
  Checker(const char* op, const TensorFunction& f, const std::vector<Tensor>& inputs,
          std::size_t named_inputs, const GradcheckOptions& options)
      : op_(op), f_(f), inputs_(inputs), named_inputs_(named_inputs), options_(options) {}

  GradcheckReport run() {
    const EnableGrad guard;
    outputs_ = results_of(op_, f_, inputs_);
    values_ = evaluate();
    repeatable_ = same_bits(values_, evaluate());
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      if (inputs_[i].requires_grad()) checked_.push_back(i);
    options_.fast ? check_directions() : check_elements();
    conclude();
    return std::move(report_);
  }

 private:
  // One number that depends on the inputs: an element of an output, or in fast mode a weighted sum.
  struct Row {
    std::size_t output;
    Index index;
    Values gradients;  // with respect to all elements of the checked inputs, one after the other
  };
  using Measure = std::function<Values(double eps)>;

  Values evaluate() const {
    const NoGrad guard;
    Values values;
    for (const Tensor& y : results_of(op_, f_, inputs_)) {
      const Values elements = y.to_vector<double>();
      values.insert(values.end(), elements.begin(), elements.end());
    }
    return values;
  }

  static bool same_bits(const Values& a, const Values& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) {
      return x == y || (std::isnan(x) && std::isnan(y));
    });
  }

  // seed · d(output)/d(input) for every checked input, by autograd.
  Values backward(const Tensor& output, const Tensor& seed) const {
    std::vector<Tensor> inputs;
    for (const std::size_t i : checked_) inputs.push_back(inputs_[i]);
    std::vector<Tensor> gradients(inputs.size());
    if (output.requires_grad())
      gradients = grad({output}, inputs,
                       {.grad_outputs = {seed}, .retain_graph = true, .allow_unused = true});
    Values values;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Values elements =
          gradients[i].defined() ? gradients[i].to_vector<double>() : Values(inputs[i].numel());
      values.insert(values.end(), elements.begin(), elements.end());
    }
    return values;
  }

  // Every element of every output against every element of every input.
  void check_elements() {
    std::vector<Row> rows;
    for (std::size_t k = 0; k < outputs_.size(); ++k) {
      Tensor seed = zeros(outputs_[k].shape(), {.dtype = float64});
      for (std::size_t e = 0; e < seed.numel(); ++e) {
        seed.data<double>()[e] = 1;
        rows.push_back({k, unravel_index(e, seed.shape()), backward(outputs_[k], seed)});
        seed.data<double>()[e] = 0;
      }
    }
    std::size_t column = 0;
    for (const std::size_t i : checked_) {
      const Tensor& x = inputs_[i];
      for (std::size_t j = 0; j < x.numel(); ++j, ++column) {
        Values analytic;
        for (const Row& row : rows) analytic.push_back(row.gradients[column]);
        compare(i, unravel_index(j, x.shape()), rows, analytic, [&](double eps) {
          return detail::difference(op_, [this] { return evaluate(); }, values_, x, j,
                                    {.eps = eps});
        });
      }
    }
  }

  // For every output and input, w · J u with random w and u, of norm 1 so that the step keeps its
  // size and rounding errors do not add up.
  void check_directions() {
    Weights random;
    std::vector<Row> rows;
    std::vector<Values> weights;
    for (std::size_t k = 0; k < outputs_.size(); ++k) {
      const Tensor seed = random(outputs_[k].shape(), 1);
      weights.push_back(seed.to_vector<double>());
      rows.push_back({k, {}, backward(outputs_[k], seed)});
    }
    std::size_t column = 0;
    for (const std::size_t i : checked_) {
      const Tensor& x = inputs_[i];
      const Values direction = random(x.shape(), 1).to_vector<double>();
      Values analytic;
      for (const Row& row : rows) analytic.push_back(dot(direction, &row.gradients[column]));
      column += x.numel();
      compare(i, {}, rows, analytic,
              [&](double eps) { return directional(x, direction, weights, eps); });
    }
  }

  Values directional(const Tensor& x, const Values& direction, const std::vector<Values>& weights,
                     double eps) const {
    const auto at = [&](double step) {
      const Displacement displacement(x, direction, step);
      return evaluate();
    };
    Values derivative = at(eps);
    const Values lower = at(-eps);
    for (std::size_t r = 0; r < lower.size(); ++r)
      derivative[r] = (derivative[r] - lower[r]) / (2 * eps);
    Values sums;
    const double* part = derivative.data();
    for (const Values& w : weights) {
      sums.push_back(dot(w, part));
      part += w.size();
    }
    return sums;
  }

  // Compares the derivatives of all rows along one direction of one input.
  void compare(std::size_t input, const Index& index, const std::vector<Row>& rows,
               const Values& analytic, const Measure& measure) {
    const double scale =
        std::max({1.0, largest(inputs_[input].to_vector<double>()), largest(values_)});
    const double rounding = 16 * std::numeric_limits<double>::epsilon() * scale / options_.eps;
    std::vector<Values> ladder = {measure(options_.eps)};
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const double a = analytic[r];
      Estimate n = {ladder[0][r], 0};
      const double error = std::abs(a - n.value);
      if (error != 0 && !(error + rounding <= allowance(n)) && std::isfinite(error)) {
        for (double step = options_.eps; ladder.size() < rungs;)
          ladder.push_back(measure(step *= rung_ratio));
        n = best_estimate(ladder, r, rounding);
      }
      all_zero_ &= a == 0;
      record({.input = input,
              .index = index,
              .output = rows[r].output,
              .output_index = rows[r].index,
              .analytic = a,
              .numerical = n.value,
              .error = std::abs(a - n.value),
              .allowed = allowance(n)});
    }
  }

  double allowance(const Estimate& n) const {
    return options_.rtol * std::abs(n.value) / 2 + std::min(options_.atol, n.inexactness);
  }

  void record(GradcheckReport element) {
    const bool passed = std::isfinite(element.error) && element.error <= element.allowed;
    const double badness = !std::isfinite(element.error) ? HUGE_VAL
                           : element.error == 0          ? 0
                                                         : element.error / element.allowed;
    element.compared = report_.compared + 1;
    element.wrong = report_.wrong + (passed ? 0 : 1);
    if (element.compared == 1 || badness > badness_) {
      badness_ = badness;
      report_ = std::move(element);
    } else {
      report_.compared = element.compared;
      report_.wrong = element.wrong;
    }
  }

  void conclude() {
    std::string verdict = "ok";
    if (!repeatable_) {
      verdict = "FAILED: f gives different values for the same inputs; is there dropout in it?";
    } else if (report_.wrong > 0) {
      verdict = message("FAILED: ", report_.wrong, " of ", report_.compared, " derivatives wrong");
    } else if (all_zero_ && !options_.allow_zero) {
      verdict =
          "FAILED: every gradient is zero, as when a graph is lost; if that is meant, set "
          ".allow_zero = true";
    } else {
      report_.ok = true;
      verdict = message("ok: ", report_.compared, " derivatives agree");
    }
    report_.message = message(op_, ": ", verdict);
    if (report_.compared > 0) report_.message += "\n  worst: " + describe_worst();
  }

  std::string describe_worst() const {
    const GradcheckReport& r = report_;
    const bool seed = r.input >= named_inputs_;
    const std::size_t number = seed ? r.input - named_inputs_ : r.input;
    std::ostringstream text;
    text.precision(10);
    text << "d (result " << r.output << element(r.output_index) << ") / d ("
         << (seed ? "grad_output " : "input ") << number << element(r.index) << ")"
         << (options_.fast ? " along random directions" : "") << "\n  analytic  " << r.analytic
         << "\n  numerical " << r.numerical;
    text.precision(3);
    text << "\n  error     " << r.error << ", allowed " << r.allowed;
    if (r.numerical != 0 && std::isfinite(r.error))
      text << "; " << 100 * r.error / std::abs(r.numerical) << " % of the numerical value";
    return text.str();
  }

  std::string element(const Index& index) const {
    return options_.fast ? "" : ", element " + to_string(Shape(index));
  }

  const char* op_;
  const TensorFunction& f_;
  const std::vector<Tensor>& inputs_;
  std::size_t named_inputs_;
  const GradcheckOptions& options_;
  std::vector<Tensor> outputs_;       // recorded
  Values values_;                     // of all outputs
  std::vector<std::size_t> checked_;  // the inputs that require gradients
  bool repeatable_ = true;
  bool all_zero_ = true;
  double badness_ = 0;
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
  for (const Tensor& y : results_of(op, f, inputs))
    if (y.requires_grad()) outputs.push_back(y);
  for (const Tensor& x : inputs)
    if (x.requires_grad()) checked.push_back(x);
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
    throw ValueError(message(op, ": eps ", options.eps, ", atol ", options.atol, ", rtol ",
                             options.rtol, "; eps must be greater than 0, the others at least 0"));
}

const Tensor& only_input(const std::vector<Tensor>& inputs) {
  if (inputs.size() != 1)
    throw ValueError(message("gradcheck: f takes one tensor, but there are ", inputs.size(),
                             " inputs; let it take a const std::vector<Tensor>&"));
  return inputs.front();
}

GradcheckReport gradcheck(const TensorFunction& f, const std::vector<Tensor>& inputs,
                          const GradcheckOptions& options) {
  check_arguments("gradcheck", inputs, options);
  return Checker("gradcheck", f, inputs, inputs.size(), options).run();
}

GradcheckReport gradgradcheck(const TensorFunction& f, const std::vector<Tensor>& inputs,
                              const GradcheckOptions& options) {
  constexpr const char* op = "gradgradcheck";
  check_arguments(op, inputs, options);
  std::vector<Tensor> arguments = inputs;
  {
    const EnableGrad guard;
    Weights random;
    for (const Tensor& y : results_of(op, f, inputs))
      if (y.requires_grad()) arguments.push_back(random(y.shape()).requires_grad_());
  }
  if (arguments.size() == inputs.size())
    throw GradError(message(op, ": no result of f requires gradients: its graph is lost"));
  const auto gradients = [&](const std::vector<Tensor>& xs) {
    return gradient_function(op, f, xs, inputs.size());
  };
  return Checker(op, gradients, arguments, inputs.size(), options).run();
}

}  // namespace detail
}  // namespace xgrad
