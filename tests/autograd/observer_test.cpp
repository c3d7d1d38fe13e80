#include "autograd/observer.hpp"

#include <stdexcept>

#include "autograd/graph/node.hpp"
#include "op_cases.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using Names = std::vector<std::string>;

// Records the operations that it observes, except those of a sweep, and computes something itself
// if asked to.
class Listener final : public Observer {
 public:
  explicit Listener(bool computes = false) : computes_(computes) {}
  void computed(const char* op, const Tensor& out, std::span<const Tensor* const>) override {
    if (detail::mode.sweeping) return;
    forward.push_back(op);
    results.push_back(out);
    if (computes_) square(out);
  }
  void differentiated(Node& node, const Shape& shape, std::size_t i,
                      const Tensor& gradient) override {
    backward.push_back(std::string(node.name()) + std::to_string(i) + to_string(shape) +
                       to_string(gradient.shape()));
  }
  Names forward, backward;
  Tensors results;

 private:
  bool computes_;
};

TEST(Observer, IsToldOfOperationsAndGradients) {
  const Tensor x = ones({2, 3}).requires_grad_(), b = ones({3}).requires_grad_();
  const Listener listener;
  sum(exp(x) * b).backward();
  EXPECT_EQ(listener.forward, (Names{"exp", "mul", "sum"}));
  EXPECT_EQ(listener.results[1].shape(), Shape({2, 3}));
  EXPECT_EQ(listener.backward,
            (Names{"sum0()(2, 3)", "mul0(2, 3)(2, 3)", "mul1(2, 3)(3,)", "exp0(2, 3)(2, 3)"}));
}

TEST(Observer, IsNotToldOfAnOperationsInsides) {
  const Tensor x = ones({2, 3});
  const Listener listener;
  mean(x);
  log_softmax(x);
  EXPECT_EQ(listener.forward, (Names{"mean", "log_softmax"}));
}

TEST(Observer, WhatItComputesIsSeenByTheOuterOnesAlone) {
  const Listener outer;
  const Tensor x = ones({});
  {
    const Listener inner(true);
    exp(x);
    EXPECT_EQ(inner.forward, (Names{"exp"}));
  }
  EXPECT_EQ(outer.forward, (Names{"square", "exp"}));
  log(x);
  EXPECT_EQ(outer.forward, (Names{"square", "exp", "log"}));
}

class Thrower final : public Observer {
 public:
  void computed(const char* op, const Tensor&, std::span<const Tensor* const>) override {
    throw std::runtime_error(op);
  }
};

TEST(Observer, MayThrow) {
  const Listener outer;
  {
    const Thrower inner;
    EXPECT_THROW(exp(ones({})), std::runtime_error);
    EXPECT_THROW(exp(ones({})), std::runtime_error);
  }
  log(ones({}));
  EXPECT_EQ(outer.forward, (Names{"log"}));
  EXPECT_TRUE(detail::mode.observer == &outer);
}

// Every float computed from floats is observed: AnomalyMode misses no NaN, and the forward mode no
// derivative.
class ObserverOf : public testing::TestWithParam<OpRow> {};

TEST_P(ObserverOf, IsToldOfTheResult) {
  for (const Sample& sample : GetParam().get().samples) {
    SCOPED_TRACE(describe(sample));
    const Tensors inputs = make_inputs(sample);
    const Listener listener;
    const Tensor y = sample.call(inputs);
    const auto is_float = [](const Tensor& t) { return t.defined() && is_floating(t.dtype()); };
    if (!is_float(y) || std::none_of(inputs.begin(), inputs.end(), is_float)) continue;
    const auto is_result = [&](const Tensor& t) { return t.is(y); };
    EXPECT_TRUE(std::any_of(inputs.begin(), inputs.end(), is_result) ||
                std::any_of(listener.results.begin(), listener.results.end(), is_result));
  }
}

INSTANTIATE_TEST_SUITE_P(All, ObserverOf, testing::ValuesIn(op_rows()),
                         [](const auto& instance) { return instance.param.get().name; });

}  // namespace
}  // namespace xgrad::test
