#include "autograd/custom_function.hpp"

#include <memory>

#include "autograd/functional.hpp"
#include "autograd/gradcheck.hpp"
#include "autograd/observer.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

Tensor variable(const Shape& shape) { return (rand(shape, f64) + 0.5).requires_grad_(); }

const auto cube = custom_function(
    "cube", [](const Tensor& x) { return x * x * x; },
    [](const Tensor& g, const Tensor& x, const Tensor&) { return g * 3 * square(x); });

TEST(CustomFunction, ComputesItsValueAndGradient) {
  const Tensor x = tensor({1., 2., -3.}, {.requires_grad = true});
  const Tensor y = cube(x);
  expect_values(y, {1, 8, -27});
  EXPECT_STREQ(y.op_name(), "cube");
  EXPECT_FALSE(y.is_leaf());
  sum(y).backward();
  expect_values(x.grad(), {3, 12, 27});
}

TEST(CustomFunction, IsDifferentiatedToAnyOrder) {
  const Tensor x = variable({2, 3});
  EXPECT_TRUE(gradcheck(cube, {x}));
  EXPECT_TRUE(gradgradcheck(cube, {x}));
  const Tensor first = grad(sum(cube(x)), x, {.create_graph = true});
  const Tensor second = grad(sum(first), x, {.create_graph = true});
  const Tensor third = grad(sum(second), x);
  expect_values(third, Doubles(6, 6));
}

TEST(CustomFunction, MayReadItsOutput) {
  const auto logistic = custom_function(
      "logistic", [](const Tensor& x) { return 1 / (1 + exp(-x)); },
      [](const Tensor& g, const Tensor&, const Tensor& y) { return g * y * (1 - y); });
  const Tensor x = variable({4});
  EXPECT_TRUE(gradcheck(logistic, {x}));
  EXPECT_TRUE(gradgradcheck(logistic, {x}));
}

TEST(CustomFunction, TakesGenericLambdas) {
  const auto f = custom_function(
      "f", [](const auto& x) { return x * x; },
      [](const auto& g, const auto& x, const auto&) { return g * 2 * x; });
  EXPECT_TRUE(gradcheck(f, variable({3})));
}

// Every form of either function that is documented; z = x² y.
TEST(CustomFunction, TakesInputsOneByOneOrAsAList) {
  const auto forward = [](const Tensor& x, const Tensor& y) { return square(x) * y; };
  const auto forward_list = [](const Tensors& in) { return square(in[0]) * in[1]; };
  const auto gradients = [](const Tensor& g, const Tensor& x, const Tensor& y) {
    return Tensors{g * 2 * x * y, g * square(x)};
  };
  const auto with_output = [](const Tensor& g, const Tensor& x, const Tensor& y, const Tensor& z) {
    return Tensors{g * 2 * z / x, g * z / y};
  };
  const auto of_list = [=](const Tensor& g, const Tensors& in) {
    return gradients(g, in[0], in[1]);
  };
  const auto of_list_with_output = [=](const Tensor& g, const Tensors& in, const Tensor& z) {
    return with_output(g, in[0], in[1], z);
  };
  const auto generic = [](const auto& g, const auto& x, const auto& y, const auto& z) {
    return Tensors{g * 2 * z / x, g * z / y};
  };
  const auto variadic = [](const Tensor& g, const auto&... rest) {
    const Tensors all{rest...};  // x, y and the output
    return Tensors{g * 2 * all.at(2) / all[0], g * all[2] / all[1]};
  };
  const Tensors inputs = {variable({2, 3}), variable({2, 3})};
  const auto expect_right = [&](const auto& f) {
    EXPECT_TRUE(gradcheck([&](const Tensors& in) { return f(in[0], in[1]); }, inputs));
    EXPECT_TRUE(gradgradcheck([&](const Tensors& in) { return f(in[0], in[1]); }, inputs));
  };
  const auto with_backward = [&](const auto& backward) {
    expect_right(custom_function("f", forward, backward));
    expect_right(custom_function("f", forward_list, backward));
  };
  with_backward(gradients);
  with_backward(with_output);
  with_backward(of_list);
  with_backward(of_list_with_output);
  with_backward(generic);
  with_backward(variadic);

  const auto f = custom_function("f", forward_list, of_list);
  EXPECT_EQ(f({inputs[0], inputs[1]}).to_vector<double>(),
            forward(inputs[0], inputs[1]).to_vector<double>());
}

