#include "lapack.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
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

// Calls routine(work, its size) with the size of the work space that it asks for.
template <class T, class Routine>
Int with_work_space(const Routine& routine) {
  T size = 0;
  routine(&size, Int{-1});
  size = std::nextafter(size, std::numeric_limits<T>::max());  // T may have rounded it down
  Scratch<T> work(static_cast<std::size_t>(size));
  return routine(work.begin(), static_cast<Int>(size));
}

}  // namespace

template <class T>
void Lapack<T>::lu_factor(T* a, T* pivots, std::size_t n) {
  if (n == 0) return;
  const BlasUse blas;
  const auto order = static_cast<Int>(n);
  Scratch<Int> rows(n);
  cxxlapack::getrf(order, order, a, order, rows.begin());
  std::transform(rows.begin(), rows.end(), pivots, [](Int row) { return static_cast<T>(row - 1); });
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
  T product = 1;  // times 2^exponent
  int exponent = 0;
  for (std::size_t i = 0; i < n; ++i) {
    int own = 0, carried = 0;
    product = std::frexp(product * std::frexp(lu[i * n + i], &own), &carried);
    exponent += own + carried;
    if (static_cast<std::size_t>(pivots[i]) != i) product = -product;
  }
  return std::ldexp(product, exponent);
}

template <class T>
std::size_t Lapack<T>::cholesky(T* a, std::size_t n) {
  if (n == 0) return 0;
  const BlasUse blas;
  const auto order = static_cast<Int>(n);  // our lower triangle is LAPACK's upper one
  return static_cast<std::size_t>(cxxlapack::potrf('U', order, a, order));
}

template <class T>
void Lapack<T>::solve_triangular(const T* a, std::size_t n, bool upper, bool transposed,
                                 bool unit_diagonal, T* b, std::size_t columns) {
  if (n == 0 || columns == 0) return;
  const BlasUse blas;
  triangular(upper ? cxxblas::Upper : cxxblas::Lower, transposed,
             unit_diagonal ? cxxblas::Unit : cxxblas::NonUnit, a, n, b, columns);
}

template <class T>
bool Lapack<T>::svd(T* a, std::size_t rows, std::size_t columns, T* values, T* u, T* vh) {
  const std::size_t k = std::min(rows, columns);
  if (k == 0) return true;
  const BlasUse blas;
  // A^T = V diag(values) U^T: their left vectors are our right ones.
  const auto m = static_cast<Int>(columns), n = static_cast<Int>(rows), both = static_cast<Int>(k);
  Scratch<Int> integers(8 * k);
  return with_work_space<T>([&](T* work, Int size) {
           return cxxlapack::gesdd(u ? 'S' : 'N', m, n, a, m, values, vh, m, u, both, work, size,
                                   integers.begin());
         }) == 0;
}

template <class T>
bool Lapack<T>::eigh(T* a, std::size_t n, T* values, bool vectors) {
  if (n == 0) return true;
  const BlasUse blas;
  const auto order = static_cast<Int>(n);
  const Int count = vectors ? 3 + 5 * order : 1;
  Scratch<Int> integers(static_cast<std::size_t>(count));
  return with_work_space<T>([&](T* work, Int size) {  // our lower triangle is LAPACK's upper one
           return cxxlapack::syevd(vectors ? 'V' : 'N', 'U', order, a, order, values, work, size,
                                   integers.begin(), count);
         }) == 0;
}

template <class T>
void Lapack<T>::lq(T* a, std::size_t rows, std::size_t columns, T* l) {
  if (rows == 0) return;
  const BlasUse blas;
  // Stored by columns ours is A^T = Q^T L^T, which LAPACK calls QR.
  const auto m = static_cast<Int>(columns), n = static_cast<Int>(rows);
  Scratch<T> scale(rows);
  with_work_space<T>(
      [&](T* work, Int size) { return cxxlapack::geqrf(m, n, a, m, scale.begin(), work, size); });
  for (std::size_t i = 0; i < rows; ++i) {
    std::copy_n(a + i * columns, i + 1, l + i * rows);
    std::fill(l + i * rows + i + 1, l + (i + 1) * rows, T(0));
  }
  with_work_space<T>([&](T* work, Int size) {
    return cxxlapack::orgqr(m, n, n, a, m, scale.begin(), work, size);
  });
}

template struct Lapack<float>;
template struct Lapack<double>;

}  // namespace xgrad::kernels
