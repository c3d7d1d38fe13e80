#include "optim/optimizer.hpp"

#include <sstream>

#include "autograd/safetensors.hpp"
#include "optim/optim.hpp"
#include "optim/update.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using optim::Adam;
using optim::Optimizer;
using optim::SGD;
using optim::State;
using optim::StateDict;

Doubles values(const Tensor& t) { return t.to_vector<double>(); }

// ---- steps

TEST(Optimizer, SkipsParametersWithoutGradient) {
  Tensor a = leaf({1, 2});
  Tensor b = leaf({3});
  SGD sgd({a, b}, {.lr = 1, .momentum = 0.9, .weight_decay = 0.1});
  sum(a * a).backward();
  sgd.step();
  EXPECT_NE(values(a), Doubles({1, 2}));
  expect_values(b, {3});
  EXPECT_EQ(b.version(), 0U);
  EXPECT_TRUE(sgd.state(b).tensors().empty());
}

TEST(Optimizer, ZeroGradForgetsTheGradients) {
  Tensor a = leaf({1, 2});
  SGD sgd({a});
  sum(a).backward();
  sgd.zero_grad();
  EXPECT_FALSE(a.has_grad());
}

TEST(Optimizer, StepsWithAClosure) {
  Tensor a = leaf({1, 2});
  SGD sgd({a}, {.lr = 0.5});
  NoGrad guard;
  const Tensor loss = sgd.step([&] {
    EXPECT_TRUE(is_grad_enabled());
    sgd.zero_grad();
    Tensor value = sum(a * a);
    value.backward();
    return value;
  });
  EXPECT_FALSE(is_grad_enabled());
  EXPECT_EQ(loss.item<double>(), 5);
  expect_values(a, {0, 0});
}

TEST(Optimizer, AValueSavedBeforeAStepIsRefusedAfterIt) {
  Tensor a = leaf({1, 2});
  SGD sgd({a});
  const Tensor saved = sum(a * a);
  a.set_grad(leaf({1, 1}).detach());
  sgd.step();
  EXPECT_NE(ERROR_OF(GradError, saved.backward()), "");
}

TEST(Optimizer, StepsInPlaceForEveryHandle) {
  Tensor a = leaf({1});
  const Tensor other = a;
  const Tensor detached = a.detach();
  SGD sgd({a}, {.lr = 1});
  a.set_grad(tensor({1.0}));
  sgd.step();
  expect_values(other, {0});
  expect_values(detached, {0});
}

TEST(Optimizer, AGradientMayShareItsParametersMemory) {
  Tensor a = leaf({1, 2, 4});
  SGD sgd({a}, {.lr = 0.5, .momentum = 0.5});
  a.set_grad(a.detach());
  sgd.step();
  expect_values(a, {0.5, 1, 2});
  expect_values(a.grad(), {1, 2, 4});
}

TEST(Optimizer, TakesFrozenAndEmptyParameters) {
  Tensor frozen = tensor({1.0});
  Tensor empty = zeros({0, 3}, {.requires_grad = true});
  Adam adam({frozen, empty});
  empty.set_grad(zeros({0, 3}));
  adam.step();
  expect_values(frozen, {1});
  EXPECT_EQ(adam.state(empty)["exp_avg"].shape(), (Shape{0, 3}));
}

TEST(Optimizer, RefusesAGradientThatDoesNotFitAndChangesNothing) {
  Tensor a = leaf({1});
  Tensor b = leaf({1, 2});
  Adam adam({a, b});
  a.set_grad(tensor({1.0}));
  xgrad::detail::impl(b).grad = zeros({3}, f64);
  EXPECT_EQ(ERROR_OF(ShapeError, adam.step()),
            "Adam: gradient of parameter 1 of shape (2,) has shape (3,); expected (2,)");
  xgrad::detail::impl(b).grad = zeros({2});
  EXPECT_EQ(ERROR_OF(DTypeError, adam.step()),
            "Adam: gradient of parameter 1 of shape (2,) is float32; expected float64; convert one "
            "with .to(float64)");
  expect_values(a, {1});
  EXPECT_TRUE(adam.state(a).tensors().empty());
}

