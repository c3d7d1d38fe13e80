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
         {bad<ShapeError>([] { matmul(zeros({32, 784}), zeros({512, 10})); },
                          {"inner dimensions differ: (32, 784) x (512, 10): 784 vs 512"}),
          bad<ShapeError>([] { matmul(zeros({3}), zeros({2})); }, {"(3,)", "(2,)", "3 vs 2"}),
          bad<ShapeError>([] { matmul(zeros({}), zeros({3})); }, {"()", "(3,)"}),
          bad<ShapeError>([] { matmul(zeros({2, 2, 3}), zeros({3, 3, 2})); },
                          {"(2, 2, 3)", "(3, 3, 2)", "2 vs 3"}),
          bad<DTypeError>([] { matmul(zeros({2, 2}), zeros({2, 2}, f64)); },
                          {"float32", "float64"}),
          bad<DTypeError>([] { matmul(zeros({2, 2}, i64), zeros({2, 2}, i64)); },
                          {"int64", "float"}),
          bad<ValueError>([] { matmul(undefined, zeros({2, 2})); }, {"undefined tensor"}),
          bad<ValueError>([] { matmul(zeros({2, 2}), undefined); }, {"undefined tensor"})}),
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
         {bad<ShapeError>([] { linear(zeros({32, 784}), zeros({10, 512})); },
                          {"(32, 784)", "(10, 512)"}),
          bad<ShapeError>([] { linear(zeros({2, 3}), zeros({4, 3}), zeros({3})); },
                          {"(4, 3)", "(3,)"}),
          bad<ShapeError>([] { linear(zeros({2, 3}), zeros({3})); }, {"(3,)"}),
          bad<ShapeError>([] { linear(zeros({}), zeros({4, 3})); }, {"()"}),
          bad<DTypeError>([] { linear(zeros({2, 3}), zeros({4, 3}, f64)); },
                          {"float32", "float64"}),
          bad<DTypeError>([] { linear(zeros({2, 3}), zeros({4, 3}), zeros({4}, f64)); },
                          {"float32", "float64"}),
          bad<DTypeError>([] { linear(zeros({2, 3}, i64), zeros({4, 3}, i64)); },
                          {"int64", "float"}),
          bad<ValueError>([] { linear(undefined, zeros({4, 3})); }, {"undefined tensor"}),
          bad<ValueError>([] { linear(zeros({2, 3}), undefined); }, {"undefined tensor"})}),
  };
}
// clang-format on

}  // namespace xgrad::test
