#include "optim/lbfgs.hpp"

#include <stdexcept>

#include "tests/optim/golden.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using optim::LBFGS;
using optim::LBFGSOptions;
using optim::LineSearch;
using optim::StateDict;

// ---- the problems of tests/golden/lbfgs.py

struct Problem {
  Tensors params;
  std::function<Tensor(std::size_t step)> loss;
};

Problem rosenbrock() {
  const Tensor x = tensor(-1.2, {.requires_grad = true});
  const Tensor y = leaf({1.0});
  return {{x, y}, [x, y](std::size_t) { return sum(100 * square(y - square(x)) + square(1 - x)); }};
}

Problem network(DType dtype = float64) {
  Tensors params;
  std::size_t count = 0;
  for (const Shape& shape : {Shape{3, 2}, Shape{3}, Shape{1, 3}, Shape{1}}) {
    Doubles values(shape.numel());
    for (double& value : values) value = std::sin(static_cast<double>(++count));
    params.push_back(tensor(values, shape, {.dtype = dtype, .requires_grad = true}));
  }
  const Tensor i = arange(0, 8, 1, {.dtype = dtype});
  const Tensor inputs = stack({cos(i), sin(2 * i)}, 1);
  const Tensor targets =
      reshape(select(inputs, 1, 0) * select(inputs, 1, 1) + select(inputs, 1, 1), {8, 1});
  return {params, [=](std::size_t step) {
            const Tensor hidden = tanh(linear(inputs, params[0], params[1]));
            const Tensor last = step % 3 == 2 ? params[3].detach() : params[3];
            return mean(square(linear(hidden, params[2], last) - targets));
          }};
}

LBFGSOptions read_options(const json& j) {
  LBFGSOptions o;
  o.lr = j.value("lr", o.lr);
  o.max_iter = j.value("max_iter", o.max_iter);
  o.max_eval = j.value("max_eval", LBFGSOptions{.max_iter = o.max_iter}.max_eval);
  o.tolerance_grad = j.value("tolerance_grad", o.tolerance_grad);
  o.tolerance_change = j.value("tolerance_change", o.tolerance_change);
  o.history_size = j.value("history_size", o.history_size);
  if (j.contains("line_search")) o.line_search = LineSearch::strong_wolfe;
  return o;
}

Tensor step(LBFGS& lbfgs, const Problem& problem, std::size_t t) {
  return lbfgs.step([&] {
    lbfgs.zero_grad();
    Tensor loss = problem.loss(t);
    loss.backward();
    return loss;
  });
}

TEST(LBFGS, FollowsPyTorch) {
  const json golden = read_golden("lbfgs.json");
  ASSERT_EQ(golden["cases"].size(), 17U);
  for (const json& c : golden["cases"]) {
    SCOPED_TRACE(c["problem"].dump() + c["options"].dump());
    const Problem problem = c["problem"] == "network" ? network() : rosenbrock();
    LBFGS lbfgs(problem.params, read_options(c["options"]));
    problem.loss(0).backward();
    const double first = max(abs(problem.params[0].grad())).item<double>();
    for (std::size_t t = 0; t < c["losses"].size(); ++t) {
      SCOPED_TRACE("step " + std::to_string(t));
      const double loss = c["losses"][t];
      // Sums that clang forms, without FMA, change parameters by up to 1.1e-12.
      EXPECT_NEAR(step(lbfgs, problem, t).item<double>(), loss, 1e-12 * loss);
      for (std::size_t j = 0; j < problem.params.size(); ++j)
        expect_golden(problem.params[j], c["trajectory"][t][j], {2e-12});
      if (t > 0) continue;
      for (const auto& [name, values] : c["state"].items()) {
        SCOPED_TRACE(name);
        // Changes of the gradient are as exact as the largest of them; a gradient near the minimum,
        // a difference of large terms, is as exact as the first.
        double largest = name == "prev_flat_grad" ? first : 0;
        for (const double value : values) largest = std::max(largest, std::abs(value));
        expect_golden(lbfgs.state(problem.params[0])[name], values, {2e-12, largest});
      }
    }
  }
}

TEST(LBFGS, FollowsItselfInFloat32) {
  const Problem narrow = network(float32), wide = network();
  const LBFGSOptions options{.max_iter = 5, .line_search = LineSearch::strong_wolfe};
  LBFGS a(narrow.params, options), b(wide.params, options);
  EXPECT_EQ(step(a, narrow, 0).dtype(), float32);
  step(b, wide, 0);
  for (std::size_t j = 0; j < wide.params.size(); ++j)
    expect_golden(narrow.params[j], json(wide.params[j].to_vector<double>()), {1e-4, 0.1});
  EXPECT_EQ(a.state(narrow.params[0])["old_dirs"].dtype(), float32);
  EXPECT_EQ(a.state(narrow.params[0])["old_dirs"].shape(), (Shape{4, 13}));
}

