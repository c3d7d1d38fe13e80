#include "optim/clip_grad.hpp"

#include "autograd/support/allocator.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using optim::clip_grad_norm_;
using optim::clip_grad_value_;

Doubles values(const Tensor& t) { return t.to_vector<double>(); }

/// A parameter of zeros with that gradient.
Tensor with_gradient(const Doubles& gradient, Shape shape, DType dtype = float64) {
  Tensor parameter = zeros(shape, {.dtype = dtype, .requires_grad = true});
  parameter.set_grad(tensor(gradient, shape, {.dtype = dtype}));
  return parameter;
}
Tensor with_gradient(const Doubles& gradient) { return with_gradient(gradient, {gradient.size()}); }

// ---- against PyTorch

Tensors golden_parameters(const json& golden, DType dtype) {
  Tensors parameters;
  for (std::size_t i = 0; i < golden["shapes"].size(); ++i) {
    const Shape shape(golden["shapes"][i].get<std::vector<std::size_t>>());
    const json& gradient = golden["gradients"][i];
    parameters.push_back(gradient.is_null() ? zeros(shape, {.dtype = dtype, .requires_grad = true})
                                            : with_gradient(gradient.get<Doubles>(), shape, dtype));
  }
  return parameters;
}

void check(const json& golden, DType dtype, double tolerance) {
  const Tensors parameters = golden_parameters(golden, dtype);
  if (golden.contains("norm")) {
    const double norm =
        clip_grad_norm_(parameters, std::stod(golden["max_norm"].get<std::string>()),
                        std::stod(golden["norm_type"].get<std::string>()));
    const double expected = golden["norm"];
    EXPECT_NEAR(norm, expected, tolerance * expected);
  } else {
    clip_grad_value_(parameters, golden["clip_value"]);
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const json& clipped = golden["clipped"][i];
    ASSERT_EQ(parameters[i].has_grad(), !clipped.is_null());
    if (clipped.is_null()) continue;
    const Doubles found = values(parameters[i].grad());
    ASSERT_EQ(found.size(), clipped.size());
    for (std::size_t k = 0; k < found.size(); ++k) {
      const double expected = clipped[k];
      EXPECT_NEAR(found[k], expected, tolerance * std::abs(expected)) << i << ", " << k;
    }
  }
}

TEST(ClipGrad, IsPyTorchs) {
  const json golden = read_golden("clip_grad.json");
  EXPECT_EQ(golden["cases"].size(), 170U);
  for (const json& item : golden["cases"]) {
    SCOPED_TRACE(item.dump());
    check(item, float64, 1e-12);
    check(item, float32, 1e-6);
  }
}

// ---- use

TEST(ClipGrad, TakesOneParameterAndSeveral) {
  const Tensor a = with_gradient({3, 4});
  EXPECT_EQ(clip_grad_norm_(a, 10), 5);
  expect_values(a.grad(), {3, 4});
  EXPECT_EQ(clip_grad_norm_({a, with_gradient({12})}, 14), 13);
  clip_grad_value_(a, 3.5);
  expect_values(a.grad(), {3, 3.5});
  clip_grad_value_({a}, 1);
  expect_values(a.grad(), {1, 1});
  EXPECT_EQ(clip_grad_norm_(Tensors{}, 1), 0);
}

TEST(ClipGrad, ClipsWhatBackwardComputes) {
  Tensor x = leaf({3, 4});
  sum(x * x).backward();
  EXPECT_EQ(clip_grad_norm_(x, 5), 10);
  expect_close(x.grad(), tensor({3.0, 4.0}), 1e-6);
}

TEST(ClipGrad, ChangesGradientsInPlaceAndUncountedOnesNotAtAll) {
  const Tensor a = with_gradient({3, 4});
  const Tensor handle = a.grad();
  const std::uint32_t version = handle.version();
  clip_grad_norm_(a, 10);
  EXPECT_EQ(handle.version(), version);
  clip_grad_norm_(a, 1);
  EXPECT_EQ(values(handle), values(a.grad()));
  EXPECT_GT(handle.version(), version);
  expect_values(a, {0, 0});
}

TEST(ClipGrad, NeedsNoMemoryForGradients) {
  const Tensor a = zeros({1013, 997}, {.requires_grad = true});
  Tensor(a).set_grad(ones({1013, 997}));
  const std::size_t before = memory::statistics().system_allocations;
  clip_grad_norm_(a, 1);
  clip_grad_value_(a, 1e-4);
  EXPECT_EQ(memory::statistics().system_allocations, before);
}

TEST(ClipGrad, ScalesSharedMemoryOnce) {
  Tensor a = leaf({0, 0}), b = leaf({0, 0}), c = leaf({0, 0});
  const Tensor shared = tensor({3.0, 4.0});
  a.set_grad(shared);
  b.set_grad(shared);
  c.set_grad(reshape(shared, {2}));
  EXPECT_DOUBLE_EQ(clip_grad_norm_({a, b, c}, std::sqrt(75.0) / 2), std::sqrt(75.0));
  for (const Tensor& parameter : {a, b, c})
    expect_close(parameter.grad(), tensor({1.5, 2.0}), 1e-6);
}

TEST(ClipGrad, AGradientMayShareAParametersMemory) {
  Tensor a = leaf({3, 4}), b = leaf({0, 0});
  a.set_grad(a.detach());
  b.set_grad(a.detach());
  clip_grad_norm_({a, b}, 1e-3);
  clip_grad_value_({a, b}, 1e-6);
  expect_values(a, {3, 4});
  expect_values(a.grad(), {1e-6, 1e-6});
  expect_values(b.grad(), {1e-6, 1e-6});
}

