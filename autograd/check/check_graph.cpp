#include "check_graph.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <ostream>
#include <random>
#include <unordered_map>

#include "../graph/engine.hpp"
#include "../graph/graph.hpp"
#include "../graph/observer.hpp"
#include "../ops/arithmetic.hpp"
#include "../ops/elementwise.hpp"
#include "../ops/logic.hpp"
#include "../ops/reduction.hpp"
#include "../ops/shaping.hpp"
#include "../support/str.hpp"
#include "../tensor/creation.hpp"
#include "../tensor/expect.hpp"

namespace xgrad {
namespace {

using detail::Section;

// What is found out about an operation's gradients.
enum class Verdict { right, right_but, wrong, unknown };

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         std::memcmp(detail::impl(a).storage->data(), detail::impl(b).storage->data(),
                     a.numel() * size_of(a.dtype())) == 0;
}

bool all_finite(const std::vector<Tensor>& tensors) {
  return std::all_of(tensors.begin(), tensors.end(), [](const Tensor& t) {
    return !t.defined() || !is_floating(t.dtype()) || all(isfinite(t)).item<int>() == 1;
  });
}

// The recorded operation of other inputs.
Tensor evaluate(const Node& node, const std::vector<Tensor>& inputs) {
  std::vector<const Tensor*> in;
  for (const Tensor& input : inputs) in.push_back(&input);
  return node.evaluate(in);
}

// Whether x holds square matrices that are symmetric, up to rounding, and not all of one element.
bool is_symmetric(const Tensor& x) {
  if (x.ndim() < 2 || x.size(-1) != x.size(-2) || x.size(-1) < 2) return false;
  const Tensor difference = abs(x - transpose(x, -2, -1));
  return all(difference <= 1e-9 * abs(x)).item<int>() == 1;
}

// The k-th of `count` parts of about equal size.
Section cut(const Section& section, std::size_t k, std::size_t count) {
  const std::size_t begin = section.size * k / count, end = section.size * (k + 1) / count;
  return {section.tensor, section.first + begin, end - begin};
}

// A large Jacobian is cut into parts x parts windows, so that a wrong element has fewer right ones
// beside it.
constexpr std::size_t parts = 8;

// How an operation is checked.
struct CheckMode {
  bool locate = true;      // finds the wrong element of a large Jacobian
  bool symmetric = false;  // as a function of (x + x^T) / 2 for inputs x that are symmetric
};

// Compares the gradients of an operation, with respect to those inputs that it recorded as needing
// one, with central differences at the given float64 inputs, for which its result has shape
// `result`. Throws what the operation and its gradients throw.
class OperationCheck {
 public:
  OperationCheck(Node& node, const std::vector<Tensor>& inputs, const Shape& result,
                 const CheckGraphOptions& options, CheckMode mode)
      : node_(node), inputs_(inputs), result_(result), options_(options), mode_(mode) {}

