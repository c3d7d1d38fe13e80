#include "optim/lr_scheduler.hpp"

#include <set>

#include "autograd/safetensors.hpp"
#include "optim/optim.hpp"
#include "tests/optim/scheduler_case.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using namespace optim;

// ---- against PyTorch

/// To the last bit. Learning rates are never below 0; some of PyTorch's are, by rounding.
void expect_equal(const Doubles& found, Doubles expected, const std::string& where) {
  for (double& value : expected) value = std::max(0.0, value);
  EXPECT_EQ(found, expected) << where;
}

TEST(LRScheduler, RatesArePyTorchsToTheLastBit) {
  std::set<std::string> classes;
  for (const auto& golden : scheduler_cases()) {
    SCOPED_TRACE(golden["schedulers"].dump());
    for (const auto& spec : golden["schedulers"]) classes.insert(spec["class"]);
    SchedulerCase run(golden);
    for (std::size_t t = 0;; ++t) {
      const std::string where = "after epoch " + std::to_string(t);
      expect_equal(run.rates(), golden["rates"][t], where);
      if (golden.contains("momenta")) expect_equal(run.momenta(), golden["momenta"][t], where);
      EXPECT_EQ(run.schedulers().back()->get_last_lr(), run.rates());
      if (t == run.epochs()) break;
      run.run(t);
    }
    if (HasFailure()) return;
  }
  EXPECT_EQ(classes.size(), 14U);
}

/// What continues from saved states has the bits of what was never stopped.
TEST(LRScheduler, ContinuesFromItsStateBitForBit) {
  for (const auto& golden : scheduler_cases()) {
    SCOPED_TRACE(golden["schedulers"].dump());
    SchedulerCase whole(golden);
    for (std::size_t stop = 0; stop < whole.epochs(); ++stop) {
      if (stop == 0 || stop == 1 || stop == 20 || stop == 57) {
        SCOPED_TRACE("stopped after epoch " + std::to_string(stop));
        SchedulerCase rest(golden);
        rest.optimizer().load_state_dict(whole.optimizer().state_dict());
        for (std::size_t i = 0; i < rest.schedulers().size(); ++i) {
          const OptionTexts saved = whole.schedulers()[i]->state_dict();
          rest.schedulers()[i]->load_state_dict(saved);
          rest.schedulers()[i]->load_state_dict(saved);
          EXPECT_EQ(rest.schedulers()[i]->state_dict(), saved);
        }
        SchedulerCase other(golden);
        for (std::size_t t = 0; t < whole.epochs(); ++t) {
          other.run(t);
          if (t < stop) continue;
          rest.run(t);
          ASSERT_EQ(rest.rates(), other.rates());
          ASSERT_EQ(rest.momenta(), other.momenta());
        }
      }
      whole.run(stop);
    }
  }
}

// ---- use

struct Model {
  Tensor a = leaf({1, 2});
  Tensor b = leaf({3});
  SGD sgd{std::vector<SGD::ParamGroup>{{{a}, {.lr = 0.1}}, {{b}, {.lr = 0.02}}}};
};

TEST(LRScheduler, BothNamespacesName) {
  Model model;
  optim::lr_scheduler::StepLR scheduler(model.sgd, {.step_size = 2, .gamma = 0.5});
  optim::LRScheduler& base = scheduler;
  EXPECT_STREQ(base.name(), "StepLR");
  EXPECT_EQ(&base.optimizer(), &model.sgd);
  EXPECT_EQ(base.last_epoch(), 0);
  base.step();
  base.step();
  EXPECT_EQ(base.last_epoch(), 2);
  EXPECT_EQ(base.get_last_lr(), Doubles({0.05, 0.01}));
  EXPECT_EQ(model.sgd.param_groups()[0].options.lr, 0.05);
}

TEST(LRScheduler, ALaterSchedulerTakesTheSameInitialRate) {
  Model model;
  EXPECT_FALSE(model.sgd.initial_lr(0));
  const LinearLR warmup(model.sgd, {.start_factor = 0.5});
  EXPECT_EQ(model.sgd.initial_lr(0), 0.1);
  LambdaLR lambda(model.sgd, [](std::int64_t epoch) { return static_cast<double>(1 + epoch); });
  EXPECT_EQ(lambda.get_last_lr(), Doubles({0.1, 0.02}));
  EXPECT_EQ(ERROR_OF(ValueError, model.sgd.initial_lr(2)),
            "SGD: option 'initial_lr' of group 2; there are 2 groups, counted from 0");
}

