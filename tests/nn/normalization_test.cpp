#include "nn/normalization.hpp"

#include "autograd/support/str.hpp"
#include "nn/serialization.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using Names = std::vector<std::string>;

TEST(BatchNorm1d, TakesMeanAndVarianceOut) {
  const Tensor x = 3 * randn({64, 5}, f64) + 7;
  nn::BatchNorm1d layer(5);
  layer.to(float64);
  const Tensor y = layer(x);
  expect_close(mean(y, 0).detach(), zeros({5}, f64));
  expect_close(var(y, 0, false, 0).detach(), ones({5}, f64), 1e-5);
  // One step from the start, by the variance over n - 1.
  expect_close(layer.running_mean, 0.1 * mean(x, 0));
  expect_close(layer.running_var, 0.9 + 0.1 * var(x, 0));
}

TEST(BatchNorm1d, WithoutMomentumAveragesAllBatches) {
  nn::BatchNorm1d layer(1, {.momentum = {}});
  for (const double v : {1.0, 2.0, 6.0}) layer(tensor({{v - 1}, {v + 1}}).to(float32));
  expect_close(layer.running_mean, tensor({3.F}), 1e-6);
  expect_close(layer.running_var, tensor({2.F}), 1e-6);
  EXPECT_EQ(layer.num_batches_tracked.item<int>(), 3);
}

TEST(BatchNorm1d, EvaluationUsesAndKeepsTheRunningStatistics) {
  nn::BatchNorm1d layer(2, {.eps = 0});
  layer.running_mean.copy_(tensor({1.F, 2.F}));
  layer.running_var.copy_(tensor({4.F, 1.F}));
  layer.eval();
  expect_close(layer(tensor({{5.F, 2.F}})), tensor({{2.F, 0.F}}), 1e-6);
  expect_values(layer.running_mean, {1, 2});
  EXPECT_EQ(layer.num_batches_tracked.item<int>(), 0);
}

TEST(BatchNorm1d, WithoutTrackingEvaluationUsesTheBatch) {
  nn::BatchNorm1d layer(1, {.affine = false, .track_running_stats = false});
  EXPECT_TRUE(layer.state_dict().empty());
  const Tensor x = tensor({{1.F}, {3.F}});
  const Tensor trained = layer(x);
  layer.eval();
  EXPECT_EQ(layer(x).to_vector<float>(), trained.to_vector<float>());
}

TEST(BatchNorm1d, AnEmptyBatchIsRefusedInTraining) {
  nn::BatchNorm1d layer(3);
  EXPECT_EQ(
      ERROR_OF(ValueError, layer(zeros({0, 3}))),
      "batch_norm: x of shape (0, 3) has no value for each channel; expected more in training");
  EXPECT_THROW(layer(zeros({2, 3, 0})), ValueError);
  EXPECT_EQ(layer.num_batches_tracked.item<int>(), 0);
  expect_values(layer.running_mean, {0, 0, 0});
  expect_values(layer.running_var, {1, 1, 1});
  EXPECT_EQ(nn::BatchNorm1d(0)(zeros({4, 0})).shape(), (Shape{4, 0})) << "no channel, no statistic";
  layer.eval();
  EXPECT_EQ(layer(zeros({0, 3})).shape(), (Shape{0, 3}));
}

TEST(BatchNorm1d, ItsCounterStaysAnIntegerWhereverTheModuleGoes) {
  const TemporaryDirectory directory;
  nn::BatchNorm1d layer(2);
  EXPECT_EQ(layer.named_parameters().size(), 2U);
  Names buffers;
  for (const auto& [name, buffer] : layer.named_buffers()) buffers.push_back(name);
  EXPECT_EQ(buffers, (Names{"running_mean", "running_var", "num_batches_tracked"}));

  const Tensor x = randn({4, 2});
  layer(x);
  layer.to(float64);
  layer(x.to(float64));
  nn::BatchNorm1d copy = layer.clone();
  copy(x.to(float64));
  nn::save(copy, directory / "copy.safetensors");
  nn::BatchNorm1d read(2);
  read.to(float64);
  nn::load(read, directory / "copy.safetensors");
  for (const auto& [module, count] : {std::pair(&layer, 2), {&copy, 3}, {&read, 3}}) {
    EXPECT_EQ(module->num_batches_tracked.dtype(), int64);
    EXPECT_EQ(module->num_batches_tracked.item<int>(), count);
  }
  EXPECT_EQ(read.running_var.to_vector<double>(), copy.running_var.to_vector<double>());
  EXPECT_NE(layer.running_var.to_vector<double>(), copy.running_var.to_vector<double>());
}

