#include "anomaly.hpp"

#include <type_traits>

#include "../graph/node.hpp"
#include "../kernels/reduce.hpp"
#include "../support/str.hpp"

namespace xgrad {
namespace {

// "nan at (0, 2)": the first NaN or infinity; "" if all elements are finite.
std::string not_finite(const Tensor& t) {
  return visit_dtype(t.dtype(), [&]<class T>(T) -> std::string {
    if constexpr (std::is_floating_point_v<T>)
      if (const std::size_t i = kernels::first_non_finite(t.data<T>().data(), t.numel());
          i < t.numel())
        return str(t.data<T>()[i], " at ", Shape(unravel_index(i, t.shape())));
    return "";
  });
}

// The inputs of an operation, in words.
struct InputList {
  std::string shapes = {};  // " (2, 3), none"
  std::string odd = {};     // the inputs that were not finite already

  void add(const std::string& shape) { shapes += (shapes.empty() ? " " : ", ") + shape; }
  void add(std::size_t i, const Tensor& values) {
    add(values.defined() ? to_string(values.shape()) : "none");
    if (const std::string what = values.defined() ? not_finite(values) : ""; !what.empty())
      odd += str("; input ", i, " already held ", what);
  }
};

// Throws if a derivative that a pass has made of `of` is not finite.
template <class... Of>
void examine(Node& node, const Shape& result, const Tensor& derivative, const char* pass,
             const Of&... of) {
  const std::string found = not_finite(derivative);
  if (found.empty()) return;
  InputList list;
  for (std::size_t i = 0; i < node.inputs().size(); ++i) {
    const Node::Input& input = node.inputs()[i];
    if (input.has_values || !input.needs_gradient())
      list.add(i, input.saved);
    else
      list.add(to_string(input.saved.defined() ? input.saved.shape() : result));
  }
  throw GradError(str(node.name(), ": AnomalyMode: ", pass, " made ", found, " of the ", of...,
                      " of shape ", derivative.shape(), "; input shapes", list.shapes, list.odd));
}

}  // namespace

void AnomalyMode::computed(const char* op, const Tensor& out, std::span<const Tensor* const> in) {
  if (detail::mode.sweeping) return;  // part of a gradient, which is examined as a whole
  const std::string found = not_finite(out);
  if (found.empty()) return;
  InputList list;
  for (std::size_t i = 0; i < in.size(); ++i) list.add(i, *in[i]);
  throw GradError(str(op, ": AnomalyMode: forward made ", found, " of the result of shape ",
                      out.shape(), "; input shapes", list.shapes,
                      list.odd.empty() ? "; all inputs are finite" : list.odd));
}

void AnomalyMode::differentiated(Node& node, const Shape& shape, std::size_t i,
                                 const Tensor& gradient) {
  examine(node, shape, gradient, "backward", "gradient for input ", i);
}

void AnomalyMode::pushed(Node& node, const Tensor& tangent) {
  examine(node, tangent.shape(), tangent, "forward mode", "tangent");
}

}  // namespace xgrad