TEST(LRScheduler, TheOptimizerSavesTheInitialRates) {
  Model first, second;
  EXPECT_FALSE(first.sgd.state_dict().param_groups[0].contains("initial_lr"));
  const LinearLR warmup(first.sgd, {.start_factor = 0.5});
  const StateDict saved = first.sgd.state_dict();
  EXPECT_EQ(saved.param_groups[1].at("initial_lr"), "0.02");

  TemporaryDirectory directory;
  const std::string path = directory / "sgd.safetensors";
  first.sgd.save(path);
  second.sgd.load(path);
  EXPECT_EQ(second.sgd.initial_lr(0), 0.1);
  EXPECT_EQ(second.sgd.initial_lr(1), 0.02);
  EXPECT_EQ(second.sgd.option(0, "lr"), 0.05);

  for (const char* text : {"-1", "nan", "fast"}) {
    StateDict wrong = saved;
    wrong.param_groups[1]["initial_lr"] = text;
    expect_contains(ERROR_OF(ValueError, second.sgd.load_state_dict(wrong)),
                    {"load_state_dict: ", "initial_lr", text});
  }
  EXPECT_EQ(second.sgd.initial_lr(1), 0.02);
  second.sgd.load_state_dict(Model().sgd.state_dict());
  EXPECT_FALSE(second.sgd.initial_lr(0));
}

TEST(LRScheduler, SchedulesGroupsThatAreAddedLater) {
  Model model;
  ExponentialLR decay(model.sgd, {.gamma = 0.5});
  LambdaLR two(model.sgd,
               {.lr_lambda = {[](std::int64_t) { return 1.0; }, [](std::int64_t) { return 2.0; }}});
  decay.step();
  model.sgd.add_param_group({{leaf({1})}, {.lr = 8}});
  decay.step();
  EXPECT_EQ(model.sgd.option(2, "lr"), 4);
  EXPECT_EQ(model.sgd.initial_lr(2), 8);
  EXPECT_EQ(ERROR_OF(ValueError, two.step()),
            "LambdaLR: lr_lambda has 2 values for 3 parameter groups; expected 1 or one for each "
            "group");
  EXPECT_EQ(two.last_epoch(), 0);
  EXPECT_EQ(model.sgd.option(2, "lr"), 4);
}

TEST(LRScheduler, RatesDoNotFallBelowZero) {
  Model model;
  LinearLR fall(model.sgd, {.start_factor = 1.0 / 3, .end_factor = 0, .total_iters = 7});
  for (int epoch = 0; epoch < 10; ++epoch) fall.step();
  EXPECT_EQ(fall.get_last_lr(), Doubles({0, 0}));
  EXPECT_NO_THROW(model.sgd.load_state_dict(model.sgd.state_dict()));
}

TEST(LRScheduler, WarmRestartsResumeInALaterPeriod) {
  Model whole, rest;
  CosineAnnealingWarmRestarts first(whole.sgd, {.T_0 = 4, .T_mult = 2});
  for (int epoch = 0; epoch < 15; ++epoch) first.step();
  rest.sgd.load_state_dict(whole.sgd.state_dict());
  CosineAnnealingWarmRestarts second(rest.sgd, {.T_0 = 4, .T_mult = 2, .last_epoch = 15});
  for (int epoch = 0; epoch < 20; ++epoch) {
    first.step();
    EXPECT_EQ(first.get_last_lr(), second.get_last_lr());
    second.step();
  }
}

TEST(LRScheduler, PlateauCountsNaNAsNoImprovement) {
  Model model;
  ReduceLROnPlateau plateau(model.sgd, {.factor = 0.5, .patience = 1});
  plateau.step(1);
  plateau.step(nan);
  EXPECT_EQ(plateau.get_last_lr(), Doubles({0.1, 0.02}));
  plateau.step(nan);
  EXPECT_EQ(plateau.get_last_lr(), Doubles({0.05, 0.01}));
  plateau.step(0.5);
  EXPECT_EQ(plateau.state_dict().at("best"), "0.5");
}

