#include "gemm.hpp"

#include <algorithm>
#include <utility>
#include <xtensor-blas/xblas.hpp>

#include "../support/library.hpp"
#include "../support/parallel.hpp"
#include "blas.hpp"
#include "lanes.hpp"
#include "move.hpp"

namespace xgrad::kernels {
namespace {

// Elements of B or C that are copied for a small product.
constexpr std::size_t small_matrix = 4096;
// From here on, some 70 microseconds, a product is cut into two pieces: to pack one operand twice
// costs 3 % then, and 1 % where they are a few hundred wide. Pieces of larger products have at
// least that width.
constexpr std::size_t large_product = std::size_t{1} << 22;
constexpr std::size_t wide_piece = 300;
constexpr double nanoseconds_each = 1 / 60.0;  // of the multiplications

xt::blas_index_t blas_index(std::size_t n) { return static_cast<xt::blas_index_t>(n); }

// C = A B of `rows` rows and as many columns as `registers` hold. By how many elements the next
// element of a row or column of A is further is given as a_column and a_row.
template <std::size_t rows, std::size_t registers, class T>
void small_tile(std::size_t k, const T* a, std::size_t a_row, std::size_t a_column, const T* b,
                T* c, std::size_t n) {
  using V = Lanes<T>;
  V sums[rows][registers];
  // As a loop it would become a call of memset.
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((sums[I / registers][I % registers] = V(0)), ...);
  }(std::make_index_sequence<rows * registers>{});
  for (std::size_t p = 0; p < k; ++p, a += a_column, b += n)
    for (std::size_t j = 0; j < registers; ++j) {
      const V row = V::load(b + j * V::size);
      for (std::size_t i = 0; i < rows; ++i) sums[i][j] = fma(V(a[i * a_row]), row, sums[i][j]);
    }
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < registers; ++j) sums[i][j].store(c + i * n + j * V::size);
}

// Up to this many multiplications, those in unused lanes too, small_gemm is faster than OpenBLAS:
// far more where OpenBLAS does not know how wide the processor's registers are
// (docs/performance.md).
template <class T>
std::size_t small_product() {
  constexpr std::size_t own = Lanes<T>::size * sizeof(T);
  static const std::size_t theirs = blas_register_bytes();
  return own > theirs ? std::size_t{1} << 23 : own == theirs ? 8192 : 1024;
}

template <class T>
bool is_small(bool tb, std::size_t m, std::size_t n, std::size_t k, T beta) {
  const std::size_t padded = (n + Lanes<T>::size - 1) / Lanes<T>::size * Lanes<T>::size;
  const bool copies_b = tb || padded != n, copies_c = padded != n || beta != T(0);
  const std::size_t limit =
      padded > 2 * n ? std::min(small_product<T>(), std::size_t{1} << 16) : small_product<T>();
  return (!copies_b || k * n <= (m == 1 ? small_matrix / 8 : small_matrix)) &&
         (!copies_c || m * n <= small_matrix) && m * padded * k <= limit;
}

// The rows [first, end) of C. Whole registers are computed. What lies beyond the end of a row of C
// is written over by the next row, since rows are computed in their order and the end of each
// first; B and C are therefore copies with room for a register behind them.
template <class T>
void small_gemm(bool ta, bool tb, std::size_t m, std::size_t n, std::size_t k, const T* a,
                const T* b, T beta, T* c, std::size_t first, std::size_t end) {
  constexpr std::size_t lanes = Lanes<T>::size;
  const std::size_t a_row = ta ? 1 : k, a_column = ta ? m : 1;
  T factor[small_matrix + lanes], product[small_matrix + lanes];
  const bool whole = n % lanes == 0;
  if (tb)
    transpose_columns(factor, b, n, k, 0, k);
  else if (!whole)
    std::copy_n(b, k * n, factor);
  if (!whole) std::fill_n(factor + k * n, lanes, T(0));
  if (tb || !whole) b = factor;
  T* const to = whole && beta == T(0) ? c + first * n : product;

  std::size_t i = first;
  const auto tiles = [&]<std::size_t rows, std::size_t registers>(
                         std::index_sequence<rows, registers>) {
    constexpr std::size_t width = registers * lanes;
    for (; i + rows <= end; i += rows) {
      T* const row = to + (i - first) * n;
      std::size_t j = (n - 1) / lanes * lanes + lanes;  // the end of the last register
      for (; j >= width; j -= width)
        small_tile<rows, registers>(k, a + i * a_row, a_row, a_column, b + j - width,
                                    row + j - width, n);
      for (; j > 0; j -= lanes)
        small_tile<rows, 1>(k, a + i * a_row, a_row, a_column, b + j - lanes, row + j - lanes, n);
    }
  };
  tiles(std::index_sequence<8, 1>());
  tiles(std::index_sequence<4, 1>());
  tiles(std::index_sequence<1, 4>());
  if (to != product) return;
  c += first * n;
  for (i = 0; i < (end - first) * n; ++i) c[i] = (beta == T(0) ? T(0) : beta * c[i]) + product[i];
}

