#pragma once

#include <array>
#include <bit>
#include <tuple>
#include <utility>

#include "autograd/creation.hpp"
#include "autograd/formula.hpp"
#include "autograd/grad_mode.hpp"
#include "autograd/kernels/map.hpp"
#include "autograd/node.hpp"

/// @file
/// The one way an operation is declared: its value and its gradients side by side, as a constant
/// that is then called like a function.
///
/// **Elementwise.** The value and, for each differentiable operand, the product of the incoming
/// gradient g with the derivative, in terms of the operands and the result y:
///
///     constexpr auto tanh_op = unary("tanh",
///         [](const auto& x) { return tanh(x); },
///         [](const auto& g, const auto&, const auto& y) { return g * (1 - y * y); });
///
/// The formulas are read over SIMD registers (the fused loop of the ordinary pass), over Tensors
/// (the pass that is itself recorded), over plain numbers, and over Probes, which tell what has to
/// be saved. Broadcasting, dtypes and recording are done here, once.
///
/// **Structural.** An `operation` computes its value from whole tensors and gives each gradient as
/// a function over Tensors, saying which values it reads.

namespace xgrad {

/// Whether an elementwise operation is defined on integers too, or computes them as float32.
enum class Domain { floats, numbers };

/// Gradient formula of an operand that enters the result unchanged: g is passed on, not copied.
inline constexpr auto pass_gradient = [](const auto& g, const auto&...) { return g; };

namespace detail {

template <std::size_t N>
using Operands = std::array<const Tensor*, N>;

[[noreturn]] void throw_undefined(const char* op, std::size_t operand);

/// Throws ValueError, naming `op`, if an operand is an undefined tensor.
template <class... Tensors>
void require_defined(const char* op, const Tensors&... operands) {
  std::size_t k = 0;
  ((operands.defined() ? void(++k) : throw_undefined(op, k)), ...);
}

/// Brings operands to one dtype: `in[k]` then points to the tensor given or to `converted[k]`.
void unify(const char* op, Domain domain, const TensorOrScalar* const* given, std::size_t count,
           const Tensor** in, Tensor* converted);

/// The shape that all the operands broadcast to.
Shape broadcast_all(const char* op, const Tensor* const* in, std::size_t count);

template <std::size_t N>
bool requires_grad(const Operands<N>& in) {
  bool any = false;
  for (const Tensor* t : in) any = any || (t->get() && t->get()->requires_grad);
  return any;
}

template <class T>
const T* values(const Tensor& t) noexcept {
  return static_cast<const T*>(t.get()->storage->data());
}
template <class T>
T* values(Tensor& t) noexcept {
  return static_cast<T*>(t.get()->storage->data());
}

/// The values and shape of an operand, of which the caller keeps hold.
struct View {
  View() noexcept = default;
  explicit View(const Tensor& t) noexcept
      : values(t.get()->storage->data()), shape(&t.get()->shape) {}
  View(const void* v, const Shape& s) noexcept : values(v), shape(&s) {}

  const void* values = nullptr;
  const Shape* shape = nullptr;
};

/// out = f(in…) over elements of type T.
template <class T, std::size_t N, class F>
void map_views(const F& f, Tensor& out, const std::array<View, N>& in) {
  const T* pointers[N];
  std::array<bool, N> varies;
  std::array<const Shape*, N> shapes;
  const Shape& shape = out.get()->shape;
  bool flat = true;
  for (std::size_t k = 0; k < N; ++k) {
    pointers[k] = static_cast<const T*>(in[k].values);
    shapes[k] = in[k].shape;
    varies[k] = *shapes[k] == shape;
    flat = flat && (varies[k] || shapes[k]->numel() == 1);
  }
  if (flat)
    kernels::map_row(f, values<T>(out), pointers, varies, shape.numel());
  else
    kernels::map_broadcast(f, values<T>(out), pointers, kernels::BroadcastPlan<N>(shape, shapes));
}

/// Calls f with the index i as a compile-time constant.
template <std::size_t N, class F>
Tensor with_index(std::size_t i, const F& f) {
  Tensor result;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (void)((I == i && (result = f(std::integral_constant<std::size_t, I>{}), true)) || ...);
  }(std::make_index_sequence<N>{});
  return result;
}

}  // namespace detail

