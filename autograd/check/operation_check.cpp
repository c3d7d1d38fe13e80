#include "operation_check.hpp"

#include <algorithm>
#include <cmath>

#include "../ops/arithmetic.hpp"
#include "../ops/elementwise.hpp"
#include "../ops/logic.hpp"
#include "../ops/reduction.hpp"
#include "../ops/shaping.hpp"
#include "../ops/slicing.hpp"
#include "../support/message.hpp"

namespace xgrad::detail {
namespace {

// Elements first … last - 1 of a tensor in row-major order.
struct Part {
  std::size_t first;
  std::size_t last;

  std::size_t size() const noexcept { return last - first; }
  // The k-th of `count` parts of about equal size.
  Part cut(std::size_t k, std::size_t count) const noexcept {
    return {first + size() * k / count, first + size() * (k + 1) / count};
  }
  Tensor of(const Tensor& flat) const {
    if (size() == flat.numel()) return flat;
    return slice(flat, 0, static_cast<std::int64_t>(first), static_cast<std::int64_t>(last));
  }
};

Tensor flat(const Tensor& t) { return reshape(t, {t.numel()}); }

// A part of the Jacobian of an operation with respect to one of its inputs.
struct Window {
  std::size_t input;
  Part columns;  // elements of the input
  Part rows;     // elements of the result

  std::size_t size() const noexcept { return columns.size() * rows.size(); }
};

// A large Jacobian is looked at in parts x parts windows, so that one wrong element has fewer right
// ones beside it.
constexpr std::size_t parts = 8;

double badness(const GradcheckReport& report) {
  if (report.error == 0) return 0;
  return std::isfinite(report.error) ? report.error / report.allowed : HUGE_VAL;
}

class OperationCheck {
 public:
  OperationCheck(Node& node, const std::vector<Tensor>& inputs, const Shape& result,
                 const CheckGraphOptions& options, OperationCheckMode mode)
      : node_(node), inputs_(inputs), result_(result), options_(options), mode_(mode) {}

  GradcheckReport run() const {
    GradcheckReport worst;
    worst.ok = true;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!node_.inputs()[i].needs_gradient()) continue;
      const Window all{i, {0, inputs_[i].numel()}, {0, result_.numel()}};
      if (all.size() == 0) continue;
      const GradcheckReport report =
          all.size() <= options_.max_elements ? by_elements(all) : by_parts(all);
      const bool judged = std::isfinite(report.numerical);
      if (!report.ok && judged) return report;
      if (worst.ok && (!report.ok || worst.compared == 0 || badness(report) > badness(worst)))
        worst = report;
    }
    return worst;
  }

 private:
  // gradcheck of the operation as a function of some elements of one input to those elements of its
  // result that lie in some parts.
  GradcheckReport compare(std::size_t input, Part columns, const std::vector<Part>& rows,
                          bool fast) const {
    const Tensor x = flat(inputs_[input]);
    const Tensor before = Part{0, columns.first}.of(x);
    const Tensor after = Part{columns.last, x.numel()}.of(x);
    const bool whole = columns.size() == x.numel();
    const bool symmetric = mode_.symmetric && is_symmetric(inputs_[input]);
    const auto f = [&](const Tensor& z) {
      std::vector<Tensor> inputs = inputs_;
      Tensor& moved = inputs[input];
      moved = reshape(whole ? z : concatenate({before, z, after}), moved.shape());
      if (symmetric) moved = (moved + transpose(moved, -2, -1)) * 0.5;
      const Tensor y = flat(evaluate(node_, inputs));
      std::vector<Tensor> results;
      for (const Part& part : rows) results.push_back(part.of(y));
      return results;
    };
    const Tensor z = columns.of(x).clone().requires_grad_();
    GradcheckReport report = gradcheck(f, z,
                                       {.eps = options_.eps,
                                        .atol = options_.atol,
                                        .rtol = options_.rtol,
                                        .fast = fast,
                                        .allow_zero = true});
    report.input = input;
    return report;
  }

  GradcheckReport by_elements(const Window& window) const {
    GradcheckReport report = compare(window.input, window.columns, {window.rows}, false);
    report.index =
        unravel_index(window.columns.first + report.index.at(0), inputs_[window.input].shape());
    report.output_index = unravel_index(window.rows.first + report.output_index.at(0), result_);
    report.message = message("element ", Shape(report.output_index), " of the result by element ",
                             Shape(report.index), " of input ", window.input, describe(report));
    return report;
  }

  GradcheckReport by_directions(std::size_t input, Part columns,
                                const std::vector<Part>& rows) const {
    GradcheckReport report = compare(input, columns, rows, true);
    report.message =
        message("the result by input ", input, ", along random directions", describe(report));
    return report;
  }

  GradcheckReport by_parts(const Window& all) const {
    std::vector<Part> rows;
    for (std::size_t k = 0; k < std::min(parts, all.rows.size()); ++k)
      rows.push_back(all.rows.cut(k, std::min(parts, all.rows.size())));
    GradcheckReport worst;
    const std::size_t count = std::min(parts, all.columns.size());
    for (std::size_t k = 0; k < count; ++k) {
      const Part columns = all.columns.cut(k, count);
      const GradcheckReport report = by_directions(all.input, columns, rows);
      if (!report.ok)
        return mode_.locate ? locate({all.input, columns, rows[report.output]}, report) : report;
      if (k == 0 || badness(report) > badness(worst)) worst = report;
    }
    return worst;
  }

  // Halves a window that failed until its elements can be compared one by one.
  GradcheckReport locate(Window window, GradcheckReport report) const {
    while (window.size() > options_.max_elements) {
      Window halves[2] = {window, window};
      GradcheckReport reports[2];
      for (std::size_t k = 0; k < 2; ++k) {
        const bool wide = window.columns.size() > window.rows.size();
        Part& longer = wide ? halves[k].columns : halves[k].rows;
        longer = longer.cut(k, 2);
        reports[k] = by_directions(window.input, halves[k].columns, {halves[k].rows});
      }
      const std::size_t k = badness(reports[1]) > badness(reports[0]) ? 1 : 0;
      if (reports[k].ok) return report;
      window = halves[k];
      report = reports[k];
    }
    const GradcheckReport exact = by_elements(window);
    return exact.ok ? report : exact;
  }

  static std::string describe(const GradcheckReport& report) {
    std::ostringstream text;
    text.precision(10);
    text << ": analytic " << report.analytic << ", numerical " << report.numerical;
    text.precision(3);
    text << ", error " << report.error << ", allowed " << report.allowed;
    return text.str();
  }

  Node& node_;
  const std::vector<Tensor>& inputs_;
  const Shape& result_;
  const CheckGraphOptions& options_;
  OperationCheckMode mode_;
};

}  // namespace

Tensor evaluate(const Node& node, const std::vector<Tensor>& inputs) {
  std::vector<const Tensor*> in;
  for (const Tensor& input : inputs) in.push_back(&input);
  return node.evaluate(in);
}

GradcheckReport check_operation(Node& node, const std::vector<Tensor>& inputs, const Shape& result,
                                const CheckGraphOptions& options, OperationCheckMode mode) {
  return OperationCheck(node, inputs, result, options, mode).run();
}

bool is_symmetric(const Tensor& x) {
  if (x.ndim() < 2 || x.size(-1) != x.size(-2) || x.size(-1) < 2) return false;
  const Tensor difference = abs(x - transpose(x, -2, -1));
  return all(difference <= 1e-9 * abs(x)).item<int>() == 1;
}

}  // namespace xgrad::detail