TEST(LRScheduler, PlateauComparesWithInfinitiesAndZero) {
  struct Row {
    PlateauMode mode;
    double best, metric;
    bool better;
  };
  constexpr PlateauMode min = PlateauMode::min, max = PlateauMode::max;
  for (const Row& row :
       {Row{min, inf, 1e300, true},   Row{min, inf, inf, false},   Row{min, inf, nan, false},
        Row{min, inf, -inf, true},    Row{min, -inf, -inf, false}, Row{min, -inf, -1e300, false},
        Row{min, 5, -inf, true},      Row{min, -5, -inf, true},    Row{min, -5, nan, false},
        Row{min, 0, -10, true},       Row{min, 0, 0, false},       Row{min, -0.0, 0, false},
        Row{max, -inf, -1e300, true}, Row{max, -inf, -inf, false}, Row{max, -inf, nan, false},
        Row{max, -inf, inf, true},    Row{max, inf, inf, false},   Row{max, inf, 1e300, false},
        Row{max, -5, inf, true},      Row{max, 5, inf, true},      Row{max, -5, nan, false},
        Row{max, 0, 10, true},        Row{max, 0, 0, false},       Row{max, 0, -0.0, false}})
    for (const double threshold : {0.0, 1e-4, 1.0, 1.5})
      for (const ThresholdMode threshold_mode : {ThresholdMode::rel, ThresholdMode::abs}) {
        Model model;
        ReduceLROnPlateau plateau(
            model.sgd,
            {.mode = row.mode, .threshold = threshold, .threshold_mode = threshold_mode});
        plateau.step(row.best);
        plateau.step(row.metric);
        const bool reached = row.mode == min ? row.best < inf : row.best > -inf;
        EXPECT_EQ(plateau.state_dict().at("num_bad_epochs"), row.better ? "0"
                                                             : reached  ? "1"
                                                                        : "2")
            << row.best << " " << row.metric << " " << threshold;
      }
}

// ---- saving

TEST(LRScheduler, StateIsReadable) {
  Model model;
  const StepLR scheduler(model.sgd, {.step_size = 30});
  EXPECT_EQ(scheduler.state_dict(), (OptionTexts{{"scheduler", "StepLR"},
                                                 {"step_size", "30"},
                                                 {"gamma", "0.1"},
                                                 {"base_lrs", "0.1, 0.02"},
                                                 {"last_epoch", "0"},
                                                 {"last_lr", "0.1, 0.02"}}));
  const ReduceLROnPlateau plateau(model.sgd, {.mode = PlateauMode::max});
  EXPECT_EQ(plateau.state_dict().at("mode"), "max");
  EXPECT_EQ(plateau.state_dict().at("threshold_mode"), "rel");
  EXPECT_EQ(plateau.state_dict().at("best"), "-inf");
}

TEST(LRScheduler, SavesAndLoadsFiles) {
  TemporaryDirectory directory;
  const std::string path = directory / "scheduler.safetensors";
  Model model;
  LinearLR warmup(model.sgd, {.total_iters = 3});
  ExponentialLR decay(model.sgd, {.gamma = 0.9});
  SequentialLR saved(model.sgd, {.schedulers = {warmup, decay}, .milestones = {3}});
  for (int epoch = 0; epoch < 5; ++epoch) saved.step();
  saved.save(path);

  Model other;
  LinearLR first(other.sgd);
  ExponentialLR second(other.sgd, {.gamma = 0.5});
  SequentialLR loaded(other.sgd, {first, second}, {7});
  loaded.load(path);
  EXPECT_EQ(loaded.state_dict(), saved.state_dict());
  EXPECT_EQ(second.last_epoch(), 2);

  ExponentialLR alone(other.sgd, {.gamma = 0.5});
  EXPECT_EQ(ERROR_OF(ValueError, alone.load(path)),
            path + ": the state is that of 'SequentialLR'; expected 'ExponentialLR'");
  model.sgd.save(path);
  EXPECT_EQ(ERROR_OF(IoError, alone.load(path)),
            path + ": not the state of a learning rate scheduler; its metadata has no 'scheduler'");
  EXPECT_NE(ERROR_OF(IoError, alone.load(directory / "none")), "");
  EXPECT_NE(ERROR_OF(IoError, alone.save(directory / "none/file")), "");
}

