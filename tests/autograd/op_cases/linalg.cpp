#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> linalg_cases() {
  const auto product = [](X x) { return matmul(x[0], x[1]); };
  const auto biased = [](X x) { return linear(x[0], x[1], x[2]); };
  return {
      op("matmul",
         each("torch.matmul(a, b)", product,
              {{reals({3}), reals({3})},
               {reals({2, 3}), reals({3})},
               {reals({3}), reals({3, 4})},
               {reals({2, 3}), reals({3, 4})},
               {reals({1, 3}), reals({3, 1})},
               {reals({3, 1}), reals({1, 2})},
               {reals({2, 2, 3}), reals({3, 4})},
               {reals({2, 3}), reals({2, 3, 2})},
               {reals({2, 2, 3}), reals({3})},
               {reals({3}), reals({2, 3, 2})},
               {reals({2, 2, 3}), reals({2, 3, 2})},
               {reals({2, 1, 2, 3}), reals({3, 3, 2})},
               {reals({1, 2, 3}), reals({2, 3, 2})},
               {reals({0, 3}), reals({3, 2})},
               {reals({2, 0}), reals({0, 3})},
               {reals({0}), reals({0})},
               {reals({0, 2, 3}), reals({3, 2})},
               {reals({1, 33}), reals({33, 1})},
               {reals({9, 17}), reals({17, 15})}}) +  // beyond the sizes of a plain loop
             each("torch.matmul(a, a)", [](X x) { return matmul(x[0], x[0]); }, {{reals({3, 3})}}),
         {BAD(ShapeError, matmul(zeros({32, 784}), zeros({512, 10})),
              "inner dimensions differ: (32, 784) x (512, 10): 784 vs 512"),
          BAD(ShapeError, matmul(zeros({3}), zeros({2})), "(3,)", "(2,)", "3 vs 2"),
          BAD(ShapeError, matmul(zeros({}), zeros({3})), "()", "(3,)"),
          BAD(ShapeError, matmul(zeros({2, 2, 3}), zeros({3, 3, 2})),
              "(2, 2, 3)", "(3, 3, 2)", "2 vs 3"),
          BAD(DTypeError, matmul(zeros({2, 2}), zeros({2, 2}, f64)), "float32", "float64"),
          BAD(DTypeError, matmul(zeros({2, 2}, i64), zeros({2, 2}, i64)), "int64", "float"),
          BAD(ValueError, matmul(undefined, zeros({2, 2})), "undefined tensor"),
          BAD(ValueError, matmul(zeros({2, 2}), undefined), "undefined tensor")}),
      op("linear",
         each("F.linear(a, b, c)", biased,
              {{reals({2, 3}), reals({4, 3}), reals({4})},
               {reals({3}), reals({4, 3}), reals({4})},
               {reals({2, 2, 3}), reals({1, 3}), reals({1})},
               {reals({0, 3}), reals({4, 3}), reals({4})},
               {reals({2, 0}), reals({4, 0}), reals({4})},
               {reals({9, 17}), reals({15, 17}), reals({15})}}) +
             each("F.linear(a, b)", [](X x) { return linear(x[0], x[1]); },
                  {{reals({2, 3}), reals({4, 3})},
                   {reals({3}), reals({4, 3})},
                   {reals({2, 2, 3}), reals({4, 3})},
                   {reals({9, 17}), reals({15, 17})}}),
         {BAD(ShapeError, linear(zeros({32, 784}), zeros({10, 512})), "(32, 784)", "(10, 512)"),
          BAD(ShapeError, linear(zeros({2, 3}), zeros({4, 3}), zeros({3})), "(4, 3)", "(3,)"),
          BAD(ShapeError, linear(zeros({2, 3}), zeros({3})), "(3,)"),
          BAD(ShapeError, linear(zeros({}), zeros({4, 3})), "()"),
          BAD(DTypeError, linear(zeros({2, 3}), zeros({4, 3}, f64)), "float32", "float64"),
          BAD(DTypeError, linear(zeros({2, 3}), zeros({4, 3}), zeros({4}, f64)),
              "float32", "float64"),
          BAD(DTypeError, linear(zeros({2, 3}, i64), zeros({4, 3}, i64)), "int64", "float"),
          BAD(ValueError, linear(undefined, zeros({4, 3})), "undefined tensor"),
          BAD(ValueError, linear(zeros({2, 3}), undefined), "undefined tensor")}),
      op("dot",
         each("torch.dot(a, b)", [](X x) { return dot(x[0], x[1]); },
              {{reals({1}), reals({1})},
               {reals({3}), reals({3})},
               {reals({0}), reals({0})},
               {reals({33}), reals({33})},
               {as(float32, reals({5})), as(float32, reals({5}))},
               {integers({5}, -9, 9), integers({5}, -9, 9)}}) +
             // uint8 counts as int64.
             each("torch.dot(a.long(), b.long())", [](X x) { return dot(x[0], x[1]); },
                  {{as(uint8, integers({33}, 200, 256)), as(uint8, integers({33}, 200, 256))}}) +
             each("torch.dot(a, a)", [](X x) { return dot(x[0], x[0]); }, {{reals({3})}}) +
             kinks("torch.dot(a, b)", [](X x) { return dot(x[0], x[1]); },
                   {{exactly({2}, {1, nan}), reals({2})},
                    {exactly({2}, {1, inf}), exactly({2}, {2, 0})}}),
         {BAD(ShapeError, dot(zeros({3}), zeros({2})), "(3,)", "(2,)", "3 vs 2"),
          BAD(ShapeError, dot(zeros({3, 1}), zeros({3})), "(3, 1)", "(3,)", "vectors"),
          BAD(ShapeError, dot(zeros({}), zeros({1})), "()", "(1,)", "vectors"),
          BAD(DTypeError, dot(zeros({3}), zeros({3}, f64)), "float32", "float64"),
          BAD(DTypeError, dot(zeros({3}), zeros({3}, i64)), "float32", "int64"),
          BAD(ValueError, dot(undefined, zeros({2})), "undefined tensor"),
          BAD(ValueError, dot(zeros({2}), undefined), "undefined tensor")}),
      op("outer",
         each("torch.outer(a, b)", [](X x) { return outer(x[0], x[1]); },
              {{reals({3}), reals({3})},
               {reals({2}), reals({3})},
               {reals({1}), reals({3})},
               {reals({3}), reals({1})},
               {reals({0}), reals({3})},
               {reals({3}), reals({0})},
               {reals({17}), reals({2})},
               {reals({2}), reals({33})},
               {as(float32, reals({2})), as(float32, reals({3}))},
               {as(float32, reals({2})), integers({3}, -9, 9)},
               {as(uint8, integers({2}, 0, 9)), reals({3})},
               {integers({2}, -9, 9), integers({3}, -9, 9)},
               {as(uint8, integers({2}, 0, 256)), integers({3}, -9, 9)}}) +
             each("torch.outer(a.long(), b.long())", [](X x) { return outer(x[0], x[1]); },
                  {{as(uint8, integers({2}, 0, 256)), as(uint8, integers({3}, 0, 256))}}) +
             each("torch.outer(a, a)", [](X x) { return outer(x[0], x[0]); }, {{reals({3})}}) +
             kinks("torch.outer(a, b)", [](X x) { return outer(x[0], x[1]); },
                   {{exactly({3}, {0, inf, nan}), exactly({3}, {-inf, 0, 1})}}),
         {BAD(ShapeError, outer(zeros({2, 2}), zeros({3})), "(2, 2)", "(3,)", "vectors"),
          BAD(ShapeError, outer(zeros({3}), zeros({})), "(3,)", "()", "vectors"),
          BAD(DTypeError, outer(zeros({3}), zeros({3}, f64)), "float32", "float64"),
          BAD(ValueError, outer(undefined, zeros({2})), "undefined tensor"),
          BAD(ValueError, outer(zeros({2}), undefined), "undefined tensor")}),
      op("kron",
         each("torch.kron(a, b)", [](X x) { return kron(x[0], x[1]); },
              {{reals({3}), reals({2})},
               {reals({2, 3}), reals({3, 2})},
               {reals({2, 2}), reals({3})},
               {reals({3}), reals({2, 2})},
               {reals({}), reals({2, 3})},
               {reals({}), reals({})},
               {reals({2, 3, 2}), reals({2, 1, 2})},
               {reals({1, 2, 1, 2, 1}), reals({2, 1, 1, 2, 2})},  // 10 axes, of which 5 are used
               {reals({0, 2}), reals({2, 2})},
               {reals({17}), reals({3})},
               {as(float32, reals({2})), integers({3}, -9, 9)},
               {integers({2}, -9, 9), integers({3}, -9, 9)}}) +
             each("torch.kron(a.long(), b.long())", [](X x) { return kron(x[0], x[1]); },
                  {{as(uint8, integers({2}, 0, 256)), as(uint8, integers({3}, 0, 256))}}) +
             each("torch.kron(a, a)", [](X x) { return kron(x[0], x[0]); }, {{reals({2, 2})}}),
         {BAD(ShapeError, kron(ones({2, 2, 2, 2, 2}), ones({2, 2, 2, 2, 2})), "9 dimensions"),
          BAD(DTypeError, kron(zeros({3}), zeros({3}, f64)), "float32", "float64"),
          BAD(ValueError, kron(undefined, zeros({2})), "undefined tensor"),
          BAD(ValueError, kron(zeros({2}), undefined), "undefined tensor")}),
      op("trace",
         each("torch.trace(a)", [](X x) { return trace(x[0]); },
              {{reals({3, 3})}, {reals({2, 3})}, {reals({5, 4})}, {reals({1, 1})}, {reals({0, 3})},
               {as(float32, reals({2, 2}))}, {integers({3, 3}, -9, 9)},
               {as(uint8, integers({3, 3}, 100, 256))}}) +
             each("torch.trace(a.long())", [](X x) { return trace(x[0]); }, {{mask({3, 3})}}) +
             each("a.diagonal(1).sum(-1)", [](X x) { return trace(x[0], 1); }, {{reals({3, 4})}, {reals({2, 1})}}) +
             each("a.diagonal(-1, -1, 0).sum(-1)", [](X x) { return trace(x[0], -1, -1, 0); }, {{reals({2, 3, 4})}}),
         {BAD(ShapeError, trace(zeros({3})), "(3,)", "2 dimensions"),
          BAD(ShapeError, trace(zeros({3, 3}), 0, 0, 2), "axis 2", "2 dimensions"),
          BAD(ShapeError, trace(zeros({3, 3}), 0, 0, -2), "twice", "(3, 3)"),
          BAD(ValueError, trace(undefined), "undefined tensor")}),
  };
}
// clang-format on

}  // namespace xgrad::test
