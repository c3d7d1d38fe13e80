#include "optim/rmsprop.hpp"

#include <cmath>
#include <vector>

#include "tests/optim/golden.hpp"
#include "tests/optim/steps.hpp"
#include "tests/support/leaf.hpp"

namespace xgrad {
namespace {

using optim::RMSprop;
using optim::RMSpropOptions;
using namespace test;

TEST(RMSprop, FollowsPyTorch) { check_follows_pytorch<RMSprop>(34); }

TEST(RMSprop, KeepsTheStateOfItsFormula) {
  Tensor x = leaf(1);
  RMSprop rmsprop({x}, {.lr = 0.5, .alpha = 0.75, .eps = 0});
  step(rmsprop, x, 4);
  EXPECT_EQ(state(rmsprop, x, "step"), 1);
  EXPECT_EQ(state(rmsprop, x, "square_avg"), 4);
  EXPECT_EQ(x.item<double>(), 0);
  EXPECT_FALSE(rmsprop.state(x).contains("momentum_buffer"));
  EXPECT_FALSE(rmsprop.state(x).contains("grad_avg"));
}

TEST(RMSprop, CentersAndHasMomentum) {
  Tensor x = leaf(3);
  RMSprop rmsprop({x}, {.lr = 1, .alpha = 0.5, .eps = 1, .momentum = 0.5, .centered = true});
  rmsprop.state(x)["momentum_buffer"].fill_(4);
  step(rmsprop, x, 2);  // d = 2 / (sqrt(2 - 1) + 1) = 1
  EXPECT_EQ(state(rmsprop, x, "square_avg"), 2);
  EXPECT_EQ(state(rmsprop, x, "grad_avg"), 1);
  EXPECT_EQ(state(rmsprop, x, "momentum_buffer"), 3);
  EXPECT_EQ(x.item<double>(), 0);
}

TEST(RMSprop, CenteredDivisorIsNoRoundingError) {
  // The same gradient, but for some noise, in each step: the variance is far below the average of
  // the squares. The reference follows the variance by its own recursion in long double.
  for (const DType dtype : {float32, float64})
    for (const double alpha : {0.0, 0.5, 0.8, 0.9, 0.99, 1.0})
      for (const double scale : {1e-3, 10.0, 1e10})
        for (const double noise : {0.0, 1e-9, 1e-6, 1e-2}) {
          SCOPED_TRACE(testing::Message() << name(dtype) << " alpha " << alpha << " scale " << scale
                                          << " noise " << noise);
          constexpr std::size_t n = 64;
          const double eps = 1e-8 * scale;
          Tensor x = zeros({n}, {.dtype = dtype, .requires_grad = true});
          RMSprop rmsprop({x}, {.lr = 1, .alpha = alpha, .eps = eps, .centered = true});
          std::vector<long double> a(n), c(n), expected(n);
          for (std::size_t t = 0; t < 400; ++t) {
            std::vector<double> values(n);
            for (std::size_t i = 0; i < n; ++i)
              values[i] = scale * (1 + static_cast<double>(i) / 7) *
                          (1 + noise * (static_cast<double>((7 * t + 5 * i) % 11) - 5));
            const Tensor gradient = tensor(values, {n}, {.dtype = dtype});
            values = gradient.to_vector<double>();
            x.set_grad(gradient);
            rmsprop.step();
            for (std::size_t i = 0; i < n; ++i) {
              const long double deviation = values[i] - a[i], decay = alpha;
              c[i] = decay * (c[i] + (1 - decay) * deviation * deviation);
              a[i] = decay * a[i] + (1 - decay) * values[i];
              expected[i] -= values[i] / (std::sqrt(c[i]) + eps);
            }
          }
          const std::vector<double> found = x.to_vector<double>();
          for (std::size_t i = 0; i < n; ++i) {
            ASSERT_TRUE(std::isfinite(found[i]));
            if (noise == 1e-2) {
              EXPECT_NEAR(found[i] / static_cast<double>(expected[i]), 1,
                          dtype == float32 ? 2e-2 : 1e-6);
            }
          }
        }
}

TEST(RMSprop, RefusesOptionsOutOfRange) {
  const auto message = refusal<RMSprop, RMSpropOptions>;
  EXPECT_EQ(message({.lr = -1}), "RMSprop: lr is -1; expected lr >= 0");
  EXPECT_EQ(message({.alpha = -0.5}), "RMSprop: alpha is -0.5; expected 0 <= alpha <= 1");
  EXPECT_EQ(message({.eps = -1e-8}), "RMSprop: eps is -1e-08; expected eps >= 0");
  EXPECT_EQ(message({.weight_decay = -2}),
            "RMSprop: weight_decay is -2; expected weight_decay >= 0");
  EXPECT_EQ(message({.momentum = -0.5}), "RMSprop: momentum is -0.5; expected 0 <= momentum <= 1");
  EXPECT_EQ(message({.alpha = 1.5}), "RMSprop: alpha is 1.5; expected 0 <= alpha <= 1");
  EXPECT_EQ(message({.momentum = 5}), "RMSprop: momentum is 5; expected 0 <= momentum <= 1");
}

}  // namespace
}  // namespace xgrad