  // The report of the worst derivative; its `numerical` is not finite if differences do not exist.
  GradcheckReport run() const {
    GradcheckReport worst;
    worst.ok = true;
    const Section rows{0, 0, result_.numel()};
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!node_.inputs()[i].needs_gradient() || inputs_[i].numel() * rows.size == 0) continue;
      const Section columns{i, 0, inputs_[i].numel()};
      const GradcheckReport report =
          is_small(columns, rows) ? compare(columns, {rows}, false) : by_parts(columns, rows);
      if (!report.ok && std::isfinite(report.numerical)) return report;
      if (worst.ok && (!report.ok || worst.compared == 0 || is_worse(report, worst)))
        worst = report;
    }
    return worst;
  }

 private:
  bool is_small(const Section& columns, const Section& rows) const {
    return columns.size * rows.size <= options_.max_elements;
  }
  static bool is_worse(const GradcheckReport& a, const GradcheckReport& b) {
    return detail::error_ratio(a) > detail::error_ratio(b);
  }

  // Compares a part of the Jacobian by some elements of one input, element by element or along
  // random directions.
  GradcheckReport compare(const Section& columns, const std::vector<Section>& rows,
                          bool fast) const {
    const std::size_t i = columns.tensor;
    const bool symmetric = mode_.symmetric && is_symmetric(inputs_[i]);
    const auto f = [&](std::vector<Tensor> inputs) {
      Tensor& x = inputs[i];
      if (symmetric) x = (x + transpose(x, -2, -1)) * 0.5;
      return std::vector<Tensor>{evaluate(node_, inputs)};
    };
    std::vector<Tensor> inputs = inputs_;
    inputs[i] = inputs[i].clone().requires_grad_();
    GradcheckReport report = detail::compare("check_graph", f, inputs, inputs.size(),
                                             {.eps = options_.eps,
                                              .atol = options_.atol,
                                              .rtol = options_.rtol,
                                              .fast = fast,
                                              .allow_zero = true},
                                             {columns}, rows);
    report.message =
        str(fast ? str("the result by input ", i, ", along random directions")
                 : str("element ", Shape(report.output_index), " of the result by element ",
                       Shape(report.index), " of input ", i),
            ": analytic ", detail::digits(report.analytic, 10), ", numerical ",
            detail::digits(report.numerical, 10), ", error ", detail::digits(report.error, 3),
            ", allowed ", detail::digits(report.allowed, 3));
    return report;
  }

  GradcheckReport by_parts(const Section& columns, const Section& rows) const {
    std::vector<Section> row_parts;
    for (std::size_t k = 0, count = std::min(parts, rows.size); k < count; ++k)
      row_parts.push_back(cut(rows, k, count));
    GradcheckReport worst;
    for (std::size_t k = 0, count = std::min(parts, columns.size); k < count; ++k) {
      const Section part = cut(columns, k, count);
      const GradcheckReport report = compare(part, row_parts, true);
      if (!report.ok) return mode_.locate ? locate(part, row_parts[report.output], report) : report;
      if (k == 0 || is_worse(report, worst)) worst = report;
    }
    return worst;
  }

  // Halves a window that failed until its elements can be compared one by one.
  GradcheckReport locate(Section columns, Section rows, GradcheckReport report) const {
    while (!is_small(columns, rows)) {
      Section& longer = columns.size > rows.size ? columns : rows;
      const Section whole = longer;
      longer = cut(whole, 0, 2);
      const GradcheckReport first = compare(columns, {rows}, true);
      longer = cut(whole, 1, 2);
      const GradcheckReport second = compare(columns, {rows}, true);
      const bool in_second = is_worse(second, first);
      if (!in_second) longer = cut(whole, 0, 2);
      const GradcheckReport& worse = in_second ? second : first;
      if (worse.ok) return report;
      report = worse;
    }
    const GradcheckReport exact = compare(columns, {rows}, false);
    return exact.ok ? report : exact;
  }

  Node& node_;
  const std::vector<Tensor>& inputs_;
  const Shape& result_;
  const CheckGraphOptions& options_;
  CheckMode mode_;
};

// Walks a graph from its leaves on and holds the values of all results that are needed.
class GraphCheck {
 public:
  explicit GraphCheck(const CheckGraphOptions& options) : options_(options) {}

  CheckGraphReport run(const Tensor& loss) {
    const std::vector<Node*> nodes = detail::recorded_operations({detail::impl(loss).node});
    for (Node* node : nodes) require_saved(*node);
    for (Node* node : nodes)
      for (const Node::Input& input : node->inputs())
        if (is_missing(input)) ++results_[input.node.get()].readers;
    report_.operations = nodes.size();
    for (Node* node : nodes) visit(*node);
    report_.ok = report_.culprits.empty() && report_.checked > 0;
    return std::move(report_);
  }

 private:
  // A result that the operations after it did not save, while some of them are still to come.
  struct Result {
    Tensor value;
    std::size_t readers = 0;
  };

  static void require_saved(const Node& node) {
    if (node.released())
      throw GradError(str("check_graph: the saved values of this graph, among them those of '",
                          node.name(),
                          "', were released by an earlier backward; call check_graph before "
                          "it, or pass retain_graph = true to that backward"));
  }

  static bool is_missing(const Node::Input& input) { return !input.has_values && input.node; }