TEST(Optimizer, FitsALine) {
  manual_seed(0);
  const Tensor x = randn({64, 2});
  const Tensor y = matmul(x, tensor({{2.F}, {-3.F}})) + 0.5;
  Tensor weight = zeros({1, 2}, {.requires_grad = true});
  Tensor bias = zeros({1}, {.requires_grad = true});
  Adam adam({weight, bias}, {.lr = 0.1});
  for (int i = 0; i < 500; ++i) {
    adam.zero_grad();
    mean(square(linear(x, weight, bias) - y)).backward();
    adam.step();
  }
  EXPECT_NEAR(weight.to_vector<double>()[0], 2, 1e-3);
  EXPECT_NEAR(weight.to_vector<double>()[1], -3, 1e-3);
  EXPECT_NEAR(bias.item<double>(), 0.5, 1e-3);
}

// ---- groups and options

TEST(Optimizer, GroupsHaveOptionsOfTheirOwn) {
  Tensor a = leaf({1});
  Tensor b = leaf({1});
  Tensor c = leaf({1});
  SGD sgd({{{a}, {.lr = 0.5}}, {{b}}}, {.lr = 0.25});
  sgd.add_param_group({{c}, {.lr = 1}});
  ASSERT_EQ(sgd.param_groups().size(), 3U);
  EXPECT_EQ(sgd.num_param_groups(), 3U);
  EXPECT_EQ(sgd.param_groups()[1].options.lr, 0.25);
  EXPECT_TRUE(sgd.param_groups()[2].params()[0].is(c));
  for (Tensor* t : {&a, &b, &c}) t->set_grad(tensor({1.0}));
  sgd.step();
  expect_values(a, {0.5});
  expect_values(b, {0.75});
  expect_values(c, {0});

  sgd.param_groups()[0].options.lr = 0.125;
  sgd.step();
  expect_values(a, {0.375});
}

TEST(Optimizer, AddsAGroupWithTheDefaultOptions) {
  Tensor a = leaf({1});
  Tensor b = leaf({1});
  SGD sgd({a}, {.lr = 0.5, .momentum = 0.9});
  const State& state = sgd.state(a);
  sgd.add_param_group(Tensors{b});
  EXPECT_EQ(sgd.param_groups()[1].options.momentum, 0.9);
  EXPECT_EQ(&sgd.state(a), &state);
}

TEST(Optimizer, OptionsAreReachedByNameThroughTheBase) {
  Tensor a = leaf({1});
  Adam adam({a}, {.lr = 0.5});
  Optimizer& base = adam;
  base.option(0, "lr") *= 0.5;
  base.option(0, "betas[1]") = 0.99;
  EXPECT_EQ(adam.param_groups()[0].options.lr, 0.25);
  EXPECT_EQ(adam.param_groups()[0].options.betas[1], 0.99);
  EXPECT_EQ(ERROR_OF(ValueError, base.option(1, "lr")),
            "Adam: option 'lr' of group 1; there are 1 groups, counted from 0");
  EXPECT_EQ(ERROR_OF(ValueError, base.option(0, "momentum")),
            "Adam: no numeric option 'momentum' among lr, betas[0], betas[1], eps, weight_decay, "
            "amsgrad, maximize");
  EXPECT_NE(ERROR_OF(ValueError, base.option(0, "amsgrad")), "");
}

TEST(Optimizer, PrintsItsOptions) {
  Tensor a = leaf({1});
  SGD sgd({a}, {.lr = 0.1, .nesterov = false});
  std::ostringstream out;
  out << sgd;
  EXPECT_EQ(out.str(),
            "SGD (\nParameter Group 0\n    dampening: 0\n    lr: 0.1\n    maximize: false\n"
            "    momentum: 0\n    nesterov: false\n    weight_decay: 0\n)");
}

