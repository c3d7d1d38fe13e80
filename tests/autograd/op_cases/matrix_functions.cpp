#include <cmath>

#include "autograd/linalg.hpp"
#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {
namespace {

// Drawn matrices a enter as diag(1, 1.5, 2, …) + a / 16, whose singular values are distinct.
Tensor spread(const Tensor& a) {
  const std::size_t m = a.size(-2), n = a.size(-1);
  return eye(m, n, a.dtype()) * (arange(n, a.dtype()) / 2 + 1) + a / 16;
}
const std::string spread_a =
    "(torch.eye(*a.shape[-2:], dtype=a.dtype) * (torch.arange(a.shape[-1]) / 2 + 1).to(a.dtype)"
    " + a / 16)";

const std::vector<std::vector<Input>> square = {
    {reals({1, 1})}, {reals({3, 3})},       {reals({5, 5})},    {reals({2, 3, 3})},
    {reals({0, 0})}, {reals({2, 1, 2, 2})}, {reals({0, 3, 3})}, {as(float32, reals({3, 3}))}};
const std::vector<std::vector<Input>> oblong = {
    {reals({1, 1})},    {reals({3, 3})},       {reals({5, 4})},    {reals({2, 4})},
    {reals({2, 3, 2})}, {reals({2, 1, 2, 2})}, {reals({0, 3, 2})}, {as(float32, reals({3, 2}))}};

template <class F>
std::vector<BadCall> bad_squares(F f) {
  return {BAD(ShapeError, f(zeros({2, 3})), "(2, 3)", "square"),
          BAD(ShapeError, f(zeros({3})), "(3,)", "square"),
          BAD(DTypeError, f(zeros({2, 2}, i64)), "(2, 2)", "int64", "float32"),
          BAD(ValueError, f(undefined), "undefined tensor")};
}

std::vector<Sample> powers(std::int64_t n, int order = 2) {
  std::vector<Sample> samples = each(
      "torch.linalg.matrix_power(" + spread_a + ", " + std::to_string(n) + ")",
      [n](X x) { return linalg::matrix_power(spread(x[0]), n); }, square);
  for (Sample& sample : samples) sample.order = order;
  return samples;
}

// norm or cond of a numbered or named order.
std::vector<Sample> of_order(const std::string& torch, const std::string& text,
                             Tensor (*f)(const Tensor&, const linalg::NormOrder&),
                             const linalg::NormOrder& ord,
                             const std::vector<std::vector<Input>>& inputs) {
  return each(
      torch + "(" + spread_a + ", " + text + ")", [=](X x) { return f(spread(x[0]), ord); },
      inputs);
}
std::vector<Sample> norms(const std::string& text, const linalg::NormOrder& ord) {
  return of_order("torch.linalg.matrix_norm", text, linalg::norm, ord, oblong);
}
std::vector<Sample> conds(const std::string& text, const linalg::NormOrder& ord,
                          const std::vector<std::vector<Input>>& inputs = square) {
  // PyTorch's gradient of no elements throws, and that of one is not exactly 0.
  std::vector<std::vector<Input>> filled;
  for (const std::vector<Input>& each : inputs)
    if (each[0].shape.numel() > 1) filled.push_back(each);
  if (ord.name.empty() && std::abs(ord.number) == 2)
    return of_order("torch.linalg.cond", text, linalg::cond, ord, filled);
  // PyTorch's gradient of its own cond throws.
  return of_order(
      "(lambda x, p: torch.linalg.matrix_norm(x, p) * "
      "torch.linalg.matrix_norm(torch.linalg.inv(x), p))",
      text, linalg::cond, ord, filled);
}

Tensor chain(X x) { return linalg::multi_dot(x); }

}  // namespace

