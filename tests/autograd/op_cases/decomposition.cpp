#include "autograd/linalg.hpp"
#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {
namespace {

Tensor identity_like(const Tensor& a) { return eye(a.shape().back(), {.dtype = a.dtype()}); }

// Drawn matrices a enter as I + a / 16, and a a^T + 3 I where they are to be positive definite: far
// from singular.
Tensor regular(const Tensor& a) { return identity_like(a) + a / 16; }
Tensor positive_definite(const Tensor& a) {
  return matmul(a, transpose(a, -2, -1)) + 3 * identity_like(a);
}

const std::string identity = "torch.eye(a.shape[-1], dtype=a.dtype)";
const std::string regular_a = "(" + identity + " + a / 16)";
const std::string positive_a = "(a @ a.mT + 3 * " + identity + ")";

// The inputs that all of them refuse.
std::vector<BadCall> not_square(Tensor (*f)(const Tensor&)) {
  return {BAD(ShapeError, f(zeros({2, 3})), "(2, 3)", "square"),
          BAD(ShapeError, f(zeros({3})), "(3,)", "square"),
          BAD(ShapeError, f(zeros({})), "()", "square"),
          BAD(DTypeError, f(zeros({2, 2}, i64)), "(2, 2)", "int64", "float32"),
          BAD(ValueError, f(undefined), "undefined tensor")};
}

std::vector<BadCall> operator+(std::vector<BadCall> a, const std::vector<BadCall>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

const std::vector<std::vector<Input>> matrices = {
    {reals({1, 1})},       {reals({2, 2})},
    {reals({3, 3})},       {reals({2, 3, 3})},
    {reals({2, 1, 2, 2})}, {reals({0, 0})},
    {reals({0, 3, 3})},    {reals({2, 0, 0})},
    {reals({17, 17})},     {as(float32, reals({3, 3}))}};

// Drawn matrices that need not be square.
Tensor oblong(const Tensor& a) { return eye(a.size(-2), a.size(-1), a.dtype()) + a / 16; }
const std::string oblong_a = "(torch.eye(*a.shape[-2:], dtype=a.dtype) + a / 16)";

using linalg::solve_triangular;
constexpr linalg::TriangularOptions upper{.upper = true};

// What solve and those like it refuse, of square matrices and right sides.
template <class F>
std::vector<BadCall> bad_sides(F f) {
  return {BAD(ShapeError, f(ones({2, 3}), zeros({2})), "(2, 3)", "square"),
          BAD(ShapeError, f(ones({3}), zeros({3})), "(3,)", "matrices"),
          BAD(ShapeError, f(eye(3), zeros({2})), "(3, 3)", "(2,)", "(3,)"),
          BAD(ShapeError, f(eye(3), zeros({2, 3})), "(3, 3)", "(2, 3)", "(…, 3, k)"),
          BAD(ShapeError, f(ones({2, 3, 3}), zeros({3, 3, 2})), "(2, 3, 3)", "2 vs 3"),
          BAD(DTypeError, f(eye(2), zeros({2}, f64)), "float32", "float64"),
          BAD(DTypeError, f(ones({2, 2}, i64), zeros({2}, i64)), "int64", "float"),
          BAD(ValueError, f(undefined, zeros({2})), "undefined tensor"),
          BAD(ValueError, f(eye(2), undefined), "undefined tensor"),
          BAD(ValueError, f(tensor({{1., 0.}, {1., 0.}}), zeros({2}, f64)), "A (2, 2) is singular",
              "0 at (1, 1)"),
          BAD(ValueError, f(stack({eye(2), zeros({2, 2})}), zeros({2})),
              "batch element 1 of A (2, 2, 2) is singular", "0 at (0, 0)")};
}

const std::vector<std::vector<Input>> sides = {
    {reals({1, 1}), reals({1, 1})},
    {reals({3, 3}), reals({3, 2})},
    {reals({3, 3}), reals({2, 3, 2})},
    {reals({2, 3, 3}), reals({3, 2})},
    {reals({2, 3, 3}), reals({1, 3, 2})},
    {reals({2, 1, 2, 2}), reals({2, 2, 1})},
    {reals({0, 0}), reals({0, 2})},
    {reals({3, 3}), reals({3, 0})},
    {reals({0, 3, 3}), reals({3, 2})},
    {reals({17, 17}), reals({17, 2})},
    {as(float32, reals({3, 3})), as(float32, reals({3, 2}))}};
const std::vector<std::vector<Input>> oblongs = {
    {reals({1, 1})},       {reals({3, 3})},    {reals({3, 2})},
    {reals({2, 4})},       {reals({7, 4})},    {reals({2, 3, 2})},
    {reals({2, 1, 2, 2})}, {reals({2, 2, 3})}, {reals({4, 1})},
    {reals({1, 4})},       {reals({0, 3, 2})}, {reals({0, 0})},
    {reals({3, 0})},       {reals({0, 2})},    {as(float32, reals({3, 2}))}};

Tensor singular_batch() { return tensor({{{1., 2.}, {3., 4.}}, {{1., 2.}, {2., 4.}}}); }

OpCase inverse_case(const std::string& name, Tensor (*f)(const Tensor&)) {
  const auto exact = [f](X x) { return f(x[0]); };
  return op(
      name,
      each(
          "torch.linalg.inv(" + regular_a + ")", [f](X x) { return f(regular(x[0])); }, matrices) +
          each("torch.linalg.inv(a)", exact,
               {{exactly({2, 2}, {0, 1, 2, 0})}, {exactly({3, 3}, {0, 0, 2, 1, 0, 1, 3, 1, 0})}}) +
          kinks("torch.linalg.inv(a)", exact, {{exactly({2, 2}, {1, nan, 2, 3})}}),
      not_square(f) +
          std::vector<BadCall>{BAD(ValueError, f(zeros({2, 2})), "A (2, 2) is singular",
                                   "pivot 1 of 2", "invertible"),
                               BAD(ValueError, f(singular_batch()),
                                   "batch element 1 of A (2, 2, 2) is singular", "pivot 2 of 2")});
}

}  // namespace

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> decomposition_cases() {
  const Input with_nan = exactly({2, 2}, {1, nan, 2, 3});
  const auto solved = [](X x) { return solve(regular(x[0]), x[1]); };
  return {
      op("solve",
         each("torch.linalg.solve(" + regular_a + ", b)", solved,
              {{reals({1, 1}), reals({1, 1})},
               {reals({3, 3}), reals({3})},
               {reals({3, 3}), reals({3, 2})},
               {reals({3, 3}), reals({3, 3})},
               {reals({3, 3}), reals({2, 3, 2})},
               {reals({2, 3, 3}), reals({3})},
               {reals({2, 3, 3}), reals({2, 3})},
               {reals({2, 3, 3}), reals({3, 2})},
               {reals({2, 3, 3}), reals({1, 3, 2})},
               {reals({2, 3, 3}), reals({2, 3, 1})},
               {reals({1, 3, 3}), reals({1, 3})},
               {reals({1, 3, 3}), reals({3, 3})},
               {reals({2, 1, 2, 2}), reals({2, 2, 1})},
               {reals({2, 2, 2}), reals({3, 1, 2, 2})},
               {reals({0, 0}), reals({0})},
               {reals({0, 0}), reals({0, 2})},
               {reals({3, 3}), reals({3, 0})},
               {reals({0, 3, 3}), reals({0, 3})},
               {reals({0, 3, 3}), reals({3, 2})},
               {reals({17, 17}), reals({17})},
               {reals({17, 17}), reals({17, 2})},
               {as(float32, reals({3, 3})), as(float32, reals({3, 2}))}}) +
             // PyTorch 1.13's own gradient of this throws.
             each("torch.linalg.solve(" + regular_a + ", b.unsqueeze(1)).squeeze(1)", solved,
                  {{reals({1, 1}), reals({1})}}) +
             each("torch.linalg.solve(" + regular_a + ", a)",
                  [](X x) { return solve(regular(x[0]), x[0]); }, {{reals({3, 3})}}) +
             each("torch.linalg.solve(a, b)", [](X x) { return solve(x[0], x[1]); },
                  {{exactly({2, 2}, {0, 1, 2, 0}), reals({2})},  // rows are exchanged
                   {exactly({3, 3}, {0, 0, 2, 1, 0, 1, 3, 1, 0}), reals({3, 2})}}) +
             kinks("torch.linalg.solve(a, b)", [](X x) { return solve(x[0], x[1]); },
                   {{with_nan, reals({2})},
                    {exactly({2, 2}, {1, 2, 3, 4}), exactly({2, 2}, {1, nan, 2, 3})}}),
         {BAD(ValueError, solve(zeros({2, 2}), ones({2})),
              "A (2, 2) is singular", "pivot 1 of 2", "invertible"),
          BAD(ValueError, solve(singular_batch(), ones({2}, f64)),
              "batch element 1 of A (2, 2, 2) is singular", "pivot 2 of 2"),
          BAD(ShapeError, solve(zeros({2, 3}), zeros({2})), "(2, 3)", "square"),
          BAD(ShapeError, solve(zeros({3}), zeros({3})), "(3,)", "square"),
          BAD(ShapeError, solve(zeros({3, 3}), zeros({})), "(3, 3)", "()", "(3,)"),
          BAD(ShapeError, solve(zeros({3, 3}), zeros({2})), "(3, 3)", "(2,)", "(3,)"),
          BAD(ShapeError, solve(zeros({3, 3}), zeros({2, 3})), "(3, 3)", "(2, 3)", "(…, 3, k)"),
          BAD(ShapeError, solve(zeros({2, 3, 3}), zeros({3, 3, 2})),
              "(2, 3, 3)", "(3, 3, 2)", "2 vs 3"),
          BAD(DTypeError, solve(zeros({2, 2}), zeros({2}, f64)), "float32", "float64"),
          BAD(DTypeError, solve(zeros({2, 2}, i64), zeros({2}, i64)), "int64", "float"),
          BAD(ValueError, solve(undefined, zeros({2})), "undefined tensor"),
          BAD(ValueError, solve(zeros({2, 2}), undefined), "undefined tensor")}),
      inverse_case("inverse", inverse),
      inverse_case("inv", linalg::inv),
      op("det",
         each("torch.linalg.det(" + regular_a + ")", [](X x) { return det(regular(x[0])); },
              matrices) +
             each("torch.linalg.det(a)", [](X x) { return det(x[0]); },
                  {{exactly({2, 2}, {0, 1, 2, 0})},
                   {exactly({3, 3}, {0, 0, 2, 1, 0, 1, 3, 1, 0})},
                   // singular, of rank n - 1
                   {exactly({2, 2}, {1, 2, 2, 4})},
                   {exactly({3, 3}, {.125, .25, .375, .25, .5, .75, .125, 0, .125})},
                   {exactly({2, 2, 2}, {1, 2, 2, 4, 1, 2, 3, 4})}}) +
             kinks("torch.linalg.det(a)", [](X x) { return det(x[0]); },  // of rank 1
                   {{exactly({3, 3}, {.125, .25, .375, .25, .5, .75, .375, .75, 1.125})}}, 2) +
             kinks("torch.linalg.det(a)", [](X x) { return det(x[0]); },
                   {{exactly({2, 2}, {0, 0, 0, 0})}, {with_nan}}),
         not_square(det)),
      op("cholesky",
         each("torch.linalg.cholesky(" + positive_a + ")",
              [](X x) { return cholesky(positive_definite(x[0])); }, matrices),
         not_square(cholesky) +
             std::vector<BadCall>{
                 BAD(ValueError, cholesky(zeros({2, 2})),
                     "A (2, 2) is not positive definite", "order 1"),
                 BAD(ValueError, cholesky(tensor({{1., 2.}, {2., 1.}})),
                     "A (2, 2) is not positive definite", "order 2"),
                 BAD(ValueError, cholesky(stack({eye(2), neg(eye(2))})),
                     "batch element 1 of A (2, 2, 2)", "order 1")}),
      op("slogdet",
         each("torch.linalg.slogdet(" + regular_a + ").logabsdet",
              [](X x) { return linalg::slogdet(regular(x[0])).logabsdet; }, matrices) +
             each("torch.linalg.slogdet(a).logabsdet",
                  [](X x) { return linalg::slogdet(x[0]).logabsdet; },
                  {{exactly({2, 2}, {0, 1, 2, 0})},
                   {exactly({3, 3}, {0, 0, 2, 1, 0, 1, 3, 1, 0})}}) +
             kinks("torch.linalg.slogdet(a).sign", [](X x) { return linalg::slogdet(x[0]).sign; },
                   {{exactly({2, 2}, {0, 1, 2, 0})}, {exactly({3, 3}, {0, 0, 2, 1, 0, 1, 3, 1, 0})},
                    {exactly({2, 2}, {1, 2, 2, 4})}, {exactly({2, 2, 2}, {0, 0, 0, 0, 1, 2, 3, 4})},
                    {reals({0, 0})}, {reals({0, 2, 2})}, {as(float32, reals({3, 3}))}}, 0),
         {BAD(ShapeError, linalg::slogdet(zeros({2, 3})), "(2, 3)", "square"),
          BAD(DTypeError, linalg::slogdet(zeros({2, 2}, i64)), "int64"),
          BAD(ValueError, linalg::slogdet(undefined), "undefined tensor"),
          BAD(ValueError, linalg::slogdet(zeros({2, 2}, f64_grad)).logabsdet.backward(),
              "A (2, 2) is singular", "pivot 1 of 2", "no gradient")}),
      op("solve_triangular",
         each("torch.linalg.solve_triangular(" + regular_a + ", b, upper=False)",
              [](X x) { return solve_triangular(regular(x[0]), x[1]); }, sides) +
             each("torch.linalg.solve_triangular(" + regular_a + ", b, upper=True)",
                  [](X x) { return solve_triangular(regular(x[0]), x[1], upper); }, sides) +
             each("torch.linalg.solve_triangular(" + regular_a + ", b, upper=False, unitriangular=True)",
                  [](X x) { return solve_triangular(regular(x[0]), x[1], {.unit_diagonal = true}); },
                  {{reals({3, 3}), reals({3, 2})}}) +
             each("torch.linalg.solve_triangular(" + regular_a + ", b, upper=True, unitriangular=True)",
                  [](X x) {
                    return solve_triangular(regular(x[0]), x[1], {.upper = true, .unit_diagonal = true});
                  }, {{reals({3, 3}), reals({2, 3, 2})}}) +
             each("torch.linalg.solve_triangular(" + regular_a + ", b.unsqueeze(-1), upper=True).squeeze(-1)",
                  [](X x) { return solve_triangular(regular(x[0]), x[1], upper); },
                  {{reals({3, 3}), reals({3})}, {reals({2, 3, 3}), reals({2, 3})}, {reals({0, 0}), reals({0})}}) +
             kinks("torch.linalg.solve_triangular(a, b, upper=False)",  // the other triangle is not read
                   [](X x) { return solve_triangular(x[0], x[1]); },
                   {{exactly({2, 2}, {1, inf, 2, 4}), reals({2, 2})}}),
         bad_sides([](const Tensor& a, const Tensor& b) { return solve_triangular(a, b); })),
      op("cholesky_solve",
         each("torch.cholesky_solve(b, torch.tril(" + regular_a + "))",
              [](X x) { return linalg::cholesky_solve(x[1], tril(regular(x[0]))); }, sides) +
             each("torch.cholesky_solve(b, torch.triu(" + regular_a + "), upper=True)",
                  [](X x) { return linalg::cholesky_solve(x[1], triu(regular(x[0])), true); },
                  {{reals({3, 3}), reals({3, 2})}, {reals({2, 3, 3}), reals({3, 2})}}) +
             each("torch.cholesky_solve(b.unsqueeze(-1), torch.tril(" + regular_a + ")).squeeze(-1)",
                  [](X x) { return linalg::cholesky_solve(x[1], tril(regular(x[0]))); },
                  {{reals({3, 3}), reals({3})}}),
         bad_sides([](const Tensor& l, const Tensor& b) { return linalg::cholesky_solve(b, l); })),
      op("qr",
         each("torch.linalg.qr(" + oblong_a + ").Q", [](X x) { return linalg::qr(oblong(x[0])).Q; },
              oblongs) +
             each("torch.linalg.qr(" + oblong_a + ").R",
                  [](X x) { return linalg::qr(oblong(x[0])).R; }, oblongs) +
             each("(lambda s: s.Q @ s.R.abs())(torch.linalg.qr(" + oblong_a + "))",
                  [](X x) {
                    const auto [q, r] = linalg::qr(oblong(x[0]));
                    return matmul(q, abs(r));
                  }, {{reals({3, 3})}, {reals({3, 2})}, {reals({2, 3})}, {reals({2, 3, 2})}}),
         {BAD(ShapeError, linalg::qr(zeros({3})), "(3,)", "matrices"),
          BAD(DTypeError, linalg::qr(zeros({2, 2}, i64)), "int64"),
          BAD(ValueError, linalg::qr(undefined), "undefined tensor"),
          BAD(ValueError, linalg::qr(full({3, 2}, nan)), "A (3, 2) is nan at (0, 0)", "finite"),
          BAD(ValueError, sum(linalg::qr(zeros({3, 2}, f64_grad)).Q).backward(),
              "A (3, 2)", "R = 0 at (0, 0)", "independent columns")}),
  };
}
// clang-format on

}  // namespace xgrad::test