  // Whether input i of the operation needed a gradient.
  static bool is_differentiated(Node& node, std::size_t i) {
    return node.inputs()[i].needs_gradient();
  }

  // The value of input i in float64, integers as they are; undefined if it has none.
  Tensor value_of(Node& node, std::size_t i) {
    const Node::Input& input = node.inputs()[i];
    const Tensor value = input.has_values ? node.saved(i)
                         : input.node     ? results_.at(input.node.get()).value
                                          : input.saved;
    if (!value.defined()) return value;
    if (value.dtype() == float32) converted_ = true;
    return (is_floating(value.dtype()) ? value.to(float64) : value).detach();
  }

  void visit(Node& node) {
    CheckedOperation operation{.name = node.name(), .position = position_++};
    converted_ = false;
    std::vector<Tensor> inputs;
    bool known = true;
    for (std::size_t i = 0; i < node.inputs().size(); ++i) {
      inputs.push_back(value_of(node, i));
      known = known && (inputs[i].defined() || !node.inputs()[i].needs_gradient());
      operation.inputs.push_back(inputs[i].defined() ? inputs[i].shape() : Shape());
    }
    Tensor result;
    Verdict verdict = Verdict::unknown;
    if (known)
      verdict = check(node, inputs, operation, result);
    else
      operation.reason = "its inputs could not be computed again";
    if (result.defined()) operation.result = result.shape();
    if (verdict != Verdict::unknown) ++report_.checked;
    if (verdict == Verdict::wrong) report_.culprits.push_back(std::move(operation));
    if (verdict == Verdict::right_but) report_.noted.push_back(std::move(operation));
    if (verdict == Verdict::unknown) report_.skipped.push_back(std::move(operation));
    for (const Node::Input& input : node.inputs())
      if (is_missing(input))
        if (const auto it = results_.find(input.node.get()); --it->second.readers == 0)
          results_.erase(it);
    if (const auto it = results_.find(&node); it != results_.end()) it->second.value = result;
  }

  // Fills in the operation's gradcheck and reason, and its result.
  Verdict check(Node& node, const std::vector<Tensor>& inputs, CheckedOperation& operation,
                Tensor& result) {
    std::string& reason = operation.reason;
    try {
      result = evaluate(node, inputs);
      if (!same_bits(result, evaluate(node, inputs)))
        reason = "it gives different values for the same inputs";
    } catch (const Error& error) {
      reason = str("it cannot be evaluated again in float64: ", error.what());
    }
    if (result.defined() && result.dtype() != float64)
      reason = str("its result is ", result.dtype(),
                   " for inputs of float64, too coarse for differences");
    if (!reason.empty()) return Verdict::unknown;
    if (const std::string error = gradient_error(node, inputs); !error.empty()) {
      reason = str("its gradient cannot be computed", converted_ ? " in float64: " : ": ", error);
      return converted_ ? Verdict::unknown : Verdict::wrong;
    }
    return judge(node, inputs, operation, result.shape());
  }