/// The message for the state after `change`, which has to leave the scheduler as it was.
template <class Change>
std::string refusal(SchedulerBase& scheduler, Change change) {
  const OptionTexts before = scheduler.state_dict();
  OptionTexts saved = before;
  change(saved);
  const std::string text = ERROR_OF(ValueError, scheduler.load_state_dict(saved));
  EXPECT_EQ(scheduler.state_dict(), before);
  return text;
}

std::string refusal(SchedulerBase& scheduler, const char* name, const char* text) {
  return refusal(scheduler, [&](OptionTexts& saved) { saved[name] = text; });
}

TEST(LRScheduler, RefusesAStateThatDoesNotFitAndChangesNothing) {
  Model model;
  StepLR step(model.sgd, {.step_size = 30});
  EXPECT_EQ(refusal(step, "scheduler", "MultiStepLR"),
            "load_state_dict: the state is that of 'MultiStepLR'; expected 'StepLR'");
  EXPECT_EQ(refusal(step, [](OptionTexts& saved) { saved = {}; }),
            "load_state_dict: the state is that of ''; expected 'StepLR'");
  EXPECT_EQ(refusal(step, [](OptionTexts& saved) { saved.erase("gamma"); }),
            "load_state_dict: option 'gamma' is missing");
  EXPECT_EQ(refusal(step, "params", "1"),
            "load_state_dict: unknown option 'params'; expected step_size, gamma, base_lrs, "
            "last_epoch, last_lr");
  EXPECT_EQ(refusal(step, "gamma", "0.1x"),
            "load_state_dict: option 'gamma' is '0.1x'; expected a number");
  for (const char* list : {"0.1,0.2", "0.1, ", ", 0.1", "a, b"})
    EXPECT_EQ(refusal(step, "base_lrs", list), "load_state_dict: option 'base_lrs' is '" +
                                                   std::string(list) +
                                                   "'; expected numbers, separated by ', '");
  EXPECT_EQ(refusal(step, "base_lrs", "0.1"),
            "load_state_dict: the state has base_lrs of 1 parameter groups; the optimizer has 2");
  EXPECT_EQ(refusal(step, "last_lr", "1, 2, 3"),
            "load_state_dict: the state has last_lr of 3 parameter groups; the optimizer has 2");
  EXPECT_EQ(refusal(step, "base_lrs", "0.1, nan"),
            "load_state_dict: StepLR: base_lrs is nan; expected base_lrs >= 0");
  EXPECT_EQ(refusal(step, "step_size", "0"),
            "load_state_dict: StepLR: step_size is 0; expected step_size > 0");
  for (const char* epoch : {"-2", "9223372036854775807"})
    EXPECT_EQ(refusal(step, "last_epoch", epoch),
              "load_state_dict: StepLR: last_epoch is " + std::string(epoch) +
                  "; expected -1 <= last_epoch <= 9007199254740992");

  ReduceLROnPlateau plateau(model.sgd);
  EXPECT_EQ(refusal(plateau, "mode", "best"),
            "load_state_dict: option 'mode' is 'best'; expected one of min, max");
  EXPECT_EQ(refusal(plateau, "best", "nan"),
            "load_state_dict: ReduceLROnPlateau: best is nan; expected a metric");
  CosineAnnealingWarmRestarts restarts(model.sgd, {.T_0 = 4});
  for (const char* epochs : {"nan", "5", "-1"})
    EXPECT_EQ(refusal(restarts, "T_cur", epochs),
              "load_state_dict: CosineAnnealingWarmRestarts: T_cur is " + std::string(epochs) +
                  " of T_i 4; expected 0 <= T_cur <= T_i");
  EXPECT_EQ(refusal(plateau, "num_bad_epochs", "3"),
            "load_state_dict: ReduceLROnPlateau: num_bad_epochs is 3 of 0 epochs; expected no more "
            "than all");
}

