#pragma once

#include <array>
#include <utility>

#include "lanes.hpp"
#include "walk.hpp"

/// @file
/// Elementwise loops: one formula over N operands, flat where the shapes agree and over the
/// rows of a walk where they broadcast. The architecture is part of their names, because a program
/// that applies formulas of its own may be compiled for another one than the library.

namespace xgrad::kernels {

/// One row: out[i] = f(in_0[i], in_1[i], …), where an operand that does not vary has only one
/// element. What remains behind the last full register is padded, so that an element's value does
/// not depend on its position. `out` may be one of the operands.
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
      if (N > 1 && ((K == 0 ? varies[K] : !varies[K]) && ...)) {  // numbers stay in registers
        const V numbers[N] = {V::load(p[K])...};
        for (; i + V::size <= n; i += V::size, p[0] += V::size)
          V(f((K == 0 ? V::load(p[0]) : numbers[K])...)).store(out + i);
      }
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

/// About how long an element takes that is computed by a cheap formula.
template <class T>
inline constexpr double map_nanoseconds = 0.015 * sizeof(T);

/// A row, on the library's threads if it is long.
template <class T, std::size_t N, class F, class A = Architecture>
void map_long(const F& f, T* out, const T* const (&in)[N], const std::array<bool, N>& varies,
              std::size_t n) {
  parallel_ranges(n, map_nanoseconds<T>, [&](std::size_t from, std::size_t to) {
    const T* part[N];
    for (std::size_t k = 0; k < N; ++k) part[k] = in[k] + (varies[k] ? from : 0);
    map_row(f, out + from, part, varies, to - from);
  });
}

/// n elements, all operands of the same length.
template <class T, std::size_t N, class F, class A = Architecture>
void map_flat(const F& f, T* out, const T* const (&in)[N], std::size_t n) {
  std::array<bool, N> varies;
  varies.fill(true);
  map_long(f, out, in, varies, n);
}

/// Which operands are not repeated along the rows of a walk.
template <std::size_t N>
std::array<bool, N> varying(const Walk<N>& walk) noexcept {
  std::array<bool, N> varies;
  for (std::size_t k = 0; k < N; ++k) varies[k] = walk.steps[0][k] != 0;
  return varies;
}

/// out = f(operands), which are walked so as to broadcast. All are of the result's element type.
template <class T, std::size_t N, class F, class A = Architecture>
void map_broadcast(const F& f, T* out, const T* const (&in)[N], const Walk<N>& walk) {
  const std::array<bool, N> varies = varying(walk);
  const auto row = [&](std::size_t first, const auto& offsets, std::size_t n, const auto&) {
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      const T* const operands[N] = {in[K] + offsets[K]...};
      map_row(f, out + first, operands, varies, n);
    }(std::make_index_sequence<N>{});
  };
  walk.for_each_row_in_parallel(map_nanoseconds<T>, row);
}

/// Calls loop(element_0, element_1, …) for the rows of operands, each given by its first element
/// and whether it varies. element_k(i) is then the element i of row k: which operands vary is known
/// when the loop is compiled.
template <class Loop>
void with_elements(const Loop& loop) {
  loop();
}
template <class Loop, class T, class... Rest>
void with_elements(const Loop& loop, std::pair<const T*, bool> row, const Rest&... rest) {
  const auto go_on = [&](auto element) {
    with_elements([&](auto... others) { loop(element, others...); }, rest...);
  };
  if (row.second)
    go_on([p = row.first](std::size_t i) { return p[i]; });
  else
    go_on([v = *row.first](std::size_t) { return v; });
}

/// The same for operands and results of different types.
template <class Out, class F, class... In>
void map_mixed(const F& f, Out* out, const Walk<sizeof...(In)>& walk, const In*... in) {
  const auto varies = varying(walk);
  const auto row = [&](std::size_t first, const auto& offsets, std::size_t n, const auto&) {
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      with_elements(
          [&, to = out + first](auto... element) {
            for (std::size_t i = 0; i < n; ++i) to[i] = static_cast<Out>(f(element(i)...));
          },
          std::pair(in + offsets[K], varies[K])...);
    }(std::make_index_sequence<sizeof...(In)>{});
  };
  walk.for_each_row_in_parallel(map_nanoseconds<float>, row);
}

}  // namespace xgrad::kernels
