#include "decomposition.hpp"

#include <cmath>
#include <limits>

#include "../kernels/lapack.hpp"
#include "arithmetic.hpp"
#include "elementwise.hpp"
#include "matrices.hpp"
#include "reduction.hpp"

namespace xgrad {
namespace {

using detail::batch_of;
using detail::columns;
using detail::Factored;
using detail::for_each_matrix;
using detail::mt;
using detail::product;
using detail::require_square;
using detail::uncolumns;
using detail::which;

// A copy of b (…, n, k), its batch broadcast with that of a, whose last two axes hold one matrix or
// its factors: f(factors, elements of the copy) is to solve each.
template <class F>
Tensor solve_each(const char* op, const Tensor& a, const Tensor& b, const F& f) {
  const std::size_t n = detail::rows_of(b.shape()), width = detail::columns_of(b.shape());
  const Shape batch_a = batch_of(a.shape()), batch_b = batch_of(b.shape());
  const Shape batch = broadcast_shapes(op, batch_a, batch_b);
  Tensor x = empty(detail::with_extents(batch, {n, width}), {.dtype = b.dtype()});
  const auto size = static_cast<std::ptrdiff_t>(detail::rows_of(a.shape()) * a.shape().back());
  const auto walk = kernels::Walk<2>::broadcast(batch, {&batch_a, &batch_b});
  visit_floating(x.dtype(), [&]<class T>(T) {
    walk.for_each(0, [&](std::size_t i, const auto& at) {
      T* const to = detail::values<T>(x) + i * n * width;
      std::copy_n(detail::values<T>(b) + at[1] * static_cast<std::ptrdiff_t>(n * width), n * width,
                  to);
      f(detail::values<T>(a) + at[0] * size, to);
    });
  });
  return x;
}

// ---- LU factors

// The factors of every matrix of A, shape (…, n + 1, n): n rows of factors and one of pivots.
Tensor lu_factors(const Tensor& a) {
  const std::size_t n = a.shape().back();
  Shape shape = a.shape();
  shape[shape.size() - 2] = n + 1;
  Tensor factors = empty(shape, {.dtype = a.dtype()});
  for_each_matrix(factors, [&]<class T>(T* lu, std::size_t i) {
    std::copy_n(detail::values<T>(a) + i * n * n, n * n, lu);
    kernels::Lapack<T>::lu_factor(lu, lu + n * n, n);
  });
  return factors;
}

// Throws ValueError if there is a pivot of 0 in the factors.
void require_pivots(const char* op, const Tensor& factors, const char* expected) {
  const std::size_t n = factors.shape().back();
  Shape shape = factors.shape();
  shape[shape.size() - 2] = n;
  for_each_matrix(factors, [&](const auto* lu, std::size_t i) {
    for (std::size_t k = 0; k < n; ++k)
      if (lu[k * (n + 1)] == 0)
        throw ValueError(str(which(op, shape, i), " is singular: pivot ", k + 1, " of ", n,
                             " is 0; expected ", expected));
  });
}

// Those of matrices that `op` inverts. Throws as require_pivots.
Tensor regular_factors(const char* op, const Tensor& a) {
  const Tensor factors = lu_factors(a);
  require_pivots(op, factors, "an invertible matrix");
  return factors;
}

// ---- solve

// A^-1 b or A^-T b for (…, n, k), batches broadcast.
Tensor solve_by_factors(const Tensor& factors, const Tensor& b, bool transposed) {
  const std::size_t n = factors.shape().back(), width = b.shape().back();
  return solve_each("solve", factors, b, [=]<class T>(const T* lu, T* x) {
    kernels::Lapack<T>::lu_solve(lu, lu + n * n, n, transposed, x, width);
  });
}

// A^-T g, which both gradients of solve are made of.
constexpr auto adjoint = [](const Tensor& g, const auto& c) {
  Factored f = c.attributes;
  f.transposed = !f.transposed;
  if (!c.shared.defined()) c.shared = c.op(c.input(0), g, c.input(2), f);
  return c.shared;
};

// inputs: A, b, the LU factors of A, a constant. From dx = A^-1 (db - dA x).
constexpr auto solve_op = operation<Factored>(
    "solve",
    [](const Inputs& in, const Factored& f) {
      const Tensor factors = f.is(in[0]) ? in[2] : regular_factors("solve", in[0]);
      const Tensor x = solve_by_factors(factors, columns(in[1], f.vector), f.transposed);
      return uncolumns(x, f.vector);
    },
    gradient(reads::input(0) | reads::input(2) | reads::output,
             [](const Tensor& g, const auto& c) {
               const Factored f = c.attributes;
               const Tensor y = columns(adjoint(g, c), f.vector),
                            x = -columns(c.output(), f.vector);
               return f.transposed ? product(x, y, {false, true}) : product(y, x, {false, true});
             }),
    gradient(reads::input(0) | reads::input(2),
             [](const Tensor& g, const auto& c) { return adjoint(g, c); }));

// ---- inverse

// dY = -Y dA Y. The attribute is the name in errors.
constexpr auto inverse_op = operation<const char*>(
    "inverse",
    [](const Inputs& in, const char* op) {
      const Tensor identity = eye(in[0].shape().back(), {.dtype = in[0].dtype()});
      return solve_by_factors(regular_factors(op, in[0]), identity, false);
    },
    gradient(reads::output, [](const Tensor& g, const auto& c) {
      const Tensor y = c.output();
      return -product(product(y, g, {true, false}), y, {false, true});
    }));

// ---- det

// Whether one of the matrices lies so near to a singular one that its inverse has lost half of all
// digits, or its determinant is not in range: that times the inverse is not the cofactors then. The
// pivots of LU tell; matrices with infinities or NaN do not count.
bool any_nearly_singular(const Tensor& factors, const Tensor& determinants) {
  const std::size_t n = factors.shape().back();
  bool any = false;
  for_each_matrix(factors, [&]<class T>(const T* lu, std::size_t matrix) {
    T smallest = std::numeric_limits<T>::infinity(), largest = 0;
    bool finite = true;
    for (std::size_t i = 0; i < n; ++i) {
      const T pivot = std::abs(lu[i * n + i]);
      finite = finite && std::isfinite(pivot);
      smallest = std::min(smallest, pivot);
      largest = std::max(largest, pivot);
    }
    any |= finite && (smallest <= std::sqrt(std::numeric_limits<T>::epsilon()) * largest ||
                      !std::isnormal(detail::values<T>(determinants)[matrix]));
  });
  return any;
}

// U and V, (n, k), such that A + U V^T is invertible: A's singular vectors of values near 0, the
// left ones multiplied by the largest value. Constants.
std::pair<Tensor, Tensor> regularizing_update(const Tensor& a) {
  const std::size_t n = a.shape().back();
  Tensor copy = a.detach().clone(), left = empty_like(a), right = empty_like(a),
         values = empty({n}, {.dtype = a.dtype()});
  std::size_t rank = n;
  double scale = 1;
  for_each_matrix(copy, [&]<class T>(T* matrix, std::size_t) {
    T* s = detail::values<T>(values);
    if (!kernels::Lapack<T>::svd(matrix, n, n, s, detail::values<T>(left),
                                 detail::values<T>(right)))
      return;
    while (rank > 0 && s[rank - 1] <= std::sqrt(std::numeric_limits<T>::epsilon()) * s[0]) --rank;
    if (s[0] > 0) scale = s[0];
  });
  const auto from = static_cast<std::int64_t>(rank), to = static_cast<std::int64_t>(n);
  return {slice(left, 1, from, to) * scale, t(slice(right, 0, from, to))};
}

// The adjugate adj(T) = det(T) T^-1 as a polynomial in T, by Faddeev and Leverrier: N_1 = I,
// N_{j+1} = tr(T N_j) / j - T N_j, adj(T) = N_k; then det(T) = tr(T N_k) / k. Subject to
// cancellation unless, as here, T is small or near 0.
Tensor adjugate(const Tensor& small, const Tensor& identity) {
  Tensor n = identity;
  for (std::size_t j = 1; j < small.shape().back(); ++j) {
    const Tensor next = product(small, n);
    n = sum(next * identity) / j * identity - next;
  }
  return n;
}

// A^-T with each matrix multiplied by a number, from its factors.
Tensor scaled_inverse_transposed(const Tensor& a, const Tensor& numbers, const Tensor& factors) {
  const Tensor diagonal = eye(a.shape().back(), {.dtype = a.dtype()});
  Factored f(a);
  f.transposed = true;
  return solve_op(a, unsqueeze(unsqueeze(numbers, -1), -1) * diagonal, factors, f);
}

// For each row of a matrix a power of 2 near its largest element, and for each the product of the
// others' powers; columns (n, 1). Constants.
std::pair<Tensor, Tensor> row_scales(const Tensor& a) {
  const std::size_t n = a.shape().back();
  Tensor scales = empty({n, 1}, {.dtype = a.dtype()}), others = empty_like(scales);
  const Tensor largest = max(abs(a.detach()), 1);
  visit_floating(a.dtype(), [&]<class T>(T) {
    std::vector<int> exponents(n);
    int total = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const T size = detail::values<T>(largest)[i];
      total += exponents[i] = std::isnormal(size) ? std::ilogb(size) : 0;
    }
    for (std::size_t i = 0; i < n; ++i) {
      detail::values<T>(scales)[i] = std::ldexp(T(1), exponents[i]);
      detail::values<T>(others)[i] = std::ldexp(T(1), total - exponents[i]);
    }
  });
  return {scales, others};
}

// The cofactors of one matrix, whose rows are of about one size. With M = A + U V^T,
// T = I - V^T M^-1 U: det(A) = det(M) det(T), whose derivative is
// det(M) (det(T) M^-T + M^-T V cof(T) (M^-1 U)^T). That holds for any constant U and V, so it can
// be differentiated further, and nothing in it is divided by a small number.
Tensor cofactors_of_scaled(const Tensor& a) {
  const auto [u, v] = regularizing_update(a);
  const std::size_t k = u.shape().back();
  if (k == 0) return scaled_inverse_transposed(a, det(a), lu_factors(a));
  const Tensor m = a + product(u, v, {false, true}), y = inverse(m), right = product(y, u);
  const Tensor identity = eye(k, {.dtype = a.dtype()});
  const Tensor small = identity - product(v, right, {true, false}), n = adjugate(small, identity);
  const Tensor determinant = sum(product(small, n) * identity) / k;
  const Tensor by_t = product(product(y, v, {true, false}), product(right, n), {false, true});
  return det(m) * (determinant * t(y) + by_t);
}

// The cofactors of matrices one by one, whether or not they are invertible.
Tensor cofactors(const Tensor& a) {
  if (a.ndim() > 2) {
    std::vector<Tensor> all;
    for (const Tensor& each : split(a, 1)) all.push_back(cofactors(squeeze(each, 0)));
    return stack(all);
  }
  const auto [scales, others] = row_scales(a);
  return cofactors_of_scaled(a / scales) * others;
}

// f(its factors, n), a number of each matrix.
template <class F>
Tensor of_each(const Tensor& factors, const F& f) {
  Tensor out = empty(batch_of(factors.shape()), {.dtype = factors.dtype()});
  for_each_matrix(factors, [&]<class T>(const T* lu, std::size_t i) {
    detail::values<T>(out)[i] = f(lu, factors.shape().back());
  });
  return out;
}

// inputs: A, the LU factors of A, a constant
constexpr auto det_op = operation<Factored>(
    "det",
    [](const Inputs& in, const Factored& f) {
      return of_each(f.is(in[0]) ? in[1] : lu_factors(in[0]),
                     []<class T>(const T* lu, std::size_t n) {
                       return kernels::Lapack<T>::lu_determinant(lu, lu + n * n, n);
                     });
    },
    gradient(reads::input(0) | reads::input(1) | reads::output, [](const Tensor& g, const auto& c) {
      const Tensor factors = detail::factors_of(c, 1, lu_factors);
      const Tensor all = any_nearly_singular(factors, c.output())
                             ? cofactors(c.input(0))
                             : scaled_inverse_transposed(c.input(0), c.output(), factors);
      return unsqueeze(unsqueeze(g, -1), -1) * all;
    }));

// inputs: LU factors, a constant, so that it is never recorded
constexpr auto sign_op = operation(
    "slogdet",
    [](const Inputs& in) {
      return of_each(in[0], []<class T>(const T* lu, std::size_t n) {
        T sign = 1;
        for (std::size_t k = 0; k < n; ++k) {
          const T pivot = lu[k * (n + 1)];
          if (static_cast<std::size_t>(lu[n * n + k]) != k) sign = -sign;
          sign = pivot > 0 ? sign : pivot < 0 ? -sign : pivot * sign;  // 0 or NaN
        }
        return sign + T(0);  // not -0
      });
    },
    gradient(reads::nothing, [](const Tensor&, const auto&) { return Tensor(); }));

// The logarithm of the size of the determinant. inputs: A, the LU factors of A, a constant
constexpr auto logabsdet_op = operation<Factored>(
    "slogdet",
    [](const Inputs& in, const Factored& f) {
      return of_each(f.is(in[0]) ? in[1] : lu_factors(in[0]),
                     []<class T>(const T* lu, std::size_t n) {
                       T total = 0;
                       for (std::size_t k = 0; k < n; ++k)
                         total += std::log(std::abs(lu[k * (n + 1)]));
                       return total;
                     });
    },
    gradient(reads::input(0) | reads::input(1), [](const Tensor& g, const auto& c) {
      const Tensor factors = detail::factors_of(c, 1, lu_factors);
      require_pivots("slogdet", factors, "an invertible matrix, since others have no gradient");
      return scaled_inverse_transposed(c.input(0), g, factors);
    }));

// ---- triangular systems

struct Triangle {
  bool upper = false, transposed = false, unit_diagonal = false;
};

// A^-1 B, or A^-T B, with one triangle of A, batches broadcast. inputs: A, B (…, n, k)
constexpr auto solve_triangular_op = operation<Triangle>(
    "solve_triangular",
    [](const Inputs& in, const Triangle& t) {
      const std::size_t n = in[0].shape().back(), width = in[1].shape().back();
      return solve_each("solve_triangular", in[0], in[1], [=]<class T>(const T* a, T* x) {
        kernels::Lapack<T>::solve_triangular(a, n, t.upper, t.transposed, t.unit_diagonal, x,
                                             width);
      });
    },
    gradient(reads::input(0) | reads::output,
             [](const Tensor& g, const auto& c) {
               const Triangle t = c.attributes;
               const Tensor y = c.op(c.input(0), g, {t.upper, !t.transposed, t.unit_diagonal});
               const Tensor x = -c.output();
               const Tensor whole =
                   t.transposed ? product(x, y, {false, true}) : product(y, x, {false, true});
               return t.upper ? triu(whole, t.unit_diagonal) : tril(whole, -t.unit_diagonal);
             }),
    gradient(reads::input(0), [](const Tensor& g, const auto& c) {
      const Triangle t = c.attributes;
      return c.op(c.input(0), g, {t.upper, !t.transposed, t.unit_diagonal});
    }));

// Throws ValueError if a diagonal has a 0.
void require_diagonal(const char* op, const Tensor& a) {
  const std::size_t n = a.shape().back();
  for_each_matrix(a, [&](const auto* matrix, std::size_t i) {
    for (std::size_t k = 0; k < n; ++k)
      if (matrix[k * (n + 1)] == 0)
        throw ValueError(str(which(op, a.shape(), i), " is singular: it is 0 at (", k, ", ", k,
                             "); expected a diagonal without 0"));
  });
}

// ---- cholesky

// Murray 2016, "Differentiation of the Cholesky decomposition", (9) and (10): with S the symmetric
// matrix of which P = L^T dL gives the lower triangle, dA = 1/2 L^-T S L^-1.
constexpr auto cholesky_op = operation(
    "cholesky",
    [](const Inputs& in) {
      const Shape& shape = in[0].shape();
      const std::size_t n = shape.back();
      Tensor l = tril(in[0]);
      detail::require_finite("cholesky", l);  // LAPACK finds no minor of NaN, and passes it on
      for_each_matrix(l, [&]<class T>(T* matrix, std::size_t i) {
        if (const std::size_t order = kernels::Lapack<T>::cholesky(matrix, n))
          throw ValueError(str(which("cholesky", shape, i),
                               " is not positive definite: its leading minor of order ", order,
                               " is not positive"));
      });
      return l;
    },
    gradient(reads::output, [](const Tensor& g, const auto& c) {
      const Tensor l = c.output();
      const Tensor p = tril(product(l, g, {true, false}));
      const Tensor s = p + mt(tril(p, -1));
      const Tensor half = solve_triangular_op(l, s * 0.5, {.transposed = true});
      return solve_triangular_op(l, mt(half), {.transposed = true});
    }));

// ---- qr

// Q (m, n) and R (n, n) of A (m, n), m >= n, as `unpack` reads them. Walter and Lehmann 2018,
// "Algorithmic differentiation of linear algebra functions with application in optimum experimental
// design": with M the upper triangle of gR R^T - Q^T gQ, completed to a symmetric matrix, the
// gradient is (gQ + Q M) R^-T.
constexpr auto qr_op = operation(
    "qr",
    [](const Inputs& in) {
      const Shape& shape = in[0].shape();
      const std::size_t m = detail::rows_of(shape), n = shape.back();
      Tensor at = mt(in[0]).clone(),
             l = empty(detail::with_extents(batch_of(shape), {n, n}), {.dtype = in[0].dtype()});
      for_each_matrix(at, [&]<class T>(T* matrix, std::size_t i) {
        kernels::Lapack<T>::lq(matrix, n, m, detail::values<T>(l) + i * n * n);
      });
      const Extents q_shape = detail::with_extents(batch_of(shape), {m * n});
      const Extents r_shape = detail::with_extents(batch_of(shape), {n * n});
      return concatenate({reshape(mt(at), q_shape), reshape(mt(l), r_shape)}, -1);
    },
    gradient(reads::output, [](const Tensor& g, const auto& c) {
      const std::size_t m = detail::rows_of(c.shape(0)), n = c.shape(0).back();
      const std::array<Shape, 2> shapes = {Shape{m, n}, Shape{n, n}};
      const auto [q, r] = detail::unpack(c.output(), shapes);
      const auto [gq, gr] = detail::unpack(g, shapes);
      for_each_matrix(r, [&](const auto* matrix, std::size_t i) {
        for (std::size_t k = 0; k < n; ++k)
          if (matrix[k * (n + 1)] == 0)
            throw ValueError(str(which("qr", c.shape(0), i), " has R = 0 at (", k, ", ", k,
                                 "): its gradient needs independent columns"));
      });
      const Tensor half = product(gr, r, {false, true}) - product(q, gq, {true, false});
      const Tensor whole = gq + product(q, triu(half) + mt(triu(half, 1)));
      return mt(solve_triangular_op(r, mt(whole), {.upper = true}));
    }));

}  // namespace

