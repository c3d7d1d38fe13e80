// Steps that are captured and repeated: every operation, and what a step may do beside operations.

#include "autograd/capture.hpp"

#include <cstring>

#include "autograd/custom_function.hpp"
#include "autograd/observer.hpp"
#include "op_cases.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using Tensors = std::vector<Tensor>;

bool same_bits(const Tensor& a, const Tensor& b) {
  if (!a.defined() || !b.defined()) return a.defined() == b.defined();
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  return a.numel() == 0 || visit_dtype(a.dtype(), [&]<class T>(T) {
           return std::memcmp(a.data<T>().data(), std::as_const(b).data<T>().data(),
                              a.data<T>().size_bytes()) == 0;
         });
}

// The value of a sample and the gradients of its sum.
Tensors derived(const Sample& sample, const Tensors& inputs) {
  Tensors own, leaves;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    own.push_back(inputs[i]);
    if (!is_differentiable(sample, i)) continue;
    own[i] = inputs[i].detach().clone();
    leaves.push_back(own[i].requires_grad_());
  }
  Tensors results{sample.call(own)};
  if (leaves.empty() || !results[0].requires_grad()) return results;
  const Tensors gradients = grad({sum(results[0] * results[0])}, leaves, {.allow_unused = true});
  results.insert(results.end(), gradients.begin(), gradients.end());
  return results;
}

class EveryOperation : public testing::TestWithParam<OpRow> {};

TEST_P(EveryOperation, IsRepeatedBitForBitOrComputedByF) {
  for (const Sample& sample : GetParam().get().samples) {
    SCOPED_TRACE(describe(sample));
    Tensors first, second;
    for (const Tensor& t : make_inputs(sample, float32)) {
      first.push_back(t.detach());
      second.push_back(reshape(flip(flatten(first.back()), 0), t.shape()));
    }
    const auto f = [&](const Tensors& x) { return derived(sample, x); };
    detail::CapturedSteps steps;
    for (const Tensors* inputs : {&first, &second, &first}) {
      std::vector<const Tensor*> in;
      for (const Tensor& t : *inputs) in.push_back(&t);
      Tensors expected;
      std::string error;
      try {
        expected = f(*inputs);
      } catch (const Error& e) {
        error = e.what();
      }
      try {
        const Tensors results = steps.call(in, f);
        EXPECT_EQ(error, "");
        ASSERT_EQ(results.size(), expected.size());
        for (std::size_t i = 0; i < results.size(); ++i)
          EXPECT_TRUE(same_bits(results[i], expected[i]))
              << "result " << i << ": " << results[i] << "\nexpected " << expected[i];
      } catch (const ShapeError& e) {  // the result's shape depends on values
        if (error.empty()) expect_contains(e.what(), {"capture", "shape"});
      } catch (const Error& e) {
        EXPECT_EQ(e.what(), error);
      }
    }
    RecordProperty("fallback", steps.fallback_reason());
    if (std::getenv("XGRAD_FALLBACKS") && !steps.fallback_reason().empty())
      std::printf("%s: %s\n", sample.torch.c_str(), steps.fallback_reason().c_str());
  }
}

INSTANTIATE_TEST_SUITE_P(Capture, EveryOperation, testing::ValuesIn(op_rows()),
                         [](const auto& test) { return test.param.get().name; });

// Captures f of one tensor and compares further calls with f itself.
template <class F>
std::string expect_repeated(F f, bool repeated = true) {
  auto step = capture(f);
  for (const double x : {1., 2., -3., 0.5}) {
    const Tensor in = tensor({x, 2 * x, 1 - x});
    EXPECT_TRUE(same_bits(step(in), f(in))) << "at " << x;
  }
  EXPECT_EQ(step.fallback_reason().empty(), repeated) << step.fallback_reason();
  return step.fallback_reason();
}

TEST(Capture, ChangesInPlace) {
  expect_repeated([](const Tensor& x) {
    Tensor y = zeros({3}, float64);
    y.add_(x, 2).mul_(3).sub_(x).div_(7).clamp_(-1, 0.75);
    return y + empty({3}, float64).copy_(x) + empty({3}, float64).fill_(2);
  });
}

TEST(Capture, Constants) {
  expect_repeated([](const Tensor& x) {
    return x * tensor({1., 2., 3.}) + arange(3, float64) - 2 * x + linspace(0, 1, 3, float64) +
           sum(eye(3, float64) * x, 0);
  });
}

TEST(Capture, CallsAgainForOtherShapes) {
  int calls = 0;
  auto step = capture([&](const Tensor& x) { return ++calls, sum(x * x); });
  for (int i = 0; i < 3; ++i)
    for (std::size_t n : {2U, 3U})
      EXPECT_EQ(step(full({n}, i + 1)).item<int>(), static_cast<int>(n) * (i + 1) * (i + 1));
  EXPECT_EQ(calls, 2);
  step(full({3}, 1, float64));
  EXPECT_EQ(calls, 3);
}

