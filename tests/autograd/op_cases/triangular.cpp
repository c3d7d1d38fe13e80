#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> triangular_cases() {
  return {
      op("tril",
         each("torch.tril(a)", [](X x) { return tril(x[0]); },
              {{reals({3, 3})}, {reals({2, 4})}, {reals({4, 2})}, {reals({1, 1})}, {reals({0, 3})},
               {reals({3, 0})}, {reals({2, 3, 3})}, {reals({2, 1, 2, 3})}, {reals({0, 2, 2})},
               {as(float32, reals({3, 3}))}, {integers({3, 3}, 1, 9)},
               {as(uint8, integers({5, 5}, 1, 9))}}) +
             kinks("torch.tril(a)", [](X x) { return tril(x[0]); },
                   {{exactly({2, 2}, {nan, inf, -inf, nan})}}) +
             each("torch.tril(a, 1)", [](X x) { return tril(x[0], 1); },
                  {{reals({3, 3})}, {reals({3, 17})}, {reals({3, 2})}}) +
             each("torch.tril(a, -1)", [](X x) { return tril(x[0], -1); },
                  {{reals({3, 3})}, {reals({5, 4})}, {reals({2, 3})}}) +
             each("torch.tril(a, 10)", [](X x) { return tril(x[0], 10); }, {{reals({3, 2})}}) +
             each("torch.tril(a, -10)", [](X x) { return tril(x[0], -10); }, {{reals({2, 3})}}) +
             each("torch.tril(a, 100)",
                  [](X x) { return tril(x[0], std::numeric_limits<std::int64_t>::max()); },
                  {{reals({2, 2})}}) +
             each("torch.tril(a, -100)",
                  [](X x) { return tril(x[0], std::numeric_limits<std::int64_t>::min()); },
                  {{reals({2, 2})}}),
         {bad<ShapeError>([] { tril(zeros({3})); }, {"(3,)", "at least 2 dimensions"}),
          bad<ShapeError>([] { tril(zeros({})); }, {"()", "at least 2 dimensions"}),
          bad<ValueError>([] { tril(undefined); }, {"undefined tensor"})}),
      op("triu",
         each("torch.triu(a)", [](X x) { return triu(x[0]); },
              {{reals({3, 3})}, {reals({2, 4})}, {reals({4, 2})}, {reals({1, 1})}, {reals({0, 3})},
               {reals({3, 0})}, {reals({2, 3, 3})}, {reals({2, 1, 2, 3})}, {reals({0, 2, 2})},
               {as(float32, reals({3, 3}))}, {integers({3, 3}, 1, 9)},
               {as(uint8, integers({5, 5}, 1, 9))}}) +
             kinks("torch.triu(a)", [](X x) { return triu(x[0]); },
                   {{exactly({2, 2}, {nan, inf, -inf, nan})}}) +
             each("torch.triu(a, 1)", [](X x) { return triu(x[0], 1); },
                  {{reals({3, 3})}, {reals({3, 17})}, {reals({3, 2})}}) +
             each("torch.triu(a, -1)", [](X x) { return triu(x[0], -1); },
                  {{reals({3, 3})}, {reals({5, 4})}, {reals({2, 3})}}) +
             each("torch.triu(a, 10)", [](X x) { return triu(x[0], 10); }, {{reals({3, 2})}}) +
             each("torch.triu(a, -10)", [](X x) { return triu(x[0], -10); }, {{reals({2, 3})}}) +
             each("torch.triu(a, 100)",
                  [](X x) { return triu(x[0], std::numeric_limits<std::int64_t>::max()); },
                  {{reals({2, 2})}}) +
             each("torch.triu(a, -100)",
                  [](X x) { return triu(x[0], std::numeric_limits<std::int64_t>::min()); },
                  {{reals({2, 2})}}),
         {bad<ShapeError>([] { triu(zeros({3})); }, {"(3,)", "at least 2 dimensions"}),
          bad<ShapeError>([] { triu(zeros({})); }, {"()", "at least 2 dimensions"}),
          bad<ValueError>([] { triu(undefined); }, {"undefined tensor"})}),
      op("diag",
         each("torch.diag(a)", [](X x) { return diag(x[0]); },
              {{reals({3})}, {reals({1})}, {reals({0})}, {reals({5})}, {reals({3, 3})},
               {reals({2, 4})}, {reals({17, 2})}, {reals({0, 3})}, {as(float32, reals({2}))},
               {as(float32, reals({2, 2}))}, {integers({3}, 0, 9)}, {integers({3, 2}, 0, 9)},
               {mask({3})}}) +
             kinks("torch.diag(a)", [](X x) { return diag(x[0]); }, {{exactly({2}, {nan, inf})}}) +
             each("torch.diag(a, 1)", [](X x) { return diag(x[0], 1); },
                  {{reals({3})}, {reals({0})}, {reals({3, 3})}, {reals({2, 4})}, {reals({4, 2})}}) +
             each("torch.diag(a, -2)", [](X x) { return diag(x[0], -2); },
                  {{reals({3})}, {reals({3, 3})}, {reals({4, 2})}}) +
             // Beyond the matrix.
             each("torch.diag(a, 3)", [](X x) { return diag(x[0], 3); }, {{reals({2, 3})}}) +
             each("torch.diag(a, -2)", [](X x) { return diag(x[0], -9); }, {{reals({2, 3})}}),
         {bad<ShapeError>([] { diag(zeros({})); }, {"()", "vector or matrix"}),
          bad<ShapeError>([] { diag(zeros({2, 2, 2})); }, {"(2, 2, 2)", "vector or matrix"}),
          bad<ShapeError>([] { diag(zeros({2}), INT64_MIN); }, {"-9223372036854775808", "(2,)"}),
          bad<ShapeError>([] { diag(zeros({2}), INT64_MAX); }, {"9223372036854775807", "(2,)"}),
          bad<ValueError>([] { diag(undefined); }, {"undefined tensor"})}),
  };
}
// clang-format on

}  // namespace xgrad::test
