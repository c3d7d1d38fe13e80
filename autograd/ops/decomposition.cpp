#include "decomposition.hpp"

#include <cmath>
#include <limits>

#include "../kernels/lapack.hpp"
#include "../kernels/reduce.hpp"
#include "../op/operation.hpp"
#include "../support/str.hpp"
#include "../tensor/expect.hpp"
#include "arithmetic.hpp"
#include "elementwise.hpp"
#include "linalg.hpp"
#include "reduction.hpp"
#include "shaping.hpp"
#include "slicing.hpp"

namespace xgrad {
namespace {

using detail::batch_of;
using detail::product;
using detail::Transposes;

// Calls f(matrix, i) for each matrix of x.
template <class Tensor, class F>
void for_each_matrix(Tensor& x, const F& f) {
  const std::size_t matrices = batch_of(x.shape()).numel();
  visit_floating(x.dtype(), [&]<class T>(T) {
    for (std::size_t i = 0; i < matrices; ++i)
      f(detail::values<T>(x) + i * (x.numel() / matrices), i);
  });
}

// "cholesky: A (3, 2, 2)", or with more than one matrix "…, batch element 1 of A (3, 2, 2)".
std::string which(const char* op, const Shape& a, std::size_t matrix) {
  const std::string element = a.size() > 2 ? str("batch element ", matrix, " of ") : "";
  return str(op, ": ", element, "A ", a);
}

// ---- LU factors

// The factors of every matrix of A, shape (…, n + 1, n): n rows of factors and one of pivots. Given
// the operation that inverts, throws ValueError if a matrix has no inverse.
Tensor lu_factors(const Tensor& a, const char* inverting = nullptr) {
  const std::size_t n = a.shape().back();
  Shape shape = a.shape();
  shape[shape.size() - 2] = n + 1;
  Tensor factors = empty(shape, {.dtype = a.dtype()});
  for_each_matrix(factors, [&]<class T>(T* lu, std::size_t i) {
    std::copy_n(detail::values<T>(a) + i * n * n, n * n, lu);
    const std::size_t zero = kernels::Lapack<T>::lu_factor(lu, lu + n * n, n);
    if (zero > 0 && inverting)
      throw ValueError(str(which(inverting, a.shape(), i), " is singular: pivot ", zero, " of ", n,
                           " is 0; expected an invertible matrix"));
  });
  return factors;
}

// How a matrix that has been factored enters an operation.
struct Factored {
  /// The values that were factored. Gradients use the factors again; the same operation of other
  /// values finds its own.
  const detail::Storage* values = nullptr;
  bool transposed = false;
  bool vector = false;  ///< the right side is a vector for each matrix