bool detail::is_vector_side(const char* op, const Tensor& a, const Tensor& b) {
  expect_defined(op, {{"A", &a}, {"b", &b}});
  require_one_float(op, a, b);
  require_matrices(op, a);
  Shape one_each = a.shape();
  one_each.erase(one_each.size() - 1);
  const bool vector = b.ndim() == 1 || b.shape() == one_each;
  const std::size_t axes = vector ? 1 : 2, m = rows_of(a.shape());
  if (b.ndim() < axes || b.shape()[b.ndim() - axes] != m)
    throw ShapeError(str(op, ": A ", a.shape(), " with b ", b.shape(), ": expected b (", m, ",), ",
                         a.ndim() > 2 ? str(one_each, " ") : "", "or (…, ", m, ", k)"));
  require_broadcasting_batches(op, a, b, axes);
  return vector;
}

Tensor detail::diagonal_matrices(const Tensor& diagonals) {
  return unsqueeze(diagonals, -1) * eye(diagonals.shape().back(), {.dtype = diagonals.dtype()});
}

Tensor solve(const Tensor& a, const Tensor& b) {
  expect_defined("solve", {{"A", &a}, {"b", &b}});
  detail::require_one_float("solve", a, b);
  require_square("solve", a);
  Factored f(a);
  f.vector = detail::is_vector_side("solve", a, b);
  return solve_op(a, b, regular_factors("solve", a), f);
}

