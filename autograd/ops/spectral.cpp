#include "spectral.hpp"

#include <cmath>
#include <limits>

#include "../kernels/lapack.hpp"
#include "arithmetic.hpp"
#include "elementwise.hpp"
#include "logic.hpp"
#include "matrices.hpp"
#include "reduction.hpp"

namespace xgrad {
namespace {

using detail::batch_of;
using detail::Factored;
using detail::for_each_matrix;
using detail::mt;
using detail::product;
using detail::with_extents;

double epsilon_of(DType dtype) {
  return visit_floating(dtype,
                        []<class T>(T) -> double { return std::numeric_limits<T>::epsilon(); });
}

// Values of a matrix that differ by this part of the largest are equal but for rounding. Of 1000
// singular values of a random matrix of float32 the nearest two are about 300 epsilon apart.
double rounding_of(DType dtype) { return 10 * epsilon_of(dtype); }

// What is distinguished from 0 where a rank is found, as NumPy's and PyTorch's default.
double rank_tolerance(const Tensor& a) {
  return epsilon_of(a.dtype()) *
         static_cast<double>(std::max(detail::rows_of(a.shape()), a.shape().back()));
}

[[noreturn]] void throw_not_converged(const char* op, const Shape& shape, std::size_t matrix) {
  throw ValueError(str(detail::which(op, shape, matrix), ": the iteration did not converge"));
}

// ---- equal values

// x (…, 1, k) - x (…, k, 1): at (i, j) x_j - x_i.
Tensor differences(const Tensor& x) { return unsqueeze(x, -2) - unsqueeze(x, -1); }

// 1 / x, and 0 where |x| <= tolerance, a constant.
Tensor reciprocal_beyond(const Tensor& x, const Tensor& tolerance) {
  const Tensor small = abs(x.detach()) <= tolerance;
  return where(small, 0, 1 / where(small, 1, x));
}

// The part `rounding` of the largest of values (…, k), of shape (…, 1): a constant.
Tensor tolerance_of(const Tensor& values, double rounding) {
  if (values.shape().back() == 0) return zeros({1}, {.dtype = values.dtype()});
  return rounding * max(abs(values.detach()), -1, true);
}

// Throws ValueError if there are equal values i and j of which the gradients of the vectors have a
// part along each other: `along` (…, k, k) is not 0 at (i, j) or (j, i).
void require_distinct(const char* op, const Tensor& values, const Tensor& along, double rounding) {
  const std::size_t k = values.shape().back();
  for_each_matrix(along, [&]<class T>(const T* x, std::size_t matrix) {
    const T* s = detail::values<T>(values) + matrix * k;
    T largest = 0;
    for (std::size_t i = 0; i < k; ++i) largest = std::max(largest, std::abs(s[i]));
    for (std::size_t i = 0; i < k; ++i)
      for (std::size_t j = i + 1; j < k && std::abs(s[j] - s[i]) <= T(rounding) * largest; ++j)
        if (x[i * k + j] != 0 || x[j * k + i] != 0)
          throw ValueError(str(op, ": values ", i, " and ", j, " of ",
                               values.ndim() > 1 ? str("batch element ", matrix, " of ") : "",
                               values.shape(), " are equal, ", s[i], " and ", s[j],
                               ": their vectors have no gradient; expected distinct values, or a "
                               "function that does not depend on these vectors"));
  });
}

// ---- svd

std::array<Shape, 3> svd_shapes(const Shape& a) {
  const std::size_t m = detail::rows_of(a), n = a.back(), k = std::min(m, n);
  return {Shape{m, k}, Shape{k}, Shape{k, n}};
}

// Throws ValueError for a value of 0 whose vector has a gradient: `g` (…, k, m) has these in its
// rows.
void require_nonzero(const Tensor& values, const Tensor& g, double rounding) {
  const std::size_t k = values.shape().back(), m = g.shape().back();
  for_each_matrix(g, [&]<class T>(const T* x, std::size_t matrix) {
    const T* s = detail::values<T>(values) + matrix * k;
    for (std::size_t i = 0; i < k; ++i)
      if (s[i] <= T(rounding) * s[0] &&
          std::any_of(x + i * m, x + (i + 1) * m, [](T v) { return v != 0; }))
        throw ValueError(str("svd: value ", i, " of ",
                             values.ndim() > 1 ? str("batch element ", matrix, " of ") : "",
                             values.shape(), " is 0: ", s[i],
                             "; its vector on the longer side has no gradient"));
  });
}

// U, S and Vh as `unpack` reads them. With P = U^T gU and Q = V^T gV, both made skew symmetric as
// P - P^T, the gradient is U X V^T, where X_ij for i != j is
//   (P_ij s_j + s_i Q_ij) / (s_j^2 - s_i^2)
//     = ((P + Q)_ij / (s_j - s_i) + (P - Q)_ij / (s_j + s_i)) / 2
// and X_ii = gS_i; on the longer side (1 - U U^T) gU S^-1 V^T, or that of V, is added.
constexpr auto svd_op = operation(
    "svd",
    [](const Inputs& in) {
      const Shape& shape = in[0].shape();
      const std::size_t m = detail::rows_of(shape), n = shape.back(), k = std::min(m, n);
      Tensor copy = in[0].clone(), out = empty(with_extents(batch_of(shape), {(m + 1 + n) * k}),
                                               {.dtype = in[0].dtype()});
      for_each_matrix(copy, [&]<class T>(T* matrix, std::size_t i) {
        T *u = detail::values<T>(out) + i * (m + 1 + n) * k, *s = u + m * k;
        if (!kernels::Lapack<T>::svd(matrix, m, n, s, u, s + k))
          throw_not_converged("svd", shape, i);
      });
      return out;
    },
    gradient(reads::output, [](const Tensor& g, const auto& c) {
      const Shape& shape = c.shape(0);
      const auto [u, s, vh] = detail::unpack(c.output(), svd_shapes(shape));
      const auto [gu, gs, gvh] = detail::unpack(g, svd_shapes(shape));
      const double rounding = rounding_of(g.dtype());
      const Tensor along_u = product(u, gu, {true, false}),
                   along_v = product(vh, gvh, {false, true});
      require_distinct("svd", s, abs(along_u) + abs(along_v), rounding);
      const Tensor p = along_u - mt(along_u), q = along_v - mt(along_v);
      const Tensor tolerance = tolerance_of(s, rounding), each = unsqueeze(tolerance, -1);
      Tensor x = (p + q) * reciprocal_beyond(differences(s), each) +
                 (p - q) * reciprocal_beyond(unsqueeze(s, -2) + unsqueeze(s, -1), each);
      x = x * 0.5 + detail::diagonal_matrices(gs);
      const std::size_t m = detail::rows_of(shape), n = shape.back();
      if (m == n) return product(u, product(x, vh));
      const Tensor inverse = reciprocal_beyond(s, tolerance);
      if (m > n) {
        require_nonzero(s, mt(gu), rounding);
        const Tensor rows = unsqueeze(inverse, -2);
        return product(product(u, x - along_u * rows) + gu * rows, vh);
      }
      require_nonzero(s, gvh, rounding);
      const Tensor column = unsqueeze(inverse, -1);
      return product(u, product(x - column * mt(along_v), vh) + column * gvh);
    }));

// The values alone. inputs: A and, if it is recorded, its U, S and Vh, packed, a constant. These
// serve the gradient U diag(g) Vh, unless it is recorded too.
constexpr auto svdvals_op = operation<Factored>(
    "svdvals",
    [](const Inputs& in, const Factored& f) {
      const Shape& shape = in[0].shape();
      if (in[1].defined() && f.is(in[0])) return detail::unpack(in[1], svd_shapes(shape))[1];
      const std::size_t m = detail::rows_of(shape), n = shape.back(), k = std::min(m, n);
      Tensor copy = in[0].clone(),
             s = empty(with_extents(batch_of(shape), {k}), {.dtype = copy.dtype()});
      for_each_matrix(copy, [&]<class T>(T* matrix, std::size_t i) {
        if (!kernels::Lapack<T>::svd(matrix, m, n, detail::values<T>(s) + i * k))
          throw_not_converged("svdvals", shape, i);
      });
      return s;
    },
    gradient(reads::inputs, [](const Tensor& g, const auto& c) {
      const Tensor packed =
          is_grad_enabled() ? svd_op(c.input(0)) : detail::factors_of(c, 1, svd_op);
      const auto [u, s, vh] = detail::unpack(packed, svd_shapes(c.shape(0)));
      return product(u * unsqueeze(g, -2), vh);
    }));

// ---- eigh

std::array<Shape, 2> eigh_shapes(std::size_t n) { return {Shape{n, n}, Shape{n}}; }

// V^T and the eigenvalues as `unpack` reads them, of a lower triangle. The gradient is V X V^T,
// where X_ij = (V^T gV)_ij / (l_j - l_i) for i != j, made symmetric, and X_ii = g_i.
constexpr auto eigh_op = operation(
    "eigh",
    [](const Inputs& in) {
      const Shape& shape = in[0].shape();
      const std::size_t n = shape.back();
      Tensor out = empty(with_extents(batch_of(shape), {n * (n + 1)}), {.dtype = in[0].dtype()});
      for_each_matrix(in[0], [&]<class T>(const T* matrix, std::size_t i) {
        T* v = detail::values<T>(out) + i * n * (n + 1);
        std::copy_n(matrix, n * n, v);
        if (!kernels::Lapack<T>::eigh(v, n, v + n * n, true)) throw_not_converged("eigh", shape, i);
      });
      return out;
    },
    gradient(reads::output, [](const Tensor& g, const auto& c) {
      const std::size_t n = c.shape(0).back();
      const auto [vt, values] = detail::unpack(c.output(), eigh_shapes(n));
      const auto [gvt, gvalues] = detail::unpack(g, eigh_shapes(n));
      const double rounding = rounding_of(g.dtype());
      const Tensor along = product(vt, gvt, {false, true});
      require_distinct("eigh", values, along, rounding);
      const Tensor tolerance = unsqueeze(tolerance_of(values, rounding), -1);
      const Tensor x =
          (along - mt(along)) * 0.5 * reciprocal_beyond(differences(values), tolerance) +
          detail::diagonal_matrices(gvalues);
      return product(vt, product(x, vt), {true, false});
    }));

// The values alone, as svdvals_op; the gradient is V diag(g) V^T.
constexpr auto eigvalsh_op = operation<Factored>(
    "eigvalsh",
    [](const Inputs& in, const Factored& f) {
      const Shape& shape = in[0].shape();
      const std::size_t n = shape.back();
      if (in[1].defined() && f.is(in[0])) return detail::unpack(in[1], eigh_shapes(n))[1];
      Tensor copy = in[0].clone(),
             out = empty(with_extents(batch_of(shape), {n}), {.dtype = copy.dtype()});
      for_each_matrix(copy, [&]<class T>(T* matrix, std::size_t i) {
        if (!kernels::Lapack<T>::eigh(matrix, n, detail::values<T>(out) + i * n, false))
          throw_not_converged("eigvalsh", shape, i);
      });
      return out;
    },
    gradient(reads::inputs, [](const Tensor& g, const auto& c) {
      const Tensor packed =
          is_grad_enabled() ? eigh_op(c.input(0)) : detail::factors_of(c, 1, eigh_op);
      const auto [vt, values] = detail::unpack(packed, eigh_shapes(c.shape(0).back()));
      return product(vt, unsqueeze(g, -1) * vt, {true, false});
    }));

bool is_recorded(const Tensor& a) { return is_grad_enabled() && a.requires_grad(); }

// ---- pinv, lstsq

double rcond_of(const char* op, const Tensor& a, std::optional<double> rcond) {
  if (rcond) expect_not_negative(op, "rcond", *rcond);
  return rcond.value_or(rank_tolerance(a));
}

// A^+ b for b (…, m, k), or A^+ alone, from A's U, S and Vh, packed. Batches broadcast.
Tensor apply_pinv(const Shape& a, const Tensor& packed, double rcond, const Tensor& b = {}) {
  const auto [u, s, vh] = detail::unpack(packed, svd_shapes(a));
  const Tensor along_u = b.defined() ? product(u, b, {true, false}) : mt(u);
  const Tensor inverse = unsqueeze(reciprocal_beyond(s, tolerance_of(s, rcond)), -1);
  return product(vh, inverse * along_u, {true, false});
}

// The gradient of Y = A^+, from dY = -Y dA Y + Y Y^T dA^T (1 - A Y) + (1 - Y A) dA^T Y^T Y, where
// the rank stays. No product has more elements than the longer side times the shorter one.
Tensor pinv_gradient(const Tensor& a, const Tensor& y, const Tensor& g) {
  if (detail::rows_of(a.shape()) < a.shape().back()) return mt(pinv_gradient(mt(a), mt(y), mt(g)));
  const Tensor across = product(y, product(g, y, {false, true}), {true, false});
  const Tensor left = product(g, product(y, y, {false, true}), {true, false});
  const Tensor k = product(y, g, {false, true});
  return left - product(a, product(y, left)) - across +
         product(y, k - product(product(k, y), a), {true, false});
}

// inputs: A, its U, S and Vh, packed, a constant
constexpr auto pinv_op = operation<Factored>(
    "pinv",
    [](const Inputs& in, const Factored& f) {
      return apply_pinv(in[0].shape(), f.is(in[0]) ? in[1] : svd_op(in[0]), f.rcond);
    },
    gradient(reads::input(0) | reads::output, [](const Tensor& g, const auto& c) {
      return pinv_gradient(c.input(0), c.output(), g);
    }));

// inputs: A, b (…, m, k), the U, S and Vh of A, packed, a constant
constexpr auto lstsq_op = operation<Factored>(
    "lstsq",
    [](const Inputs& in, const Factored& f) {
      return apply_pinv(in[0].shape(), f.is(in[0]) ? in[2] : svd_op(in[0]), f.rcond, in[1]);
    },
    gradient(reads::inputs,
             [](const Tensor& g, const auto& c) {
               const Tensor y = c.shared = pinv_op(c.input(0), c.input(2), c.attributes);
               return pinv_gradient(c.input(0), y, product(g, c.input(1), {false, true}));
             }),
    gradient(reads::input(0) | reads::input(2), [](const Tensor& g, const auto& c) {
      if (!c.shared.defined()) c.shared = pinv_op(c.input(0), c.input(2), c.attributes);
      return product(c.shared, g, {true, false});
    }));

}  // namespace

Tensor detail::singular_values_for(const char* op, const Tensor& a) {
  require_finite(op, a);
  return svdvals_op(a, is_recorded(a) ? svd_op(a.detach()) : Tensor(), Factored(a));
}

namespace linalg {

SVD svd(const Tensor& a) {
  detail::require_matrices("svd", a);
  detail::require_finite("svd", a);
  const auto [u, s, vh] = detail::unpack(svd_op(a), svd_shapes(a.shape()));
  return {u, s, vh};
}

Tensor svdvals(const Tensor& a) {
  detail::require_matrices("svdvals", a);
  return detail::singular_values_for("svdvals", a);
}

Eigh eigh(const Tensor& a) {
  detail::require_square("eigh", a);
  detail::require_finite("eigh", tril(a));
  const auto [vt, values] = detail::unpack(eigh_op(a), eigh_shapes(a.shape().back()));
  return {values, mt(vt)};
}

Tensor eigvalsh(const Tensor& a) {
  detail::require_square("eigvalsh", a);
  detail::require_finite("eigvalsh", tril(a));
  return eigvalsh_op(a, is_recorded(a) ? eigh_op(a.detach()) : Tensor(), Factored(a));
}

Tensor pinv(const Tensor& a, std::optional<double> rcond) {
  detail::require_matrices("pinv", a);
  detail::require_finite("pinv", a);
  Factored f(a);
  f.rcond = rcond_of("pinv", a, rcond);
  return pinv_op(a, svd_op(a.detach()), f);
}

Tensor lstsq(const Tensor& a, const Tensor& b, std::optional<double> rcond) {
  const bool vector = detail::is_vector_side("lstsq", a, b);
  detail::require_finite("lstsq", a);
  Factored f(a);
  f.rcond = rcond_of("lstsq", a, rcond);
  const Tensor x = lstsq_op(a, detail::columns(b, vector), svd_op(a.detach()), f);
  return detail::uncolumns(x, vector);
}

Tensor matrix_rank(const Tensor& a, std::optional<double> tol) {
  detail::require_matrices("matrix_rank", a);
  const Tensor s = detail::singular_values_for("matrix_rank", a.detach());
  if (tol) expect_not_negative("matrix_rank", "tol", *tol);
  return sum(tol ? s > *tol : s > tolerance_of(s, rank_tolerance(a)), -1);
}

}  // namespace linalg
}  // namespace xgrad