TEST(LRScheduler, RefusesOptionsThatAreNotFinite) {
  Model model;
  StepLR step(model.sgd, {.step_size = 3});
  MultiStepLR steps(model.sgd, {.milestones = {3}});
  ExponentialLR exponential(model.sgd, {.gamma = 0.9});
  ConstantLR constant(model.sgd);
  LinearLR linear(model.sgd);
  PolynomialLR polynomial(model.sgd);
  CosineAnnealingLR cosine(model.sgd, {.T_max = 3});
  CosineAnnealingWarmRestarts restarts(model.sgd, {.T_0 = 3});
  OneCycleLR cycle(model.sgd, {.max_lr = 0.1, .total_steps = 9});
  ReduceLROnPlateau plateau(model.sgd);
  const std::initializer_list<SchedulerBase*> all = {&step,   &steps,      &exponential, &constant,
                                                     &linear, &polynomial, &cosine,      &restarts,
                                                     &cycle,  &plateau};
  for (SchedulerBase* scheduler : all)
    for (const auto& [key, value] : scheduler->state_dict())
      for (const char* text : {"inf", "-inf", "nan"}) {
        if (key == "best" && std::string(text) != "nan") continue;  // before the first metric
        EXPECT_NE(refusal(*scheduler, key.c_str(), text), "") << scheduler->name() << ' ' << key;
      }
  EXPECT_EQ(refusal(step, "gamma", "inf"),
            "load_state_dict: StepLR: gamma is inf; expected a finite gamma");
}

TEST(LRScheduler, RefusesAStateOfOtherPartsAndChangesNothing) {
  Model model;
  StepLR step(model.sgd, {.step_size = 30});
  ExponentialLR decay(model.sgd, {.gamma = 0.9});
  SequentialLR sequence(model.sgd, {.schedulers = {step, decay}, .milestones = {5}});
  EXPECT_EQ(refusal(sequence, "1.scheduler", "StepLR"),
            "load_state_dict: scheduler 1: the state is that of 'StepLR'; expected "
            "'ExponentialLR'");
  EXPECT_EQ(refusal(sequence, "1.gamma", "0"),
            "load_state_dict: ExponentialLR: gamma is 0; expected gamma > 0");
  EXPECT_EQ(refusal(sequence, "2.gamma", "0.5"),
            "load_state_dict: unknown option '2.gamma'; expected milestones, last_epoch, last_lr");
  EXPECT_EQ(refusal(sequence, "milestones", "5, 6"),
            "load_state_dict: SequentialLR: milestones is (5, 6) for 2 schedulers; expected one "
            "fewer than schedulers");
}

// ---- bad input

/// The message for a scheduler that is refused, which must not change the optimizer.
template <class Scheduler, class Options>
std::string refused(Options options) {
  Model model;
  const StateDict before = model.sgd.state_dict();
  const std::string text = ERROR_OF(ValueError, Scheduler{model.sgd, options});
  EXPECT_EQ(model.sgd.state_dict().param_groups, before.param_groups);
  return text;
}

