#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include "../graph/graph.hpp"
#include "apply.hpp"

/// @file
/// Structural operations: those that are more than a formula for one element. An `operation`
/// computes its value from whole tensors and each gradient by a function over Tensors, which says
/// what values it reads:
///
///     constexpr auto transpose_op = operation(
///         "t", [](const Inputs& in) { return transposed(in[0]); },
///         gradient(reads::nothing, [](const Tensor& g, const auto&) { return t(g); }));
///
/// What parametrises it (axes, ranges) is its Attributes, one struct stored in the node, which the
/// value takes as a second argument.

namespace xgrad {

/// The inputs of a structural operation; one that is optional may be undefined.
struct Inputs {
  std::span<const Tensor* const> tensors;  ///< in order

  /// Input i.
  const Tensor& operator[](std::size_t i) const noexcept { return *tensors[i]; }
  std::size_t size() const noexcept { return tensors.size(); }  ///< how many
};

/// What a structural gradient is computed from, beside g.
template <class Operation>
struct Context {
  const Operation& op;  ///< itself: some operations are their own gradient's
  const typename Operation::Attributes& attributes;  ///< those it was called with
  Node& node;                                        ///< that recorded it
  const Tensor& g;                                   ///< the gradient of the result
  std::size_t index = 0;                             ///< of the input
  mutable Tensor shared{};  ///< for what the gradients of several inputs have in common

  /// Values of input i, which the gradient must have declared to read.
  const Tensor& input(std::size_t i) const { return node.saved(i); }
  /// The shape of input i.
  const Shape& shape(std::size_t i) const { return node.like_input(i, g).shape(); }
  /// The dtype of input i.
  DType dtype(std::size_t i) const { return node.like_input(i, g).dtype(); }
  /// The result, which the gradient must have declared to read.
  Tensor output() const { return node.saved_output(g); }
};

/// The gradient of one input, with what it reads: compute(context, out) gives it to `out`.
template <class F>
struct Gradient {
  unsigned reads;  ///< of `reads`, combined by |
  F compute;       ///< as said above
};

/// The gradient f(g, context) over Tensors.
template <class F>
constexpr auto gradient(unsigned reads, F f) {
  auto compute = [f](const auto& c, InputGradients& out) { out.set(c.index, f(c.g, c)); };
  return Gradient<decltype(compute)>{reads, compute};
}

/// The gradient of an input of which the result is a part, unchanged: add(total, g, context) adds g
/// to that part of a sum, so that many parts of one tensor do not cost the whole each. It is not
/// recorded itself: its own gradient is the operation again.
template <class F>
constexpr auto part_gradient(unsigned reads, F f) {
  auto compute = [f](const auto& c, InputGradients& out) {
    const auto add = [&](Tensor& total) {
      f(total, c.g, c);
      if (detail::mode.noting) [[unlikely]]
        c.op.note_part(f, c, total);
    };
    if (const detail::Sum total = out.sum_of(c.index)) return add(*total);
    if (out.set_part(c.index, c.g)) return;
    Tensor total = zeros(c.shape(c.index), {.dtype = c.dtype(c.index)});
    add(total);
    if (is_grad_enabled() || detail::mode.observer)
      detail::record_parts(total, {{&c.node, c.index, c.g}});
    out.set(c.index, std::move(total));
  };
  return Gradient<decltype(compute)>{reads, compute};
}

/// For operations that nothing parametrises.
struct NoAttributes {};

/// A structural operation: value(inputs, attributes) and its gradients, one for each input, of
/// which the last serves all further ones.
template <class A, class Value, class... Gradients>
class Operation {
 public:
  using Attributes = A;  ///< what parametrises it
  /// As `operation` makes it.
  constexpr Operation(const char* name, Value value, Gradients... gradients)
      : name_(name), value_(value), gradients_(gradients...), reads_{gradients.reads...} {}

  const char* name() const noexcept { return name_; }  ///< for messages

  /// The value, recorded if need be. Throws what the function of the value throws.
  /// @{
  Tensor operator()(std::span<const Tensor* const> in, const Attributes& attributes = {}) const {
    Tensor out;
    {
      const detail::Unobserved guard(name_);
      out = value(in, attributes);
    }
    if (detail::mode.noting && !detail::mode.calls->has_written(out)) [[unlikely]]
      detail::note_value(out, in, [this, attributes](std::span<const Tensor* const> x) {
        return value(x, attributes);
      });
    if (is_grad_enabled() && detail::requires_grad(in))
      Node::create<Recorded>(in.size(), this, attributes)
          ->record(out, in, in.size(),
                   [&](std::size_t i) { return reads_[std::min(i, reads_.size() - 1)]; });
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
  /// @}

  /// Notes the call f(total, c.g, c) of a part_gradient, whose node will have released its values.
  template <class F>
  void note_part(const F& f, const Context<Operation>& c, Tensor& total) const {
    detail::Calls& calls = *detail::mode.calls;
    const std::size_t count = c.node.inputs().size();
    const std::shared_ptr<Node> node(Node::create<Recorded>(count, this, c.attributes),
                                     ReleaseNode());
    for (std::size_t i = 0; i < count; ++i) {
      const Tensor& saved = c.node.inputs()[i].saved;
      node->inputs()[i].saved =
          saved.defined() && detail::get(saved)->storage ? calls.reads(saved).detach() : saved;
    }
    calls.add([f, node, op = this, attributes = c.attributes, index = c.index, g = calls.reads(c.g),
               to = calls.writes(total)]() mutable {
      for (Node::Input& input : node->inputs())
        if (const detail::TensorImpl* impl = detail::get(input.saved); impl && impl->storage)
          input.version = impl->storage->version;
      f(to, g, Context<Operation>{*op, attributes, *node, g, index});
    });
  }

 private:
  Tensor value(std::span<const Tensor* const> in, const Attributes& attributes) const {
    if constexpr (std::is_invocable_v<const Value&, Inputs>)
      return value_(Inputs{in});
    else
      return value_(Inputs{in}, attributes);
  }

  struct Recorded final : Node {
    Recorded(const Operation* o, const Attributes& a) : op(o), attributes(a) {}
    const char* name() const noexcept override { return op->name_; }
    void gradients(const Tensor& g, InputGradients& out) override {
      Context<Operation> c{*op, attributes, *this, g};
      for (; c.index < inputs().size(); ++c.index) {
        if (!out.needs(c.index)) continue;
        std::apply(
            [&](const auto&... each) {
              std::size_t before = std::min(c.index, sizeof...(each) - 1);
              ((before-- == 0 ? each.compute(c, out) : void()), ...);
            },
            op->gradients_);
      }
    }
    Tensor evaluate(std::span<const Tensor* const> in) const override {
      return (*op)(in, attributes);
    }
    const Operation* op;
    [[no_unique_address]] Attributes attributes;
  };

  const char* name_;
  Value value_;
  std::tuple<Gradients...> gradients_;
  std::array<unsigned, sizeof...(Gradients)> reads_;
};

/// The operation of this name, value and gradients, to be kept as a constant that is never
/// destroyed: nodes point to it.
template <class Attributes = NoAttributes, class Value, class... Gradients>
constexpr auto operation(const char* name, Value value, Gradients... gradients) {
  return Operation<Attributes, Value, Gradients...>(name, value, gradients...);
}

}  // namespace xgrad
