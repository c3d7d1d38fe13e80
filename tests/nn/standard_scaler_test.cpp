#include "nn/standard_scaler.hpp"

#include <sstream>

#include "autograd/gradcheck.hpp"
#include "nn/linear.hpp"
#include "nn/sequential.hpp"
#include "nn/serialization.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using data::StandardScaler;

Tensor golden_tensor(const json& golden, const char* values, const char* shape) {
  return tensor(golden_numbers(golden.at(values)), golden_shape(golden.at(shape)));
}

TEST(StandardScaler, DoesWhatScikitLearnDoes) {
  const json goldens = read_golden("data.json");
  for (const json& golden : goldens.at("standard_scaler")) {
    SCOPED_TRACE(golden.dump());
    const json& options = golden.at("options");
    StandardScaler scaler({.with_mean = options.value("with_mean", true),
                           .with_std = options.value("with_std", true)});
    const Tensor other = golden_tensor(golden, "other", "other_shape");
    const Tensor y = scaler.fit(golden_tensor(golden, "x", "shape")).transform(other);
    const Doubles mean = golden_numbers(golden.at("mean")),
                  scale = golden_numbers(golden.at("scale"));
    // Relative to the scale, however large or small it is.
    const auto expect_relative = [&](const Tensor& actual, const Doubles& expected) {
      const Doubles found = actual.to_vector<double>();
      ASSERT_EQ(found.size(), scale.size());
      for (std::size_t i = 0; i < scale.size(); ++i)
        if (std::isnan(expected[i]))
          EXPECT_TRUE(std::isnan(found[i])) << i;
        else
          EXPECT_LE(std::abs(found[i] - expected[i]), 1e-14 * (scale[i] + std::abs(mean[i]))) << i;
    };
    expect_relative(scaler.mean, mean);
    expect_relative(scaler.scale, scale);
    EXPECT_TRUE(all_close(y.to_vector<double>(), golden_numbers(golden.at("transformed")), 1e-7));
    double largest = 1;
    for (const double m : mean) largest = std::fmax(largest, std::abs(m));
    EXPECT_TRUE(all_close(scaler.inverse_transform(y).to_vector<double>(),
                          other.to_vector<double>(), 1e-15 * largest));
  }
}

TEST(StandardScaler, DtypesAndShapes) {
  StandardScaler scaler;
  // Float32 does not hold the moments of these.
  const Tensor x = tensor({16777216.F, 16777218.F, 16777220.F, 16777222.F});
  const Tensor y = scaler.fit_transform(x);
  EXPECT_EQ(y.dtype(), float32);
  const double unit = 1 / std::sqrt(5.0);
  expect_near(y, {-3 * unit, -unit, unit, 3 * unit}, 1e-7);
  EXPECT_EQ(scaler.mean.dtype(), float64);
  EXPECT_EQ(scaler.mean.shape(), Shape{});
  expect_values(scaler.mean, {16777219});
  // Of integers and of images.
  const Tensor images = randint(0, 256, {6, 2, 3}, u8);
  const Tensor z = scaler.fit_transform(images);
  EXPECT_EQ(z.dtype(), float64);
  EXPECT_EQ(scaler.scale.shape(), Shape({2, 3}));
  expect_near(xgrad::mean(z, 0), Doubles(6), 1e-14);
  expect_near(xgrad::std(z, 0, false, 0), Doubles(6, 1), 1e-14);
  expect_near(scaler.inverse_transform(z), images.to_vector<double>(), 1e-14);
}

struct Net : nn::Module {
  StandardScaler scaler{3};
  nn::Linear output{3, 1};
  XGRAD_FIELDS(scaler, output)
  Tensor forward(const Tensor& x) override { return output(scaler(x)); }
};

TEST(StandardScaler, IsSavedWithItsNetwork) {
  const TemporaryDirectory directory;
  const Tensor x = randn({20, 3}) * 5 + 7;
  Net net, other;
  expect_values(other.scaler.transform(x), x.to_vector<double>());  // mean 0 and scale 1
  net.scaler.fit(x);
  EXPECT_EQ(net.parameters().size(), 2U);
  EXPECT_EQ(net.named_buffers().size(), 2U);
  nn::save(net, directory / "net.safetensors");
  nn::load(other, directory / "net.safetensors");
  expect_values(other.scaler.mean, net.scaler.mean.to_vector<double>());
  expect_values(other(x), net(x).to_vector<double>());
  // After a conversion it computes in float64 still.
  net.to(float64);
  other.to(float32);
  EXPECT_EQ(other(x).dtype(), float32);
  // As a layer; clone() copies what was fitted.
  nn::Sequential layers(net.scaler.clone(), nn::Linear(3, 2, {.bias = false}));
  EXPECT_EQ(layers(x).shape(), Shape({20, 2}));
  std::ostringstream out;
  out << net.scaler;
  expect_contains(out.str(), {"StandardScaler((3,)"});
}

TEST(StandardScaler, PassesGradcheck) {
  StandardScaler scaler;
  scaler.fit(randn({6, 3}, f64) * 3 + 1);
  const Tensor x = randn({4, 3}, f64_grad);
  EXPECT_TRUE(gradcheck([&](const Tensor& in) { return scaler.transform(in); }, x));
  EXPECT_TRUE(gradcheck([&](const Tensor& in) { return scaler.inverse_transform(in); }, x));
  scaler.fit(x);  // moments are constants
  EXPECT_FALSE(scaler.mean.requires_grad());
}

TEST(StandardScaler, RefusesBadInput) {
  StandardScaler scaler;
  EXPECT_EQ(ERROR_OF(ValueError, scaler.transform(ones({2, 3}))),
            "StandardScaler: transform: neither mean nor scale; expected fit(x) before");
  EXPECT_EQ(ERROR_OF(ShapeError, scaler.fit(zeros({0, 3}))),
            "StandardScaler: fit: x has shape (0, 3); expected rows (N, …) with N >= 1");
  EXPECT_THROW(scaler.fit(tensor(1.0)), ShapeError);
  EXPECT_THROW(scaler.fit(Tensor()), ValueError);
  EXPECT_EQ(ERROR_OF(ValueError, scaler.fit(tensor({1.0, inf}))),
            "StandardScaler: fit: x has infinite values; expected finite ones or NaN");
  scaler.fit(randn({5, 3}));
  for (const Shape& shape : {Shape{3}, Shape{2, 4}, Shape{2, 3, 1}, Shape{}})
    EXPECT_EQ(ERROR_OF(ShapeError, scaler.inverse_transform(zeros(shape))),
              str("StandardScaler: inverse_transform: x of shape ", shape,
                  " for moments of shape (3,); expected (N, …) with as many columns"));
  EXPECT_THROW(scaler.transform(Tensor()), ValueError);
  EXPECT_EQ(ERROR_OF(ValueError, StandardScaler(-1)),
            "StandardScaler: -1 features; expected 0 or more");
}

}  // namespace
}  // namespace xgrad::test
