// Gradients of all operations, of first and second order: against PyTorch's, against finite
// differences, and in float32.

#include <gtest/gtest.h>

#include "autograd/gradcheck.hpp"
#include "golden.hpp"

namespace xgrad::test {
namespace {

class OpGradient : public testing::TestWithParam<OpRow> {};

void expect_gradients(const Sample& sample, const Tensors& gradients,
                      const std::map<std::size_t, Doubles>& expected) {
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!is_differentiable(sample, i)) continue;
    SCOPED_TRACE(std::string("gradient of ") + static_cast<char>('a' + i));
    EXPECT_EQ(gradients[i].dtype(), sample.inputs[i].dtype);
    EXPECT_EQ(gradients[i].shape(), sample.inputs[i].shape);
    EXPECT_TRUE(all_close(gradients[i].to_vector<double>(), expected.at(i),
                          tolerance_of(sample.inputs[i].dtype)));
  }
}

void expect_first_gradients(const OpCase& op, bool create_graph) {
  for_each_sample(op, [=](const Sample& sample, const Golden& expected) {
    if (sample.order < 1) return;
    const Tensors inputs = make_inputs(sample);
    expect_gradients(sample, first_gradients(sample, inputs, sample.call(inputs), create_graph),
                     expected.first);
  });
}

TEST_P(OpGradient, EqualsPyTorch) { expect_first_gradients(GetParam(), false); }
// The recorded pass, which computes its gradients by other code than the ordinary one.
TEST_P(OpGradient, RecordedEqualsPyTorch) { expect_first_gradients(GetParam(), true); }

TEST_P(OpGradient, OfSecondOrderEqualsPyTorch) {
  for_each_sample(GetParam(), [](const Sample& sample, const Golden& expected) {
    if (sample.order < 2) return;
    const Tensors inputs = make_inputs(sample);
    const Tensors first = first_gradients(sample, inputs, sample.call(inputs), true);
    expect_gradients(sample, second_gradients(sample, inputs, first), expected.second);
  });
}

TEST_P(OpGradient, InFloat32ComesNearFloat64) {
  for (const Sample& sample : GetParam().get().samples) {
    if (sample.order < 1) continue;
    SCOPED_TRACE(describe(sample));
    const Tensors exact = make_inputs(sample), rounded = make_inputs(sample, float32);
    const Tensors expected = first_gradients(sample, exact, sample.call(exact), false);
    const Tensors actual = first_gradients(sample, rounded, sample.call(rounded), false);
    for (std::size_t i = 0; i < actual.size(); ++i)
      if (is_differentiable(sample, i)) {
        EXPECT_EQ(actual[i].dtype(), float32);
        EXPECT_TRUE(all_close(actual[i].to_vector<double>(), expected[i].to_vector<double>(),
                              tolerance_of(float32)));
      }
  }
}

// Finite differences need smooth functions of float64, and at least one element.
bool can_be_checked(const Sample& sample) {
  bool any = false;
  for (std::size_t i = 0; i < sample.inputs.size(); ++i) {
    if (!is_differentiable(sample, i)) continue;
    if (sample.inputs[i].dtype != float64) return false;
    any = any || sample.inputs[i].shape.numel() > 0;
  }
  return any && sample.numeric && sample.call(make_inputs(sample)).numel() > 0;
}

// A gradient may be zero everywhere where PyTorch's is.
GradcheckOptions options_for(const Golden& expected) {
  bool zero = true;
  for (const auto& [input, gradient] : expected.first)
    for (double g : gradient) zero = zero && g == 0;
  return {.allow_zero = zero};
}

TEST_P(OpGradient, PassesGradcheck) {
  for_each_sample(GetParam(), [](const Sample& sample, const Golden& expected) {
    if (!can_be_checked(sample)) return;
    const GradcheckReport report =
        gradcheck(sample.call, make_inputs(sample), options_for(expected));
    EXPECT_TRUE(report.ok) << report;
  });
}

TEST_P(OpGradient, PassesGradgradcheck) {
  for_each_sample(GetParam(), [](const Sample& sample, const Golden& expected) {
    if (sample.order < 2 || !can_be_checked(sample)) return;
    const GradcheckReport report =
        gradgradcheck(sample.call, make_inputs(sample), options_for(expected));
    EXPECT_TRUE(report.ok) << report;
  });
}

INSTANTIATE_TEST_SUITE_P(All, OpGradient, testing::ValuesIn(differentiable_op_rows()),
                         [](const auto& instance) { return instance.param.get().name; });

}  // namespace
}  // namespace xgrad::test