TEST(ClipGrad, NormsNeitherOverflowNorVanish) {
  const Tensor single = with_gradient({3e38, -3e38}, {2}, float32);
  EXPECT_NEAR(clip_grad_norm_(single, 1) / 3e38, std::sqrt(2.0), 1e-6);
  EXPECT_NEAR(single.grad().data<float>()[0], std::sqrt(0.5), 1e-6);

  for (const double scale : {1e300, 1e-300, 5e-324}) {
    const Tensor a = with_gradient({3 * scale, 4 * scale});
    for (const double p : {1.0, 2.0, 3.5, 500.0, inf}) {
      const double expected = std::isinf(p) ? 4 : 4 * std::pow(1 + std::pow(0.75, p), 1 / p);
      EXPECT_NEAR(clip_grad_norm_(a, inf, p), expected * scale,
                  std::max(1e-12 * expected * scale, std::numeric_limits<double>::denorm_min()))
          << scale << ", " << p;
    }
  }
}

// ---- bad input

TEST(ClipGrad, ReportsGradientsThatAreNotFiniteAndChangesNothing) {
  const Tensor a = with_gradient({3, 4});
  for (const double wrong : {nan, inf, -inf})
    for (const DType dtype : {float32, float64}) {
      Doubles gradient(42, 1);
      gradient[40] = wrong;
      const Tensor b = with_gradient(gradient, {6, 7}, dtype);
      for (const double p : {0.5, 1.0, 2.0, 3.0, inf}) {
        expect_contains(ERROR_OF(GradError, clip_grad_norm_({a, b}, 1, p)),
                        {"clip_grad_norm_: the gradient of parameter 1 of shape (6, 7) has ",
                         std::isnan(wrong) ? "nan" : "inf",
                         " in element 40; skip this step, or set error_if_nonfinite to "
                         "false"});
      }
      EXPECT_EQ(b.grad().to_vector<double>()[0], 1);
    }
  expect_values(a.grad(), {3, 4});
  const Tensor b = with_gradient({nan});
  EXPECT_EQ(
      ERROR_OF(GradError, clip_grad_value_({a, b}, 1)),
      "clip_grad_value_: the gradient of parameter 1 of shape (1,) has nan in element 0; skip "
      "this step, or set error_if_nonfinite to false");
  expect_values(a.grad(), {3, 4});
}

TEST(ClipGrad, PassesWhatIsNotFiniteOnRequest) {
  const Tensor a = with_gradient({3, 4}), b = with_gradient({inf, 2});
  EXPECT_EQ(clip_grad_norm_({a, b}, 1, 2, {.error_if_nonfinite = false}), inf);
  expect_values(a.grad(), {0, 0});
  EXPECT_TRUE(std::isnan(values(b.grad())[0]));
  EXPECT_EQ(values(b.grad())[1], 0);

  const Tensor c = with_gradient({3, 4});
  EXPECT_TRUE(std::isnan(clip_grad_norm_({b, c}, 1, inf, {.error_if_nonfinite = false})));
  EXPECT_TRUE(std::isnan(values(c.grad())[0]));
  const Tensor d = with_gradient({nan, -inf, 1});
  clip_grad_value_(d, 2, {.error_if_nonfinite = false});
  EXPECT_TRUE(std::isnan(values(d.grad())[0]));
  EXPECT_EQ(values(d.grad())[1], -2);
}

TEST(ClipGrad, ClipsInfinitiesByValue) {
  const Tensor a = with_gradient({inf, -inf, 1});
  clip_grad_value_(a, 2);
  expect_values(a.grad(), {2, -2, 1});
}

TEST(ClipGrad, ReportsANormThatIsTooLarge) {
  const Tensor a = with_gradient({1.5e308, 1.5e308});
  EXPECT_EQ(
      ERROR_OF(GradError, clip_grad_norm_(a, 1, 1)),
      "clip_grad_norm_: the norm of order 1 is inf, too large for a double; expected a larger "
      "norm_type or smaller gradients");
  EXPECT_EQ(clip_grad_norm_(a, 1, inf), 1.5e308);
}

TEST(ClipGrad, RefusesBadInput) {
  const Tensor a = with_gradient({3, 4}), b = with_gradient({1});
  for (const double bound : {-1.0, nan}) {
    const std::string text = std::isnan(bound) ? "nan" : "-1";
    EXPECT_EQ(ERROR_OF(ValueError, clip_grad_norm_(a, bound)),
              "clip_grad_norm_: max_norm is " + text + "; expected max_norm >= 0");
    EXPECT_EQ(ERROR_OF(ValueError, clip_grad_value_(a, bound)),
              "clip_grad_value_: clip_value is " + text + "; expected clip_value >= 0");
    EXPECT_EQ(ERROR_OF(ValueError, clip_grad_norm_(a, 1, bound)),
              "clip_grad_norm_: norm_type is " + text + "; expected norm_type > 0, or infinity");
  }
  EXPECT_EQ(ERROR_OF(ValueError, clip_grad_norm_(a, 1, 0)),
            "clip_grad_norm_: norm_type is 0; expected norm_type > 0, or infinity");
  EXPECT_EQ(ERROR_OF(ValueError, clip_grad_norm_({a, Tensor()}, 1)),
            "clip_grad_norm_: parameter 1 is an undefined tensor; assign it a value first");
  EXPECT_EQ(ERROR_OF(ValueError, clip_grad_value_({a, b, a}, 1)),
            "clip_grad_value_: parameter 2 of shape (2,) is listed twice, first as parameter 0; "
            "list every parameter once");
  expect_values(a.grad(), {3, 4});
}

}  // namespace
}  // namespace xgrad::test