TEST(Capture, MemoryIsStatic) {
  auto step = capture([](const Tensor& x) { return 2 * x; }, zeros({2}));
  const Tensor first = step(ones({2})), kept = first.clone();
  const Tensor second = step(full({2}, 3));
  EXPECT_EQ(first.to_vector<float>(), second.to_vector<float>());
  expect_values(kept, {2, 2});
  expect_values(second, {6, 6});
}

TEST(Capture, ResultsOutliveTheCapturedStep) {
  Tensor y;
  const Tensor w = leaf({1, 2});
  {
    auto step = capture([&](const Tensor& x) {
      Tensor(w).zero_grad();
      const Tensor loss = sum(w * x * w);
      loss.backward();
      return loss;
    });
    for (int i = 1; i < 4; ++i) y = step(full({2}, i, float64));
  }
  expect_values(y, {15});
  expect_values(w.grad(), {6, 12});
}

TEST(Capture, GradientsThatAreSummed) {
  const Tensor w = leaf({1, 2});
  Tensor v = w;
  auto step = capture([&](const Tensor& x) { sum(w * x).backward(); });
  const Tensor x = tensor({1., 10.});
  for (int round = 0; round < 3; ++round) {
    v.zero_grad();
    for (int i = 1; i < 5; ++i) {
      step(x);
      expect_values(w.grad(), {1. * i, 10. * i});
    }
  }
  EXPECT_EQ(step.fallback_reason(), "");
}

TEST(Capture, GradientsBeforeTheFirstCallAreDropped) {
  Tensor w = leaf({1, 2});
  sum(w).backward();
  auto step = capture([&](const Tensor& x) {
    w.zero_grad();
    sum(w * x).backward();
  });
  for (int i = 1; i < 4; ++i) {
    step(full({2}, i, float64));
    expect_values(w.grad(), {1. * i, 1. * i});
    if (i == 2) w.zero_grad();
  }
}

TEST(Capture, MemoryThatMovesIsFoundAgain) {
  Tensor w = tensor({1., 2.});
  auto step = capture([&](const Tensor& x) {
    w.add_(x);
    return w * 1;
  });
  const Tensor one = ones({2}, float64);
  step(one);
  const Tensor reshaped = reshape(w, {2, 1});  // shares w's memory until w is changed
  expect_values(step(one), {3, 4});
  expect_values(reshaped, {2, 3});
  expect_values(step(one), {4, 5});
  expect_values(step(one), {5, 6});
  const std::uint32_t before = w.version();
  step(one);
  EXPECT_GT(w.version(), before);
}

TEST(Capture, CustomFunctions) {
  const auto cube = custom_function(
      "cube",
      [](const Tensor& x) {
        Tensor y = x.clone();
        for (double& v : y.data<double>()) v = v * v * v;
        return y;
      },
      [](const Tensor& g, const Tensor& x) { return g * 3 * square(x); });
  expect_repeated([&](const Tensor& x) {
    Tensor own = x.clone();
    own.requires_grad_();
    const Tensor y = cube(own);
    return y.detach() + grad(sum(y), own);
  });
}

TEST(Capture, SaysWhatCannotBeRepeated) {
  expect_contains(expect_repeated([](const Tensor& x) { return x * sum(x).item<double>(); }, false),
                  {"elements"});
  expect_contains(expect_repeated([](const Tensor& x) { return x * sort(x).values; }, false),
                  {"result of 'sort'"});
  expect_contains(expect_repeated(
                      [](const Tensor& x) {
                        Tensor own = x.clone();
                        own.requires_grad_();
                        own.register_hook([](const Tensor& g) { return 2 * g; });
                        return grad(sum(own * x), own);
                      },
                      false),
                  {"hook"});
}

TEST(Capture, AnObserverSeesEachCall) {
  struct Counter : Observer {
    void computed(const char*, const Tensor&, std::span<const Tensor* const>) override { ++count; }
    int count = 0;
  };
  auto step = capture([](const Tensor& x) { return x + 1; }, zeros({2}));
  Counter counter;
  for (int i = 0; i < 3; ++i) expect_values(step(full({2}, i)), {i + 1., i + 1.});
  EXPECT_EQ(counter.count, 3);
}

TEST(Capture, RefusesInputs) {
  auto step = capture([](const Tensor& x) { return x; });
  expect_contains(ERROR_OF(ValueError, step(Tensor())), {"capture", "input"});
  expect_contains(ERROR_OF(GradError, step(leaf({1, 2}))), {"capture", "input 0", "(2,)"});
}

TEST(Capture, WorksAfterAnError) {
  bool fails = true;
  auto step = capture([&](const Tensor& x) {
    const Tensor y = x * x;
    if (fails) throw ValueError("stop");
    return y + 1;
  });
  EXPECT_EQ(ERROR_OF(ValueError, step(ones({2}))), "stop");
  fails = false;
  for (int i = 0; i < 3; ++i) expect_values(step(full({2}, i)), {i * i + 1., i * i + 1.});
  fails = true;  // f is not called any more
  expect_values(step(full({2}, 3)), {10, 10});
}

TEST(Capture, MayBeNested) {
  auto inner = capture([](const Tensor& x) { return exp(x); });
  expect_repeated([&](const Tensor& x) { return inner(x) * x; });
}

}  // namespace
}  // namespace xgrad::test
