#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <tuple>
#include <utility>

#include "../graph/grad_mode.hpp"
#include "../graph/node.hpp"
#include "../graph/observer.hpp"
#include "../kernels/map.hpp"
#include "../tensor/creation.hpp"
#include "formula.hpp"

/// @file
/// `apply`: an elementwise operation, given as a Formula, applied to tensors. Broadcasting, dtypes,
/// recording and gradients are done here, once. Operations that are more than a formula are
/// declared by autograd/operation.hpp.

namespace xgrad {
namespace detail {

using formula::Domain;

[[noreturn]] void throw_undefined(const char* op, std::size_t operand);

/// Throws ValueError, naming `op`, if an operand is an undefined tensor.
template <class... Tensors>
void require_defined(const char* op, const Tensors&... operands) {
  std::size_t k = 0;
  ((operands.defined() ? void(++k) : throw_undefined(op, k)), ...);
}

/// A number as a 0-d tensor. Errors: ValueError, naming `op`, if the dtype does not hold it.
Tensor scalar_tensor(const char* op, const Scalar& scalar, DType dtype);

/// Brings operands to one dtype: `in[k]` then points to the tensor given or to `converted[k]`.
void unify(const char* op, Domain domain, const TensorOrScalar* const* given, std::size_t count,
           const Tensor** in, Tensor* converted);

/// Whether the operands are tensors of one dtype; `in` then points to them.
template <std::size_t N>
bool are_alike(const std::array<const TensorOrScalar*, N>& given, const Tensor** in) noexcept {
  for (std::size_t k = 0; k < N; ++k) {
    in[k] = given[k]->tensor();
    if (!in[k] || !get(*in[k]) || get(*in[k])->dtype != get(*in[0])->dtype) return false;
  }
  return true;
}
/// Whether a formula of this domain is computed in this dtype. What is not, is converted.
constexpr bool admits(Domain domain, DType dtype) noexcept {
  return is_floating(dtype) || (domain == Domain::numbers && dtype == int64);
}

/// The shape that all the operands broadcast to.
Shape broadcast_all(const char* op, const Tensor* const* in, std::size_t count);

template <std::size_t N>
bool are_of_one_shape(const std::array<const Tensor*, N>& in) noexcept {
  bool same = true;
  for (std::size_t k = 1; k < N; ++k) same = same && get(*in[k])->shape == get(*in[0])->shape;
  return same;
}

inline bool requires_grad(std::span<const Tensor* const> in) noexcept {
  bool any = false;
  for (const Tensor* t : in) any = any || (get(*t) && get(*t)->requires_grad);
  return any;
}

template <class T>
const T* values(const Tensor& t) noexcept {
  return static_cast<const T*>(get(t)->storage->data());
}
template <class T>
T* values(Tensor& t) noexcept {
  return static_cast<T*>(get(t)->storage->data());
}

/// The values and shape of an operand, of which the caller keeps hold.
struct View {
  View() noexcept = default;
  explicit View(const Tensor& t) noexcept
      : values(get(t)->storage->data()), shape(&get(t)->shape) {}
  View(const void* v, const Shape& s) noexcept : values(v), shape(&s) {}

  const void* values = nullptr;
  const Shape* shape = nullptr;
};

/// out = f(in…) over elements of type T.
template <class T, std::size_t N, class F, class A = kernels::Architecture>
void map_views(const F& f, Tensor& out, const std::array<View, N>& in) {
  const T* pointers[N];
  std::array<bool, N> varies;
  std::array<const Shape*, N> shapes;
  const Shape& shape = get(out)->shape;
  const std::size_t n = get(out)->storage->bytes / sizeof(T);
  bool flat = true;
  for (std::size_t k = 0; k < N; ++k) {
    pointers[k] = static_cast<const T*>(in[k].values);
    shapes[k] = in[k].shape;
    varies[k] = *shapes[k] == shape;
    flat = flat && (varies[k] || shapes[k]->numel() == 1);
  }
  if (flat)
    kernels::map_row(f, values<T>(out), pointers, varies, n);
  else
    kernels::map_broadcast(f, values<T>(out), pointers, kernels::Walk<N>::broadcast(shape, shapes));
}

/// Calls f with the index i as a compile-time constant.
template <std::size_t N, std::size_t I = 0, class F>
auto with_index(std::size_t i, const F& f) {
  if constexpr (I + 1 < N)
    if (i != I) return with_index<N, I + 1>(i, f);
  return f(std::integral_constant<std::size_t, I>{});
}

/// What applying the formula F consists of.
template <class F, class A = kernels::Architecture>
class Application {
  static constexpr std::size_t N = F::operands;
  static constexpr std::size_t output = N + 1;  // the gradient formula's operands: g, x…, y

