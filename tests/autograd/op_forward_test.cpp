// Values, shapes and dtypes of all operations, against PyTorch's and in float32.

#include <gtest/gtest.h>

#include "autograd/grad_mode.hpp"
#include "golden.hpp"

namespace xgrad::test {
namespace {

class OpForward : public testing::TestWithParam<OpRow> {};

TEST_P(OpForward, EqualsPyTorch) {
  for_each_sample(GetParam(), [](const Sample& sample, const Golden& expected) {
    const Tensor y = sample.call(make_inputs(sample));
    EXPECT_EQ(y.dtype(), expected.dtype) << y.dtype();
    EXPECT_EQ(y.shape(), expected.shape);
    EXPECT_TRUE(all_close(y.to_vector<double>(), expected.values, tolerance_of(expected.dtype)));
  });
}

TEST_P(OpForward, IsRecordedOnlyWhereItIsDifferentiable) {
  for (const Sample& sample : GetParam().get().samples) {
    SCOPED_TRACE(describe(sample));
    Tensors inputs = make_inputs(sample);
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (is_floating(inputs[i].dtype())) inputs[i].requires_grad_();
    const Tensor y = sample.call(inputs);
    EXPECT_EQ(y.requires_grad(), sample.order > 0);
    NoGrad guard;
    EXPECT_FALSE(sample.call(make_inputs(sample)).requires_grad());
  }
}

TEST_P(OpForward, LeavesItsInputsAlone) {
  for (const Sample& sample : GetParam().get().samples) {
    SCOPED_TRACE(describe(sample));
    const Tensors inputs = make_inputs(sample);
    sample.call(inputs);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      EXPECT_EQ(inputs[i].version(), 0u);
      EXPECT_TRUE(all_close(inputs[i].to_vector<double>(), sample.inputs[i].values, 0));
    }
  }
}

TEST_P(OpForward, InFloat32ComesNearFloat64) {
  for (const Sample& sample : GetParam().get().samples) {
    if (std::none_of(sample.inputs.begin(), sample.inputs.end(),
                     [](const Input& input) { return input.dtype == float64; }))
      continue;
    SCOPED_TRACE(describe(sample));
    const Tensor exact = sample.call(make_inputs(sample));
    const Tensor rounded = sample.call(make_inputs(sample, float32));
    EXPECT_EQ(rounded.dtype(), exact.dtype() == float64 ? float32 : exact.dtype());
    EXPECT_EQ(rounded.shape(), exact.shape());
    EXPECT_TRUE(
        all_close(rounded.to_vector<double>(), exact.to_vector<double>(), tolerance_of(float32)));
  }
}

INSTANTIATE_TEST_SUITE_P(All, OpForward, testing::ValuesIn(op_rows()),
                         [](const auto& instance) { return instance.param.get().name; });

}  // namespace
}  // namespace xgrad::test
