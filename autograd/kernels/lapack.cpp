#include "lapack.hpp"

#include <cblas.h>

#include <algorithm>

#include "blas.hpp"
#include "scratch.hpp"

// LAPACK's Fortran routines, which OpenBLAS contains; all matrices are stored by columns, so that
// ours are their transposes. Characters are followed, at the end, by their lengths.
extern "C" {
void sgetrf_(const blasint* m, const blasint* n, float* a, const blasint* lda, blasint* pivots,
             blasint* info);
void dgetrf_(const blasint* m, const blasint* n, double* a, const blasint* lda, blasint* pivots,
             blasint* info);
void spotrf_(const char* uplo, const blasint* n, float* a, const blasint* lda, blasint* info,
             std::size_t);
void dpotrf_(const char* uplo, const blasint* n, double* a, const blasint* lda, blasint* info,
             std::size_t);
void sgesdd_(const char* job, const blasint* m, const blasint* n, float* a, const blasint* lda,
             float* s, float* u, const blasint* ldu, float* vt, const blasint* ldvt, float* work,
             const blasint* lwork, blasint* iwork, blasint* info, std::size_t);
void dgesdd_(const char* job, const blasint* m, const blasint* n, double* a, const blasint* lda,
             double* s, double* u, const blasint* ldu, double* vt, const blasint* ldvt,
             double* work, const blasint* lwork, blasint* iwork, blasint* info, std::size_t);
void dgeqrf_(const blasint* m, const blasint* n, double* a, const blasint* lda, double* tau,
             double* work, const blasint* lwork, blasint* info);
void dorgqr_(const blasint* m, const blasint* n, const blasint* k, double* a, const blasint* lda,
             const double* tau, double* work, const blasint* lwork, blasint* info);
}

