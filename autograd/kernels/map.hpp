#pragma once

#include <array>
#include <tuple>
#include <utility>

#include "../tensor/shape.hpp"
#include "lanes.hpp"

/// @file
/// Elementwise loops: one formula over N operands, flat where the shapes agree and over a plan of
/// rows where they broadcast. The architecture is part of their names: programs that apply formulas
/// of their own may be compiled for another one than the library.

namespace xgrad::kernels {

/// One row: out[i] = f(in_0[i], in_1[i], …). An operand that does not vary is its first element
/// throughout. The rest beyond the last full register is padded, so that an element's value does
/// not depend on where it stands. `out` may be one of the operands.
template <class T, std::size_t N, class F, class A = Architecture>
void map_row(const F& f, T* out, const T* const (&in)[N], const std::array<bool, N>& varies,
             std::size_t n) {
  [&]<std::size_t... K>(std::index_sequence<K...>) {
    if constexpr (std::is_floating_point_v<T>) {
      using V = Lanes<T, A>;
      T constant[N][V::size];
      const T* p[N];
      std::size_t step[N];
      const auto prepare = [&](std::size_t k) {
        if (!varies[k]) V(in[k][0]).store(constant[k]);
        p[k] = varies[k] ? in[k] : constant[k];
        step[k] = varies[k] ? V::size : 0;
      };
      (prepare(K), ...);
      std::size_t i = 0;
      for (; i + V::size <= n; i += V::size) {
        V(f(V::load(p[K])...)).store(out + i);
        ((p[K] += step[K]), ...);
      }
      if (i < n)
        store_partial(V(f((varies[K] ? load_partial(p[K], n - i, T(1)) : V::load(p[K]))...)),
                      out + i, n - i);
    } else {
      for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<T>(f(in[K][varies[K] ? i : 0]...));
    }
  }(std::make_index_sequence<N>{});
}

/// n elements, all operands of the same length.
template <class T, std::size_t N, class F, class A = Architecture>
void map_flat(const F& f, T* out, const T* const (&in)[N], std::size_t n) {
  std::array<bool, N> varies;
  varies.fill(true);
  map_row(f, out, in, varies, n);
}

/// How N operands are walked to fill a result they broadcast to: the result's axes, merged where
/// all operands allow it, and each operand's step along them (0 where it is repeated).
template <std::size_t N>
struct BroadcastPlan {
  std::size_t ndim = 0;
  std::array<std::size_t, max_ndim> extents{};
  std::array<std::array<std::size_t, max_ndim>, N> steps{};

  BroadcastPlan(const Shape& out, const std::array<const Shape*, N>& operands) {
    std::array<std::array<std::size_t, max_ndim>, N> full{};
    for (std::size_t k = 0; k < N; ++k) {
      const Shape& shape = *operands[k];
      std::size_t step = 1;
      for (std::size_t i = shape.size(); i-- > 0; step *= shape[i])
        full[k][out.size() - shape.size() + i] = shape[i] == 1 ? 0 : step;
    }
    for (std::size_t axis = 0; axis < out.size(); ++axis)
      if (out[axis] != 1) append(out[axis], axis, full);
  }

  /// Calls row(offset_of_out, {offset_of_operand…}, length, {operand varies along the row…}).
  template <class Row>
  void for_each_row(const Row& row) const {
    std::array<std::size_t, N> offsets{};
    std::array<bool, N> varies{};
    if (ndim == 0) return row(0, offsets, 1, varies);
    const std::size_t last = ndim - 1;
    for (std::size_t k = 0; k < N; ++k) varies[k] = steps[k][last] != 0;
    for (std::size_t axis = 0; axis < ndim; ++axis)
      if (extents[axis] == 0) return;
    std::array<std::size_t, max_ndim> index{};
    for (std::size_t out = 0;; out += extents[last]) {
      row(out, offsets, extents[last], varies);
      std::size_t axis = last;
      while (axis-- > 0) {
        for (std::size_t k = 0; k < N; ++k) offsets[k] += steps[k][axis];
        if (++index[axis] < extents[axis]) break;
        for (std::size_t k = 0; k < N; ++k) offsets[k] -= steps[k][axis] * extents[axis];
        index[axis] = 0;
      }
      if (axis == static_cast<std::size_t>(-1)) return;
    }
  }

 private:
  void append(std::size_t extent, std::size_t axis,
              const std::array<std::array<std::size_t, max_ndim>, N>& full) {
    bool merges = ndim > 0;
    for (std::size_t k = 0; k < N && merges; ++k)
      merges = steps[k][ndim - 1] == extent * full[k][axis];
    if (!merges) extents[ndim++] = 1;
    extents[ndim - 1] *= extent;
    for (std::size_t k = 0; k < N; ++k) steps[k][ndim - 1] = full[k][axis];
  }
};

/// out = f(operands), broadcast. All operands are of the result's element type.
template <class T, std::size_t N, class F, class A = Architecture>
void map_broadcast(const F& f, T* out, const T* const (&in)[N], const BroadcastPlan<N>& plan) {
  plan.for_each_row([&](std::size_t offset, const std::array<std::size_t, N>& offsets,
                        std::size_t n, const std::array<bool, N>& varies) {
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      const T* const row[N] = {in[K] + offsets[K]...};
      map_row(f, out + offset, row, varies, n);
    }(std::make_index_sequence<N>{});
  });
}

/// The same, one element at a time, for operands and results of different types.
template <class Out, class F, class... In>
void map_mixed(const F& f, Out* out, const BroadcastPlan<sizeof...(In)>& plan, const In*... in) {
  constexpr std::size_t N = sizeof...(In);
  plan.for_each_row([&](std::size_t offset, const std::array<std::size_t, N>& offsets,
                        std::size_t n, const std::array<bool, N>& varies) {
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      Out* const to = out + offset;
      const auto row = std::make_tuple((in + offsets[K])...);
      if ((varies[K] && ...)) {  // apart, so that the compiler makes a vector loop of it
        for (std::size_t i = 0; i < n; ++i) to[i] = static_cast<Out>(f(std::get<K>(row)[i]...));
      } else {
        for (std::size_t i = 0; i < n; ++i)
          to[i] = static_cast<Out>(f(std::get<K>(row)[varies[K] ? i : 0]...));
      }
    }(std::make_index_sequence<N>{});
  });
}

}  // namespace xgrad::kernels