TEST(Optimizer, RefusesWhatIsNoParameter) {
  Tensor a = leaf({1});
  Tensor b = leaf({1, 2});
  EXPECT_EQ(ERROR_OF(ValueError, Adam adam(Tensors{})),
            "Adam: the list of parameters is empty; give at least one. A module's parameters() are "
            "those of the fields that its XGRAD_FIELDS names");
  EXPECT_EQ(ERROR_OF(ValueError, Adam adam(std::vector<Adam::ParamGroup>{})),
            "Adam: the list of parameters is empty; give at least one. A module's parameters() are "
            "those of the fields that its XGRAD_FIELDS names");
  EXPECT_EQ(ERROR_OF(ValueError, Adam adam({a, Tensor()})),
            "Adam: parameter 1 is an undefined tensor; assign it a value first");
  EXPECT_EQ(ERROR_OF(GradError, Adam adam({a, b * 2})),
            "Adam: parameter 1 of shape (2,) is the result of 'mul'; only leaves can be optimized");
  EXPECT_EQ(ERROR_OF(DTypeError, Adam adam({tensor({1, 2, 3})})),
            "Adam: parameter 0 of shape (3,) is int64; expected float32 or float64, as from "
            "to(float32)");
  EXPECT_EQ(ERROR_OF(ValueError, Adam adam({a, b, a})),
            "Adam: parameter 2 of shape (1,) is listed twice, first as parameter 0; list every "
            "parameter once");
}

TEST(Optimizer, ARefusedGroupChangesNothing) {
  Tensor a = leaf({1});
  Tensor b = leaf({1});
  SGD sgd({a});
  EXPECT_EQ(ERROR_OF(ValueError, sgd.add_param_group(Tensors{b, a})),
            "SGD: parameter 2 of shape (1,) is listed twice, first as parameter 0; list every "
            "parameter once");
  EXPECT_EQ(ERROR_OF(ValueError, sgd.add_param_group({{b}, {.lr = -1}})),
            "SGD: lr is -1; expected lr >= 0");
  EXPECT_EQ(sgd.param_groups().size(), 1U);
  EXPECT_NE(ERROR_OF(ValueError, sgd.state(b)), "");
  sgd.add_param_group({{b}, {.lr = 1}});
  EXPECT_EQ(sgd.param_groups().size(), 2U);
}

// ---- state

TEST(Optimizer, CreatesStateOnDemand) {
  Tensor a = zeros({2, 3}, {.requires_grad = true});
  Adam adam({a});
  State& state = adam.state(a);
  EXPECT_FALSE(state.contains("exp_avg"));
  EXPECT_EQ(state["exp_avg"].shape(), (Shape{2, 3}));
  EXPECT_EQ(state["exp_avg"].dtype(), float32);
  EXPECT_EQ(state["step"].shape(), Shape{});
  EXPECT_EQ(state["step"].dtype(), float64);
  EXPECT_EQ(state.tensors().size(), 2U);
  EXPECT_EQ(ERROR_OF(ValueError, state["sum"]),
            "Adam: no state tensor 'sum'; there are step, exp_avg, exp_avg_sq, max_exp_avg_sq");
  EXPECT_EQ(ERROR_OF(ValueError, adam.state(zeros({5}))),
            "Adam: state of a tensor of shape (5,) that is not one of the parameters; pass one of "
            "those the optimizer was given");
}

TEST(Optimizer, RefusesAPresetThatDoesNotFit) {
  Tensor a = leaf({1, 2});
  Adam adam({a});
  a.set_grad(tensor({1.0, 1.0}));
  adam.state(a)["exp_avg"] = zeros({3}, f64);
  EXPECT_EQ(ERROR_OF(ShapeError, adam.step()),
            "Adam: state tensor 'exp_avg' of a parameter of shape (2,) has shape (3,); expected "
            "(2,)");
  adam.state(a)["exp_avg"] = zeros({2});
  EXPECT_EQ(ERROR_OF(DTypeError, adam.step()),
            "Adam: state tensor 'exp_avg' of a parameter of shape (2,) is float32; expected "
            "float64; convert one with .to(float64)");
  expect_values(a, {1, 2});
}

// ---- saving and loading