TEST(CustomFunction, TakesAnyNumberOfInputsAsAList) {
  const auto total = custom_function(
      "total",
      [](const Tensors& in) {
        Tensor sum = in[0];
        for (std::size_t i = 1; i < in.size(); ++i) sum = sum + in[i];
        return sum;
      },
      [](const Tensor& g, const Tensors& in) { return Tensors(in.size(), g); });
  for (std::size_t count = 1; count < 5; ++count) {
    Tensors inputs;
    for (std::size_t i = 0; i < count; ++i) inputs.push_back(variable({3}));
    EXPECT_TRUE(gradcheck(total, inputs)) << count;
    EXPECT_TRUE(gradgradcheck(total, inputs)) << count;
  }
}

TEST(CustomFunction, OutlivesItsObjectAndWhatItCaptured) {
  const Tensor x = tensor({2., 3.}, {.requires_grad = true});
  auto alive = std::make_shared<int>(0);
  const std::weak_ptr<int> watched = alive;
  Tensor y;
  {
    std::string name(100, 'n');
    const Tensor factor = tensor({5., 7.});
    y = custom_function(
        name, [factor, alive](const Tensor& a) { return a * factor; },
        [factor, alive](const Tensor& g, const Tensor&) { return g * factor; })(x);
  }
  alive.reset();
  EXPECT_FALSE(watched.expired());
  EXPECT_EQ(y.op_name(), std::string(100, 'n'));
  sum(y).backward();
  expect_values(x.grad(), {5, 7});
  y = Tensor();
  EXPECT_TRUE(watched.expired());
}

TEST(CustomFunction, MayKeepAState) {
  int forwards = 0, backwards = 0;
  const auto counted = custom_function(
      "counted",
      [&, own = 0](const Tensor& a, const Tensor& b) mutable {
        forwards = ++own;
        return a * b;
      },
      [&](const Tensor& g, const Tensor& a, const Tensor& b) {
        ++backwards;
        return Tensors{g * b, g * a};
      });
  const Tensor a = variable({2}), b = variable({2});
  counted(a, b);
  const Tensor y = sum(counted(a, b));
  EXPECT_EQ(forwards, 2);
  y.backward({.retain_graph = true});
  EXPECT_EQ(backwards, 1);
  y.backward({.retain_graph = true});
  EXPECT_EQ(backwards, 2);
}

// What was computed for one pass is not reused in another, even for the same seed.
TEST(CustomFunction, ComputesTheGradientsOfEveryPassAnew) {
  double factor = 2;
  const auto product = custom_function(
      "product", [](const Tensor& a, const Tensor& b) { return a * b; },
      [&](const Tensor& g, const Tensor& a, const Tensor& b) {
        return Tensors{g * b * factor, g * a * factor};
      });
  const Tensor a = tensor({3.}, {.requires_grad = true}), b = tensor({5.}, {.requires_grad = true});
  const Tensor y = product(a, b), seed = tensor({1.});
  const auto gradient = [&](const Tensor& input) {
    return grad({y}, {input}, {.grad_outputs = {seed}, .retain_graph = true})[0].item<double>();
  };
  EXPECT_EQ(gradient(a), 10);
  factor = 4;
  EXPECT_EQ(gradient(b), 12);
  EXPECT_EQ(gradient(a), 20);
  EXPECT_EQ(gradient(a), 20);
}