// A table is read by its columns: one row an operation.
// clang-format off
OpCase with_matrix_norms(OpCase row) {
  const std::vector<BadCall> more = {
      BAD(ShapeError, linalg::norm(ones({})), "()", "matrices"),
      BAD(ShapeError, linalg::norm(ones({0, 2}), 1), "(0, 2)", "order 1", "elements"),
      BAD(DTypeError, linalg::norm(ones({2, 2}, i64)), "int64"),
      BAD(ValueError, linalg::norm(undefined, "fro"), "undefined tensor"),
      BAD(ValueError, linalg::norm(ones({2, 2}), 3), "order is 3", "\"nuc\""),
      BAD(ValueError, linalg::norm(full({2, 2}, nan), 2), "norm: A (2, 2) is nan"),
      BAD(ValueError, linalg::norm(ones({2, 2}), "max"), "order is \"max\"", "\"fro\"")};
  row.bad.insert(row.bad.end(), more.begin(), more.end());
  return with(row,
         norms("'fro'", "fro") + norms("'nuc'", "nuc") + norms("1", 1) + norms("-1", -1) +
             norms("2", 2) + norms("-2", -2) + norms("float('inf')", inf) + norms("-float('inf')", -inf) +
             each("torch.linalg.norm(a, 3)", [](X x) { return linalg::norm(x[0], 3); }, {{reals({5})}}) +
             each("torch.linalg.norm(a)", [](X x) { return linalg::norm(x[0]); },
                  {{reals({5})}, {reals({5, 4})}}) +
             kinks("torch.linalg.matrix_norm(a, 2)", [](X x) { return linalg::norm(x[0], 2); },
                   {{exactly({2, 2}, {2, 0, 0, 2})}}) +
             kinks("torch.linalg.matrix_norm(a, 1)", [](X x) { return linalg::norm(x[0], 1); },
                   {{exactly({2, 2}, {1, 2, 3, 2})}, {exactly({2, 2}, {0, 0, 0, 0})}}) +
             kinks("torch.linalg.matrix_norm(a, 'fro')", [](X x) { return linalg::norm(x[0], "fro"); },
                   {{exactly({2, 2}, {0, 0, 0, 0})}, {exactly({2, 2}, {inf, 0, 0, 1})}, {reals({0, 2})}}) +
             kinks("torch.linalg.matrix_norm(a, 'nuc')", [](X x) { return linalg::norm(x[0], "nuc"); },
                   {{reals({0, 2})}, {reals({3, 0})}}));
}

