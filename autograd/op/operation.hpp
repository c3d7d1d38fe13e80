#pragma once

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "apply.hpp"

/// @file
/// Structural operations: those that are more than a formula for one element. An `operation`
/// computes its value from whole tensors and each gradient by a function over Tensors, which says
/// what values it reads:
///
///     constexpr auto transpose_op = operation(
///         "t", [](const Inputs& in, const NoAttributes&) { return transposed(in[0]); },
///         gradient(reads::nothing, [](const Tensor& g, const auto&) { return t(g); }));
///
/// What parametrises it (axes, ranges) is its Attributes, one struct stored in the node.

namespace xgrad {

/// The inputs of a structural operation; one that is optional may be undefined.
class Inputs {
 public:
  explicit Inputs(std::span<const Tensor* const> tensors) noexcept : tensors_(tensors) {}
  const Tensor& operator[](std::size_t i) const noexcept { return *tensors_[i]; }
  std::size_t size() const noexcept { return tensors_.size(); }

 private:
  std::span<const Tensor* const> tensors_;
};

/// What a structural gradient is computed from, beside g.
template <class Attributes>
class Context {
 public:
  Context(const Attributes& a, Node& node, const Tensor& g) noexcept
      : attributes(a), node_(node), g_(g) {}

  const Attributes& attributes;

  /// Values of input i, which the gradient must have declared to read.
  const Tensor& input(std::size_t i) const { return node_.saved(i); }
  const Shape& shape(std::size_t i) const { return node_.like_input(i, g_).shape(); }
  DType dtype(std::size_t i) const { return node_.like_input(i, g_).dtype(); }
  /// The result, which the gradient must have declared to read.
  Tensor output() const { return node_.saved_output(g_); }

 private:
  Node& node_;
  const Tensor& g_;
};

/// The gradient of one input over Tensors, f(g, context), with what it reads. Where the result is
/// a part of the input, `add(total, g, context)` adds g to that part of a sum, so that many
/// parts of one tensor do not cost the whole each; it is not recorded.
template <class F, class Add>
struct Gradient {
  static constexpr bool is_joint = false;
  unsigned reads;
  F f;
  Add add;

  constexpr unsigned reads_of(std::size_t) const { return reads; }
  template <class Attributes>
  void compute(std::size_t i, const Tensor& g, const Context<Attributes>& context,
               InputGradients& out) const {
    if constexpr (!std::is_null_pointer_v<Add>) {
      if (const detail::Sum total = out.sum_of(i)) return add(*total, g, context);
      if (out.set_part(i, g)) return;
    }
    out.set(i, f(g, context));
  }
};
template <class F, class Add = std::nullptr_t>
constexpr Gradient<F, Add> gradient(unsigned reads, F f, Add add = {}) {
  return {reads, f, add};
}

/// The gradients of all inputs at once: f(g, context, out) gives those that out.needs(i) to
/// out.set(i, …). What each reads is listed; the last entry holds for all further inputs.
template <std::size_t N, class F>
struct JointGradients {
  static constexpr bool is_joint = true;
  std::array<unsigned, N> reads;
  F f;

  constexpr unsigned reads_of(std::size_t i) const { return reads[std::min(i, N - 1)]; }
};
template <std::size_t N, class F>
constexpr JointGradients<N, F> gradients(const unsigned (&reads)[N], F f) {
  return {std::to_array(reads), f};
}

struct NoAttributes {};

/// A structural operation: value(inputs, attributes) and its gradients, one for each input, of
/// which the last serves all further ones, or joint ones.
template <class Attributes, class Value, class... Gradients>
class Operation {
 public:
  constexpr Operation(const char* name, Value value, Gradients... gradients)
      : name_(name), value_(value), gradients_(gradients...) {}

  const char* name() const noexcept { return name_; }

  Tensor operator()(std::span<const Tensor* const> in, const Attributes& attributes = {}) const {
    Tensor out;
    {
      const detail::Unobserved guard(name_);
      out = value_(Inputs(in), attributes);
    }
    if (is_grad_enabled() && detail::requires_grad(in))
      Node::create<Recorded>(in.size(), this, attributes)
          ->record(out, in, in.size(), [&](std::size_t i) {
            return with_gradient(i, [i](const auto& each) { return each.reads_of(i); });
          });
    if (detail::mode.observer) Observer::notify(&Observer::computed, name_, out, in);
    return out;
  }
  Tensor operator()(const Tensor& a, const Attributes& attributes = {}) const {
    const Tensor* in[] = {&a};
    return (*this)(in, attributes);
  }
  Tensor operator()(const Tensor& a, const Tensor& b, const Attributes& attributes = {}) const {
    const Tensor* in[] = {&a, &b};
    return (*this)(in, attributes);
  }
  Tensor operator()(const Tensor& a, const Tensor& b, const Tensor& c,
                    const Attributes& attributes = {}) const {
    const Tensor* in[] = {&a, &b, &c};
    return (*this)(in, attributes);
  }

 private:
  static constexpr bool is_joint = (Gradients::is_joint && ...);

  struct Recorded final : Node {
    Recorded(const Operation* o, const Attributes& a) : op(o), attributes(a) {}
    const char* name() const noexcept override { return op->name_; }
    void gradients(const Tensor& g, InputGradients& out) override {
      const Tensor held = is_joint ? g : Tensor();  // `out` releases g with the last gradient
      const Context<Attributes> context(attributes, *this, is_joint ? held : g);
      if constexpr (is_joint)
        std::get<0>(op->gradients_).f(held, context, out);
      else
        for (std::size_t i = 0; i < inputs().size(); ++i)
          if (out.needs(i))
            op->with_gradient(i,
                              [&](const auto& gradient) { gradient.compute(i, g, context, out); });
    }
    Tensor evaluate(std::span<const Tensor* const> in) const override {
      return (*op)(in, attributes);
    }
    const Operation* op;
    [[no_unique_address]] Attributes attributes;
  };

  template <class F>
  auto with_gradient(std::size_t i, const F& f) const {
    constexpr std::size_t count = sizeof...(Gradients);
    return detail::with_index<count>(std::min(i, count - 1),
                                     [&](auto index) { return f(std::get<index()>(gradients_)); });
  }

  const char* name_;
  Value value_;
  std::tuple<Gradients...> gradients_;
};

template <class Attributes = NoAttributes, class Value, class... Gradients>
constexpr auto operation(const char* name, Value value, Gradients... gradients) {
  return Operation<Attributes, Value, Gradients...>(name, value, gradients...);
}

}  // namespace xgrad