TEST(CustomFunction, HasNoGradientForIntegersAndUndefinedTensors) {
  const auto rows = custom_function(
      "rows", [](const Tensor& x, const Tensor& i) { return take(x, i, 0); },
      [](const Tensor& g, const Tensor& x, const Tensor& i) {
        const Tensor index = broadcast_to(unsqueeze(i, 1), g.shape());
        return Tensors{scatter_add(zeros_like(x.detach()), 0, index, g), Tensor()};
      });
  const Tensor x = variable({3, 2});
  EXPECT_TRUE(gradcheck([&](const Tensor& a) { return rows(a, tensor({2, 0, 2})); }, {x}));

  const auto zero = custom_function(
      "zero", [](const Tensors& in) { return in[0] * 0; },
      [](const Tensor&, const Tensors& in) { return Tensors(in.size()); });
  sum(zero({x, Tensor()})).backward();
  EXPECT_EQ(x.grad().shape(), x.shape());
  expect_values(x.grad(), Doubles(6, 0));
}

TEST(CustomFunction, SumsGradientsOfBroadcastInputs) {
  const auto plus = custom_function(
      "plus", [](const Tensor& a, const Tensor& b) { return a + b; },
      [](const Tensor& g, const Tensor&, const Tensor&) {
        return Tensors{g, g};
      });
  const auto f = [&](const Tensors& in) { return plus(in[0], in[1]); };
  EXPECT_TRUE(gradcheck(f, Tensors{variable({2, 3}), variable({3})}));
  EXPECT_TRUE(gradgradcheck(f, Tensors{variable({2, 1}), variable({1, 3})}));
}

TEST(CustomFunction, IsNotRecordedWithoutNeed) {
  EXPECT_FALSE(cube(tensor({1., 2.})).requires_grad());
  const Tensor x = variable({2});
  {
    const NoGrad guard;
    EXPECT_FALSE(cube(x).requires_grad());
  }
  const auto rank = custom_function(
      "rank", [](const Tensor& a) { return argmax(a); },
      [](const Tensor&, const Tensor& a) { return zeros_like(a); });
  EXPECT_FALSE(rank(x).requires_grad());
  // What forward does is hidden: a parameter it has captured gets no gradient.
  const Tensor weight = variable({2});
  const auto scaled = custom_function(
      "scaled", [&](const Tensor& a) { return a * weight; },
      [&](const Tensor& g, const Tensor&) { return g * weight; });
  sum(scaled(x)).backward();
  EXPECT_TRUE(x.has_grad());
  EXPECT_FALSE(weight.has_grad());
}

// As in PyTorch, the result is another tensor with the same values.
TEST(CustomFunction, ThatReturnsItsInputGivesANewTensor) {
  const auto reversed = custom_function(
      "reversed", [](const Tensor& x) { return x; },
      [](const Tensor& g, const Tensor&) { return -g; });
  Tensor x = tensor({1., 2.}, {.requires_grad = true});
  const Tensor y = reversed(x);
  EXPECT_TRUE(x.is_leaf());
  EXPECT_STREQ(y.op_name(), "reversed");
  sum(y).backward();
  expect_values(x.grad(), {-1, -1});
  {
    const NoGrad guard;
    const Tensor z = reversed(x);
    x.mul_(10);
    expect_values(z, {1, 2});
  }
  // A captured tensor is left alone too.
  const Tensor captured = tensor({4.}, {.requires_grad = true});
  const auto constant = custom_function(
      "constant", [&](const Tensor&) { return captured; },
      [](const Tensor& g, const Tensor&) { return g * 0; });
  EXPECT_STREQ(constant(x).op_name(), "constant");
  EXPECT_TRUE(captured.is_leaf());
  const NoGrad guard;
  EXPECT_FALSE(constant(x).requires_grad());
}

TEST(CustomFunction, RunsHooksAndObservers) {
  struct Names : Observer {
    void computed(const char* op, const Tensor&, std::span<const Tensor* const> in) override {
      seen.push_back(std::string(op) + std::to_string(in.size()));
    }
    std::vector<std::string> seen;
  };
  const Tensor x = tensor({2.}, {.requires_grad = true});
  Tensor y;
  {
    Names names;
    y = cube(x);
    EXPECT_EQ(names.seen, std::vector<std::string>{"cube1"});
  }
  y.register_hook([](const Tensor& g) { return g * 10; });
  y.backward();
  EXPECT_EQ(x.grad().item<double>(), 120);
}

