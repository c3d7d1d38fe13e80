#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <tuple>
#include <utility>

#include "../graph/calls.hpp"
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

/// The operands of an operation as tensors of one dtype in which its domain is computed; two
/// tensors of one dtype may stay so. Throws as apply().
template <std::size_t N>
struct Operands {
  std::array<const Tensor*, N> in;
  std::array<Tensor, N> converted;

  Operands(const char* op, Domain domain, const std::array<const TensorOrScalar*, N>& given,
           bool may_be_bytes = false) {
    bool alike = true;
    for (std::size_t k = 0; k < N && alike; ++k) {
      in[k] = given[k]->tensor();
      alike = in[k] && get(*in[k]) && (k == 0 || dtype_of(k) == dtype_of(0));
    }
    if (!alike || !(is_floating(dtype_of(0)) || may_be_bytes ||
                    (domain == Domain::numbers && dtype_of(0) == int64)))
      unify(op, domain, given.data(), N, in.data(), converted.data());
  }
  Operands(const Operands&) = delete;
  DType dtype_of(std::size_t k) const noexcept { return get(*in[k])->dtype; }
};

/// The shape that all the operands broadcast to.
Shape broadcast_all(const char* op, const Tensor* const* in, std::size_t count);

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

inline View view_of(const Tensor& t) noexcept { return {get(t)->storage, &get(t)->shape}; }

/// out = f(in…), where `loop` is that of f over a row.
template <std::size_t N, class A = kernels::Architecture>
[[gnu::noinline]] void map_views(const kernels::RowLoop& loop, Tensor& out,
                                 const std::array<View, N>& in) {
  const void* pointers[N];
  std::array<bool, N> varies;
  std::array<const Shape*, N> shapes;
  const Shape& shape = get(out)->shape;
  bool flat = true;
  for (std::size_t k = 0; k < N; ++k) {
    pointers[k] = in[k].storage->data();
    shapes[k] = in[k].shape;
    varies[k] = *shapes[k] == shape;
    flat = flat && (varies[k] || shapes[k]->numel() == 1);
  }
  Storage& storage = *get(out)->storage;
  if (flat)
    kernels::map_long<N, A>(loop, storage.data(), pointers, varies,
                            storage.bytes / loop.element_size);
  else
    kernels::map_broadcast<N, A>(loop, storage.data(), pointers,
                                 kernels::Walk<N>::broadcast(shape, shapes));
  if (mode.noting) [[unlikely]]
    note_map(out, in, loop, [](const kernels::RowLoop& again, Tensor& to, const View* from) {
      std::array<View, N> views;
      std::copy_n(from, N, views.begin());
      map_views<N, A>(again, to, views);
    });
}

/// The loop of f over a row of N operands of a dtype that is computed in.
template <std::size_t N, Domain domain, class F>
kernels::RowLoop row_loop(const F& f, DType dtype) {
  static_assert(std::is_trivially_copyable_v<F>);
  const auto of = [&]<class T>(T) { return kernels::RowLoop::of<T, N>(f); };
  if constexpr (domain == Domain::numbers)
    return visit_number(dtype, of);
  else
    return visit_floating(dtype, of);
}

/// What applying the formula F consists of.
template <class F, class A = kernels::Architecture>
class Application {
  static constexpr std::size_t N = F::operands;
  static constexpr std::size_t output = N + 1;  // the gradient formula's operands: g, x…, y

 public:
  /// The value, recorded if need be.
  static Tensor evaluate(const F& formula, const std::array<const TensorOrScalar*, N>& given) {
    const Operands<N> operands(formula.name, F::domain, given);
    const auto& in = operands.in;
    const DType dtype = get(*in[0])->dtype;
    std::array<View, N> views;
    bool same = true;
    for (std::size_t k = 0; k < N; ++k) {
      views[k] = view_of(*in[k]);
      same = same && (k == 0 || *views[k].shape == *views[0].shape);
    }
    Tensor out = same ? make_like(formula.name, *in[0])
                      : make_tensor(formula.name, broadcast_all(formula.name, in.data(), N), dtype);
    map_views(row_loop<N, F::domain>(formula.value, dtype), out, views);
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
        if (const Sum total = out.sum_of(I)) return fuse<I, true>(g, *total);
      if constexpr (std::is_same_v<G, std::remove_const_t<decltype(formula::pass_gradient)>>) {
        out.set(I, Tensor(g));
      } else if (is_grad_enabled()) {
        out.set(I, recorded<I>(g));
      } else {
        Tensor gradient = out.may_overwrite(g) ? g : make_like(formula_.name, g);
        fuse<I, false>(g, gradient);
        out.set(I, std::move(gradient));
      }
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

    /// The gradient over registers: one loop over just those operands that it reads. It is put into
    /// `result` or added to what is there.
    template <std::size_t I, bool add>
    void fuse(const Tensor& g, Tensor& result) const {
      constexpr unsigned read = F::template reads<I>() | 1U;  // and g
      constexpr std::size_t count = static_cast<std::size_t>(std::popcount(read));
      std::array<View, count + add> in{view_of(g)};
      std::size_t next = 1;
      for (std::size_t k = 0; k < N; ++k)
        if (read >> (k + 1) & 1U) in[next++] = view_of(saved(k));
      if (read >> output & 1U) in[next] = {&saved_output_storage(g), &g.shape()};
      if constexpr (add) in[count] = view_of(result);
      const auto f = [&gradient = std::get<I>(formula_.gradients)](const auto&... used) {
        const auto all = std::tie(used...);
        const auto value = [&]<std::size_t... K>(std::index_sequence<K...>) {
          return gradient(pick<read, K>(all)...);
        }(std::make_index_sequence<N + 2>{});
        if constexpr (add)
          return std::get<count>(all) + value;
        else
          return value;
      };
      map_views(row_loop<count + add, Domain::floats>(f, get(result)->dtype), result, in);
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
