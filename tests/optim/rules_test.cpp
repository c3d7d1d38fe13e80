// Every optimizer that makes one pass over a parameter: against PyTorch's trajectories, on one
// number by hand, and with options that it refuses.

#include "optim/optim.hpp"
#include "tests/optim/golden.hpp"

namespace xgrad::test {
namespace {

using namespace optim;

TEST(SGD, FollowsPyTorch) { check_follows_pytorch<SGD>(11); }
TEST(ASGD, FollowsPyTorch) { check_follows_pytorch<ASGD>(18); }
TEST(Adagrad, FollowsPyTorch) { check_follows_pytorch<Adagrad>(18); }
TEST(Adadelta, FollowsPyTorch) { check_follows_pytorch<Adadelta>(14); }
TEST(RMSprop, FollowsPyTorch) { check_follows_pytorch<RMSprop>(34); }
TEST(Adam, FollowsPyTorch) { check_follows_pytorch<Adam>(18); }
TEST(AdamW, FollowsPyTorch) { check_follows_pytorch<AdamW>(18); }
TEST(Adamax, FollowsPyTorch) { check_follows_pytorch<Adamax>(10); }
TEST(NAdam, FollowsPyTorch) { check_follows_pytorch<NAdam>(26); }
TEST(RAdam, FollowsPyTorch) { check_follows_pytorch<RAdam>(14); }
TEST(Rprop, FollowsPyTorch) { check_follows_pytorch<Rprop>(6); }

// ---- options

/// Refuses the options that most optimizers have.
template <class O>
void check_common_options() {
  using Options = OptionsOf<O>;
  expect_refused<O>(Options{.lr = -1}, "lr is -1; expected lr >= 0");
  if constexpr (requires { Options{.weight_decay = 0}; })
    expect_refused<O>(Options{.weight_decay = -2},
                      "weight_decay is -2; expected weight_decay >= 0");
  if constexpr (requires { Options{.eps = 0}; })
    expect_refused<O>(Options{.eps = -1e-8}, "eps is -1e-08; expected eps >= 0");
  if constexpr (requires { Options{.betas = {0, 0}}; }) {
    expect_refused<O>(Options{.betas = {1, 0.5}}, "betas[0] is 1; expected 0 <= betas[0] < 1");
    expect_refused<O>(Options{.betas = {0.5, -0.1}},
                      "betas[1] is -0.1; expected 0 <= betas[1] < 1");
  }
}

template <class... O>
void check_common_options_of_all() {
  (check_common_options<O>(), ...);
}

TEST(Optimizer, RefusesOptionsOutOfRange) {
  check_common_options_of_all<SGD, ASGD, Adagrad, Adadelta, RMSprop, Adam, AdamW, Adamax, NAdam,
                              RAdam, Rprop>();
  const auto sgd = expect_refused<SGD>;
  sgd({.lr = nan}, "lr is nan; expected lr >= 0");
  sgd({.momentum = -0.5}, "momentum is -0.5; expected 0 <= momentum <= 1");
  sgd({.momentum = 5}, "momentum is 5; expected 0 <= momentum <= 1");
  sgd({.dampening = nan}, "dampening is nan; expected a finite dampening");
  sgd({.nesterov = true},
      "nesterov with momentum 0 and dampening 0; expected momentum > 0 and dampening = 0");
  sgd({.momentum = 0.9, .dampening = 0.1, .nesterov = true},
      "nesterov with momentum 0.9 and dampening 0.1; expected momentum > 0 and dampening = 0");
  EXPECT_NO_THROW(SGD({leaf(1)}, {.lr = 0, .dampening = -1}));
  expect_refused<Adagrad>({.lr_decay = -1}, "lr_decay is -1; expected lr_decay >= 0");
  expect_refused<Adagrad>(
      {.initial_accumulator_value = -1},
      "initial_accumulator_value is -1; expected initial_accumulator_value >= 0");
  expect_refused<Adadelta>({.rho = 1.5}, "rho is 1.5; expected 0 <= rho <= 1");
  const auto rmsprop = expect_refused<RMSprop>;
  rmsprop({.alpha = -0.5}, "alpha is -0.5; expected 0 <= alpha <= 1");
  rmsprop({.alpha = 1.5}, "alpha is 1.5; expected 0 <= alpha <= 1");
  rmsprop({.momentum = -0.5}, "momentum is -0.5; expected 0 <= momentum <= 1");
  rmsprop({.momentum = 5}, "momentum is 5; expected 0 <= momentum <= 1");
  expect_refused<NAdam>({.momentum_decay = -1},
                        "momentum_decay is -1; expected momentum_decay >= 0");
  const auto rprop = expect_refused<Rprop>;
  rprop({.etas = {0.5, 0.9}}, "etas are 0.5 and 0.9; expected 0 < etas[0] < 1 < etas[1]");
  rprop({.etas = {0, 1.2}}, "etas are 0 and 1.2; expected 0 < etas[0] < 1 < etas[1]");
  rprop({.step_sizes = {2, 1}},
        "step_sizes are 2 and 1; expected 0 <= step_sizes[0] <= step_sizes[1]");
  rprop({.step_sizes = {-1, 1}},
        "step_sizes are -1 and 1; expected 0 <= step_sizes[0] <= step_sizes[1]");
}

// ---- steps of one number, by hand

/// A step with this gradient of x, which holds one float64.
void step(Optimizer& optimizer, Tensor& x, double gradient) {
  x.set_grad(tensor(gradient));
  optimizer.step();
}

/// The one number in that state tensor of x.
double state(Optimizer& optimizer, const Tensor& x, const char* name) {
  return optimizer.state(x)[name].item<double>();
}

/// The state tensors of x hold exactly these numbers.
void expect_state(Optimizer& optimizer, const Tensor& x,
                  const std::vector<std::pair<const char*, double>>& numbers) {
  for (const auto& [name, number] : numbers) EXPECT_EQ(state(optimizer, x, name), number) << name;
}

TEST(SGD, KeepsNoStateWithoutMomentum) {
  Tensor x = leaf(1);
  SGD sgd({x}, {.lr = 0.25});
  step(sgd, x, 2);
  EXPECT_EQ(x.item<double>(), 0.5);
  EXPECT_TRUE(sgd.state(x).tensors().empty());
}

TEST(SGD, LookingAtTheStateDoesNotChangeTheFirstStep) {
  Tensor x = leaf(1);
  SGD sgd({x}, {.lr = 1, .momentum = 0.5, .dampening = 0.5});
  expect_state(sgd, x, {{"momentum_buffer", 0}});
  step(sgd, x, 2);
  EXPECT_EQ(x.item<double>(), -1);  // undampened: b = 2
  step(sgd, x, 2);
  EXPECT_EQ(x.item<double>(), -3);  // b = 0.5 * 2 + 0.5 * 2
}

TEST(SGD, StartsFromAPresetMomentumBuffer) {
  Tensor x = leaf(1);
  SGD sgd({x}, {.lr = 1, .momentum = 0.5});
  sgd.state(x)["momentum_buffer"].fill_(4);
  step(sgd, x, 1);
  EXPECT_EQ(x.item<double>(), -2);  // b = 0.5 * 4 + 1
  expect_state(sgd, x, {{"momentum_buffer", 3}});
}

TEST(SGD, InfinityStaysInfinityWithoutWeightDecay) {
  Tensor x = leaf(inf);
  SGD sgd({x});
  step(sgd, x, 1);
  EXPECT_EQ(x.item<double>(), inf);
}

TEST(ASGD, KeepsTheStateOfItsFormula) {
  Tensor x = leaf(2);
  ASGD asgd({x}, {.lr = 0.5, .lambd = 0.5, .alpha = 1, .t0 = 0});
  expect_state(asgd, x, {{"eta", 0.5}, {"mu", 1}});
  step(asgd, x, 1);
  EXPECT_EQ(x.item<double>(), 1);
  expect_state(asgd, x, {{"ax", 1}, {"eta", 0.4}, {"mu", 1}});
  step(asgd, x, -0.5);
  EXPECT_DOUBLE_EQ(x.item<double>(), 1);
  EXPECT_DOUBLE_EQ(state(asgd, x, "eta"), 1.0 / 3);
  expect_state(asgd, x, {{"mu", 0.5}});
  step(asgd, x, 1);
  EXPECT_DOUBLE_EQ(x.item<double>(), 0.5);
  EXPECT_DOUBLE_EQ(state(asgd, x, "ax"), 0.75);
  expect_state(asgd, x, {{"step", 3}});
}

TEST(ASGD, StartsFromAPresetAverage) {
  Tensor x = leaf(1);
  ASGD asgd({x}, {.lr = 1, .lambd = 0});
  asgd.state(x)["ax"].fill_(8);
  asgd.state(x)["mu"].fill_(0.25);
  step(asgd, x, 1);
  expect_state(asgd, x, {{"ax", 6}});
}

TEST(Adagrad, KeepsTheStateOfItsFormula) {
  Tensor x = leaf(1);
  Adagrad adagrad({x}, {.lr = 1, .lr_decay = 3, .initial_accumulator_value = 9, .eps = 0});
  step(adagrad, x, 4);
  expect_state(adagrad, x, {{"step", 1}, {"sum", 25}});
  EXPECT_DOUBLE_EQ(x.item<double>(), 1 - 0.8);
  step(adagrad, x, 12);
  expect_state(adagrad, x, {{"sum", 169}});
  EXPECT_DOUBLE_EQ(x.item<double>(), 1 - 0.8 - 0.25 * 12 / 13);
}

TEST(Adagrad, StartsFromAPresetSum) {
  Tensor x = leaf(1);
  Adagrad adagrad({x}, {.lr = 1, .eps = 0});
  adagrad.state(x)["sum"].fill_(9);
  step(adagrad, x, 4);
  EXPECT_DOUBLE_EQ(x.item<double>(), 1 - 0.8);
}

TEST(Adadelta, KeepsTheStateOfItsFormula) {
  Tensor x = leaf(1);
  Adadelta adadelta({x}, {.lr = 0.5, .rho = 0.75, .eps = 3});
  step(adadelta, x, 6);  // d = sqrt(3 / 12) * 6 = 3
  expect_state(adadelta, x, {{"step", 1}, {"square_avg", 9}});
  EXPECT_DOUBLE_EQ(state(adadelta, x, "acc_delta"), 2.25);
  EXPECT_DOUBLE_EQ(x.item<double>(), -0.5);
}

TEST(Adadelta, StartsFromPresetAverages) {
  Tensor x = leaf(1);
  Adadelta adadelta({x}, {.rho = 0.5, .eps = 0});
  adadelta.state(x)["square_avg"].fill_(14);
  adadelta.state(x)["acc_delta"].fill_(1);
  step(adadelta, x, 2);  // d = sqrt(1 / 9) * 2
  EXPECT_DOUBLE_EQ(x.item<double>(), 1 - 2.0 / 3);
}

TEST(RMSprop, KeepsTheStateOfItsFormula) {
  Tensor x = leaf(1);
  RMSprop rmsprop({x}, {.lr = 0.5, .alpha = 0.75, .eps = 0});
  step(rmsprop, x, 4);
  expect_state(rmsprop, x, {{"step", 1}, {"square_avg", 4}});
  EXPECT_EQ(x.item<double>(), 0);
  EXPECT_FALSE(rmsprop.state(x).contains("momentum_buffer"));
  EXPECT_FALSE(rmsprop.state(x).contains("grad_avg"));
}

TEST(RMSprop, CentersAndHasMomentum) {
  Tensor x = leaf(3);
  RMSprop rmsprop({x}, {.lr = 1, .alpha = 0.5, .eps = 1, .momentum = 0.5, .centered = true});
  rmsprop.state(x)["momentum_buffer"].fill_(4);
  step(rmsprop, x, 2);  // d = 2 / (sqrt(2 - 1) + 1) = 1
  expect_state(rmsprop, x, {{"square_avg", 2}, {"grad_avg", 1}, {"momentum_buffer", 3}});
  EXPECT_EQ(x.item<double>(), 0);
}

TEST(RMSprop, CenteredDivisorIsNoRoundingError) {
  // The same gradient, but for some noise, in each step: the variance is far below the average of
  // the squares. The reference follows the variance by its own recursion in long double.
  for (const DType dtype : {float32, float64})
    for (const double alpha : {0.0, 0.5, 0.8, 0.9, 0.99, 1.0})
      for (const double scale : {1e-3, 10.0, 1e10})
        for (const double noise : {0.0, 1e-9, 1e-6, 1e-2}) {
          SCOPED_TRACE(testing::Message()
                       << dtype << " alpha " << alpha << " scale " << scale << " noise " << noise);
          constexpr std::size_t n = 64;
          const double eps = 1e-8 * scale;
          Tensor x = zeros({n}, {.dtype = dtype, .requires_grad = true});
          RMSprop rmsprop({x}, {.lr = 1, .alpha = alpha, .eps = eps, .centered = true});
          std::vector<long double> a(n), c(n), expected(n);
          for (std::size_t t = 0; t < 400; ++t) {
            Doubles values(n);
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
          const Doubles found = x.to_vector<double>();
          for (std::size_t i = 0; i < n; ++i) {
            ASSERT_TRUE(std::isfinite(found[i]));
            if (noise == 1e-2) {
              EXPECT_NEAR(found[i] / static_cast<double>(expected[i]), 1,
                          dtype == float32 ? 2e-2 : 1e-6);
            }
          }
        }
}

TEST(Adam, KeepsTheStateOfItsFormula) {
  Tensor x = leaf({1, 2});
  Adam adam({x}, {.betas = {0.5, 0.75}});
  EXPECT_FALSE(adam.state(x).contains("exp_avg"));
  x.set_grad(tensor({4.0, -2.0}));
  adam.step();
  expect_state(adam, x, {{"step", 1}});
  expect_values(adam.state(x)["exp_avg"], {2, -1});
  expect_values(adam.state(x)["exp_avg_sq"], {4, 1});
  EXPECT_FALSE(adam.state(x).contains("max_exp_avg_sq"));
}

TEST(Adam, CountsFromAPresetStep) {
  Tensor x = leaf(1);
  Adam adam({x}, {.lr = 1, .betas = {0.5, 0}, .eps = 0});
  adam.state(x)["step"].fill_(1);
  step(adam, x, 3);
  EXPECT_DOUBLE_EQ(x.item<double>(), 1 - 0.5 / (1 - 0.25));  // the correction of the second step
}

TEST(AdamW, KeepsTheStateOfItsFormula) {
  Tensor x = leaf(1);
  AdamW adamw({x}, {.lr = 0.5, .betas = {0.5, 0.75}, .eps = 0, .weight_decay = 1});
  step(adamw, x, 4);  // 1 / 2 - 1 * 2 / (sqrt(4) / sqrt(1 / 4))
  expect_state(adamw, x, {{"step", 1}, {"exp_avg", 2}, {"exp_avg_sq", 4}});
  EXPECT_EQ(x.item<double>(), 0);
  EXPECT_FALSE(adamw.state(x).contains("max_exp_avg_sq"));
}

TEST(AdamW, StartsFromAPresetMaximum) {
  Tensor x = leaf(0);
  AdamW adamw({x}, {.lr = 1, .betas = {0, 0}, .eps = 0, .amsgrad = true});
  adamw.state(x)["max_exp_avg_sq"].fill_(16);
  step(adamw, x, 2);
  EXPECT_EQ(x.item<double>(), -0.5);
  expect_state(adamw, x, {{"max_exp_avg_sq", 16}});
}

TEST(Adamax, KeepsTheStateOfItsFormula) {
  Tensor x = leaf(1);
  Adamax adamax({x}, {.lr = 0.5, .betas = {0.5, 0.75}, .eps = 0});
  step(adamax, x, -4);
  expect_state(adamax, x, {{"step", 1}, {"exp_avg", -2}, {"exp_inf", 4}});
  EXPECT_EQ(x.item<double>(), 1.5);
  step(adamax, x, 1);
  expect_state(adamax, x, {{"exp_avg", -0.5}, {"exp_inf", 3}});
}

TEST(Adamax, StartsFromAPresetNorm) {
  Tensor x = leaf(1);
  Adamax adamax({x}, {.lr = 0.5, .betas = {0.5, 0.5}});
  adamax.state(x)["exp_inf"].fill_(16);
  step(adamax, x, 4);
  EXPECT_EQ(x.item<double>(), 0.75);
}

TEST(NAdam, KeepsTheStateOfItsFormula) {
  Tensor x = leaf(1);
  NAdam nadam({x}, {.lr = 0.5, .betas = {0.5, 0.75}, .eps = 0, .momentum_decay = 0});
  expect_state(nadam, x, {{"mu_product", 1}});
  step(nadam, x, 4);  // mu = mu' = 1/4, and the divisor is sqrt(4 / (1/4))
  expect_state(nadam, x, {{"step", 1}, {"mu_product", 0.25}, {"exp_avg", 2}, {"exp_avg_sq", 4}});
  EXPECT_DOUBLE_EQ(x.item<double>(), 1 - 0.5 * (4 + 0.25 / (1 - 1.0 / 64) * 2) / 4);
}

TEST(NAdam, StartsFromAPresetProduct) {
  Tensor x = leaf(1);
  NAdam nadam({x}, {.lr = 0.5, .betas = {0.5, 0.75}, .eps = 0, .momentum_decay = 0});
  nadam.state(x)["mu_product"].fill_(2);
  step(nadam, x, 4);
  expect_state(nadam, x, {{"mu_product", 0.5}});
  EXPECT_DOUBLE_EQ(x.item<double>(), 1 - 0.5 * (1.5 * 4 + 0.25 / (1 - 1.0 / 32) * 2) / 4);
}

TEST(RAdam, DoesNotDivideAsLongAsTheVarianceIsUncertain) {
  Tensor x = leaf(1);
  RAdam radam({x}, {.lr = 0.25, .betas = {0.5, 0.75}});
  step(radam, x, 4);  // rho = 7 - 2 * 0.75 / 0.25 = 1
  expect_state(radam, x, {{"step", 1}, {"exp_avg", 2}, {"exp_avg_sq", 4}});
  EXPECT_EQ(x.item<double>(), 0);
}

TEST(RAdam, CountsFromAPresetStep) {
  Tensor x = leaf(1);
  RAdam radam({x}, {.lr = 0.25, .betas = {0.5, 0.75}, .eps = 0});
  radam.state(x)["step"].fill_(1e4);  // so many that nothing is left to correct
  step(radam, x, 4);
  EXPECT_EQ(x.item<double>(), 0.75);
}

TEST(Rprop, KeepsTheStateOfItsFormula) {
  Tensor x = leaf(1);
  Rprop rprop({x}, {.lr = 0.5, .etas = {0.5, 1.5}});
  expect_state(rprop, x, {{"step_size", 0.5}});
  step(rprop, x, 1);
  EXPECT_EQ(x.item<double>(), 0.5);
  step(rprop, x, 100);
  expect_state(rprop, x, {{"step_size", 0.75}, {"prev", 100}});
  EXPECT_EQ(x.item<double>(), -0.25);
  step(rprop, x, -1);  // the sign has changed: no step
  expect_state(rprop, x, {{"step_size", 0.375}, {"prev", 0}});
  EXPECT_EQ(x.item<double>(), -0.25);
  step(rprop, x, -1);
  EXPECT_EQ(x.item<double>(), 0.125);
  expect_state(rprop, x, {{"step", 4}});
}

TEST(Rprop, BoundsTheStepSizes) {
  Tensor x = leaf(1);
  Rprop rprop({x}, {.step_sizes = {0.25, 0.5}});
  step(rprop, x, 1);
  EXPECT_EQ(x.item<double>(), 0.75);
  rprop.state(x)["step_size"].fill_(8);
  step(rprop, x, 1);
  EXPECT_EQ(x.item<double>(), 0.25);
}

}  // namespace
}  // namespace xgrad::test