/// A descent with two groups over three parameters, of which the third has a gradient in every
/// second step only.
template <class O, class Options>
struct Descent {
  Descent(Options first, Options second, std::vector<Doubles> start = {{1, -2}, {3}, {0.5}})
      : params{leaf(start[0]), leaf(start[1]), leaf(start[2])},
        optimizer({{{params[0], params[1]}, first}, {{params[2]}, second}}) {}

  void steps(int from, int to) {
    for (int t = from; t < to; ++t) {
      optimizer.zero_grad();
      for (std::size_t i = 0; i < (t % 2 ? 3 : 2); ++i)
        sum(square(square(params[i])) + params[i] * std::sin(t)).backward();
      optimizer.step();
    }
  }
  std::vector<Doubles> snapshot() const {
    return {values(params[0]), values(params[1]), values(params[2])};
  }

  Tensors params;
  O optimizer;
};

template <class O, class Options>
void expect_resumes(Options first, Options second) {
  const TemporaryDirectory directory;
  const std::string path = directory / "state.safetensors";
  Descent<O, Options> whole(first, second);
  whole.steps(0, 50);
  whole.optimizer.option(1, "lr") = 0.01 / 3;
  whole.optimizer.save(path);
  const std::vector<Doubles> middle = whole.snapshot();
  whole.steps(50, 100);

  Descent<O, Options> resumed({}, {}, middle);
  resumed.optimizer.load(path);
  resumed.steps(50, 100);
  EXPECT_EQ(resumed.snapshot(), whole.snapshot());
}

TEST(Optimizer, ResumesBitForBit) {
  expect_resumes<SGD, optim::SGDOptions>({.lr = 0.01}, {.lr = 0.01, .weight_decay = 0.1});
  expect_resumes<SGD, optim::SGDOptions>({.lr = 0.01, .momentum = 0.9, .dampening = 0.3},
                                         {.lr = 0.01, .momentum = 0.5, .nesterov = true});
  expect_resumes<Adam, optim::AdamOptions>({.lr = 0.01, .betas = {0.7, 0.9 + 0.1 / 3}},
                                           {.eps = 1e-6, .amsgrad = true});
}

TEST(Optimizer, TheStateDictIsACopy) {
  Descent<Adam, optim::AdamOptions> descent({}, {});
  descent.steps(0, 10);
  const StateDict saved = descent.optimizer.state_dict();
  EXPECT_EQ(saved.optimizer, "Adam");
  EXPECT_EQ(saved.param_groups[0].at("params"), "(2,), (1,)");
  EXPECT_EQ(saved.param_groups[1].at("betas[1]"), "0.999");
  EXPECT_EQ(saved.state.at("2.step").item<double>(), 5);
  EXPECT_EQ(saved.state.size(), 9U);
  const Doubles before = values(saved.state.at("0.exp_avg"));
  descent.steps(10, 11);
  EXPECT_EQ(values(saved.state.at("0.exp_avg")), before);

  for (int i = 0; i < 3; ++i) descent.optimizer.load_state_dict(saved);
  EXPECT_EQ(descent.optimizer.state_dict().state.size(), 9U);
  EXPECT_EQ(values(descent.optimizer.state(descent.params[0])["exp_avg"]), before);
  descent.steps(10, 11);
  EXPECT_EQ(values(saved.state.at("0.exp_avg")), before);
}

TEST(Optimizer, LoadingDropsStateThatWasNotSaved) {
  Descent<Adam, optim::AdamOptions> descent({}, {});
  const StateDict fresh = descent.optimizer.state_dict();
  descent.steps(0, 3);
  descent.optimizer.load_state_dict(fresh);
  EXPECT_TRUE(descent.optimizer.state_dict().state.empty());
}

TEST(Optimizer, LoadingConvertsToTheParametersDtype) {
  Tensor wide = leaf({1, 2});
  Adam from({wide});
  wide.set_grad(tensor({0.1, 3.0}));
  from.step();
  Tensor narrow = zeros({2}, {.requires_grad = true});
  Adam to({narrow});
  to.load_state_dict(from.state_dict());
  EXPECT_EQ(to.state(narrow)["exp_avg"].dtype(), float32);
  EXPECT_EQ(to.state(narrow)["exp_avg"].to_vector<float>(),
            from.state(wide)["exp_avg"].to_vector<float>());
  EXPECT_EQ(to.state(narrow)["step"].dtype(), float64);
}

