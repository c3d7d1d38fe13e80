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

/// Makes a 0-d tensor of a number. Throws ValueError, naming `op`, if the dtype does not hold it.
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
      if (is_grad_enabled() && requires_grad(in))
        Node::create<Recorded>(N, &formula)->record(out, in, F::differentiable, [](std::size_t i) {
          return reads_of[i];
        });
    if (mode.observer) [[unlikely]]
      Observer::notify(&Observer::computed, formula.name, out, in);
    return out;
  }

 private:
  // What the gradients read, for Node::record.
  static constexpr auto reads_of = []<std::size_t... I>(std::index_sequence<I...>) {
    constexpr auto bits = [](unsigned read) {
      return (read >> 1 & ((1U << N) - 1)) | (read >> output & 1U ? reads::output : 0U);
    };
    return std::array<unsigned, sizeof...(I)>{bits(F::template reads<I>())...};
  }(std::make_index_sequence<F::differentiable>{});

  class Recorded final : public Node {
   public:
    explicit Recorded(const F* f) noexcept : formula_(*f) {}
    const char* name() const noexcept override { return formula_.name; }
    bool is_elementwise() const noexcept override { return true; }
    void gradients(const Tensor& g, InputGradients& out) override {
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (compute<I>(g, out), ...);
      }(std::make_index_sequence<F::differentiable>{});
    }
    Tensor evaluate(std::span<const Tensor* const> in) const override {
      return [&]<std::size_t... K>(std::index_sequence<K...>) {
        const TensorOrScalar given[] = {TensorOrScalar(*in[K])...};
        return Application::evaluate(formula_, {&given[K]...});
      }(std::make_index_sequence<N>{});
    }

   private:
    template <std::size_t I>
    void compute(const Tensor& g, InputGradients& out) {
      using G = typename F::template Gradient<I>;
      if (!out.needs(I)) return;
      const Tensor& model = like_input(I, g);
      const bool broadcast = &model != &g && get(model)->shape != get(g)->shape;
      // The first gradient of a result has no sum to be added to.
      const bool first = inputs()[I].node && !inputs()[I].node->pending.defined();
      if (!first && !broadcast)
        if (const Sum total = out.sum_of(I)) return add_fused<I>(g, *total);
      if constexpr (std::is_same_v<G, std::remove_const_t<decltype(formula::pass_gradient)>>)
        out.set(I, Tensor(g));
      else
        out.set(I, is_grad_enabled() ? recorded<I>(g) : fused<I>(g, out.may_overwrite(g)));
    }

    /// The gradient over Tensors: it is itself recorded.
    template <std::size_t I>
    Tensor recorded(const Tensor& g) {
      constexpr unsigned read = F::template reads<I>();
      std::array<Tensor, N + 2> operands;
      operands[0] = g;
      for (std::size_t k = 0; k < N; ++k)
        if (read >> (k + 1) & 1U) operands[k + 1] = saved(k);
      if (read >> output & 1U) operands[output] = saved_output(g);
      return std::apply(std::get<I>(formula_.gradients), operands);
    }

    /// The gradient over registers: one loop over just those operands that it reads.
    template <std::size_t I>
    Tensor fused(const Tensor& g, bool overwrite) {
      const auto in = views<I>(g);
      Tensor out = overwrite ? g : make_like(formula_.name, g);
      visit_floating(get(out)->dtype,
                     [&]<class T>(T) { map_views<T, read_count<I>>(loop<I>(), out, in); });
      return out;
    }

    /// total += gradient, in that loop.
    template <std::size_t I>
    void add_fused(const Tensor& g, Tensor& total) {
      constexpr std::size_t count = read_count<I> + 1;
      std::array<View, count> in{View(total)};
      std::ranges::copy(views<I>(g), in.begin() + 1);
      const auto add = [loop = loop<I>()](const auto& sum, const auto&... used) {
        return sum + loop(used...);
      };
      visit_floating(get(total)->dtype, [&]<class T>(T) { map_views<T, count>(add, total, in); });
    }

    template <std::size_t I>
    static constexpr unsigned read_by = F::template reads<I>() | 1U;  // and g
    template <std::size_t I>
    static constexpr auto read_count = static_cast<std::size_t>(std::popcount(read_by<I>));

    template <std::size_t I>
    std::array<View, read_count<I>> views(const Tensor& g) const {
      constexpr unsigned read = read_by<I>;
      std::array<View, read_count<I>> in{View(g)};
      std::size_t next = 1;
      for (std::size_t k = 0; k < N; ++k)
        if (read >> (k + 1) & 1U) in[next++] = View(saved(k));
      if (read >> output & 1U) in[next] = {saved_output_values(g), g.shape()};
      return in;
    }

    /// The gradient's formula as a function of the operands that it reads.
    template <std::size_t I>
    auto loop() const {
      return [&formula = formula_](const auto&... used) {
        const auto all = std::tie(used...);
        return [&]<std::size_t... K>(std::index_sequence<K...>) {
          return std::get<I>(formula.gradients)(pick<read_by<I>, K>(all)...);
        }(std::make_index_sequence<N + 2>{});
      };
    }

    const F& formula_;
  };

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
/// Throws ValueError if an operand is undefined or a number is none of the dtype's, DTypeError if
/// float32 is mixed with float64, ShapeError if the shapes do not broadcast.
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
