// Gradients of parts of one tensor, put back together by a recorded sweep.

#include "autograd/check_graph.hpp"
#include "autograd/functional.hpp"
#include "autograd/gradcheck.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

struct Parts {
  const char* name;
  std::function<Tensors(const Tensor&)> of;  // a tensor of shape (4, 3)
};

const Parts ways[] = {
    {"split", [](const Tensor& x) { return split(x, 1); }},
    {"split by columns",
     [](const Tensor& x) {
       return split(x, Integers{1, 2}, 1);
     }},
    {"chunk", [](const Tensor& x) { return chunk(x, 2); }},
    {"select",
     [](const Tensor& x) {
       return std::vector{select(x, 0, 1), select(x, 0, 1), select(x, 0, -1)};
     }},
    {"overlapping slices",
     [](const Tensor& x) {
       return std::vector{slice(x, 0, 0, 3), slice(x, 0, 1, 4), slice(x, 1, 0, 3, 2)};
     }},
    {"take",
     [](const Tensor& x) {
       return std::vector{take(x, tensor({0, 0, 3}), 0), take(x, tensor({1, 2}), 1)};
     }},
    {"gather",
     [](const Tensor& x) {
       return std::vector{gather(x, 1, tensor({{0, 0}, {1, 2}})),
                          gather(x, 0, tensor({{3, 0, 0}}))};
     }},
    {"index",
     [](const Tensor& x) {
       return std::vector<Tensor>{x[1], x[{Slice(none, none, -1), 0}], x[{tensor({0, 0}), 1}],
                                  x[arange(4) > 1]};
     }},
    {"rows", [](const Tensor& x) { return std::vector(x.begin(), x.end()); }},
    {"diag",
     [](const Tensor& x) {
       return std::vector{diag(x), diag(x, 1), diag(x)};
     }},
    {"several kinds and the whole",
     [](const Tensor& x) {
       return std::vector{x, select(x, 0, 0), slice(x, 1, 1, 2), take(x, tensor({2}), 0), diag(x)};
     }},
};

// The k-th part enters to the power k + 2.
Tensor mixed(const Tensors& parts) {
  Tensor total = sum(parts[0] * parts[0]);
  for (std::size_t k = 1; k < parts.size(); ++k) {
    Tensor power = parts[k] * parts[k];
    for (std::size_t i = 0; i < k; ++i) power = power * parts[k];
    total = total + sum(power);
  }
  return total;
}

class PartsOf : public testing::TestWithParam<Parts> {
 protected:
  PartsOf() {
    manual_seed(2);
    x_ = rand({4, 3}, f64_grad);
  }
  Tensor x_;
};

TEST_P(PartsOf, HaveRightGradientsOfEveryOrder) {
  for (const bool of_a_leaf : {true, false}) {
    const auto f = [&](const Tensor& x) { return mixed(GetParam().of(of_a_leaf ? x : tanh(x))); };
    const GradcheckReport first = gradcheck(f, {x_}), second = gradgradcheck(f, {x_});
    EXPECT_TRUE(first.ok) << first;
    EXPECT_TRUE(second.ok) << second;
    const auto slope = [&](const Tensor& x) { return grad(f(x), x, {.create_graph = true}); };
    const GradcheckReport third =
        gradgradcheck([&](const Tensor& x) { return sum(square(slope(x))); }, {x_});
    EXPECT_TRUE(third.ok) << third;
  }
}

TEST_P(PartsOf, AreTheSameRecordedOrNot) {
  const Tensor y = mixed(GetParam().of(x_ * 1.0));
  const Tensor plain = grad(y, x_, {.retain_graph = true});
  const Tensor recorded = grad(y, x_, {.create_graph = true});
  expect_close(recorded, plain);
  x_.zero_grad();
  y.backward({.create_graph = true});
  expect_close(x_.grad(), plain);
}

TEST_P(PartsOf, PassTheCheckOfAGraph) {
  const Tensor y = mixed(GetParam().of(x_));
  const CheckGraphReport report = check_graph(sum(square(grad(y, x_, {.create_graph = true}))));
  EXPECT_TRUE(report.ok) << report;
}

TEST_P(PartsOf, PassThroughHooks) {
  int leaf_calls = 0, result_calls = 0;
  const Tensor h = x_ * 1.0;
  x_.register_hook([&](const Tensor&) { ++leaf_calls; });
  h.register_hook([&](const Tensor& g) {
    ++result_calls;
    return g * 2;
  });
  const Tensor y = mixed(GetParam().of(h)) + mixed(GetParam().of(x_));
  const Tensor g = grad(y, x_, {.create_graph = true});
  EXPECT_EQ(leaf_calls, 1);
  EXPECT_EQ(result_calls, 1);
  const Tensor once = grad(mixed(GetParam().of(x_)), x_);
  EXPECT_TRUE(g.requires_grad());
  expect_close(g, once * 3);
}

INSTANTIATE_TEST_SUITE_P(Ways, PartsOf, testing::ValuesIn(ways),
                         [](const auto& test) { return "Number" + std::to_string(test.index); });

}  // namespace
}  // namespace xgrad::test