TEST(Optimizer, OptionsRoundTripBitForBit) {
  Tensor a = leaf({1});
  constexpr double tiny = std::numeric_limits<double>::denorm_min();
  SGD from({a}, {.lr = 0.1 + 0.2,
                 .momentum = tiny,
                 .dampening = -std::numeric_limits<double>::max(),
                 .maximize = true});
  SGD to({a});
  to.load_state_dict(from.state_dict());
  const auto& options = to.param_groups()[0].options;
  EXPECT_EQ(options.lr, 0.1 + 0.2);
  EXPECT_EQ(options.momentum, tiny);
  EXPECT_EQ(options.dampening, -std::numeric_limits<double>::max());
  EXPECT_TRUE(options.maximize);
}

TEST(Optimizer, RefusesStateThatDoesNotFitAndChangesNothing) {
  Descent<Adam, optim::AdamOptions> descent({.lr = 0.5}, {});
  descent.steps(0, 4);
  Adam& adam = descent.optimizer;
  const StateDict good = adam.state_dict();
  const auto message = [&]<class E>(E, auto spoil) {
    StateDict saved = good;
    saved.param_groups[0]["lr"] = "0.125";
    saved.state["0.step"] = tensor(77.0);
    spoil(saved);
    std::string text = ERROR_OF(E, adam.load_state_dict(saved));
    EXPECT_EQ(adam.param_groups()[0].options.lr, 0.5) << text;
    EXPECT_EQ(adam.state(descent.params[0])["step"].item<double>(), 4) << text;
    return text;
  };
  const ValueError value("");
  const ShapeError shape("");
  const DTypeError dtype("");
  EXPECT_EQ(message(value, [](StateDict& s) { s.optimizer = "SGD"; }),
            "load_state_dict: the state is that of 'SGD'; expected 'Adam'");
  EXPECT_EQ(message(value, [](StateDict& s) { s.param_groups.pop_back(); }),
            "load_state_dict: the state has 1 parameter groups; expected 2");
  EXPECT_EQ(message(shape, [](StateDict& s) { s.param_groups[1]["params"] = "(1,), (4,)"; }),
            "load_state_dict: the parameters of group 1 have shapes [(1,), (4,)]; expected [(1,)]");
  EXPECT_EQ(message(value, [](StateDict& s) { s.param_groups[1].erase("eps"); }),
            "load_state_dict: option 'eps' is missing");
  EXPECT_EQ(message(value, [](StateDict& s) { s.param_groups[1]["rho"] = "1"; }),
            "load_state_dict: unknown option 'rho'; expected lr, betas[0], betas[1], eps, "
            "weight_decay, amsgrad, maximize");
  EXPECT_EQ(message(value, [](StateDict& s) { s.param_groups[1]["lr"] = "0.1x"; }),
            "load_state_dict: option 'lr' is '0.1x'; expected a number");
  EXPECT_EQ(message(value, [](StateDict& s) { s.param_groups[1]["amsgrad"] = "1"; }),
            "load_state_dict: option 'amsgrad' is '1'; expected true or false");
  EXPECT_EQ(message(value, [](StateDict& s) { s.param_groups[1]["lr"] = "-1"; }),
            "load_state_dict: Adam: lr is -1; expected lr >= 0");
  EXPECT_EQ(message(value, [](StateDict& s) { s.state["3.step"] = tensor(1.0); }),
            "load_state_dict: unknown state tensor '3.step'; Adam has step, exp_avg, exp_avg_sq, "
            "max_exp_avg_sq of the parameters 0 to 2");
  EXPECT_EQ(message(value, [](StateDict& s) { s.state["0.sum"] = tensor(1.0); }),
            "load_state_dict: unknown state tensor '0.sum'; Adam has step, exp_avg, exp_avg_sq, "
            "max_exp_avg_sq of the parameters 0 to 2");
  EXPECT_EQ(message(shape,
                    [](StateDict& s) {
                      s.state["1.exp_avg"] = tensor({1.0, 2.0});
                    }),
            "load_state_dict: state tensor '1.exp_avg' has shape (2,); expected (1,)");
  EXPECT_EQ(message(dtype, [](StateDict& s) { s.state["1.exp_avg"] = tensor({1}); }),
            "load_state_dict: state tensor '1.exp_avg' is int64; expected float64");
  EXPECT_EQ(
      message(value, [](StateDict& s) { s.state["1.exp_avg"] = Tensor(); }),
      "load_state_dict: state tensor '1.exp_avg' is an undefined tensor; assign it a value first");
}

