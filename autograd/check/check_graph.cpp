#include "check_graph.hpp"

#include <algorithm>
#include <cmath>
#include <ostream>
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

bool is_finite(const Tensor& t) {
  return !t.defined() || !is_floating(t.dtype()) || all(isfinite(t)).item<int>() == 1;
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

// Whether the value of an input is known only from the result of the operation before.
bool is_missing(const Node::Input& input) { return !input.has_values && input.node; }

// Walks a graph from its leaves on and holds the values of all results that are needed.
class GraphCheck {
 public:
  GraphCheck(const GradcheckOptions& options, std::size_t max_elements)
      : options_(options), max_elements_(max_elements) {}

  CheckGraphReport run(const Tensor& loss) {
    const std::vector<Node*> nodes = detail::recorded_operations({detail::impl(loss).node});
    for (const Node* node : nodes) {
      if (node->released())
        throw GradError(str("check_graph: the saved values of this graph, among them those of '",
                            node->name(),
                            "', were released by an earlier backward; call check_graph before "
                            "it, or pass retain_graph = true to that backward"));
      for (const Node::Input& input : node->inputs())
        if (is_missing(input)) ++results_[input.node.get()].readers;
    }
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
  using Operations = std::vector<CheckedOperation>;

  // The value of input i in float64, integers as they are; undefined if it has none.
  Tensor value_of(Node& node, std::size_t i) {
    const Node::Input& input = node.inputs()[i];
    Tensor value = input.has_values ? node.saved(i)
                   : input.node     ? results_.at(input.node.get()).value
                                    : input.saved;
    if (!value.defined()) return value;
    if (value.dtype() == float32) converted_ = true;
    return (is_floating(value.dtype()) ? value.to(float64) : value).detach();
  }

  void visit(Node& node) {
    CheckedOperation operation{.name = node.name(),
                               .position = report_.operations++,
                               .reason = "its inputs could not be computed again"};
    converted_ = false;
    std::vector<Tensor> inputs;
    bool known = true;
    for (std::size_t i = 0; i < node.inputs().size(); ++i) {
      const Tensor& x = inputs.emplace_back(value_of(node, i));
      known = known && (x.defined() || !node.inputs()[i].needs_gradient());
      operation.inputs.push_back(x.defined() ? x.shape() : Shape());
    }
    Tensor result;
    Operations* const list = known ? check(node, inputs, operation, result) : &report_.skipped;
    if (result.defined()) operation.result = result.shape();
    if (list != &report_.skipped) ++report_.checked;
    if (list) list->push_back(std::move(operation));
    for (const Node::Input& input : node.inputs())
      if (is_missing(input))
        if (const auto it = results_.find(input.node.get()); --it->second.readers == 0)
          results_.erase(it);
    if (const auto it = results_.find(&node); it != results_.end()) it->second.value = result;
  }

  // Fills in the operation's gradcheck and reason, and its result. Returns the list of the report
  // that the operation belongs to, or null if its gradient is right.
  Operations* check(Node& node, const std::vector<Tensor>& inputs, CheckedOperation& operation,
                    Tensor& result) {
    const auto in = [&](Operations& list, const std::string& reason) {
      operation.reason = reason;
      return &list;
    };
    const EnableGrad guard;
    std::vector<Tensor> leaves = inputs, differentiated;
    for (std::size_t i = 0; i < leaves.size(); ++i)
      if (node.inputs()[i].needs_gradient())
        differentiated.push_back(leaves[i] = leaves[i].detach().requires_grad_());
    Tensor y;
    try {
      y = evaluate(node, leaves);
    } catch (const Error& error) {
      return in(report_.skipped, str("it cannot be evaluated again in float64: ", error.what()));
    }
    result = y.detach();
    if (y.dtype() != float64)
      return in(report_.skipped, str("its result is ", y.dtype(),
                                     " for inputs of float64, too coarse for differences"));
    try {
      grad({y}, differentiated, {.grad_outputs = {ones_like(y)}, .allow_unused = true});
    } catch (const ValueError& error) {  // as of eigh at equal eigenvalues
      return in(report_.skipped, str("it has no gradient here: ", error.what()));
    } catch (const Error& error) {
      return in(converted_ ? report_.skipped : report_.culprits,
                str("its gradient cannot be computed", converted_ ? " in float64: " : ": ",
                    error.what()));
    }
    GradcheckReport& report = operation.gradcheck = attempt(node, inputs, true);
    if (report.ok) return nullptr;
    bool wrong = std::isfinite(report.numerical);
    // Far enough that differences do not reach back to a kink. The smaller distances are the more
    // likely to lie within the domain.
    for (const double distance : {1e4, 1e3, 1e2}) {
      const std::vector<Tensor> moved = displaced(node, inputs, distance * options_.eps);
      const GradcheckReport beside = attempt(node, moved, !wrong);
      if (beside.ok)
        return in(report_.noted, "it has no derivative here, and a right gradient nearby");
      if (!wrong && std::isfinite(beside.numerical)) {
        wrong = true;
        report = beside;
      }
    }
    if (attempt(node, inputs, false, true).ok)
      return in(report_.noted, "its gradient is right for symmetric matrices");
    wrong = wrong && (std::isfinite(report.analytic) || std::ranges::all_of(inputs, is_finite));
    return in(wrong ? report_.culprits : report_.skipped, report.message);
  }

  // Compares the gradients of an operation, by those inputs that it recorded as needing one, with
  // central differences at these float64 inputs. Reports the worst derivative; `numerical` is not
  // finite if there are no differences, or if the operation or its gradients throw. `locate` finds
  // the wrong element of a large Jacobian. With `symmetric` the operation is a function of
  // (x + x^T) / 2 for an input x that is symmetric.
  GradcheckReport attempt(Node& node, const std::vector<Tensor>& inputs, bool locate,
                          bool symmetric = false) const {
    GradcheckReport worst;
    worst.ok = true;
    try {
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (!node.inputs()[i].needs_gradient()) continue;
        const bool mirrored = symmetric && is_symmetric(inputs[i]);
        const auto f = [&](std::vector<Tensor> in) {
          if (mirrored) in[i] = (in[i] + transpose(in[i], -2, -1)) * 0.5;
          return std::vector<Tensor>{evaluate(node, in)};
        };
        std::vector<Tensor> leaves = inputs;
        leaves[i] = inputs[i].clone().requires_grad_();
        GradcheckReport report =
            detail::compare_windows("check_graph", f, leaves, max_elements_, locate, options_);
        if (!report.ok && std::isfinite(report.numerical)) return report;
        if (detail::error_ratio(report) > detail::error_ratio(worst)) worst = report;
      }
    } catch (const Error& error) {
      worst = {.numerical = NAN, .message = error.what()};
    }
    return worst;
  }

  // Moves all elements away from 0, each by another amount: off kinks at 0 and off ties, but not
  // out of the domains of log and sqrt.
  std::vector<Tensor> displaced(Node& node, const std::vector<Tensor>& inputs, double distance) {
    std::vector<Tensor> moved = inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!node.inputs()[i].needs_gradient()) continue;
      moved[i] = inputs[i].clone();
      const std::vector<double> weights = detail::random_weights(moved[i].numel(), ++seed_);
      auto weight = weights.begin();
      for (double& x : moved[i].data<double>())
        x += std::copysign(distance * *weight++ * (1 + std::abs(x)), x);
    }
    return moved;
  }

  GradcheckOptions options_;
  std::size_t max_elements_;
  CheckGraphReport report_;
  std::unordered_map<const Node*, Result> results_;
  std::uint64_t seed_ = 0;
  bool converted_ = false;  // the inputs at hand were not all of float64
};

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
  constexpr std::size_t most = 10;  // of each list, one a line
  for (const auto& [title, list] : {std::pair("wrong", &report.culprits),
                                    {"note", &report.noted},
                                    {"not checked", &report.skipped}}) {
    for (const CheckedOperation& each : std::span(*list).first(std::min(most, list->size())))
      out << "\n  " << title << ": '" << each.name << "', operation " << each.position << ", "
          << joined(each.inputs) << " -> " << each.result << ": " << each.reason;
    if (list->size() > most) out << "\n  and " << list->size() - most << " more";
  }
  return out;
}

CheckGraphReport check_graph(const Tensor& loss, const CheckGraphOptions& options) {
  constexpr const char* op = "check_graph";
  const GradcheckOptions compared{
      .eps = options.eps, .atol = options.atol, .rtol = options.rtol, .allow_zero = true};
  detail::check_options(op, compared);
  expect_defined(op, "loss", loss);
  if (loss.is_leaf())
    throw GradError(str(op, ": tensor of shape ", loss.shape(),
                        " is not the result of a recorded operation; call requires_grad_() on "
                        "what it is computed from, outside NoGrad"));
  const detail::Unobserved guard;
  return GraphCheck(compared, options.max_elements).run(loss);
}

}  // namespace xgrad