TEST(LBFGS, HasPyTorchsDefaults) {
  const LBFGSOptions o;
  EXPECT_EQ(o.lr, 1);
  EXPECT_EQ(o.max_iter, 20);
  EXPECT_EQ(o.max_eval, 25);
  EXPECT_EQ(o.tolerance_grad, 1e-7);
  EXPECT_EQ(o.tolerance_change, 1e-9);
  EXPECT_EQ(o.history_size, 100);
  EXPECT_EQ(o.line_search, LineSearch::none);
  EXPECT_EQ(LBFGSOptions{.max_iter = 7}.max_eval, 8);
}

TEST(LBFGS, StopsWhereTheGradientIsZero) {
  const Tensor x = leaf({0.0, 0.0});
  LBFGS lbfgs({x});
  int calls = 0;
  const Tensor loss = lbfgs.step([&] {
    ++calls;
    EXPECT_TRUE(is_grad_enabled());
    Tensor value = sum(square(x));
    value.backward();
    return value;
  });
  EXPECT_EQ(loss.item<double>(), 0);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(x.version(), 0U);
  EXPECT_EQ(lbfgs.state(x)["func_evals"].item<double>(), 1);
  EXPECT_FALSE(lbfgs.state(x).contains("d"));
}

std::vector<Doubles> values(const Problem& problem) {
  std::vector<Doubles> result;
  for (const Tensor& p : problem.params) result.push_back(p.to_vector<double>());
  return result;
}

TEST(LBFGS, ResumesBitForBit) {
  for (const LineSearch search : {LineSearch::none, LineSearch::strong_wolfe}) {
    const TemporaryDirectory directory;
    const std::string path = directory / "state.safetensors";
    const LBFGSOptions options{.lr = 0.3, .max_iter = 2, .history_size = 5, .line_search = search};
    const Problem whole = network(), resumed = network();
    LBFGS lbfgs(whole.params, options);
    for (std::size_t t = 0; t < 50; ++t) step(lbfgs, whole, t);
    lbfgs.save(path);
    {
      const NoGrad guard;
      for (std::size_t j = 0; j < whole.params.size(); ++j)
        Tensor(resumed.params[j]).copy_(whole.params[j]);
    }
    for (std::size_t t = 50; t < 100; ++t) step(lbfgs, whole, t);

    LBFGS other(resumed.params);
    for (int i = 0; i < 2; ++i) other.load(path);
    EXPECT_EQ(other.param_groups()[0].options.line_search, search);
    for (std::size_t t = 50; t < 100; ++t) step(other, resumed, t);
    EXPECT_EQ(values(resumed), values(whole));
    EXPECT_EQ(other.state_dict().state.size(), lbfgs.state_dict().state.size());
  }
}

TEST(LBFGS, AThrowingClosureChangesNothing) {
  for (const LineSearch search : {LineSearch::none, LineSearch::strong_wolfe}) {
    const Problem problem = network();
    LBFGS lbfgs(problem.params, {.max_iter = 4, .line_search = search});
    step(lbfgs, problem, 0);
    const auto before = values(problem);
    const StateDict state = lbfgs.state_dict();
    int calls = 0;
    EXPECT_THROW(lbfgs.step([&] {
      if (++calls == 3) throw std::runtime_error("out of data");
      lbfgs.zero_grad();
      Tensor loss = problem.loss(0);
      loss.backward();
      return loss;
    }),
                 std::runtime_error);
    EXPECT_EQ(values(problem), before);
    for (const auto& [name, tensor] : lbfgs.state_dict().state)
      EXPECT_EQ(tensor.to_vector<double>(), state.state.at(name).to_vector<double>()) << name;
  }
}