TEST(Optimizer, RefusesFilesThatDoNotFit) {
  const TemporaryDirectory directory;
  const std::string path = directory / "state.safetensors";
  Tensor a = leaf({1, 2});
  SGD sgd({a}, {.momentum = 0.9});
  sgd.save(path);
  Adam adam({a});
  EXPECT_EQ(ERROR_OF(ValueError, adam.load(path)),
            path + ": the state is that of 'SGD'; expected 'Adam'");
  Tensor b = leaf({1, 2, 3});
  SGD other({b});
  EXPECT_EQ(ERROR_OF(ShapeError, other.load(path)),
            path + ": the parameters of group 0 have shapes [(2,)]; expected [(3,)]");
  save_safetensors(path, {{"weight", a.detach()}}, {});
  EXPECT_EQ(ERROR_OF(IoError, sgd.load(path)),
            path + ": not the state of an optimizer; its metadata has no 'optimizer'");
  EXPECT_NE(ERROR_OF(IoError, sgd.load(directory / "missing")), "");
  EXPECT_NE(ERROR_OF(IoError, sgd.save(directory / "missing/state")), "");
}

// ---- a custom optimizer

/// θ ← θ − γ sign(g) in every `every`-th step; keeps the number of steps since and the last sign.
struct SignDescentOptions {
  double lr = 0.5;
  std::int64_t every = 2;

  static optim::Rule rule(SignDescentOptions& o) {
    static constexpr double one = 1;
    const auto update = [&o]<class T>(T, State& state) {
      if (++state.scalar(0) < static_cast<double>(o.every)) return;
      state.scalar(0) = 0;
      const auto element = [gamma = static_cast<T>(o.lr)](T& param, T g, T& sign) {
        sign = g < 0 ? T(-1) : T(1);
        param -= gamma * sign;
      };
      optim::for_each_element<T>(o, state, element, std::size_t{1});
    };
    const auto check = [&o] {
      if (o.every < 1) throw ValueError("SignDescent: every must be at least 1");
    };
    return {.name = "SignDescent",
            .state = {{"since", true}, {"sign", false, &one}},
            .fields = optim::common_fields(o, {{"every", &o.every}}),
            .update = optim::of_dtype(update),
            .check = check};
  }
};

using SignDescent = optim::OptimizerOf<SignDescentOptions>;

TEST(Optimizer, IsExtendedByClassesOfOnesOwn) {
  const TemporaryDirectory directory;
  const std::string path = directory / "state.safetensors";
  Tensor a = leaf({1, 1});
  SignDescent descent({a}, {.every = 3});
  expect_values(descent.state(a)["sign"], {1, 1});
  a.set_grad(tensor({5.0, -7.0}));
  descent.step();
  descent.step();
  expect_values(a, {1, 1});
  descent.save(path);

  SignDescent resumed({a});
  resumed.load(path);
  EXPECT_EQ(resumed.param_groups()[0].options.every, 3);
  resumed.step();
  expect_values(a, {0.5, 1.5});
  expect_values(resumed.state(a)["sign"], {1, -1});
  EXPECT_EQ(ERROR_OF(ValueError, SignDescent refused({a}, {.every = 0})),
            "SignDescent: every must be at least 1");
}

}  // namespace
}  // namespace xgrad::test