/// An elementwise operation of N operands, the first sizeof...(Gradients) of them differentiable.
template <std::size_t N, Domain domain, class Value, class... Gradients>
class Elementwise {
 public:
  constexpr Elementwise(const char* name, Value value, Gradients... gradients)
      : name_(name), value_(value), gradients_(gradients...) {}

  template <class... Operands>
  Tensor operator()(const Operands&... operands) const {
    static_assert(sizeof...(Operands) == N);
    return evaluate({TensorOrScalar(operands)...});
  }

 private:
  static constexpr std::size_t differentiable = sizeof...(Gradients);
  static constexpr std::size_t output = N + 1;  // the gradient formula's operands: g, x…, y

  struct Recorded final : Node {
    explicit Recorded(const Elementwise* o) noexcept : op(o) {}
    const char* name() const noexcept override { return op->name_; }
    Tensor gradient(std::size_t i, const Tensor& g) override {
      return detail::with_index<differentiable>(
          i, [&](auto index) { return op->template gradient_of<index()>(g, *this); });
    }
    const Elementwise* op;
  };

  /// Which operands the formula of gradient I reads: bit 0 is g, bit k + 1 operand k.
  template <std::size_t I>
  static constexpr unsigned reads() {
    using Formula = std::tuple_element_t<I, std::tuple<Gradients...>>;
    return []<std::size_t... K>(std::index_sequence<K...>) {
      return formula::Probe(Formula{}(formula::Probe::operand(K)...)).reads;
    }(std::make_index_sequence<N + 2>{});
  }

  Tensor evaluate(const std::array<TensorOrScalar, N>& given) const {
    std::array<const TensorOrScalar*, N> pointers;
    for (std::size_t k = 0; k < N; ++k) pointers[k] = &given[k];
    detail::Operands<N> in;
    std::array<Tensor, N> converted;
    detail::unify(name_, domain, pointers.data(), N, in.data(), converted.data());

    const DType dtype = in[0]->dtype();
    Tensor out = empty(detail::broadcast_all(name_, in.data(), N), {.dtype = dtype});
    std::array<detail::View, N> views;
    for (std::size_t k = 0; k < N; ++k) views[k] = detail::View(*in[k]);
    if (dtype == float32)
      detail::map_views<float, N>(value_, out, views);
    else if (dtype == float64)
      detail::map_views<double, N>(value_, out, views);
    else if constexpr (domain == Domain::numbers)
      dtype == int64 ? detail::map_views<std::int64_t, N>(value_, out, views)
                     : detail::map_views<std::uint8_t, N>(value_, out, views);
    if (differentiable > 0 && is_grad_enabled() && detail::requires_grad(in)) record(out, in);
    return out;
  }