namespace xgrad::kernels {
namespace {

template <class T>
struct Routines;
template <>
struct Routines<float> {
  static constexpr auto getrf = sgetrf_;
  static constexpr auto potrf = spotrf_;
  static constexpr auto gesdd = sgesdd_;
  static constexpr auto trsm = cblas_strsm;
};
template <>
struct Routines<double> {
  static constexpr auto getrf = dgetrf_;
  static constexpr auto potrf = dpotrf_;
  static constexpr auto gesdd = dgesdd_;
  static constexpr auto trsm = cblas_dtrsm;
};

// B (n, columns) <- op(A)^-1 B, row-major, with one triangle of A.
template <class T>
void triangular(CBLAS_UPLO triangle, bool transposed, CBLAS_DIAG diagonal, const T* a,
                std::size_t n, T* b, std::size_t columns) {
  const auto rows = static_cast<blasint>(n), width = static_cast<blasint>(columns);
  Routines<T>::trsm(CblasRowMajor, CblasLeft, triangle, transposed ? CblasTrans : CblasNoTrans,
                    diagonal, rows, width, T(1), a, rows, b, width);
}

template <class T>
void exchange_rows(T* b, std::size_t columns, std::size_t i, T pivot) {
  const auto other = static_cast<std::size_t>(pivot);
  if (other != i) std::swap_ranges(b + i * columns, b + (i + 1) * columns, b + other * columns);
}

}  // namespace

template <class T>
std::size_t lu_factor(T* a, T* pivots, std::size_t n) {
  if (n == 0) return 0;
  const BlasUse blas;
  const auto order = static_cast<blasint>(n);
  Scratch<blasint> rows(n);
  blasint info = 0;
  Routines<T>::getrf(&order, &order, a, &order, rows.begin(), &info);
  std::transform(rows.begin(), rows.end(), pivots,
                 [](blasint row) { return static_cast<T>(row - 1); });
  return static_cast<std::size_t>(info);
}

template <class T>
void lu_solve(const T* lu, const T* pivots, std::size_t n, bool transposed, T* b,
              std::size_t columns) {
  if (n == 0 || columns == 0) return;
  const BlasUse blas;
  if (transposed) {  // A^T = P L U
    for (std::size_t i = 0; i < n; ++i) exchange_rows(b, columns, i, pivots[i]);
    triangular(CblasUpper, true, CblasUnit, lu, n, b, columns);
    triangular(CblasLower, true, CblasNonUnit, lu, n, b, columns);
  } else {
    triangular(CblasLower, false, CblasNonUnit, lu, n, b, columns);
    triangular(CblasUpper, false, CblasUnit, lu, n, b, columns);
    for (std::size_t i = n; i-- > 0;) exchange_rows(b, columns, i, pivots[i]);
  }
}

template <class T>
T lu_determinant(const T* lu, const T* pivots, std::size_t n) {
  T product = 1;
  for (std::size_t i = 0; i < n; ++i) {
    const bool exchanged = static_cast<std::size_t>(pivots[i]) != i;
    product *= exchanged ? -lu[i * n + i] : lu[i * n + i];
  }
  return product;
}

template <class T>
std::size_t cholesky(T* a, std::size_t n) {
  if (n == 0) return 0;
  const BlasUse blas;
  const auto order = static_cast<blasint>(n);
  blasint info = 0;
  Routines<T>::potrf("U", &order, a, &order, &info, 1);  // our lower triangle is its upper one
  return static_cast<std::size_t>(info);
}

template <class T>
void solve_lower(const T* l, std::size_t n, bool transposed, T* b, std::size_t columns) {
  if (n == 0 || columns == 0) return;
  const BlasUse blas;
  triangular(CblasLower, transposed, CblasNonUnit, l, n, b, columns);
}

template <class T>
bool singular_values(T* a, std::size_t n, T* left, T* values, T* right) {
  if (n == 0) return true;
  const BlasUse blas;
  const auto order = static_cast<blasint>(n);
  Scratch<blasint> integers(8 * n);
  blasint info = 0, size = -1;
  // A^T = V diag(values) U^T: their left vectors are our right ones.
  const auto run = [&](T* work) {
    Routines<T>::gesdd("A", &order, &order, a, &order, values, right, &order, left, &order, work,
                       &size, integers.begin(), &info, 1);
  };
  T wanted = 0;
  run(&wanted);
  size = static_cast<blasint>(wanted);
  Scratch<T> work(static_cast<std::size_t>(size));
  run(work.begin());
  return info == 0;
}

void orthonormal_rows(double* a, std::size_t rows, std::size_t columns) {
  if (rows == 0) return;
  const BlasUse blas;
  // Stored by columns ours is A^T = Q^T L^T, which LAPACK calls QR.
  const auto m = static_cast<blasint>(columns), n = static_cast<blasint>(rows);
  const blasint size = 64 * n;  // of the work space: 64 columns at a time
  Scratch<double> scale(rows), work(static_cast<std::size_t>(size)), sign(rows);
  blasint info = 0;
  dgeqrf_(&m, &n, a, &m, scale.begin(), work.begin(), &size, &info);
  for (std::size_t i = 0; i < rows; ++i) sign[i] = a[i * columns + i] < 0 ? -1 : 1;
  dorgqr_(&m, &n, &n, a, &m, scale.begin(), work.begin(), &size, &info);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) a[i * columns + j] *= sign[i];
}

template std::size_t lu_factor(float*, float*, std::size_t);
template std::size_t lu_factor(double*, double*, std::size_t);
template void lu_solve(const float*, const float*, std::size_t, bool, float*, std::size_t);
template void lu_solve(const double*, const double*, std::size_t, bool, double*, std::size_t);
template float lu_determinant(const float*, const float*, std::size_t);
template double lu_determinant(const double*, const double*, std::size_t);
template std::size_t cholesky(float*, std::size_t);
template std::size_t cholesky(double*, std::size_t);
template void solve_lower(const float*, std::size_t, bool, float*, std::size_t);
template void solve_lower(const double*, std::size_t, bool, double*, std::size_t);
template bool singular_values(float*, std::size_t, float*, float*, float*);
template bool singular_values(double*, std::size_t, double*, double*, double*);

}  // namespace xgrad::kernels