  // What the gradients throw, or "".
  static std::string gradient_error(Node& node, const std::vector<Tensor>& inputs) {
    const EnableGrad guard;
    std::vector<Tensor> leaves = inputs, differentiated;
    for (std::size_t i = 0; i < leaves.size(); ++i)
      if (is_differentiated(node, i))
        differentiated.push_back(leaves[i] = leaves[i].detach().requires_grad_());
    const Tensor y = evaluate(node, leaves);
    try {
      grad({y}, differentiated, {.grad_outputs = {ones_like(y)}, .allow_unused = true});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  Verdict judge(Node& node, const std::vector<Tensor>& inputs, CheckedOperation& operation,
                const Shape& result) {
    GradcheckReport& report = operation.gradcheck;
    report = attempt(node, inputs, result);
    if (report.ok) return Verdict::right;
    Verdict verdict = std::isfinite(report.numerical) ? Verdict::wrong : Verdict::unknown;
    // Far enough that differences do not reach back to a kink. The smaller distances are the more
    // likely to lie within the domain.
    for (const double distance : {1e4, 1e3, 1e2}) {
      const GradcheckReport beside = attempt(node, displaced(node, inputs, distance * options_.eps),
                                             result, {.locate = verdict == Verdict::unknown});
      if (beside.ok) {
        operation.reason = "it has no derivative here, and a right gradient nearby";
        return Verdict::right_but;
      }
      if (verdict == Verdict::unknown && std::isfinite(beside.numerical)) {
        verdict = Verdict::wrong;
        report = beside;
      }
    }
    if (symmetric_input(node, inputs) && attempt(node, inputs, result, {.symmetric = true}).ok) {
      operation.reason = "its gradient is right for symmetric matrices";
      return Verdict::right_but;
    }
    operation.reason = report.message;
    return std::isfinite(report.analytic) || all_finite(inputs) ? verdict : Verdict::unknown;
  }

  // Returns a report without a finite number if the operation or its gradient throws.
  GradcheckReport attempt(Node& node, const std::vector<Tensor>& inputs, const Shape& result,
                          CheckMode mode = {}) const {
    try {
      return OperationCheck(node, inputs, result, options_, mode).run();
    } catch (const Error& error) {
      GradcheckReport report;
      report.numerical = std::numeric_limits<double>::quiet_NaN();
      report.message = error.what();
      return report;
    }
  }

  static bool symmetric_input(Node& node, const std::vector<Tensor>& inputs) {
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (is_differentiated(node, i) && is_symmetric(inputs[i])) return true;
    return false;
  }

  // Moves all elements away from 0, each by another amount: off kinks at 0 and off ties, but not
  // out of the domains of log and sqrt.
  std::vector<Tensor> displaced(Node& node, const std::vector<Tensor>& inputs, double distance) {
    std::vector<Tensor> moved = inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!is_differentiated(node, i)) continue;
      moved[i] = inputs[i].clone();
      for (double& x : moved[i].data<double>()) {
        const double u = 0.5 + std::ldexp(static_cast<double>(random_() >> 11), -53);
        x += std::copysign(distance * u * (1 + std::abs(x)), x);
      }
    }
    return moved;
  }

  const CheckGraphOptions& options_;
  CheckGraphReport report_;
  std::unordered_map<const Node*, Result> results_;
  std::mt19937_64 random_{20};
  std::size_t position_ = 0;
  bool converted_ = false;  // the inputs at hand were not all of float64
};

std::string shapes_of(const CheckedOperation& operation) {
  std::string text;
  for (const Shape& shape : operation.inputs) text += (text.empty() ? "" : ", ") + to_string(shape);
  return text + " -> " + to_string(operation.result);
}

// At most ten operations, one a line.
void print(std::ostream& out, const char* title, const std::vector<CheckedOperation>& operations) {
  constexpr std::size_t most = 10;
  for (std::size_t k = 0; k < std::min(most, operations.size()); ++k)
    out << "\n  " << title << ": '" << operations[k].name << "', operation "
        << operations[k].position << ", " << shapes_of(operations[k]) << ": "
        << operations[k].reason;
  if (operations.size() > most) out << "\n  and " << operations.size() - most << " more";
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const CheckGraphReport& report) {
  out << "check_graph: ";
  if (!report.culprits.empty())
    out << "FAILED: " << report.culprits.size() << " of " << report.operations
        << " operations have a wrong gradient";
  else if (!report.ok)
    out << "FAILED: none of the " << report.operations << " operations could be checked";
  else
    out << "ok: " << report.checked << " of " << report.operations << " operations checked";
  print(out, "wrong", report.culprits);
  print(out, "note", report.noted);
  print(out, "not checked", report.skipped);
  return out;
}

CheckGraphReport check_graph(const Tensor& loss, const CheckGraphOptions& options) {
  constexpr const char* op = "check_graph";
  detail::check_options(op, {.eps = options.eps, .atol = options.atol, .rtol = options.rtol});
  expect_defined(op, "loss", loss);
  if (loss.is_leaf())
    throw GradError(str(op, ": tensor of shape ", loss.shape(),
                        " is not the result of a recorded operation; call requires_grad_() on "
                        "what it is computed from, outside NoGrad"));
  const detail::Unobserved guard;
  return GraphCheck(options).run(loss);
}

}  // namespace xgrad
