#pragma once

#include <array>
#include <cstddef>
#include <span>
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
/// not depend on its position. `out` may be one of the operands. The types are forgotten outside.
template <class T, std::size_t N, class F, class A = Architecture>
void map_row(const void* function, void* results, const void* const* operands, const bool* varies,
             std::size_t n) {
  const F& f = *static_cast<const F*>(function);
  T* const out = static_cast<T*>(results);
  const T* in[N];
  for (std::size_t k = 0; k < N; ++k) in[k] = static_cast<const T*>(operands[k]);
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
        const V numbers[N] = {(K == 0 ? V(T(0)) : V(in[K][0]))...};
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

/// The loop of a formula over a row. What surrounds the rows knows no more of the formula, so it is
/// compiled once for all of them.
struct RowLoop {
  std::span<const std::byte> f;  ///< the function object
  void (*run)(const void* f, void* out, const void* const* in, const bool* varies, std::size_t n);
  std::size_t element_size;

  template <class T, std::size_t N, class F, class A = Architecture>
  static RowLoop of(const F& f) noexcept {
    return {std::as_bytes(std::span(&f, 1)), map_row<T, N, F, A>, sizeof(T)};
  }
  /// A row of the operands, from the given elements on.
  template <std::size_t N, class Offset>
  void operator()(void* out, std::size_t first, const void* const (&in)[N],
                  const std::array<Offset, N>& offsets, const std::array<bool, N>& varies,
                  std::size_t n) const {
    const void* operands[N];
    for (std::size_t k = 0; k < N; ++k)
      operands[k] =
          static_cast<const std::byte*>(in[k]) +
          static_cast<std::ptrdiff_t>(offsets[k]) * static_cast<std::ptrdiff_t>(element_size);
    run(f.data(), static_cast<std::byte*>(out) + first * element_size, operands, varies.data(), n);
  }
};

/// About how long an element takes that is computed by a cheap formula.
constexpr double map_nanoseconds(std::size_t element_size) noexcept {
  return 0.015 * static_cast<double>(element_size);
}

/// A row, on the library's threads if it is long.
template <std::size_t N, class A = Architecture>
[[gnu::noinline]] void map_long(const RowLoop& loop, void* out, const void* const (&in)[N],
                                const std::array<bool, N>& varies, std::size_t n) {
  parallel_ranges(n, map_nanoseconds(loop.element_size), [&](std::size_t from, std::size_t to) {
    std::array<std::size_t, N> offsets;
    for (std::size_t k = 0; k < N; ++k) offsets[k] = varies[k] ? from : 0;
    loop(out, from, in, offsets, varies, to - from);
  });
}

/// n elements, all operands of the same length.
template <class T, std::size_t N, class F, class A = Architecture>
void map_flat(const F& f, T* out, const T* const (&in)[N], std::size_t n) {
  std::array<bool, N> varies;
  varies.fill(true);
  const void* operands[N];
  std::ranges::copy(in, operands);
  map_long<N, A>(RowLoop::of<T, N, F, A>(f), out, operands, varies, n);
}

/// Which operands are not repeated along the rows of a walk.
template <std::size_t N>
std::array<bool, N> varying(const Walk<N>& walk) noexcept {
  std::array<bool, N> varies;
  for (std::size_t k = 0; k < N; ++k) varies[k] = walk.steps[0][k] != 0;
  return varies;
}

/// out = f(operands), which are walked so as to broadcast. All are of the result's element type.
template <std::size_t N, class A = Architecture>
[[gnu::noinline]] void map_broadcast(const RowLoop& loop, void* out, const void* const (&in)[N],
                                     const Walk<N>& walk) {
  const std::array<bool, N> varies = varying(walk);
  walk.for_each_row_in_parallel(map_nanoseconds(loop.element_size),
                                [&](std::size_t first, const auto& offsets, std::size_t n,
                                    const auto&) { loop(out, first, in, offsets, varies, n); });
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
  walk.for_each_row_in_parallel(map_nanoseconds(sizeof(float)), row);
}

}  // namespace xgrad::kernels