TEST(LBFGS, RefusesWhatItCannotDo) {
  const Tensor a = leaf({1.0}), b = leaf({2.0});
  LBFGS lbfgs({a});
  EXPECT_EQ(ERROR_OF(ValueError, lbfgs.step()),
            "LBFGS: step() without a closure; pass one that computes the loss, calls backward() on "
            "it and returns it, as it is evaluated several times in a step");
  EXPECT_EQ(ERROR_OF(ValueError, lbfgs.add_param_group(Tensors{b})),
            "LBFGS: takes no further group; give all parameters to the constructor");
  EXPECT_EQ(ERROR_OF(ValueError, LBFGS two({{{a}, LBFGSOptions{}}, {{b}, LBFGSOptions{}}})),
            "LBFGS: 2 parameter groups; expected one, of all parameters");
  EXPECT_EQ(ERROR_OF(DTypeError, LBFGS mixed({a, zeros({2}, {.requires_grad = true})})),
            "LBFGS: parameter 1 is float32 but parameter 0 float64; expected the same; convert "
            "one with .to(float64)");
  EXPECT_EQ(ERROR_OF(ValueError, lbfgs.step([] { return Tensor(); })),
            "LBFGS: the closure returned an undefined tensor; return the loss");
  EXPECT_EQ(ERROR_OF(ShapeError, lbfgs.step([] { return zeros({2}); })),
            "LBFGS: the closure returned a tensor of shape (2,); the loss must be a scalar");
  expect_refused<LBFGS>({.lr = -1}, "lr is -1; expected lr >= 0");
  expect_refused<LBFGS>({.lr = inf}, "lr is inf; expected a finite lr");
  EXPECT_EQ(ERROR_OF(ValueError, lbfgs.step(optim::Closure())),
            "LBFGS: the closure is empty; give a function that computes the loss, calls backward() "
            "on it and returns it");
  expect_refused<LBFGS>({.max_iter = 0}, "max_iter is 0; expected max_iter > 0");
  expect_refused<LBFGS>({.history_size = 0}, "history_size is 0; expected history_size > 0");
}

TEST(LBFGS, SearchesWhereLossesOverflow) {
  struct Row {
    DType dtype;
    double size;
    bool log;  ///< NaN beyond x = 0
  };
  for (const Row& row : {Row{float32, 1e30, false}, Row{float64, 1e100, false},
                         Row{float32, 1, true}, Row{float64, 1, true}}) {
    SCOPED_TRACE(testing::Message() << name(row.dtype) << ' ' << row.size);
    Tensor x = tensor({5.0, 9.0}, {.dtype = row.dtype, .requires_grad = true});
    LBFGS lbfgs({x}, {.max_iter = 60, .line_search = optim::LineSearch::strong_wolfe});
    for (int i = 0; i < 3; ++i)
      lbfgs.step([&] {
        lbfgs.zero_grad();
        const Tensor loss = row.log ? sum(x - log(x)) : sum(square(x - 1)) * row.size;
        loss.backward();
        return loss;
      });
    for (const double found : x.to_vector<double>()) EXPECT_NEAR(found, 1, 1e-3);
  }
}

TEST(LBFGS, RefusesAHistoryThatDoesNotFitAndChangesNothing) {
  const Problem problem = network();
  LBFGS lbfgs(problem.params, {.max_iter = 4});
  step(lbfgs, problem, 0);
  const StateDict good = lbfgs.state_dict();
  const auto message = [&]<class E>(E, auto spoil) {
    StateDict saved = good;
    saved.state["0.t"] = tensor(77.0);
    spoil(saved.state);
    const std::string text = ERROR_OF(E, lbfgs.load_state_dict(saved));
    EXPECT_NE(lbfgs.state(problem.params[0])["t"].item<double>(), 77) << text;
    return text;
  };
  EXPECT_EQ(message(ValueError(""), [](auto& s) { s.erase("0.ro"); }),
            "load_state_dict: state tensor 'ro' is missing, after 4 iterations");
  EXPECT_EQ(message(ShapeError(""), [](auto& s) { s["0.d"] = zeros({12}); }),
            "load_state_dict: state tensor 'd' has shape (12,); expected (13,) for 13 parameters "
            "and 3 pairs");
  EXPECT_EQ(message(ShapeError(""),
                    [](auto& s) {
                      s["0.old_dirs"] = zeros({2, 13});
                    }),
            "load_state_dict: state tensor 'old_dirs' has shape (2, 13); expected (3, 13) for 13 "
            "parameters and 3 pairs");
  EXPECT_EQ(message(ShapeError(""), [](auto& s) { s["0.n_iter"] = zeros({2}); }),
            "load_state_dict: state tensor '0.n_iter' has shape (2,); expected ()");
  lbfgs.state(problem.params[0])["old_stps"] = zeros({3, 12}, f64);
  EXPECT_EQ(ERROR_OF(ShapeError, step(lbfgs, problem, 1)),
            "LBFGS: state tensor 'old_stps' has shape (3, 12); expected (3, 13) for 13 parameters "
            "and 3 pairs");
}

}  // namespace
}  // namespace xgrad::test