TEST(CustomFunction, IsDifferentiatedForwards) {
  const auto f = [](const Tensor& x) { return sum(cube(tanh(x))); };
  const Tensor x = variable({4}), direction = randn({4}, f64);
  EXPECT_NEAR(jvp(f, x, direction).products.item<double>(),
              sum(grad(f(x), x) * direction).item<double>(), 1e-12);
}

TEST(CustomFunction, RefusesWrongGradients) {
  const Tensor x = variable({2, 3}), y = variable({3});
  const auto failing = [&](const auto& backward) {
    const auto f = custom_function(
        "mine", [](const Tensor& a, const Tensor& b) { return a + b; }, backward);
    return ERROR_OF(GradError, sum(f(x, y)).backward());
  };
  EXPECT_EQ(failing([](const Tensor& g, const Tensors&) { return g; }),
            "mine: backward returned 1 gradients for 2 inputs; expected one for each input (an "
            "undefined tensor stands for zero)");
  EXPECT_EQ(failing([](const Tensor& g, const Tensors&) {
              return Tensors{g, sum(g)};
            }),
            "mine: backward returned a gradient of shape () in float64 for input 1 of shape (3,) "
            "in float64; expected the input's dtype, and its shape or one that this broadcasts to");
  expect_contains(failing([](const Tensor& g, const Tensors&) {
                    return Tensors{t(g), g};
                  }),
                  {"gradient of shape (3, 2) in float64 for input 0 of shape (2, 3)"});
  expect_contains(failing([](const Tensor& g, const Tensors&) {
                    return Tensors{g.to(float32), g};
                  }),
                  {"gradient of shape (2, 3) in float32 for input 0 of shape (2, 3) in float64"});
}

TEST(CustomFunction, RefusesAnUndefinedResult) {
  const auto nothing = custom_function(
      "nothing", [](const Tensor&) { return Tensor(); },
      [](const Tensor& g, const Tensor&) { return g; });
  EXPECT_EQ(ERROR_OF(ValueError, nothing(variable({2}))),
            "nothing: forward returned an undefined tensor; expected its result");
}

TEST(CustomFunction, NoticesChangedAndReleasedValues) {
  Tensor x = variable({2});
  const Tensor y = sum(cube(x));
  {
    const NoGrad guard;
    x.mul_(2);
  }
  EXPECT_EQ(ERROR_OF(GradError, y.backward()),
            "cube: backward: the input of shape (2,) that was saved for the gradient has been "
            "changed in place: version 0 when saved, now 1; change it after backward, or save a "
            "clone()");
  const Tensor z = sum(cube(x));
  z.backward();
  expect_contains(ERROR_OF(GradError, z.backward()), {"retain_graph"});
}

TEST(CustomFunction, PassesOnWhatItsFunctionsThrow) {
  const auto f = custom_function(
      "f",
      [](const Tensor& x) {
        if (x.ndim() != 1) throw ShapeError("f: expected 1 dimension");
        return x * 1;
      },
      [](const Tensor&, const Tensor&) -> Tensor { throw std::logic_error("not yet"); });
  EXPECT_EQ(ERROR_OF(ShapeError, f(variable({2, 2}))), "f: expected 1 dimension");
  const Tensor y = sum(f(variable({2})));
  EXPECT_EQ(ERROR_OF(std::logic_error, y.backward({.retain_graph = true})), "not yet");
  EXPECT_EQ(ERROR_OF(std::logic_error, y.backward()), "not yet");
}

// The gradients of a recorded pass that are not requested keep nothing alive.
TEST(CustomFunction, LeavesNoCycles) {
  auto alive = std::make_shared<int>(0);
  const std::weak_ptr<int> watched = alive;
  {
    const Tensor a = variable({2}), b = variable({2});
    const auto quotient = custom_function(
        "quotient", [keep = std::move(alive)](const Tensor& x, const Tensor& y) { return x / y; },
        [](const Tensor& g, const Tensor&, const Tensor& y, const Tensor& z) {
          return Tensors{g / y, -g * z / y};
        });
    const Tensor z = sum(quotient(a, b));
    const Tensor first = grad(z, a, {.create_graph = true});
    EXPECT_TRUE(first.requires_grad());
    grad(z, b, {.retain_graph = true});
  }
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace xgrad::test