// c = a Bᵀ + beta c, of a row and a matrix that is read as it lies.
template <class T>
void small_dots(std::size_t n, std::size_t k, const T* a, const T* b, T beta, T* c) {
  using V = Lanes<T>;
  for (std::size_t j = 0; j < n; ++j, b += k) {
    V sums = 0;
    std::size_t p = 0;
    for (; p + V::size <= k; p += V::size) sums = fma(V::load(a + p), V::load(b + p), sums);
    if (p < k) sums = fma(load_partial(a + p, k - p), load_partial(b + p, k - p), sums);
    c[j] = (beta == T(0) ? T(0) : beta * c[j]) + sum_lanes(sums);
  }
}

}  // namespace

template <std::floating_point T>
void gemm(bool ta, bool tb, std::size_t m, std::size_t n, std::size_t k, const T* a, const T* b,
          T beta, T* c, bool cut) {
  if (m == 0 || n == 0) return;
  if (m == 1 && n == 1) {
    *c = (beta == T(0) ? T(0) : beta * *c) + dot(a, b, k);
    return;
  }
  if (n == 1) return gemm(!tb, !ta, 1, m, k, b, a, beta, c, cut);  // a column lies as a row does
  if (is_small(tb, m, n, k, beta)) {
    if (m == 1 && tb && k >= Lanes<T>::size) return small_dots(n, k, a, b, beta, c);
    const double rows = static_cast<double>(8 * n * k) * nanoseconds_each;  // eight of them
    if (!cut || rows * static_cast<double>(m) < 16 * least_piece)
      return small_gemm(ta, tb, m, n, k, a, b, beta, c, 0, m);
    return parallel_ranges((m + 7) / 8, rows, [&](std::size_t from, std::size_t to) {
      small_gemm(ta, tb, m, n, k, a, b, beta, c, 8 * from, std::min(m, 8 * to));
    });
  }
  // One piece: rows [i, i + rows) and columns [j, j + columns) of C.
  const auto product = [&](std::size_t i, std::size_t rows, std::size_t j, std::size_t columns) {
    const T* const part = b + (tb ? j * k : j);
    const auto b_row = blas_index(tb ? k : n);
    if (m == 1)
      cxxblas::gemv(cxxblas::RowMajor, tb ? cxxblas::NoTrans : cxxblas::Trans,
                    blas_index(tb ? columns : k), blas_index(tb ? k : columns), T(1), part, b_row,
                    a, blas_index(1), beta, c + j, blas_index(1));
    else
      cxxblas::gemm(cxxblas::RowMajor, ta ? cxxblas::Trans : cxxblas::NoTrans,
                    tb ? cxxblas::Trans : cxxblas::NoTrans, blas_index(rows), blas_index(columns),
                    blas_index(k), T(1), a + (ta ? i : i * k), blas_index(ta ? m : k), part, b_row,
                    beta, c + i * n + j, blas_index(n));
  };
  if (!cut || m * n * k < large_product) {
    const BlasUse blas;
    return product(0, m, 0, n);
  }
  // Cut the longer side into equal pieces, an even number of them for two threads.
  const std::size_t longer = std::max(m, n);
  const std::size_t pieces = 2 * std::max<std::size_t>(1, longer / (2 * wide_piece));
  const std::size_t width = ((longer + pieces - 1) / pieces + 7) / 8 * 8;  // whole registers
  const BlasUse blas(std::min(pieces, num_threads()));
  parallel_for(pieces, static_cast<double>(m * n * k) * nanoseconds_each, [&](std::size_t piece) {
    const std::size_t from = piece * width;
    if (from >= longer) return;
    const std::size_t size = std::min(width, longer - from);
    m >= n ? product(from, size, 0, n) : product(0, m, from, size);
  });
}

template void gemm(bool, bool, std::size_t, std::size_t, std::size_t, const float*, const float*,
                   float, float*, bool);
template void gemm(bool, bool, std::size_t, std::size_t, std::size_t, const double*, const double*,
                   double, double*, bool);

template <std::floating_point T>
T dot(const T* a, const T* b, std::size_t n) {
  const BlasUse blas;
  T total = 0;
  cxxblas::dot(blas_index(n), a, blas_index(1), b, blas_index(1), total);
  return total;
}
template float dot(const float*, const float*, std::size_t);
template double dot(const double*, const double*, std::size_t);

}  // namespace xgrad::kernels
