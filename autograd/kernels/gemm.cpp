#include "gemm.hpp"

#include <algorithm>
#include <utility>
#include <xtensor-blas/xblas.hpp>

#include "../support/library.hpp"
#include "../support/parallel.hpp"
#include "blas.hpp"

namespace xgrad::kernels {
namespace {

// Below this many multiplications the call of a BLAS routine costs more than the loop itself.
constexpr std::size_t small_product = 2048;
// From here on, some 70 microseconds, a product is cut into two pieces: to pack one operand twice
// costs 3 % then, and 1 % where they are a few hundred wide. Pieces of larger products have at
// least that width.
constexpr std::size_t large_product = std::size_t{1} << 22;
constexpr std::size_t wide_piece = 300;
constexpr double nanoseconds_each = 1 / 60.0;  // of the multiplications

xt::blas_index_t blas_index(std::size_t n) { return static_cast<xt::blas_index_t>(n); }

// c = a B + beta c of a row a and `width` columns of B, summed in registers. By how many elements
// the next element of a row or column is further is given as a_step, b_row and b_column.
template <std::size_t width, class T>
void small_strip(std::size_t k, const T* a, std::size_t a_step, const T* b, std::size_t b_row,
                 std::size_t b_column, T beta, T* c) {
  T sums[width];
  for (std::size_t j = 0; j < width; ++j) sums[j] = beta == T(0) ? T(0) : beta * c[j];
  for (std::size_t p = 0; p < k; ++p, a += a_step, b += b_row)
    if (b_column == 1)  // apart, so that it is vectorised
      for (std::size_t j = 0; j < width; ++j) sums[j] += *a * b[j];
    else
      for (std::size_t j = 0; j < width; ++j) sums[j] += *a * b[j * b_column];
  std::copy_n(sums, width, c);
}

template <class T>
void small_gemm(bool ta, bool tb, std::size_t m, std::size_t n, std::size_t k, const T* a,
                const T* b, T beta, T* c) {
  // One column is computed as a row of the transposed product, which has strips.
  if (n == 1 && m > 1) return small_gemm(!tb, !ta, 1, m, k, b, a, beta, c);
  T copy[small_product];
  if (n < 4 && m >= 4 && k > 0) {  // so are a few of them
    small_gemm(!tb, !ta, n, m, k, b, a, T(0), copy);
    for (std::size_t i = 0; i < m; ++i, c += n)
      for (std::size_t j = 0; j < n; ++j)
        c[j] = (beta == T(0) ? T(0) : beta * c[j]) + copy[j * m + i];
    return;
  }
  if (tb && m > 1 && k > 0) {  // rows of B that lie together are worth a copy
    for (std::size_t j = 0; j < n; ++j)
      for (std::size_t p = 0; p < k; ++p) copy[p * n + j] = b[j * k + p];
    b = copy;
    tb = false;
  }
  const std::size_t a_row = ta ? 1 : k, a_column = ta ? m : 1;
  const std::size_t b_row = tb ? 1 : n, b_column = tb ? k : 1;
  for (std::size_t i = 0; i < m; ++i, a += a_row, c += n) {
    std::size_t j = 0;
    const auto strips = [&]<std::size_t width>(std::index_sequence<width>) {
      for (; j + width <= n; j += width)
        small_strip<width>(k, a, a_column, b + j * b_column, b_row, b_column, beta, c + j);
    };
    strips(std::index_sequence<16>());
    strips(std::index_sequence<4>());
    strips(std::index_sequence<1>());
  }
}

}  // namespace

template <std::floating_point T>
void gemm(bool ta, bool tb, std::size_t m, std::size_t n, std::size_t k, const T* a, const T* b,
          T beta, T* c) {
  if (m == 0 || n == 0) return;
  if (m == 1 && n == 1) {
    *c = (beta == T(0) ? T(0) : beta * *c) + dot(a, b, k);
    return;
  }
  if (k == 0 || m * n * k <= small_product) return small_gemm(ta, tb, m, n, k, a, b, beta, c);
  // One piece: rows [i, i + rows) and columns [j, j + columns) of C.
  const auto product = [&](std::size_t i, std::size_t rows, std::size_t j, std::size_t columns) {
    cxxblas::gemm(cxxblas::RowMajor, ta ? cxxblas::Trans : cxxblas::NoTrans,
                  tb ? cxxblas::Trans : cxxblas::NoTrans, blas_index(rows), blas_index(columns),
                  blas_index(k), T(1), a + (ta ? i : i * k), blas_index(ta ? m : k),
                  b + (tb ? j * k : j), blas_index(tb ? k : n), beta, c + i * n + j, blas_index(n));
  };
  if (m * n * k < large_product) {
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
                   float, float*);
template void gemm(bool, bool, std::size_t, std::size_t, std::size_t, const double*, const double*,
                   double, double*);

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
