#include "matrix_functions.hpp"

#include <cmath>
#include <limits>

#include "arithmetic.hpp"
#include "axes.hpp"
#include "decomposition.hpp"
#include "elementwise.hpp"
#include "logic.hpp"
#include "matrices.hpp"
#include "rearranging.hpp"
#include "reduction.hpp"
#include "spectral.hpp"
#include "statistics.hpp"

namespace xgrad {
namespace {

using detail::batch_of;
using detail::mt;
using detail::product;
using detail::require_square;

constexpr double infinity = std::numeric_limits<double>::infinity();

// ---- matrix_exp

// The sums of |elements| of the columns, the largest of each matrix: (…, 1, 1).
Tensor norm_1(const Tensor& a) {
  if (a.shape().back() == 0) return zeros({1, 1}, {.dtype = a.dtype()});
  return max(sum(abs(a), -2, true), -1, true);
}

// e^A of float64, with powers of 2 by which each A is divided such that its norm is at most theta.
Tensor exponential(const Tensor& a) {
  constexpr double theta = 5.371920351148152;
  const Tensor quotient = ceil(log2(maximum(norm_1(a) / theta, 1)));
  const Tensor squarings = where(isfinite(quotient), quotient, 0);
  const Tensor x = a * pow(2, -squarings), identity = eye(a.shape().back(), {.dtype = float64});
  const Tensor x2 = product(x, x), x4 = product(x2, x2), x6 = product(x2, x4);
  const Tensor odd =
      product(x, product(x6, x6 + 16380. * x4 + 40840800. * x2) + 33522128640. * x6 +
                     10559470521600. * x4 + 1187353796428800. * x2 + 32382376266240000. * identity);
  const Tensor even = product(x6, 182. * x6 + 960960. * x4 + 1323241920. * x2) +
                      670442572800. * x6 + 129060195264000. * x4 + 7771770303897600. * x2 +
                      64764752532480000. * identity;
  Tensor y = solve(even - odd, even + odd);
  const double most = y.numel() > 0 ? max(squarings).item<double>() : 0;
  for (double i = 0; i < most; ++i) y = where(squarings > i, product(y, y), y);
  return y;
}

// e^[X Z; 0 X] has the derivative of e^X along Z in the place of Z; the gradient along G is that of
// e^(A^T) along it. G is scaled, since more squarings than A needs would cost digits.
constexpr auto matrix_exp_op = operation(
    "matrix_exp", [](const Inputs& in) { return exponential(in[0].to(float64)).to(in[0].dtype()); },
    gradient(reads::input(0), [](const Tensor& g, const auto& c) {
      const Tensor at = mt(c.input(0)), size = maximum(norm_1(g.detach()), 1);
      const auto n = static_cast<std::int64_t>(at.shape().back());
      const Tensor upper = concatenate({at, g / size}, -1);
      const Tensor lower = concatenate({zeros_like(at), at}, -1);
      const Tensor whole = c.op(concatenate({upper, lower}, -2));
      return slice(slice(whole, -2, 0, n), -1, n, 2 * n) * size;
    }));

// ---- norms

[[noreturn]] void throw_order(const char* op, const linalg::NormOrder& ord) {
  throw ValueError(str(op, ": the order is ",
                       ord.name.empty() ? str(ord.number) : str('"', ord.name, '"'),
                       "; expected 1, -1, 2, -2, inf, -inf, \"fro\" or \"nuc\""));
}

Tensor matrix_norm(const char* op, const Tensor& a, const linalg::NormOrder& ord) {
  if (ord.name == "fro") return norm(a, 2, {-2, -1});
  if (ord.name == "nuc") return sum(detail::singular_values_for(op, a), -1);
  const double p = std::abs(ord.number);
  if (!ord.name.empty() || !(p == 1 || p == 2 || p == infinity)) throw_order(op, ord);
  if (detail::rows_of(a.shape()) == 0 || a.shape().back() == 0)
    throw ShapeError(str(op, ": A ", a.shape(), " for the order ", ord.number,
                         "; expected matrices with elements"));
  const Tensor of = p == 2 ? detail::singular_values_for(op, a) : sum(abs(a), p == 1 ? -2 : -1);
  return ord.number > 0 ? max(of, -1) : min(of, -1);
}

// ---- multi_dot

// The product of matrices first … last in the order of `split_after`, which is [first][last] flat.
Tensor product_of(const std::vector<Tensor>& matrices, const std::vector<std::size_t>& split_after,
                  std::size_t first, std::size_t last) {
  if (first == last) return matrices[first];
  const std::size_t at = split_after[first * matrices.size() + last];
  return product(product_of(matrices, split_after, first, at),
                 product_of(matrices, split_after, at + 1, last));
}

}  // namespace

namespace linalg {

Tensor matrix_power(const Tensor& a, std::int64_t n) {
  require_square("matrix_power", a);
  if (n == 0) return zeros_like(a) + eye(a.shape().back(), {.dtype = a.dtype()});
  Tensor square = n < 0 ? detail::inverse_for("matrix_power", a) : a, power;
  for (std::uint64_t left = n < 0 ? 0 - static_cast<std::uint64_t>(n)
                                  : static_cast<std::uint64_t>(n);
       ;) {
    if (left % 2 == 1) power = power.defined() ? product(power, square) : square;
    if ((left /= 2) == 0) break;
    square = product(square, square);
  }
  return n == 1 ? power.clone() : power;
}

Tensor matrix_exp(const Tensor& a) {
  require_square("matrix_exp", a);
  return matrix_exp_op(a);
}

Tensor norm(const Tensor& a, const NormOrder& ord) {
  expect_floating("norm", "A", a);
  if (a.ndim() == 1 && (ord.name.empty() || ord.name == "fro"))
    return vector_norm(a, ord.name.empty() ? ord.number : 2);
  detail::require_matrices("norm", a);
  return matrix_norm("norm", a, ord);
}

Tensor vector_norm(const Tensor& x, double p, const Axes& axes, bool keepdims) {
  expect_floating("vector_norm", "x", x);
  detail::axis_set("vector_norm", axes, x.shape());
  return xgrad::norm(x, p, axes, keepdims);
}

Tensor cond(const Tensor& a, const NormOrder& p) {
  constexpr const char* op = "cond";
  const bool by_values = p.name.empty() && std::abs(p.number) == 2;
  if (by_values)
    detail::require_matrices(op, a);
  else
    require_square(op, a);
  if (detail::rows_of(a.shape()) == 0 || a.shape().back() == 0)
    return zeros(batch_of(a.shape()), {.dtype = a.dtype()});
  if (by_values) {
    const Tensor s = detail::singular_values_for(op, a);
    const Tensor largest = select(s, -1, 0), smallest = select(s, -1, -1);
    const Tensor zero = largest == 0;  // where not 0 / 0 but infinity is the result
    return where(
        zero, infinity,
        p.number > 0 ? largest / where(zero, 1, smallest) : smallest / where(zero, 1, largest));
  }
  const Tensor singular = slogdet(a.detach()).sign == 0;
  const Tensor identity = eye(a.shape().back(), {.dtype = a.dtype()});
  const Tensor regular = where(unsqueeze(unsqueeze(singular, -1), -1), identity, a);
  return where(singular, infinity,
               matrix_norm(op, a, p) * matrix_norm(op, detail::inverse_for(op, regular), p));
}

Tensor multi_dot(const std::vector<Tensor>& matrices) {
  constexpr const char* op = "multi_dot";
  const std::size_t count = matrices.size();
  if (count < 2) throw ValueError(str(op, ": ", count, " matrices; expected two or more"));
  std::vector<Tensor> chain;
  for (std::size_t i = 0; i < count; ++i) {
    const Tensor& each = matrices[i];
    expect_floating(op, str("matrix ", i), each);
    expect_same_dtype(op, str("matrix ", i), each, "matrix 0", matrices[0]);
    const bool first = i == 0, last = i + 1 == count;
    if (each.ndim() != 2 && !(each.ndim() == 1 && (first || last)))
      throw ShapeError(str(op, ": matrix ", i, " of ", count, " has shape ", each.shape(),
                           "; expected a matrix", first || last ? " or a vector" : ""));
    chain.push_back(each.ndim() == 2 ? each : unsqueeze(each, first ? 0 : 1));
    if (!first && chain[i - 1].size(1) != chain[i].size(0))
      throw ShapeError(str(op, ": inner dimensions of matrices ", i - 1, " and ", i,
                           " differ: ", matrices[i - 1].shape(), " x ", each.shape(), ": ",
                           chain[i - 1].size(1), " vs ", chain[i].size(0)));
  }
  // The least cost of each run first … last, from those of shorter ones (Cormen and others,
  // "Introduction to algorithms", 15.2).
  std::vector<double> cost(count * count);
  std::vector<std::size_t> split_after(count * count);
  for (std::size_t length = 1; length < count; ++length)
    for (std::size_t first = 0; first + length < count; ++first) {
      const std::size_t last = first + length;
      double& least = cost[first * count + last] = infinity;
      for (std::size_t at = first; at < last; ++at) {
        const double own = static_cast<double>(chain[first].size(0)) *
                           static_cast<double>(chain[at].size(1)) *
                           static_cast<double>(chain[last].size(1));
        const double total = cost[first * count + at] + cost[(at + 1) * count + last] + own;
        if (total < least) least = total, split_after[first * count + last] = at;
      }
    }
  Tensor result = product_of(chain, split_after, 0, count - 1);
  if (matrices.back().ndim() == 1) result = squeeze(result, -1);
  return matrices.front().ndim() == 1 ? squeeze(result, 0) : result;
}

Tensor cross(const Tensor& a, const Tensor& b, int axis) {
  constexpr const char* op = "cross";
  expect_defined(op, {{"a", &a}, {"b", &b}});
  const Shape shape = broadcast_shapes(op, a.shape(), b.shape());
  const int at =
      static_cast<int>(normalize_axis(op, axis, shape.size())) - static_cast<int>(shape.size());
  for (const Tensor* each : {&a, &b})
    if (each->ndim() < static_cast<std::size_t>(-at) || each->size(at) != 3)
      throw ShapeError(str(op, ": ", a.shape(), " and ", b.shape(), " along axis ", axis,
                           "; expected 3 elements of each"));
  const TensorOrScalar left(a), right(b);
  const detail::Operands<2> both(op, detail::Domain::numbers, {&left, &right});
  const Tensor &x = *both.in[0], &y = *both.in[1];
  return roll(x, -1, at) * roll(y, -2, at) - roll(x, -2, at) * roll(y, -1, at);
}

}  // namespace linalg
}  // namespace xgrad
