

#include "nn/linear.hpp"
#include "nn/serialization.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"
#include "training/average.hpp"
#include "training/best_checkpoint.hpp"
#include "training/early_stopping.hpp"

namespace xgrad::test {
namespace {

using training::Average;
using training::Best;
using training::BestCheckpoint;
using training::EarlyStopping;
using training::Mode;

TEST(Average, IsWeighted) {
  Average average;
  EXPECT_TRUE(std::isnan(average.mean()));
  average.add(1);
  EXPECT_EQ(average.mean(), 1);
  average.add(4, 2);
  EXPECT_EQ(average.mean(), 3);
  EXPECT_EQ(average.weight(), 3);
  average.add(inf, 0);
  EXPECT_EQ(average.mean(), 3);
  average.add(nan, 1);
  EXPECT_TRUE(std::isnan(average.mean())) << "a loss that is no number is not hidden";
  average.reset();
  average.add(5);
  EXPECT_EQ(average.mean(), 5);
}

TEST(Average, RefusesBadWeights) {
  Average average;
  EXPECT_EQ(ERROR_OF(ValueError, average.add(2, -1)), "Average: weight is -1; expected 0 or more");
  for (const double weight : {nan, inf}) EXPECT_THROW(average.add(2, weight), ValueError);
  EXPECT_EQ(average.weight(), 0);
}

TEST(Best, IsTheLeastOrTheGreatest) {
  Best smallest;
  EXPECT_EQ(smallest.value(), inf);
  EXPECT_TRUE(smallest.update(2));
  EXPECT_FALSE(smallest.update(2));
  EXPECT_FALSE(smallest.update(nan));
  EXPECT_TRUE(smallest.update(1));
  EXPECT_FALSE(smallest.update(3));
  EXPECT_EQ(smallest.value(), 1);

  Best maximum(Mode::max, 0.5);
  EXPECT_EQ(maximum.value(), -inf);
  EXPECT_TRUE(maximum.update(1));
  EXPECT_FALSE(maximum.update(1.5)) << "not by more than min_delta";
  EXPECT_TRUE(maximum.update(1.75));
  EXPECT_EQ(maximum.value(), 1.75);
}

TEST(EarlyStopping, StopsAfterThePatience) {
  EarlyStopping stopping({.patience = 2, .min_delta = 0.1});
  EXPECT_FALSE(stopping.step(1));
  EXPECT_FALSE(stopping.step(0.95)) << "bad: better by less than min_delta";
  EXPECT_EQ(stopping.num_bad_epochs(), 1);
  EXPECT_FALSE(stopping.step(0.5)) << "better: counted from 0 again";
  EXPECT_EQ(stopping.num_bad_epochs(), 0);
  EXPECT_EQ(stopping.best(), 0.5);
  EXPECT_FALSE(stopping.step(nan));
  EXPECT_TRUE(stopping.step(0.6));
  EXPECT_TRUE(stopping.step(0.6)) << "and still";
  EXPECT_FALSE(stopping.step(0.3));
}

TEST(EarlyStopping, OfAMetricThatShouldGrow) {
  EarlyStopping stopping({.patience = 1, .mode = Mode::max});
  EXPECT_FALSE(stopping.step(-5));
  EXPECT_FALSE(stopping.step(-4));
  EXPECT_TRUE(stopping.step(-4));
}

TEST(EarlyStopping, ContinuesFromItsState) {
  EarlyStopping stopping({.patience = 3});
  stopping.step(0.1);
  stopping.step(0.2);
  EarlyStopping resumed({.patience = 3});
  resumed.load_state_dict(stopping.state_dict());
  EXPECT_EQ(resumed.best(), 0.1);
  EXPECT_FALSE(resumed.step(0.2));
  EXPECT_TRUE(resumed.step(0.2));

  EarlyStopping fresh;
  resumed.load_state_dict(fresh.state_dict());
  EXPECT_EQ(resumed.best(), inf);

  auto broken = stopping.state_dict();
  broken["num_bad_epochs"] = "-1";
  EXPECT_THROW(resumed.load_state_dict(broken), ValueError);
  broken.erase("num_bad_epochs");
  EXPECT_TRUE(ERROR_OF(ValueError, resumed.load_state_dict(broken)).starts_with("EarlyStopping: "));
  EXPECT_EQ(resumed.best(), inf);
}

TEST(EarlyStopping, RefusesABestThatNothingBeats) {
  EarlyStopping stopping;
  stopping.step(2);
  auto saved = stopping.state_dict();
  for (const char* best : {"nan", "-nan"}) {
    saved["best"] = best;
    EXPECT_EQ(ERROR_OF(ValueError, stopping.load_state_dict(saved)),
              "EarlyStopping: best is nan, which no metric is better than");
  }
  for (const char* number : {"1e999", "99999999999999999999", "-1", "1.5", ""}) {
    auto broken = stopping.state_dict();
    broken["num_bad_epochs"] = number;
    EXPECT_THROW(stopping.load_state_dict(broken), ValueError) << number;
  }
  EXPECT_EQ(stopping.best(), 2);
}

/// A module without XGRAD_FIELDS.
struct Nameless : nn::Module {
  nn::Linear layer{2, 2};
};

TEST(BestCheckpointOf, AModuleWithoutParametersIsRefused) {
  Nameless module;
  expect_contains(ERROR_OF(ValueError, BestCheckpoint best(module)),
                  {"BestCheckpoint: ", "Nameless", "name its fields with XGRAD_FIELDS"});
}

TEST(EarlyStopping, RefusesBadOptions) {
  EXPECT_EQ(ERROR_OF(ValueError, EarlyStopping({.patience = 0})),
            "EarlyStopping: patience is 0; expected at least 1");
  EXPECT_EQ(ERROR_OF(ValueError, EarlyStopping({.min_delta = -1})),
            "EarlyStopping: min_delta is -1; expected 0 or more");
  EXPECT_THROW(EarlyStopping({.min_delta = nan}), ValueError);
}

class Keeping : public ::testing::Test {
 protected:
  void set(float value) {
    NoGrad guard;
    layer_.weight.fill_(value);
  }
  float get() const { return layer_.weight.item<float>(); }