TEST(LRScheduler, RefusesOptionsThatAreNotGivenOrOutOfRange) {
  EXPECT_EQ(refused<StepLR>(StepLROptions{}), "StepLR: step_size is 0; expected step_size > 0");
  EXPECT_EQ(refused<StepLR>(StepLROptions{.step_size = 1, .gamma = nan}),
            "StepLR: gamma is nan; expected gamma >= 0");
  EXPECT_EQ(refused<MultiStepLR>(MultiStepLROptions{}),
            "MultiStepLR: milestones is empty; expected the epochs of decays");
  EXPECT_EQ(refused<MultiStepLR>(MultiStepLROptions{.milestones = {3, -1}}),
            "MultiStepLR: milestones is -1; expected milestones >= 0");
  EXPECT_EQ(refused<ExponentialLR>(ExponentialLROptions{}),
            "ExponentialLR: gamma is 0; expected gamma > 0");
  EXPECT_EQ(refused<ConstantLR>(ConstantLROptions{.factor = 1.5}),
            "ConstantLR: factor is 1.5; expected 0 < factor <= 1");
  EXPECT_EQ(refused<LinearLR>(LinearLROptions{.start_factor = 0}),
            "LinearLR: start_factor is 0; expected 0 < start_factor <= 1");
  EXPECT_EQ(refused<LinearLR>(LinearLROptions{.end_factor = -0.5}),
            "LinearLR: end_factor is -0.5; expected 0 <= end_factor <= 1");
  EXPECT_EQ(refused<PolynomialLR>(PolynomialLROptions{.total_iters = 0}),
            "PolynomialLR: total_iters is 0; expected total_iters > 0");
  EXPECT_EQ(refused<CosineAnnealingLR>(CosineAnnealingLROptions{}),
            "CosineAnnealingLR: T_max is 0; expected T_max > 0");
  EXPECT_EQ(refused<CosineAnnealingWarmRestarts>(CosineAnnealingWarmRestartsOptions{}),
            "CosineAnnealingWarmRestarts: T_0 is 0; expected T_0 > 0");
  EXPECT_EQ(refused<CosineAnnealingWarmRestarts>(
                CosineAnnealingWarmRestartsOptions{.T_0 = 1, .T_mult = 0}),
            "CosineAnnealingWarmRestarts: T_mult is 0; expected T_mult > 0");
  EXPECT_EQ(refused<ReduceLROnPlateau>(ReduceLROnPlateauOptions{.factor = 1}),
            "ReduceLROnPlateau: factor is 1; expected 0 <= factor < 1");
  EXPECT_EQ(refused<ReduceLROnPlateau>(ReduceLROnPlateauOptions{.min_lr = {1, 2, 3}}),
            "ReduceLROnPlateau: min_lr has 3 values for 2 parameter groups; expected 1 or one for "
            "each group");
  EXPECT_EQ(
      refused<ReduceLROnPlateau>(ReduceLROnPlateauOptions{.mode = static_cast<PlateauMode>(2)}),
      "ReduceLROnPlateau: mode is value 2 of an enumeration; expected one of min, max");
  EXPECT_EQ(refused<StepLR>(StepLROptions{.step_size = 1, .last_epoch = 49}),
            "StepLR: last_epoch is 49, but group 0 of the optimizer has no initial_lr from an "
            "earlier scheduler; load the optimizer's state first, or leave last_epoch at -1");
  EXPECT_EQ(refused<StepLR>(StepLROptions{.step_size = 1, .last_epoch = -2}),
            "StepLR: last_epoch is -2; expected -1 <= last_epoch <= 9007199254740992");
}

TEST(LRScheduler, RefusesFunctionsThatAreEmptyOrReturnNoFactor) {
  EXPECT_EQ(refused<LambdaLR>(LambdaLROptions{}),
            "LambdaLR: lr_lambda is not given; it has no default");
  EXPECT_EQ(refused<LambdaLR>(LambdaLROptions{.lr_lambda = LRLambda()}),
            "LambdaLR: lr_lambda is an empty function; give one to call");
  EXPECT_EQ(refused<LambdaLR>(LambdaLROptions{.lr_lambda = [](std::int64_t) { return nan; }}),
            "LambdaLR: lr_lambda of group 0 returned nan for epoch 0; expected a finite factor >= "
            "0");
  Model model;
  MultiplicativeLR scheduler(model.sgd, [](std::int64_t epoch) { return epoch == 2 ? -1 : 1.5; });
  scheduler.step();
  const OptionTexts before = scheduler.state_dict();
  EXPECT_EQ(ERROR_OF(ValueError, scheduler.step()),
            "MultiplicativeLR: lr_lambda of group 0 returned -1 for epoch 2; expected a finite "
            "factor >= 0");
  EXPECT_EQ(scheduler.state_dict(), before);
  EXPECT_EQ(model.sgd.option(0, "lr"), 0.1 * 1.5);
}

