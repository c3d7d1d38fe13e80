#include "anomaly.hpp"

#include <type_traits>

#include "../graph/node.hpp"
#include "../kernels/reduce.hpp"
#include "../support/str.hpp"

namespace xgrad {
namespace {

// The number of the first NaN or infinity; numel() if there is none.
std::size_t first_non_finite(const Tensor& t) {
  return visit_dtype(t.dtype(), [&]<class T>(T) {
    if constexpr (std::is_floating_point_v<T>)
      return kernels::first_non_finite(t.data<T>().data(), t.numel());
    else
      return t.numel();
  });
}

bool is_finite(const Tensor& t) { return first_non_finite(t) == t.numel(); }

// "nan at (0, 2)": the first element that is not finite.
std::string shown(const Tensor& t) {
  const std::size_t element = first_non_finite(t);
  return str(t.to_vector<double>()[element], " at ", Shape(unravel_index(element, t.shape())));
}

// The inputs of an operation, in words.
struct InputList {
  std::string shapes;      // " (2, 3), none"
  std::string not_finite;  // the inputs that were not finite already

  void add(const std::string& shape) { shapes += (shapes.empty() ? " " : ", ") + shape; }
  void add(std::size_t i, const Tensor& values) {
    add(values.defined() ? to_string(values.shape()) : "none");
    if (values.defined() && !is_finite(values))
      not_finite += str("; input ", i, " already held ", shown(values));
  }
};

[[noreturn]] void refuse(Node& node, const Shape& result, const Tensor& derivative,
                         const std::string& made, const std::string& of) {
  InputList list;
  for (std::size_t i = 0; i < node.inputs().size(); ++i) {
    const Node::Input& input = node.inputs()[i];
    if (input.has_values || !input.needs_gradient())
      list.add(i, input.saved);
    else
      list.add(to_string(input.saved.defined() ? input.saved.shape() : result));
  }
  throw GradError(str(node.name(), ": AnomalyMode: ", made, " made ", shown(derivative), " of the ",
                      of, " of shape ", derivative.shape(), "; input shapes", list.shapes,
                      list.not_finite));
}

}  // namespace

void AnomalyMode::computed(const char* op, const Tensor& out, std::span<const Tensor* const> in) {
  if (detail::mode.sweeping) return;  // part of a gradient, which is examined as a whole
  if (is_finite(out)) return;
  InputList list;
  for (std::size_t i = 0; i < in.size(); ++i) list.add(i, *in[i]);
  throw GradError(str(op, ": AnomalyMode: forward made ", shown(out), " of the result of shape ",
                      out.shape(), "; input shapes", list.shapes,
                      list.not_finite.empty() ? "; all inputs are finite" : list.not_finite));
}

void AnomalyMode::differentiated(Node& node, const Shape& shape, std::size_t i,
                                 const Tensor& gradient) {
  if (!is_finite(gradient))
    refuse(node, shape, gradient, "backward", str("gradient for input ", i));
}

void AnomalyMode::pushed(Node& node, const Tensor& tangent) {
  if (!is_finite(tangent)) refuse(node, tangent.shape(), tangent, "forward mode", "tangent");
}

}  // namespace xgrad