 public:
  using Operands = std::array<const Tensor*, N>;

  /// The value, recorded if need be.
  static Tensor evaluate(const F& formula, const std::array<const TensorOrScalar*, N>& given) {
    Operands in;
    std::array<Tensor, N> converted;
    if (!are_alike(given, in.data()) || !admits(F::domain, get(*in[0])->dtype))
      unify(formula.name, F::domain, given.data(), N, in.data(), converted.data());
    const DType dtype = get(*in[0])->dtype;
    Tensor out = are_of_one_shape(in)
                     ? make_like(formula.name, *in[0])
                     : make_tensor(formula.name, broadcast_all(formula.name, in.data(), N), dtype);
    std::array<View, N> views;
    for (std::size_t k = 0; k < N; ++k) views[k] = View(*in[k]);
    const auto run = [&]<class T>(T) { map_views<T, N>(formula.value, out, views); };
    if constexpr (F::domain == Domain::numbers)
      visit_number(dtype, run);
    else
      visit_floating(dtype, run);
    if constexpr (F::differentiable > 0)
      if (is_grad_enabled() && requires_grad(in)) record(formula, out, in);
    if (mode.observer) [[unlikely]]
      notify_computed(formula.name, out, in);
    return out;
  }

 private:
  struct Recorded final : Node {
    explicit Recorded(const F* f) noexcept : formula(f) {}
    const char* name() const noexcept override { return formula->name; }
    bool is_elementwise() const noexcept override { return true; }
    Tensor gradient(std::size_t i, const Tensor& g, bool overwrite) override {
      return with_index<F::differentiable>(
          i, [&](auto index) { return gradient_of<index()>(*formula, g, overwrite, *this); });
    }
    bool add_gradient(std::size_t i, const Tensor& g, Tensor& total) override {
      const TensorImpl* saved = get(inputs()[i].saved);
      if (saved && saved->shape != get(g)->shape) return false;  // broadcast
      return with_index<F::differentiable>(
          i, [&](auto index) { return add_fused<index()>(*formula, g, *this, total); });
    }
    Tensor evaluate(std::span<const Tensor* const> in) const override {
      return [&]<std::size_t... K>(std::index_sequence<K...>) {
        const TensorOrScalar given[] = {TensorOrScalar(*in[K])...};
        return Application::evaluate(*formula, {&given[K]...});
      }(std::make_index_sequence<N>{});
    }
    const F* formula;
  };

  // Values are saved that a gradient reads, and constants: nobody else may have them, and
  // check_graph wants to evaluate the operation again.
  static void record(const F& formula, Tensor& out, const Operands& in) {
    Node* node = Node::create<Recorded>(N, &formula);
    unsigned read = 0;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((node->connect(I, *in[I]), read |= node->inputs()[I].edge ? F::template reads<I>() : 0U),
       ...);
    }(std::make_index_sequence<F::differentiable>{});
    for (std::size_t k = 0; k < N; ++k) {
      if ((read >> (k + 1) & 1U) || !node->inputs()[k].edge)
        node->save(k, *in[k]);
      else if (get(*in[k])->shape != get(out)->shape)
        node->save_shape(k, *in[k]);
    }
    if (read >> output & 1U) node->save_output(out);
    get(out)->node = node;
    get(out)->requires_grad = true;
  }

  template <std::size_t I>
  static Tensor gradient_of(const F& formula, const Tensor& g, bool overwrite, Node& node) {
    using G = typename F::template Gradient<I>;
    if constexpr (std::is_same_v<G, std::remove_const_t<decltype(formula::pass_gradient)>>) {
      return g;
    } else {
      return is_grad_enabled() ? recorded<I>(formula, g, node)
                               : fused<I>(formula, g, overwrite, node);
    }
  }

