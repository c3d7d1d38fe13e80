#pragma once

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "apply.hpp"

/// @file
/// Structural operations: those that are more than a formula for one element. An `operation`
/// computes its value from whole tensors and gives each gradient as a function over Tensors, saying
/// which values it reads:
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

/// What a structural gradient may ask for.
template <class Attributes>
class Context {
 public:
  Context(const Attributes& a, std::size_t i, Node& node, const Tensor& g) noexcept
      : attributes(a), index(i), node_(node), g_(g) {}

  const Attributes& attributes;
  std::size_t index;  ///< of the input whose gradient is wanted

  /// Values of input i, which the gradient must have declared to read.
  const Tensor& input(std::size_t i) const { return node_.saved(i); }
  const Shape& shape(std::size_t i) const { return node_.inputs()[i].saved.shape(); }
  DType dtype(std::size_t i) const { return node_.inputs()[i].saved.dtype(); }
  /// The result, which the gradient must have declared to read.
  Tensor output() const { return node_.saved_output(g_); }

 private:
  Node& node_;
  const Tensor& g_;
};

/// What a structural gradient reads: a set of bits.
namespace reads {
inline constexpr unsigned nothing = 0;
inline constexpr unsigned output = 1U << 31;
constexpr unsigned input(std::size_t i) noexcept { return 1U << i; }
}  // namespace reads

/// A gradient over Tensors, f(g, context), with what it reads. Where the result is merely a part of
/// the input, `add(total, g, context)` adds g to that part of a sum, so that many parts of one
/// tensor do not cost the whole each; it is not recorded.
template <class F, class Add>
struct Gradient {
  unsigned reads;
  F f;
  Add add;
};
template <class F, class Add = std::nullptr_t>
constexpr Gradient<F, Add> gradient(unsigned reads, F f, Add add = {}) {
  return {reads, f, add};
}

struct NoAttributes {};

/// A structural operation: value(inputs, attributes) and one gradient for each input, or a single
/// one that serves all (as in concatenate) and finds the input's number in its context.
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
    if (is_grad_enabled() && detail::requires_grad(in)) record(out, in, attributes);
    if (detail::mode.observer) detail::notify_computed(name_, out, in);
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
  struct Recorded final : Node {
    Recorded(const Operation* o, const Attributes& a) : op(o), attributes(a) {}
    const char* name() const noexcept override { return op->name_; }
    Tensor gradient(std::size_t i, const Tensor& g, bool /*overwrite*/) override {
      const Context<Attributes> context(attributes, i, *this, g);
      return with_gradient(i, [&](const auto& gradient) { return gradient.f(g, context); });
    }
    bool takes_part(std::size_t i) const noexcept override {
      return with_gradient(
          i, [](const auto& gradient) { return !std::is_null_pointer_v<decltype(gradient.add)>; });
    }
    bool add_gradient(std::size_t i, const Tensor& g, Tensor& total) override {
      return with_gradient(i, [&](const auto& gradient) {
        constexpr bool adds = !std::is_null_pointer_v<decltype(gradient.add)>;
        if constexpr (adds) {
          detail::begin_write(total);
          gradient.add(total, g, Context<Attributes>(attributes, i, *this, g));
        }
        return adds;
      });
    }
    Tensor evaluate(std::span<const Tensor* const> in) const override {
      return (*op)(in, attributes);
    }
    template <class F>
    auto with_gradient(std::size_t i, const F& f) const {
      constexpr std::size_t count = sizeof...(Gradients);
      return detail::with_index<count>(
          count == 1 ? 0 : i, [&](auto index) { return f(std::get<index()>(op->gradients_)); });
    }
    const Operation* op;
    [[no_unique_address]] Attributes attributes;
  };

  unsigned reads_of(std::size_t i) const {
    std::array<unsigned, sizeof...(Gradients)> all = std::apply(
        [](const auto&... each) {
          return std::array<unsigned, sizeof...(Gradients)>{each.reads...};
        },
        gradients_);
    return all[sizeof...(Gradients) == 1 ? 0 : i];
  }

  void record(Tensor& out, std::span<const Tensor* const> in, const Attributes& attributes) const {
    Node* node = Node::create<Recorded>(in.size(), this, attributes);
    unsigned read = 0;
    for (std::size_t i = 0; i < in.size(); ++i) {
      node->connect(i, *in[i]);
      if (node->inputs()[i].edge) read |= reads_of(i);
    }
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (!in[i]->defined()) continue;
      if (!node->inputs()[i].edge || (i < 31 && (read >> i & 1U)))
        node->save(i, *in[i]);
      else
        node->save_shape(i, *in[i]);
    }
    if (read & reads::output) node->save_output(out);
    detail::impl(out).node = node;
    detail::impl(out).requires_grad = true;
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
