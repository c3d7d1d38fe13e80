// sort, argsort and topk of many elements, for which they rank by digits, against the standard
// library's stable sort.

#include <algorithm>
#include <numeric>

#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

/// u before v, where NaN is larger than all numbers.
bool before(double u, double v) { return u < v || (std::isnan(v) && !std::isnan(u)); }

std::vector<std::int64_t> stable_order(const Doubles& x, bool descending) {
  std::vector<std::int64_t> order(x.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](std::int64_t i, std::int64_t j) {
    const double u = x[static_cast<std::size_t>(i)], v = x[static_cast<std::size_t>(j)];
    return descending ? before(v, u) : before(u, v);
  });
  return order;
}

TEST(Sort, OfManyElementsIsStable) {
  manual_seed(3);
  const std::size_t n = 1000;
  Doubles special = {0., -0., nan, -nan, inf, -inf, 1e-42, -1e-42, 1e30, -1e30, 255, 256, -1};
  special.resize(n);
  const Tensor mixed = take(tensor(special), randperm(n), 0);
  const Tensor many[] = {mixed,
                         mixed.to(float32),
                         randn({n}, float64),
                         round(20 * randn({n})),
                         full({n}, nan),
                         randint(-3, 3, {n}),
                         randint(-(std::int64_t{1} << 50), std::int64_t{1} << 50, {n}),
                         randint(0, 256, {n}).to(uint8),
                         rand({n}) > 0.5};
  for (const Tensor& x : many)
    for (const bool descending : {false, true}) {
      SCOPED_TRACE(testing::Message() << x.dtype() << ' ' << descending);
      const auto expected = stable_order(x.to_vector<double>(), descending);
      EXPECT_EQ(argsort(x, -1, descending).to_vector<std::int64_t>(), expected);
      const auto [values, indices] = sort(x, -1, descending);
      EXPECT_EQ(indices.to_vector<std::int64_t>(), expected);
      EXPECT_EQ(to_string(values), to_string(take(x, indices, 0)));
      EXPECT_EQ(topk(x, 1000, -1, descending).indices.to_vector<std::int64_t>(), expected);
    }
}

TEST(Sort, OfManyElementsTakesAnyAxis) {
  const Tensor x = randn({3, 700, 2});
  const Tensor rows = transpose(x, 1, 2);
  expect_values(transpose(argsort(x, 1), 1, 2), argsort(rows, 2).to_vector<double>());
  for (const Tensor& plane : rows)
    for (const Tensor& row : plane)
      EXPECT_EQ(argsort(row).to_vector<std::int64_t>(),
                stable_order(row.to_vector<double>(), false));
}

}  // namespace
}  // namespace xgrad::test