  /// The gradient over Tensors: it is itself recorded.
  template <std::size_t I>
  static Tensor recorded(const F& formula, const Tensor& g, Node& node) {
    constexpr unsigned read = F::template reads<I>();
    std::array<Tensor, N + 2> operands;
    operands[0] = g;
    for (std::size_t k = 0; k < N; ++k)
      if (read >> (k + 1) & 1U) operands[k + 1] = node.saved(k);
    if (read >> output & 1U) operands[output] = node.saved_output(g);
    return std::apply(std::get<I>(formula.gradients), operands);
  }

  /// The gradient over registers: one loop over just those operands that it reads. A part of it:
  /// the views of these operands, and the formula as a function of them alone.
  template <std::size_t I>
  struct Fused {
    static constexpr unsigned read = F::template reads<I>() | 1U;
    static constexpr auto count = static_cast<std::size_t>(std::popcount(read));

    static std::array<View, count> views(const Tensor& g, Node& node) {
      std::array<View, count> in;
      std::size_t next = 0;
      in[next++] = View(g);
      for (std::size_t k = 0; k < N; ++k)
        if (read >> (k + 1) & 1U) in[next++] = View(node.saved(k));
      if (read >> output & 1U) in[next] = {node.saved_output_values(g), g.shape()};
      return in;
    }
    static auto loop(const F& formula) {
      return [&formula](const auto&... used) {
        const auto all = std::tie(used...);
        return [&]<std::size_t... K>(std::index_sequence<K...>) {
          return std::get<I>(formula.gradients)(pick<read, K>(all)...);
        }(std::make_index_sequence<N + 2>{});
      };
    }
  };

  template <std::size_t I>
  static Tensor fused(const F& formula, const Tensor& g, bool overwrite, Node& node) {
    constexpr std::size_t count = Fused<I>::count;
    const auto in = Fused<I>::views(g, node);
    const auto loop = Fused<I>::loop(formula);
    Tensor out = overwrite ? g : make_like(formula.name, g);
    visit_floating(get(out)->dtype, [&]<class T>(T) { map_views<T, count>(loop, out, in); });
    return out;
  }

  /// total += gradient, in that loop.
  template <std::size_t I>
  static bool add_fused(const F& formula, const Tensor& g, Node& node, Tensor& total) {
    constexpr std::size_t count = Fused<I>::count + 1;
    std::array<View, count> in;
    std::ranges::copy(Fused<I>::views(g, node), in.begin() + 1);
    begin_write(total);
    in[0] = View(total);
    const auto add = [loop = Fused<I>::loop(formula)](const auto& sum, const auto&... used) {
      return sum + loop(used...);
    };
    visit_floating(get(total)->dtype, [&]<class T>(T) { map_views<T, count>(add, total, in); });
    return true;
  }

  template <unsigned read, std::size_t K, class Tuple>
  static auto pick(const Tuple& used) {
    if constexpr ((read >> K & 1U) != 0)
      return std::get<static_cast<std::size_t>(std::popcount(read & ((1U << K) - 1)))>(used);
    else
      return std::remove_cvref_t<std::tuple_element_t<0, Tuple>>(0);
  }
};

inline const TensorOrScalar* address(const TensorOrScalar& operand) noexcept { return &operand; }

}  // namespace detail

/// The operation `formula` applied to tensors and numbers, which are broadcast and brought to one
/// dtype, and recorded. The node keeps a pointer to the formula, which must therefore be a constant
/// that is never destroyed:
///
///     constexpr auto cube = formula::unary("cube",
///         [](const auto& x) { return x * x * x; },
///         [](const auto& g, const auto& x, const auto&) { return g * 3 * x * x; });
///     Tensor y = apply(cube, x);
///
/// Errors: ValueError for an undefined operand or a number that the dtype does not hold, DTypeError
/// for float32 mixed with float64, ShapeError for shapes that do not broadcast.
template <std::size_t N, formula::Domain D, class Value, class... Gradients, class... Operands>
  requires(sizeof...(Operands) == N)
Tensor apply(const formula::Formula<N, D, Value, Gradients...>& formula,
             const Operands&... operands) {
  return detail::Application<formula::Formula<N, D, Value, Gradients...>>::evaluate(
      formula, {detail::address(operands)...});
}
template <std::size_t N, formula::Domain D, class Value, class... Gradients, class... Operands>
Tensor apply(const formula::Formula<N, D, Value, Gradients...>&& formula,
             const Operands&... operands) = delete;

}  // namespace xgrad
