#include "lapack.hpp"

#include <algorithm>
#include <xtensor-blas/xblas.hpp>
#include <xtensor-blas/xlapack.hpp>

#include "../support/allocator.hpp"
#include "blas.hpp"

// LAPACK stores matrices by columns: ours are their transposes. xtensor-blas's functions of
// pointers are called, because xt::linalg and xt::lapack copy row-major matrices and allocate their
// results and work space elsewhere.

namespace xgrad::kernels {
namespace {

using Int = xt::blas_index_t;
using memory::Scratch;

// B (n, columns) <- op(A)^-1 B, row-major, with one triangle of A.
template <class T>
void triangular(cxxblas::StorageUpLo triangle, bool transposed, cxxblas::Diag diagonal, const T* a,
                std::size_t n, T* b, std::size_t columns) {
  const auto rows = static_cast<Int>(n), width = static_cast<Int>(columns);
  cxxblas::trsm(cxxblas::RowMajor, cxxblas::Left, triangle,
                transposed ? cxxblas::Trans : cxxblas::NoTrans, diagonal, rows, width, T(1), a,
                rows, b, width);
}

template <class T>
void exchange_rows(T* b, std::size_t columns, std::size_t i, T pivot) {
  const auto other = static_cast<std::size_t>(pivot);
  if (other != i) std::swap_ranges(b + i * columns, b + (i + 1) * columns, b + other * columns);
}

}  // namespace

template <class T>
std::size_t Lapack<T>::lu_factor(T* a, T* pivots, std::size_t n) {
  if (n == 0) return 0;
  const BlasUse blas;
  const auto order = static_cast<Int>(n);
  Scratch<Int> rows(n);
  const Int zero = cxxlapack::getrf(order, order, a, order, rows.begin());
  std::transform(rows.begin(), rows.end(), pivots, [](Int row) { return static_cast<T>(row - 1); });
  return static_cast<std::size_t>(zero);
}

template <class T>
void Lapack<T>::lu_solve(const T* lu, const T* pivots, std::size_t n, bool transposed, T* b,
                         std::size_t columns) {
  if (n == 0 || columns == 0) return;
  const BlasUse blas;
  if (transposed) {  // A^T = P L U
    for (std::size_t i = 0; i < n; ++i) exchange_rows(b, columns, i, pivots[i]);
    triangular(cxxblas::Upper, true, cxxblas::Unit, lu, n, b, columns);
    triangular(cxxblas::Lower, true, cxxblas::NonUnit, lu, n, b, columns);
  } else {
    triangular(cxxblas::Lower, false, cxxblas::NonUnit, lu, n, b, columns);
    triangular(cxxblas::Upper, false, cxxblas::Unit, lu, n, b, columns);
    for (std::size_t i = n; i-- > 0;) exchange_rows(b, columns, i, pivots[i]);
  }
}

template <class T>
T Lapack<T>::lu_determinant(const T* lu, const T* pivots, std::size_t n) {
  T product = 1;
  for (std::size_t i = 0; i < n; ++i) {
    const bool exchanged = static_cast<std::size_t>(pivots[i]) != i;
    product *= exchanged ? -lu[i * n + i] : lu[i * n + i];
  }
  return product;
}

template <class T>
std::size_t Lapack<T>::cholesky(T* a, std::size_t n) {
  if (n == 0) return 0;
  const BlasUse blas;
  const auto order = static_cast<Int>(n);  // our lower triangle is LAPACK's upper one
  return static_cast<std::size_t>(cxxlapack::potrf('U', order, a, order));
}

template <class T>
void Lapack<T>::solve_lower(const T* l, std::size_t n, bool transposed, T* b, std::size_t columns) {
  if (n == 0 || columns == 0) return;
  const BlasUse blas;
  triangular(cxxblas::Lower, transposed, cxxblas::NonUnit, l, n, b, columns);
}

template <class T>
bool Lapack<T>::singular_values(T* a, std::size_t n, T* left, T* values, T* right) {
  if (n == 0) return true;
  const BlasUse blas;
  const auto order = static_cast<Int>(n);
  Scratch<Int> integers(8 * n);
  // A^T = V diag(values) U^T: their left vectors are our right ones.
  const auto run = [&](T* work, Int size) {
    return cxxlapack::gesdd('A', order, order, a, order, values, right, order, left, order, work,
                            size, integers.begin());
  };
  T size = 0;
  run(&size, -1);
  Scratch<T> work(static_cast<std::size_t>(size));
  return run(work.begin(), static_cast<Int>(size)) == 0;
}

template <class T>
void Lapack<T>::orthonormal_rows(T* a, std::size_t rows, std::size_t columns) {
  if (rows == 0) return;
  const BlasUse blas;
  // Stored by columns ours is A^T = Q^T L^T, which LAPACK calls QR.
  const auto m = static_cast<Int>(columns), n = static_cast<Int>(rows);
  const Int size = 64 * n;  // of the work space: 64 columns at a time
  Scratch<T> scale(rows), work(static_cast<std::size_t>(size)), sign(rows);
  cxxlapack::geqrf(m, n, a, m, scale.begin(), work.begin(), size);
  for (std::size_t i = 0; i < rows; ++i) sign[i] = a[i * columns + i] < 0 ? -1 : 1;
  cxxlapack::orgqr(m, n, n, a, m, scale.begin(), work.begin(), size);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) a[i * columns + j] *= sign[i];
}

template struct Lapack<float>;
template struct Lapack<double>;

}  // namespace xgrad::kernels