  void record(Tensor& out, const detail::Operands<N>& in) const {
    Node* node = Node::create<Recorded>(N, this);
    unsigned read = 0;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((node->connect(I, *in[I]), read |= node->inputs()[I].edge ? reads<I>() : 0U), ...);
    }(std::make_index_sequence<differentiable>{});
    for (std::size_t k = 0; k < N; ++k) {
      if (read >> (k + 1) & 1U)
        node->save(k, *in[k]);
      else if (node->inputs()[k].edge && in[k]->shape() != out.shape())
        node->save_shape(k, *in[k]);
    }
    if (read >> output & 1U) node->save_output(out);
    out.impl().node = node;
    out.impl().requires_grad = true;
  }

  template <std::size_t I>
  Tensor gradient_of(const Tensor& g, Node& node) const {
    using Formula = std::tuple_element_t<I, std::tuple<Gradients...>>;
    if constexpr (std::is_same_v<Formula, std::remove_const_t<decltype(pass_gradient)>>) {
      return g;
    } else {
      return is_grad_enabled() ? recorded<I>(g, node) : fused<I>(g, node);
    }
  }

  /// The formula over Tensors: the gradient is itself recorded.
  template <std::size_t I>
  Tensor recorded(const Tensor& g, Node& node) const {
    constexpr unsigned read = reads<I>();
    std::array<Tensor, N + 2> operands;
    operands[0] = g;
    for (std::size_t k = 0; k < N; ++k)
      if (read >> (k + 1) & 1U) operands[k + 1] = node.saved(k);
    if (read >> output & 1U) operands[output] = node.saved_output(g);
    return std::apply(std::get<I>(gradients_), operands);
  }

  /// The formula over registers: one loop over just those operands that it reads.
  template <std::size_t I>
  Tensor fused(const Tensor& g, Node& node) const {
    constexpr unsigned read = reads<I>() | 1U;
    constexpr auto count = static_cast<std::size_t>(std::popcount(read));
    std::array<detail::View, count> in;
    std::size_t next = 0;
    in[next++] = detail::View(g);
    for (std::size_t k = 0; k < N; ++k)
      if (read >> (k + 1) & 1U) in[next++] = detail::View(node.saved(k));
    if (read >> output & 1U) in[next] = {node.saved_output_values(g), g.shape()};
    const auto formula = [&](const auto&... used) {
      const auto all = std::tie(used...);
      return [&]<std::size_t... K>(std::index_sequence<K...>) {
        return std::get<I>(gradients_)(pick<read, K>(all)...);
      }(std::make_index_sequence<N + 2>{});
    };
    Tensor out = empty(g.shape(), {.dtype = g.dtype()});
    out.dtype() == float32 ? detail::map_views<float, count>(formula, out, in)
                           : detail::map_views<double, count>(formula, out, in);
    return out;
  }

  template <unsigned read, std::size_t K, class Tuple>
  static auto pick(const Tuple& used) {
    if constexpr ((read >> K & 1U) != 0)
      return std::get<static_cast<std::size_t>(std::popcount(read & ((1U << K) - 1)))>(used);
    else
      return std::remove_cvref_t<std::tuple_element_t<0, Tuple>>(0);
  }

  const char* name_;
  Value value_;
  std::tuple<Gradients...> gradients_;
};

/// An elementwise operation of N operands: gradients for the first ones, the others are constants.
template <std::size_t N, Domain domain = Domain::floats, class Value, class... Gradients>
constexpr auto elementwise(const char* name, Value value, Gradients... gradients) {
  return Elementwise<N, domain, Value, Gradients...>(name, value, gradients...);
}
template <Domain domain = Domain::floats, class Value, class Gradient>
constexpr auto unary(const char* name, Value value, Gradient gradient) {
  return elementwise<1, domain>(name, value, gradient);
}
template <Domain domain = Domain::floats, class Value, class GradientA, class GradientB>
constexpr auto binary(const char* name, Value value, GradientA gradient_a, GradientB gradient_b) {
  return elementwise<2, domain>(name, value, gradient_a, gradient_b);
}

// ------------------------------------------------------------------------------------------------

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

/// A gradient over Tensors, f(g, context), with what it reads.
template <class F>
struct Gradient {
  unsigned reads;
  F f;
};
template <class F>
constexpr Gradient<F> gradient(unsigned reads, F f) {
  return {reads, f};
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
      NoGrad guard;
      out = value_(Inputs(in), attributes);
    }
    if (!is_grad_enabled()) return out;
    for (const Tensor* t : in) {
      if (t->get() && t->get()->requires_grad) {
        record(out, in, attributes);
        break;
      }
    }
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
    Tensor gradient(std::size_t i, const Tensor& g) override {
      const Context<Attributes> context(attributes, i, *this, g);
      constexpr std::size_t count = sizeof...(Gradients);
      return detail::with_index<count>(count == 1 ? 0 : i, [&](auto index) {
        return std::get<index()>(op->gradients_).f(g, context);
      });
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
      if (i < 31 && (read >> i & 1U))
        node->save(i, *in[i]);
      else
        node->save_shape(i, *in[i]);
    }
    if (read & reads::output) node->save_output(out);
    out.impl().node = node;
    out.impl().requires_grad = true;
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