  nn::Linear layer_{1, 1};
  TemporaryDirectory directory_;
};

TEST_F(Keeping, RestoresTheBest) {
  BestCheckpoint best(layer_);
  const float metrics[] = {3, 1, 2, nan};
  for (const float metric : metrics) {
    set(10 * metric);
    EXPECT_EQ(best.step(static_cast<double>(metric)), metric == 3 || metric == 1);
  }
  EXPECT_EQ(best.best(), 1);
  best.restore();
  EXPECT_EQ(get(), 10);
  EXPECT_TRUE(layer_.weight.requires_grad());
  set(-1);
  best.restore();
  EXPECT_EQ(get(), 10) << "what is kept is not shared with the module";
}

TEST_F(Keeping, WritesTheBest) {
  const std::string path = directory_ / "best.safetensors";
  BestCheckpoint best(layer_, {.mode = Mode::max, .path = path});
  for (const float metric : {1.F, 5.F, 4.F}) {
    set(metric);
    best.step(static_cast<double>(metric));
  }
  nn::Linear loaded(1, 1);
  nn::load(loaded, path);
  EXPECT_EQ(loaded.weight.item<float>(), 5);
}

TEST_F(Keeping, KeepsTheOldWhereTheNewCannotBeWritten) {
  BestCheckpoint best(layer_, {.path = directory_ / "no/best"});
  set(7);
  EXPECT_THROW(best.step(1), IoError);
  EXPECT_EQ(best.best(), inf);
  EXPECT_EQ(ERROR_OF(ValueError, best.restore()),
            "BestCheckpoint: restore before any metric of Linear was better than inf; call step "
            "first");
  EXPECT_EQ(get(), 7);
}

}  // namespace
}  // namespace xgrad::test