std::vector<OpCase> matrix_functions_cases() {
  const auto exponential = [](X x) { return linalg::matrix_exp(x[0]); };
  std::vector<BadCall> bad_power =
      bad_squares([](const Tensor& a) { return linalg::matrix_power(a, 2); });
  bad_power.push_back(BAD(ValueError, linalg::matrix_power(zeros({2, 2}), -1),
                          "A (2, 2) is singular", "pivot 1 of 2", "invertible"));
  return {
      op("matrix_power", powers(1) + powers(2) + powers(3) + powers(7) + powers(-1) + powers(-2) +
                             powers(0, 0), bad_power),
      op("matrix_exp",
         each("torch.linalg.matrix_exp(a)", exponential, square) +
             each("torch.linalg.matrix_exp(a / 64)", [](X x) { return linalg::matrix_exp(x[0] / 64); },
                  {{reals({3, 3})}}) +
             each("torch.linalg.matrix_exp(a)", exponential,
                  {{exactly({2, 2}, {0, 0, 0, 0})}, {exactly({2, 2}, {0, 1, 0, 0})},
                   {exactly({2, 2}, {0, 3, -3, 0})},
                   // matrices of one batch that need no squaring and several
                   {exactly({2, 2, 2}, {0, 0.25, 0.125, 0, -9, 8, 1, -9})}}),
         bad_squares(linalg::matrix_exp)),
      op("cond",
         conds("2", 2, oblong) + conds("-2", -2, oblong) + conds("1", 1) + conds("-1", -1) +
             conds("float('inf')", inf) + conds("-float('inf')", -inf) + conds("'fro'", "fro") +
             conds("'nuc'", "nuc"),
         {BAD(ShapeError, linalg::cond(ones({2, 3}), 1), "(2, 3)", "square"),
          BAD(ShapeError, linalg::cond(ones({3})), "(3,)", "matrices"),
          BAD(DTypeError, linalg::cond(ones({2, 2}, i64)), "int64"),
          BAD(ValueError, linalg::cond(undefined), "undefined tensor"),
          BAD(ValueError, linalg::cond(full({2, 2}, nan)), "cond: A (2, 2) is nan"),
          BAD(ValueError, linalg::cond(ones({2, 2}), 3), "order is 3", "\"fro\"")}),
      op("vector_norm",
         each("torch.linalg.vector_norm(a, 3, dim=1, keepdim=True)",
              [](X x) { return linalg::vector_norm(x[0], 3, 1, true); }, {{reals({2, 3, 4})}, {reals({2, 33})}}) +
             each("torch.linalg.vector_norm(a)", [](X x) { return linalg::vector_norm(x[0]); },
                  {{reals({3})}, {reals({2, 3})}, {reals({})}}) +
             each("torch.linalg.vector_norm(a, 1, dim=(0, 2))",
                  [](X x) { return linalg::vector_norm(x[0], 1, {0, 2}); }, {{reals({2, 3, 4})}}) +
             each("torch.linalg.vector_norm(a, float('inf'), dim=-1)",
                  [](X x) { return linalg::vector_norm(x[0], inf, -1); }, {{distinct({2, 3})}}) +
             each("torch.linalg.vector_norm(a, -float('inf'), dim=-1)",
                  [](X x) { return linalg::vector_norm(x[0], -inf, -1); }, {{distinct({2, 3})}}) +
             kinks("torch.linalg.vector_norm(a, 0)", [](X x) { return linalg::vector_norm(x[0], 0); },
                   {{exactly({4}, {1, 0, -2, 0})}}),
         {BAD(DTypeError, linalg::vector_norm(ones({2}, i64)), "int64"),
          BAD(ValueError, linalg::vector_norm(undefined), "undefined tensor")}),
      op("multi_dot",
         each("torch.linalg.multi_dot([a, b])", chain,
              {{reals({2, 3}), reals({3, 4})}, {reals({3}), reals({3})}, {reals({3}), reals({3, 2})},
               {reals({2, 3}), reals({3})}, {reals({17, 2}), reals({2, 17})},
               {reals({0, 3}), reals({3, 2})}, {reals({2, 0}), reals({0, 3})}}) +
             each("torch.linalg.multi_dot([a, b, c])", chain,
                  {{reals({2, 3}), reals({3, 4}), reals({4, 2})},
                   {reals({1, 4}), reals({4, 1}), reals({1, 4})},
                   {reals({4, 1}), reals({1, 4}), reals({4, 1})},
                   {reals({3}), reals({3, 4}), reals({4})},
                   {as(float32, reals({2, 3})), as(float32, reals({3, 4})), as(float32, reals({4, 2}))}}) +
             each("torch.linalg.multi_dot([a, b, c, d])", chain,
                  {{reals({2, 5}), reals({5, 1}), reals({1, 4}), reals({4, 3})},
                   {reals({5}), reals({5, 2}), reals({2, 4}), reals({4, 3})}}),
         {BAD(ValueError, linalg::multi_dot({eye(2)}), "1 matrices", "two or more"),
          BAD(ValueError, linalg::multi_dot({}), "0 matrices"),
          BAD(ShapeError, linalg::multi_dot({eye(2), ones({2}), eye(2)}), "matrix 1 of 3", "(2,)"),
          BAD(ShapeError, linalg::multi_dot({eye(2), ones({1, 2, 2})}), "matrix 1 of 2", "(1, 2, 2)"),
          BAD(ShapeError, linalg::multi_dot({eye(2), ones({2, 3}), eye(2)}),
              "matrices 1 and 2", "(2, 3) x (2, 2)", "3 vs 2"),
          BAD(DTypeError, linalg::multi_dot({eye(2), eye(2, f64)}), "float32", "float64"),
          BAD(DTypeError, linalg::multi_dot({eye(2, i64), eye(2, i64)}), "int64"),
          BAD(ValueError, linalg::multi_dot({eye(2), undefined}), "undefined tensor")}),
      op("cross",
         each("torch.linalg.cross(a, b)", [](X x) { return linalg::cross(x[0], x[1]); },
              {{reals({3}), reals({3})}, {reals({2, 3}), reals({2, 3})}, {reals({2, 1, 3}), reals({1, 4, 3})},
               {reals({0, 3}), reals({0, 3})}, {reals({7, 3}), reals({7, 3})},
               {as(float32, reals({3})), as(float32, reals({3}))}}) +
             each("torch.linalg.cross(a, b.expand(2, 3))", [](X x) { return linalg::cross(x[0], x[1]); },
                  {{reals({2, 3}), reals({3})}}) +
             each("torch.linalg.cross(a, b, dim=0)", [](X x) { return linalg::cross(x[0], x[1], 0); },
                  {{reals({3, 2}), reals({3, 2})}, {reals({3, 1}), reals({3, 4})}}) +
             each("torch.linalg.cross(a, b, dim=-2)", [](X x) { return linalg::cross(x[0], x[1], -2); },
                  {{reals({2, 3, 2}), reals({2, 3, 1})}}) +
             each("torch.linalg.cross(a, b)", [](X x) { return linalg::cross(x[0], x[1]); },
                  {{integers({2, 3}, -4, 5), integers({2, 3}, -4, 5)}}),
         {BAD(ShapeError, linalg::cross(ones({2}), ones({2})), "(2,)", "axis -1", "3 elements"),
          BAD(ShapeError, linalg::cross(ones({3}), ones({1})), "(3,)", "(1,)", "3 elements"),
          BAD(ShapeError, linalg::cross(ones({3, 2}), ones({2}), 0), "(3, 2)", "(2,)", "axis 0"),
          BAD(ShapeError, linalg::cross(ones({3}), ones({3}), 1), "axis 1"),
          BAD(ShapeError, linalg::cross(ones({2, 3}), ones({4, 3})), "(2, 3)", "(4, 3)"),
          BAD(DTypeError, linalg::cross(ones({3}), ones({3}, f64)), "cross: float32 (3,)", "float64"),
          BAD(ValueError, linalg::cross(undefined, ones({3})), "undefined tensor"),
          BAD(ValueError, linalg::cross(ones({3}), undefined), "undefined tensor")}),
  };
}
// clang-format on

}  // namespace xgrad::test
