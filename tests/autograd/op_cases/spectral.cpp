#include "autograd/linalg.hpp"
#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {
namespace {

// Drawn matrices a enter as diag(1, 1.5, 2, …) + a / 16, whose singular values are distinct, and as
// their symmetric part.
Tensor spread(const Tensor& a) {
  const std::size_t m = a.size(-2), n = a.size(-1);
  return eye(m, n, a.dtype()) * (arange(n, a.dtype()) / 2 + 1) + a / 16;
}
Tensor symmetric(const Tensor& a) { return (spread(a) + transpose(spread(a), -2, -1)) / 2; }

const std::string spread_a =
    "(torch.eye(*a.shape[-2:], dtype=a.dtype) * (torch.arange(a.shape[-1]) / 2 + 1).to(a.dtype)"
    " + a / 16)";
const std::string symmetric_a = "((" + spread_a + " + " + spread_a + ".mT) / 2)";

Tensor square_plus_one(const Tensor& x) { return xgrad::square(x) / 2 + 1; }

// The same by svd or eigh of these, called s.
std::string by(const std::string& of, const std::string& expression) {
  return "(lambda s: " + expression + ")(" + of + ")";
}
const std::string svd_of_a = "torch.linalg.svd(" + spread_a + ", full_matrices=False)";
const std::string eigh_of_a = "torch.linalg.eigh(" + symmetric_a + ")";

const std::vector<std::vector<Input>> rectangular = {
    {reals({1, 1})},       {reals({3, 3})},
    {reals({3, 2})},       {reals({2, 4})},
    {reals({5, 4})},       {reals({2, 3, 2})},
    {reals({2, 1, 2, 2})}, {reals({2, 2, 3})},
    {reals({4, 1})},       {reals({0, 3, 2})},
    {reals({0, 0})},       {reals({3, 0})},
    {reals({0, 2})},       {as(float32, reals({3, 3}))}};
const std::vector<std::vector<Input>> square = {
    {reals({1, 1})}, {reals({3, 3})},       {reals({5, 5})},    {reals({2, 3, 3})},
    {reals({0, 0})}, {reals({2, 1, 2, 2})}, {reals({0, 3, 3})}, {as(float32, reals({3, 3}))}};

// The inputs that all of them refuse.
template <class F>
std::vector<BadCall> bad_matrices(F f) {
  return {BAD(ShapeError, f(zeros({3})), "(3,)", "matrices"),
          BAD(ShapeError, f(zeros({})), "()", "matrices"),
          BAD(DTypeError, f(zeros({2, 2}, i64)), "(2, 2)", "int64", "float32"),
          BAD(ValueError, f(undefined), "undefined tensor"),
          BAD(ValueError, f(tensor({{1., 0.}, {nan, 3.}})), "A (2, 2) is nan at (1, 0)", "finite"),
          BAD(ValueError, f(stack({eye(2), full({2, 2}, inf)})),
              "batch element 1 of A (2, 2, 2) is inf at (0, 0)", "finite")};
}
template <class F>
std::vector<BadCall> bad_squares(F f) {
  std::vector<BadCall> all = bad_matrices(f);
  all.push_back(BAD(ShapeError, f(zeros({2, 3})), "(2, 3)", "square"));
  return all;
}

}  // namespace

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> spectral_cases() {
  return {
      op("svd",
         each(by(svd_of_a, "(s.U * (s.S ** 2 / 2 + 1).unsqueeze(-2)) @ s.Vh"),
              [](X x) {
                const auto [u, s, vh] = linalg::svd(spread(x[0]));
                return matmul(u * unsqueeze(square_plus_one(s), -2), vh);
              }, rectangular) +
             each(by(svd_of_a, "s.U ** 2"),
                  [](X x) { return xgrad::square(linalg::svd(spread(x[0])).U); },
                  {{reals({3, 3})}, {reals({3, 2})}, {reals({2, 3})}, {reals({2, 3, 2})}}) +
             each(by(svd_of_a, "s.Vh ** 2"),
                  [](X x) { return xgrad::square(linalg::svd(spread(x[0])).Vh); },
                  {{reals({3, 3})}, {reals({3, 2})}, {reals({2, 3})}, {reals({2, 2, 3})}}) +
             each(by(svd_of_a, "s.S"), [](X x) { return linalg::svd(spread(x[0])).S; }, rectangular),
         bad_matrices([](const Tensor& a) { return linalg::svd(a); })),
      op("svdvals",
         each("torch.linalg.svdvals(" + spread_a + ")",
              [](X x) { return linalg::svdvals(spread(x[0])); }, rectangular) +
             // Equal values do not matter to functions of the values.
             kinks("torch.linalg.svdvals(a).sum(-1)", [](X x) { return sum(linalg::svdvals(x[0]), -1); },
                   {{exactly({2, 2}, {1, 0, 0, 1})}, {exactly({3, 2}, {2, 0, 0, 2, 0, 0})}}),
         bad_matrices(linalg::svdvals)),
      op("eigh",
         each(by(eigh_of_a, "(s[1] * (s[0] ** 2 / 2 + 1).unsqueeze(-2)) @ s[1].mT"),
              [](X x) {
                const auto [values, v] = linalg::eigh(symmetric(x[0]));
                return matmul(v * unsqueeze(square_plus_one(values), -2), transpose(v, -2, -1));
              }, square) +
             each(by(eigh_of_a, "s[1] ** 2"),
                  [](X x) { return xgrad::square(linalg::eigh(symmetric(x[0])).eigenvectors); }, square),
         bad_squares([](const Tensor& a) { return linalg::eigh(a); })),
      op("eigvalsh",
         each("torch.linalg.eigvalsh(" + symmetric_a + ")",
              [](X x) { return linalg::eigvalsh(symmetric(x[0])); }, square),
         bad_squares(linalg::eigvalsh)),
      op("pinv",
         each("torch.linalg.pinv(" + spread_a + ")", [](X x) { return linalg::pinv(spread(x[0])); },
              rectangular),
         bad_matrices([](const Tensor& a) { return linalg::pinv(a); })),
      op("lstsq",
         each("torch.linalg.pinv(" + spread_a + ") @ b",
              [](X x) { return linalg::lstsq(spread(x[0]), x[1]); },
              {{reals({1, 1}), reals({1, 1})},
               {reals({3, 3}), reals({3, 2})},
               {reals({4, 2}), reals({4, 3})},
               {reals({2, 4}), reals({2, 1})},
               {reals({5, 4}), reals({5, 2})},
               {reals({4, 2}), reals({4})},
               {reals({2, 3}), reals({2})},
               {reals({2, 4, 2}), reals({4, 1})},
               {reals({4, 2}), reals({3, 4, 2})},
               {reals({2, 1, 3, 2}), reals({2, 3, 1})},
               {reals({0, 3, 2}), reals({3, 1})},
               {reals({3, 0}), reals({3, 2})},
               {reals({0, 2}), reals({0, 2})},
               {reals({3, 2}), reals({3, 0})},
               {as(float32, reals({3, 2})), as(float32, reals({3, 2}))}}) +
             each("(torch.linalg.pinv(" + spread_a + ") @ b.unsqueeze(-1)).squeeze(-1)",
                  [](X x) { return linalg::lstsq(spread(x[0]), x[1]); },
                  {{reals({2, 4, 2}), reals({2, 4})}}),
         {BAD(ShapeError, linalg::lstsq(zeros({3}), zeros({3})), "(3,)", "matrices"),
          BAD(ShapeError, linalg::lstsq(ones({3, 2}), zeros({2})), "(3, 2)", "(2,)", "(3,)"),
          BAD(ShapeError, linalg::lstsq(ones({3, 2}), zeros({2, 3})), "(2, 3)", "(…, 3, k)"),
          BAD(ShapeError, linalg::lstsq(ones({2, 3, 2}), zeros({3, 3, 1})), "2 vs 3"),
          BAD(DTypeError, linalg::lstsq(ones({3, 2}), zeros({3}, f64)), "float32", "float64"),
          BAD(DTypeError, linalg::lstsq(ones({3, 2}, i64), zeros({3}, i64)), "int64"),
          BAD(ValueError, linalg::lstsq(full({2, 2}, nan), zeros({2})), "nan at (0, 0)"),
          BAD(ValueError, linalg::lstsq(ones({2, 2}), zeros({2}), -1.), "rcond", "-1"),
          BAD(ValueError, linalg::lstsq(undefined, zeros({2})), "undefined tensor"),
          BAD(ValueError, linalg::lstsq(ones({2, 2}), undefined), "undefined tensor")}),
      op("matrix_rank",
         kinks("torch.linalg.matrix_rank(a)", [](X x) { return linalg::matrix_rank(x[0]); },
               {{reals({3, 3})}, {reals({5, 4})}, {reals({2, 3, 2})}, {reals({0, 3, 3})}, {reals({0, 3})},
                {exactly({2, 2}, {1, 2, 2, 4})}, {exactly({2, 2}, {0, 0, 0, 0})},
                {exactly({2, 2, 2}, {1, 2, 2, 4, 1, 2, 3, 4})}, {as(float32, reals({3, 3}))}}, 0) +
             kinks("torch.linalg.matrix_rank(a, atol=0.5, rtol=0.)",
                   [](X x) { return linalg::matrix_rank(x[0], 0.5); },
                   {{exactly({2, 2}, {0.25, 0, 0, 4})}, {exactly({2, 2}, {0.25, 0, 0, 0.25})}}, 0),
         bad_matrices([](const Tensor& a) { return linalg::matrix_rank(a); })),
  };
}
// clang-format on

}  // namespace xgrad::test
