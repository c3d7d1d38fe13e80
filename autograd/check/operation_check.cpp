#include "operation_check.hpp"

#include <algorithm>
#include <cmath>

#include "../ops/arithmetic.hpp"
#include "../ops/elementwise.hpp"
#include "../ops/logic.hpp"
#include "../ops/reduction.hpp"
#include "../ops/shaping.hpp"
#include "../support/message.hpp"

namespace xgrad::detail {
namespace {

// The k-th of `count` parts of about equal size.
Section cut(const Section& section, std::size_t k, std::size_t count) {
  const std::size_t begin = section.size * k / count, end = section.size * (k + 1) / count;
  return {section.tensor, section.first + begin, end - begin};
}

// A large Jacobian is cut into parts x parts windows, so that a wrong element has fewer right ones
// beside it.
constexpr std::size_t parts = 8;

class OperationCheck {
 public:
  OperationCheck(Node& node, const std::vector<Tensor>& inputs, const Shape& result,
                 const CheckGraphOptions& options, OperationCheckMode mode)
      : node_(node), inputs_(inputs), result_(result), options_(options), mode_(mode) {}

  GradcheckReport run() const {
    GradcheckReport worst;
    worst.ok = true;
    const Section rows{0, 0, result_.numel()};
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!node_.inputs()[i].edge || inputs_[i].numel() * rows.size == 0) continue;
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
    return error_ratio(a) > error_ratio(b);
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
    report.message = message(
        fast ? message("the result by input ", i, ", along random directions")
             : message("element ", Shape(report.output_index), " of the result by element ",
                       Shape(report.index), " of input ", i),
        ": analytic ", digits(report.analytic, 10), ", numerical ", digits(report.numerical, 10),
        ", error ", digits(report.error, 3), ", allowed ", digits(report.allowed, 3));
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
