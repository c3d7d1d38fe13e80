#include "anomaly.hpp"

#include <cmath>

#include "../graph/node.hpp"
#include "../kernels/finite.hpp"
#include "../support/message.hpp"

namespace xgrad {
namespace {

// The number of the first NaN or infinity; numel() if there is none.
std::size_t first_non_finite(const Tensor& t) {
  const void* values = t.impl().storage->data();
  switch (t.dtype()) {
    case float32: return kernels::first_non_finite(static_cast<const float*>(values), t.numel());
    case float64: return kernels::first_non_finite(static_cast<const double*>(values), t.numel());
    default: return t.numel();
  }
}

bool is_finite(const Tensor& t) { return first_non_finite(t) == t.numel(); }

// "nan at (0, 2)": the first that is not finite.
std::string shown(const Tensor& t) {
  const std::size_t element = first_non_finite(t);
  const double value = t.to_vector<double>()[element];
  return message(std::isnan(value) ? "nan"
                 : value > 0       ? "inf"
                                   : "-inf",
                 " at ", Shape(unravel_index(element, t.shape())));
}

/// The operation's inputs, in words.
class InputList {
 public:
  void add(const Shape& shape) { shapes_ += message(shapes_.empty() ? " " : ", ", shape); }
  void add_none() { shapes_ += shapes_.empty() ? " none" : ", none"; }
  /// Looks for what input i already held.
  void examine(std::size_t i, const Tensor& values) {
    if (!is_finite(values)) holders_ += message("; input ", i, " already held ", shown(values));
  }
  const std::string& shapes() const noexcept { return shapes_; }
  /// Empty if all that were examined are finite.
  const std::string& holders() const noexcept { return holders_; }

 private:
  std::string shapes_;
  std::string holders_;
};

// The inputs of a recorded operation whose result has this shape; their values, where saved.
InputList inputs_of(Node& node, const Shape& shape) {
  InputList list;
  for (std::size_t i = 0; i < node.inputs().size(); ++i) {
    const Node::Input& input = node.inputs()[i];
    if (!input.saved.defined()) {
      input.node ? list.add(shape) : list.add_none();
      continue;
    }
    list.add(input.saved.shape());
    if (input.has_values) list.examine(i, input.saved);
  }
  return list;
}

[[noreturn]] void refuse(Node& node, const Shape& result, const Tensor& derivative,
                         const std::string& made, const std::string& of) {
  const InputList inputs = inputs_of(node, result);
  throw GradError(message(node.name(), ": AnomalyMode: ", made, " made ", shown(derivative),
                          " of the ", of, " of shape ", derivative.shape(), "; input shapes",
                          inputs.shapes(), inputs.holders()));
}

}  // namespace

void AnomalyMode::computed(const char* op, const Tensor& out, std::span<const Tensor* const> in) {
  if (detail::mode.sweeping) return;  // part of a gradient, which is looked at as a whole
  if (is_finite(out)) return;
  InputList inputs;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!in[i]->defined()) {
      inputs.add_none();
      continue;
    }
    inputs.add(in[i]->shape());
    inputs.examine(i, *in[i]);
  }
  throw GradError(message(op, ": AnomalyMode: forward made ", shown(out),
                          " of the result of shape ", out.shape(), "; input shapes",
                          inputs.shapes(),
                          inputs.holders().empty() ? "; all inputs are finite" : inputs.holders()));
}

void AnomalyMode::differentiated(Node& node, const Shape& shape, std::size_t i,
                                 const Tensor& gradient) {
  if (!is_finite(gradient))
    refuse(node, shape, gradient, "backward", message("gradient for input ", i));
}

void AnomalyMode::pushed(Node& node, const Tensor& tangent) {
  if (!is_finite(tangent)) refuse(node, tangent.shape(), tangent, "forward mode", "tangent");
}

}  // namespace xgrad