Tensor detail::inverse_for(const char* op, const Tensor& a) {
  require_square(op, a);
  return inverse_op(a, op);
}

Tensor inverse(const Tensor& a) { return detail::inverse_for("inverse", a); }
Tensor linalg::inv(const Tensor& a) { return detail::inverse_for("inv", a); }

Tensor det(const Tensor& a) {
  require_square("det", a);
  return det_op(a, lu_factors(a), Factored(a));
}

Tensor cholesky(const Tensor& a) {
  require_square("cholesky", a);
  return cholesky_op(a);
}

linalg::SlogDet linalg::slogdet(const Tensor& a) {
  require_square("slogdet", a);
  const Tensor factors = lu_factors(a);
  return {sign_op(factors), logabsdet_op(a, factors, Factored(a))};
}

Tensor linalg::solve_triangular(const Tensor& a, const Tensor& b,
                                const TriangularOptions& options) {
  constexpr const char* op = "solve_triangular";
  const bool vector = detail::is_vector_side(op, a, b);
  require_square(op, a);
  if (!options.unit_diagonal) require_diagonal(op, a);
  const Triangle triangle{.upper = options.upper, .unit_diagonal = options.unit_diagonal};
  return uncolumns(solve_triangular_op(a, columns(b, vector), triangle), vector);
}

Tensor linalg::cholesky_solve(const Tensor& b, const Tensor& l, bool upper) {
  constexpr const char* op = "cholesky_solve";
  const bool vector = detail::is_vector_side(op, l, b);
  require_square(op, l);
  require_diagonal(op, l);
  const Tensor half = solve_triangular_op(l, columns(b, vector), {upper, upper});
  return uncolumns(solve_triangular_op(l, half, {upper, !upper}), vector);
}

linalg::QR linalg::qr(const Tensor& a) {
  detail::require_matrices("qr", a);
  detail::require_finite("qr", a);
  const std::size_t m = detail::rows_of(a.shape()), n = a.shape().back(), k = std::min(m, n);
  const auto square = static_cast<std::int64_t>(k);
  const Tensor left = k < n ? slice(a, -1, 0, square) : a;
  const auto [q, r] = detail::unpack<2>(qr_op(left), {Shape{m, k}, Shape{k, k}});
  if (k == n) return {q, r};
  // A = Q (R, Q^T B), where B is what is beside the square.
  const Tensor beside = slice(a, -1, square, static_cast<std::int64_t>(n));
  return {q, concatenate({r, product(q, beside, {true, false})}, -1)};
}

}  // namespace xgrad