  Factored(const Tensor& a) : values(detail::impl(a).storage) {}
  bool is(const Tensor& a) const noexcept { return values == detail::impl(a).storage; }
};

// ---- solve

Tensor columns(const Tensor& t, const Factored& f) { return f.vector ? unsqueeze(t, -1) : t; }

// A^-1 b or A^-T b for (…, n, k), batches broadcast.
Tensor solve_by_factors(const Tensor& factors, const Tensor& b, bool transposed) {
  const std::size_t n = factors.shape().back(), width = b.shape().back();
  const Shape batch_f = batch_of(factors.shape()), batch_b = batch_of(b.shape());
  const Shape batch = broadcast_shapes("solve", batch_f, batch_b);
  Shape shape = batch;
  shape.push_back(n);
  shape.push_back(width);
  Tensor x = empty(shape, {.dtype = b.dtype()});
  const auto walk = kernels::Walk<2>::broadcast(batch, {&batch_f, &batch_b});
  visit_floating(x.dtype(), [&]<class T>(T) {
    walk.for_each(0, [&](std::size_t i, const auto& at) {
      T* const to = detail::values<T>(x) + i * n * width;
      const T* lu = detail::values<T>(factors) + static_cast<std::size_t>(at[0]) * (n + 1) * n;
      std::copy_n(detail::values<T>(b) + static_cast<std::size_t>(at[1]) * n * width, n * width,
                  to);
      kernels::Lapack<T>::lu_solve(lu, lu + n * n, n, transposed, to, width);
    });
  });
  return x;
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
      const Tensor factors = f.is(in[0]) ? in[2] : lu_factors(in[0], "solve");
      const Tensor x = solve_by_factors(factors, columns(in[1], f), f.transposed);
      return f.vector ? squeeze(x, -1) : x;
    },
    gradient(reads::input(0) | reads::input(2) | reads::output,
             [](const Tensor& g, const auto& c) {
               const Factored f = c.attributes;
               const Tensor y = columns(adjoint(g, c), f), x = -columns(c.output(), f);
               return f.transposed ? product(x, y, {false, true}) : product(y, x, {false, true});
             }),
    gradient(reads::input(0) | reads::input(2),
             [](const Tensor& g, const auto& c) { return adjoint(g, c); }));

// ---- inverse

// dY = -Y dA Y.
constexpr auto inverse_op = operation(
    "inverse",
    [](const Inputs& in) {
      const Tensor identity = eye(in[0].shape().back(), {.dtype = in[0].dtype()});
      return solve_by_factors(lu_factors(in[0], "inverse"), identity, false);
    },
    gradient(reads::output, [](const Tensor& g, const auto& c) {
      const Tensor y = c.output();
      return -product(product(y, g, {true, false}), y, {false, true});
    }));

// ---- det

// Whether one of the matrices lies so near to a singular one that its inverse has lost half of all
// digits. The pivots of LU tell; matrices with infinities or NaN do not count.
bool any_nearly_singular(const Tensor& factors) {
  const std::size_t n = factors.shape().back();
  bool any = false;
  for_each_matrix(factors, [&]<class T>(const T* lu, std::size_t) {
    T smallest = std::numeric_limits<T>::infinity(), largest = 0;
    bool finite = true;
    for (std::size_t i = 0; i < n; ++i) {
      const T pivot = std::abs(lu[i * n + i]);
      finite = finite && std::isfinite(pivot);
      smallest = std::min(smallest, pivot);
      largest = std::max(largest, pivot);
    }
    any |= finite && smallest <= std::sqrt(std::numeric_limits<T>::epsilon()) * largest;
  });
  return any;
}

// U and V, (n, k), such that A + U V^T is invertible: A's singular vectors of values near 0, the
// left ones multiplied by the largest value. Constants.
std::pair<Tensor, Tensor> regularizing_update(const Tensor& a) {
  const auto n = static_cast<std::int64_t>(a.shape().back());
  Tensor copy = a.detach().clone(), left = empty_like(a), right = empty_like(a),
         values = empty({a.shape().back()}, {.dtype = a.dtype()});
  std::int64_t rank = n;
  double scale = 1;
  for_each_matrix(copy, [&]<class T>(T* matrix, std::size_t) {
    T* s = detail::values<T>(values);
    if (!kernels::Lapack<T>::singular_values(matrix, a.shape().back(), detail::values<T>(left), s,
                                             detail::values<T>(right)))
      return;
    while (rank > 0 && s[rank - 1] <= std::sqrt(std::numeric_limits<T>::epsilon()) * s[0]) --rank;
    if (s[0] > 0) scale = s[0];
  });
  return {slice(left, 1, rank, n) * scale, t(slice(right, 0, rank, n))};
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

// The cofactors det(A) A^-T of a matrix that has factors.
Tensor regular_cofactors(const Tensor& a, const Tensor& determinant, const Tensor& factors) {
  const Tensor diagonal = eye(a.shape().back(), {.dtype = a.dtype()});
  Factored f(a);
  f.transposed = true;
  return solve_op(a, unsqueeze(unsqueeze(determinant, -1), -1) * diagonal, factors, f);
}

// The cofactors of matrices one by one, whether or not they are invertible. With M = A + U V^T,
// T = I - V^T M^-1 U: det(A) = det(M) det(T), whose derivative is
// det(M) (det(T) M^-T + M^-T V cof(T) (M^-1 U)^T). That holds for any constant U and V, so it can
// be differentiated further, and nothing in it is divided by a small number.
Tensor cofactors(const Tensor& a) {
  if (a.ndim() > 2) {
    std::vector<Tensor> all;
    for (const Tensor& each : split(a, 1)) all.push_back(cofactors(squeeze(each, 0)));
    return stack(all);
  }
  const auto [u, v] = regularizing_update(a);
  const std::size_t k = u.shape().back();
  if (k == 0) return regular_cofactors(a, det(a), lu_factors(a));
  const Tensor m = a + product(u, v, {false, true}), y = inverse(m), right = product(y, u);
  const Tensor identity = eye(k, {.dtype = a.dtype()});
  const Tensor small = identity - product(v, right, {true, false}), n = adjugate(small, identity);
  const Tensor determinant = sum(product(small, n) * identity) / k;
  const Tensor by_t = product(product(y, v, {true, false}), product(right, n), {false, true});
  return det(m) * (determinant * t(y) + by_t);
}

// inputs: A, the LU factors of A, a constant
constexpr auto det_op = operation<Factored>(
    "det",
    [](const Inputs& in, const Factored& f) {
      const Tensor factors = f.is(in[0]) ? in[1] : lu_factors(in[0]);
      const std::size_t n = factors.shape().back();
      Tensor out = empty(batch_of(factors.shape()), {.dtype = factors.dtype()});
      for_each_matrix(factors, [&]<class T>(const T* lu, std::size_t i) {
        detail::values<T>(out)[i] = kernels::Lapack<T>::lu_determinant(lu, lu + n * n, n);
      });
      return out;
    },
    gradient(reads::input(0) | reads::input(1) | reads::output, [](const Tensor& g, const auto& c) {
      const Tensor all = any_nearly_singular(c.input(1))
                             ? cofactors(c.input(0))
                             : regular_cofactors(c.input(0), c.output(), c.input(1));
      return unsqueeze(unsqueeze(g, -1), -1) * all;
    }));

// ---- cholesky

// L^-1 B or, transposed, L^-T B. inputs: L, B, with the same batch; of L the lower triangle is read
constexpr auto solve_triangular_op = operation<bool>(
    "solve_triangular",
    [](const Inputs& in, bool transposed) {
      const std::size_t n = in[0].shape().back(), width = in[1].shape().back();
      Tensor x = in[1].clone();
      for_each_matrix(x, [&]<class T>(T* to, std::size_t i) {
        kernels::Lapack<T>::solve_lower(detail::values<T>(in[0]) + i * n * n, n, transposed, to,
                                        width);
      });
      return x;
    },
    gradient(
        reads::input(0) | reads::output,
        [](const Tensor& g, const auto& c) {
          const bool transposed = c.attributes;
          const Tensor gb = c.op(c.input(0), g, !transposed), x = -c.output();
          return tril(transposed ? product(x, gb, {false, true}) : product(gb, x, {false, true}));
        }),
    gradient(reads::input(0),
             [](const Tensor& g, const auto& c) { return c.op(c.input(0), g, !c.attributes); }));

// Murray 2016, "Differentiation of the Cholesky decomposition", (9) and (10): with S the symmetric
// matrix of which P = L^T dL gives the lower triangle, dA = 1/2 L^-T S L^-1.
constexpr auto cholesky_op = operation(
    "cholesky",
    [](const Inputs& in) {
      const Shape& shape = in[0].shape();
      const std::size_t n = shape.back();
      Tensor l = tril(in[0]);
      for_each_matrix(l, [&]<class T>(T* matrix, std::size_t i) {
        // LAPACK finds no minor of NaN that is not positive, and passes it on.
        if (const std::size_t odd = kernels::first_non_finite(matrix, n * n); odd < n * n)
          throw ValueError(str(which("cholesky", shape, i), " is ", matrix[odd], " at (", odd / n,
                               ", ", odd % n, "); expected finite elements"));
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
      const Tensor s = p + transpose(tril(p, -1), -2, -1);
      const Tensor half = solve_triangular_op(l, s * 0.5, true);
      return solve_triangular_op(l, transpose(half, -2, -1), true);
    }));

// ---- the arguments

void require_square(const char* op, const Tensor& a) {
  expect_floating(op, "A", a);
  const Shape& shape = a.shape();
  if (shape.size() < 2 || shape[shape.size() - 2] != shape.back())
    throw ShapeError(str(op, ": A ", shape, ": expected square matrices (…, n, n)"));
}

}  // namespace

Tensor solve(const Tensor& a, const Tensor& b) {
  expect_defined("solve", {{"A", &a}, {"b", &b}});
  detail::require_one_float("solve", a, b);
  require_square("solve", a);
  Shape one_each = a.shape();
  one_each.erase(one_each.size() - 1);
  Factored f(a);
  f.vector = b.ndim() == 1 || b.shape() == one_each;
  const std::size_t axes = f.vector ? 1 : 2;
  const std::size_t n = a.shape().back();
  if (b.ndim() < axes || b.shape()[b.ndim() - axes] != n)
    throw ShapeError(str("solve: A ", a.shape(), " with b ", b.shape(), ": expected b (", n, ",), ",
                         a.ndim() > 2 ? str(one_each, " ") : "", "or (…, ", n, ", k)"));
  detail::require_broadcasting_batches("solve", a, b, axes);
  return solve_op(a, b, lu_factors(a, "solve"), f);
}

Tensor inverse(const Tensor& a) {
  require_square("inverse", a);
  return inverse_op(a);
}

Tensor det(const Tensor& a) {
  require_square("det", a);
  return det_op(a, lu_factors(a), Factored(a));
}

Tensor cholesky(const Tensor& a) {
  require_square("cholesky", a);
  return cholesky_op(a);
}

}  // namespace xgrad