TEST(BatchNorm1d, AnErrorChangesNothing) {
  nn::BatchNorm1d layer(3);
  EXPECT_EQ(ERROR_OF(ShapeError, layer(zeros({4, 2}))),
            "BatchNorm1d: x of shape (4, 2); expected (N, 3) or (N, 3, L)");
  EXPECT_EQ(ERROR_OF(ShapeError, layer(zeros({3}))),
            "BatchNorm1d: x of shape (3,); expected (N, 3) or (N, 3, L)");
  EXPECT_EQ(ERROR_OF(ShapeError, layer(zeros({4, 3, 2, 2}))),
            "BatchNorm1d: x of shape (4, 3, 2, 2); expected (N, 3) or (N, 3, L)");
  EXPECT_EQ(ERROR_OF(ValueError, layer(ones({1, 3}))),
            "batch_norm: x of shape (1, 3) has one value for each channel; expected more in "
            "training");
  EXPECT_EQ(
      ERROR_OF(DTypeError, nn::batch_norm(ones({2, 3}, f64), layer.running_mean, Tensor())),
      "batch_norm: running_mean is float32 but x float64; expected the same; convert one with "
      ".to(float64)");
  EXPECT_EQ(
      ERROR_OF(DTypeError, nn::batch_norm(ones({2, 3}, i64), Tensor(), Tensor())),
      "batch_norm: x of shape (2, 3) is int64; expected float32 or float64, as from to(float32)");
  EXPECT_EQ(layer.num_batches_tracked.item<int>(), 0);
  expect_values(layer.running_mean, {0, 0, 0});
  layer.eval();
  EXPECT_EQ(layer(ones({1, 3})).shape(), (Shape{1, 3}));
}

TEST(BatchNorm1d, ArgumentsOutOfRange) {
  EXPECT_EQ(ERROR_OF(ValueError, nn::BatchNorm1d(-1)),
            "BatchNorm1d: -1 features; expected 0 or more");
  EXPECT_EQ(ERROR_OF(ValueError, nn::BatchNorm1d(1, {.eps = -1})),
            "BatchNorm1d: eps is -1; expected 0 or more");
  const Tensor x = ones({2, 3});
  EXPECT_EQ(ERROR_OF(ValueError, nn::batch_norm(x, {}, {})),
            "batch_norm: no running_mean or no running_var; expected both outside of training");
  EXPECT_EQ(ERROR_OF(ShapeError, nn::batch_norm(x, {}, {}, ones({2}), {}, true)),
            "batch_norm: weight of shape (2,) for x of shape (2, 3); expected (3,)");
  EXPECT_EQ(ERROR_OF(ShapeError, nn::batch_norm(ones({3}), {}, {}, {}, {}, true)),
            "batch_norm: x of shape (3,); expected (N, channels, ...)");
}

TEST(LayerNorm, TakesOneExtentOrAShape) {
  struct Net : nn::Module {
    nn::LayerNorm one{4};
    nn::LayerNorm two{{3, 4}, {.eps = 1e-6}};
    XGRAD_FIELDS(one, two)
  } net;
  EXPECT_EQ(net.one.weight.shape(), Shape{4});
  EXPECT_EQ(net.two.bias.shape(), (Shape{3, 4}));
  expect_values(net.one(tensor({{1.F, 1.F, 1.F, 1.F}})), {0, 0, 0, 0});
  EXPECT_EQ(nn::LayerNorm({5})(zeros({2, 5})).shape(), (Shape{2, 5}));
}

TEST(LayerNorm, ShapesThatDoNotFit) {
  EXPECT_EQ(ERROR_OF(ShapeError, nn::LayerNorm({3, 4})(zeros({3, 5}))),
            "layer_norm: x of shape (3, 5) for a normalized_shape (3, 4); expected its last axes "
            "to be that");
  EXPECT_EQ(ERROR_OF(ShapeError, nn::LayerNorm({3, 4})(zeros({4}))),
            "layer_norm: x of shape (4,) for a normalized_shape (3, 4); expected its last axes to "
            "be that");
  EXPECT_EQ(ERROR_OF(ShapeError, nn::LayerNorm(Shape{})),
            "LayerNorm: an empty normalized_shape; expected one axis or more");
  EXPECT_EQ(ERROR_OF(ValueError, nn::LayerNorm(3, {.eps = -0.5})),
            "LayerNorm: eps is -0.5; expected 0 or more");
  EXPECT_EQ(ERROR_OF(DTypeError, nn::layer_norm(zeros({3}, f64), {3}, ones({3}))),
            "layer_norm: weight is float32 but x float64; expected the same; convert one with "
            ".to(float64)");
  EXPECT_EQ(
      ERROR_OF(DTypeError, nn::layer_norm(zeros({3}, i64), {3})),
      "layer_norm: x of shape (3,) is int64; expected float32 or float64, as from to(float32)");
}

TEST(Normalization, PrintsItsOptions) {
  EXPECT_EQ(nn::BatchNorm1d(5).extra_repr(),
            "5, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True");
  EXPECT_EQ(nn::BatchNorm1d(5, {.momentum = {}, .affine = false}).extra_repr(),
            "5, eps=1e-05, momentum=None, affine=False, track_running_stats=True");
  EXPECT_EQ(nn::LayerNorm({3, 4}).extra_repr(), "(3, 4), eps=1e-05, elementwise_affine=True");
  EXPECT_EQ(nn::InstanceNorm2d(5).extra_repr(), "5, eps=1e-05, affine=False");
}

}  // namespace
}  // namespace xgrad::test