TEST(LRScheduler, RefusesCyclesThatCannotBe) {
  EXPECT_EQ(refused<OneCycleLR>(OneCycleLROptions{.total_steps = 10}),
            "OneCycleLR: max_lr is not given; it has no default");
  EXPECT_EQ(
      refused<OneCycleLR>(OneCycleLROptions{.max_lr = 1}),
      "OneCycleLR: total_steps is 0, epochs 0 and steps_per_epoch 0; give total_steps > 0, or "
      "the other two");
  EXPECT_EQ(refused<OneCycleLR>(OneCycleLROptions{.max_lr = 1, .total_steps = 9, .pct_start = 2}),
            "OneCycleLR: pct_start is 2; expected 0 <= pct_start <= 1");
  EXPECT_EQ(refused<OneCycleLR>(OneCycleLROptions{.max_lr = {1, -1}, .total_steps = 9}),
            "OneCycleLR: max_lr is -1; expected max_lr > 0");
  Tensor x = leaf({1});
  Adagrad adagrad({x});
  EXPECT_EQ(ERROR_OF(ValueError, OneCycleLR(adagrad, {.max_lr = 1, .total_steps = 9})),
            "OneCycleLR: Adagrad has neither betas nor momentum; set cycle_momentum to false");

  OneCycleLR cycle(adagrad, {.max_lr = 1, .total_steps = 2, .cycle_momentum = false});
  cycle.step();
  cycle.step();  // PyTorch allows one too many
  const Doubles last = cycle.get_last_lr();
  EXPECT_EQ(ERROR_OF(ValueError, cycle.step()),
            "OneCycleLR: step 3 of 2; the cycle is over, stop calling step()");
  EXPECT_EQ(cycle.get_last_lr(), last);
  EXPECT_EQ(cycle.last_epoch(), 2);
}

TEST(LRScheduler, RefusesSequencesThatCannotBe) {
  Model model, other;
  StepLR step(model.sgd, {.step_size = 2});
  ExponentialLR decay(model.sgd, {.gamma = 0.9});
  ExponentialLR foreign(other.sgd, {.gamma = 0.9});
  ChainedScheduler chain({step, decay});
  const auto message = [&](SchedulerRefs schedulers, Integers milestones) {
    return ERROR_OF(ValueError, SequentialLR(model.sgd, schedulers, milestones));
  };
  EXPECT_EQ(message({}, {}), "SequentialLR: schedulers is empty; give at least one");
  EXPECT_EQ(message({step, decay}, {}),
            "SequentialLR: milestones is () for 2 schedulers; expected one fewer than schedulers");
  EXPECT_EQ(message({step, decay}, {0}), "SequentialLR: milestones is 0; expected milestones > 0");
  EXPECT_EQ(message({step, foreign}, {5}),
            "SequentialLR: scheduler 1, ExponentialLR, belongs to another optimizer; expected one "
            "for all");
  EXPECT_EQ(message({step, step}, {5}),
            "SequentialLR: scheduler 1, StepLR, is listed twice, first as scheduler 0");
  EXPECT_EQ(message({chain, decay}, {5}),
            "SequentialLR: ChainedScheduler is made of schedulers; expected one that can begin at "
            "a milestone");
  LinearLR third(model.sgd);
  EXPECT_EQ(message({step, decay, third}, {5, 4}),
            "SequentialLR: milestones is (5, 4); expected rising epochs");
  EXPECT_EQ(ERROR_OF(ValueError, ChainedScheduler({})),
            "ChainedScheduler: schedulers is empty; give at least one");
  EXPECT_EQ(step.last_epoch(), 0);
  EXPECT_EQ(ERROR_OF(ValueError, chain.step(3)),
            "ChainedScheduler: step to epoch 3; it is made of schedulers that cannot be set to "
            "one, use step()");
}

TEST(LRScheduler, RefusesEpochsThereAreNot) {
  Model model;
  StepLR step(model.sgd, {.step_size = 2});
  CosineAnnealingWarmRestarts restarts(model.sgd, {.T_0 = 4});
  EXPECT_EQ(ERROR_OF(ValueError, step.step(1.5)),
            "StepLR: step to epoch 1.5; expected a whole number");
  EXPECT_EQ(ERROR_OF(ValueError, step.step(-1)),
            "StepLR: step to epoch -1; expected 0 <= epoch <= 9007199254740992");
  for (const double epoch : {-0.5, nan, inf}) {
    const OptionTexts before = restarts.state_dict();
    EXPECT_NE(ERROR_OF(ValueError, restarts.step(epoch)), "");
    EXPECT_EQ(restarts.state_dict(), before);
  }
}

}  // namespace
}  // namespace xgrad::test
