#include "normalization.hpp"

#include <algorithm>
#include <cstdint>

#include "../autograd/graph/calls.hpp"
#include "../autograd/graph/grad_mode.hpp"
#include "../autograd/ops.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"

namespace xgrad::nn {
namespace {

/// An option as PyTorch prints it.
const char* shown(bool option) { return option ? "True" : "False"; }

/// A weight or the like, if there is one, is of this shape and of x's dtype.
void check_like(const char* op, const char* what, const Tensor& t, const Shape& shape,
                const Tensor& x) {
  if (!t.defined()) return;
  expect<ShapeError>(t.shape() == shape, op, ": ", what, " of shape ", t.shape(),
                     " for x of shape ", x.shape(), "; expected ", shape);
  expect_same_dtype(op, what, t, "x", x);
}

/// The parameters of a layer that scales and shifts, as they start.
void start_affine(Tensor& weight, Tensor& bias, const Shape& shape) {
  weight = ones(shape, {.requires_grad = true});
  bias = zeros(shape, {.requires_grad = true});
}

}  // namespace

Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                  const Tensor& weight, const Tensor& bias, bool training, double momentum,
                  double eps) {
  const char* const op = "batch_norm";
  expect_floating(op, "x", x);
  expect_not_negative(op, "eps", eps);
  expect_fraction(op, "momentum", momentum);
  expect<ShapeError>(x.ndim() >= 2, op, ": x of shape ", x.shape(),
                     "; expected (N, channels, ...)");
  const Shape channels{x.size(1)};
  check_like(op, "running_mean", running_mean, channels, x);
  check_like(op, "running_var", running_var, channels, x);
  check_like(op, "weight", weight, channels, x);
  check_like(op, "bias", bias, channels, x);
  expect<ValueError>(training || (running_mean.defined() && running_var.defined()), op,
                     ": no running_mean or no running_var; expected both outside of training");
  const std::size_t count = channels[0] ? x.numel() / channels[0] : 0;  // values of each channel
  expect<ValueError>(!training || channels[0] == 0 || count >= 2, op, ": x of shape ", x.shape(),
                     " has ", count ? "one value" : "no value",
                     " for each channel; expected more in training");

  Shape by_channel{1, channels[0]};  // broadcasts to x
  Axes others = 0;
  for (std::size_t axis = 2; axis < x.ndim(); ++axis) {
    by_channel.push_back(1);
    others.push_back(static_cast<int>(axis));
  }
  const auto broadcast = [&](const Tensor& t) { return reshape(t, by_channel); };
  const auto scaled = [&](const Tensor& deviation, Tensor scale) {
    if (weight.defined()) scale = scale * broadcast(weight);
    return bias.defined() ? deviation * scale + broadcast(bias) : deviation * scale;
  };
  if (!training) return scaled(x - broadcast(running_mean), rsqrt(broadcast(running_var) + eps));

  // Filled in while the batch is normalised, where there are statistics to move.
  const auto batch = [&](const Tensor& running) {
    return running.defined() ? zeros(channels, {.dtype = x.dtype()}) : Tensor();
  };
  const Tensor batch_mean = batch(running_mean), batch_var = batch(running_var);
  const Tensor deviation = xgrad::detail::centered(x, others, batch_mean);
  const Tensor y = scaled(deviation, xgrad::detail::inverse_rms(deviation, others, eps, batch_var));
  const NoGrad guard;
  const auto move = [momentum](Tensor running, const Tensor& of_batch) {
    running.mul_(1 - momentum).add_(of_batch, momentum);
  };
  const double n = static_cast<double>(count);
  if (running_mean.defined()) move(running_mean, batch_mean);
  if (running_var.defined()) move(running_var, batch_var * (n / (n - 1)));
  return y;
}

Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight,
                  const Tensor& bias, double eps) {
  const char* const op = "layer_norm";
  expect_floating(op, "x", x);
  expect_not_negative(op, "eps", eps);
  const std::size_t n = normalized_shape.size();
  expect<ShapeError>(
      n > 0 && n <= x.ndim() &&
          std::equal(normalized_shape.begin(), normalized_shape.end(), x.shape().end() - n),
      op, ": x of shape ", x.shape(), " for a normalized_shape ", normalized_shape,
      "; expected its last axes to be that");
  check_like(op, "weight", weight, normalized_shape, x);
  check_like(op, "bias", bias, normalized_shape, x);
  Axes last;
  for (std::size_t i = 0; i < n; ++i) last.push_back(-1 - static_cast<int>(i));
  const Tensor deviation = centered(x, last);
  Tensor y = deviation * xgrad::detail::inverse_rms(deviation, last, eps);
  if (weight.defined()) y = y * weight;
  return bias.defined() ? y + bias : y;
}

namespace {

/// The same for each channel of each sample, or for groups of channels.
Tensor by_groups(const char* op, const Tensor& x, std::size_t groups, const Tensor& weight,
                 const Tensor& bias, double eps) {
  const std::size_t channels = x.size(1);
  check_like(op, "weight", weight, {channels}, x);
  check_like(op, "bias", bias, {channels}, x);
  Shape by_channel{channels};  // broadcasts to x
  std::size_t size = channels / groups;
  for (std::size_t axis = 2; axis < x.ndim(); ++axis) {
    by_channel.push_back(1);
    size *= x.shape()[axis];
  }
  const Tensor rows = reshape(x, {x.size(0), groups, size});
  Tensor y = reshape(layer_norm(rows, {size}, {}, {}, eps), x.shape());
  if (weight.defined()) y = y * reshape(weight, by_channel);
  return bias.defined() ? y + reshape(bias, by_channel) : y;
}

void check_groups(const char* op, std::int64_t groups, std::size_t channels) {
  expect<ValueError>(groups > 0 && static_cast<std::int64_t>(channels) % groups == 0, op, ": ",
                     channels, " channels in ", groups,
                     " groups; expected a number of groups that divides them");
}

}  // namespace

Tensor group_norm(const Tensor& x, std::int64_t num_groups, const Tensor& weight,
                  const Tensor& bias, double eps) {
  const char* const op = "group_norm";
  expect_floating(op, "x", x);
  expect_not_negative(op, "eps", eps);
  expect<ShapeError>(x.ndim() >= 2, op, ": x of shape ", x.shape(),
                     "; expected (N, channels, ...)");
  check_groups(op, num_groups, x.size(1));
  return by_groups(op, x, static_cast<std::size_t>(num_groups), weight, bias, eps);
}

Tensor instance_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps) {
  const char* const op = "instance_norm";
  expect_floating(op, "x", x);
  expect_not_negative(op, "eps", eps);
  expect<ShapeError>(x.ndim() >= 3 && x.size(1) > 0, op, ": x of shape ", x.shape(),
                     "; expected (N, channels, L, ...) of at least one channel");
  const std::size_t count = x.size(0) ? x.numel() / (x.size(0) * x.size(1)) : 2;
  expect<ValueError>(count > 1, op, ": x of shape ", x.shape(), " has ", count,
                     " value for each channel of a sample; expected more");
  return by_groups(op, x, x.size(1), weight, bias, eps);
}

detail::BatchNorm::BatchNorm(const char* name, Extent num_features, const BatchNormOptions& options)
    : name_(name), options_(options), num_features_(static_cast<std::size_t>(num_features.value)) {
  expect<ValueError>(num_features.value >= 0, name, ": ", num_features.value,
                     " features; expected 0 or more");
  expect_not_negative(name, "eps", options.eps);
  if (options.momentum) expect_fraction(name, "momentum", *options.momentum);
  if (options.affine) start_affine(weight, bias, {num_features});
  if (options.track_running_stats) {
    running_mean = zeros({num_features});
    running_var = ones({num_features});
    num_batches_tracked = zeros({}, {.dtype = int64});
  }
}

Tensor detail::BatchNorm::forward(const Tensor& x) {
  expect_defined(name_, "x", x);
  check_shape(x);
  const bool tracks = options_.track_running_stats, counts = tracks && is_training();
  if (counts)
    expect_defined(name_, {{"running_mean", &running_mean},
                           {"running_var", &running_var},
                           {"num_batches_tracked", &num_batches_tracked}});
  const auto momentum = [&] {  // of the mean of all batches so far, if there is none
    return 1 / (counts ? num_batches_tracked.item<double>() + 1 : 1);
  };
  const Tensor none;
  Tensor y = batch_norm(as_dtype_of(weight.defined() ? weight : running_mean, x),
                        tracks ? running_mean : none, tracks ? running_var : none, weight, bias,
                        is_training() || !tracks,
                        options_.momentum ? *options_.momentum : momentum(), options_.eps);
  if (counts)
    xgrad::detail::note_change(num_batches_tracked, {}, [](Tensor& count, const Tensor&) {
      count.fill_(count.item<std::int64_t>() + 1);
    });
  return y;
}

std::string detail::BatchNorm::extra_repr() const {
  return str(num_features_, ", eps=", options_.eps,
             ", momentum=", options_.momentum ? str(*options_.momentum) : "None",
             ", affine=", shown(options_.affine),
             ", track_running_stats=", shown(options_.track_running_stats));
}

BatchNorm1d::BatchNorm1d(Extent num_features, const BatchNorm1dOptions& options)
    : BatchNorm("BatchNorm1d", num_features, options) {
  check_parameters(false);
}
void BatchNorm1d::check_shape(const Tensor& x) const {
  expect<ShapeError>((x.ndim() == 2 || x.ndim() == 3) && x.size(1) == num_features_,
                     "BatchNorm1d: x of shape ", x.shape(), "; expected (N, ", num_features_,
                     ") or (N, ", num_features_, ", L)");
}

BatchNorm2d::BatchNorm2d(Extent num_features, const BatchNorm2dOptions& options)
    : BatchNorm("BatchNorm2d", num_features, options) {
  check_parameters(false);
}
void BatchNorm2d::check_shape(const Tensor& x) const {
  expect<ShapeError>(x.ndim() == 4 && x.size(1) == num_features_, "BatchNorm2d: x of shape ",
                     x.shape(), "; expected (N, ", num_features_, ", H, W)");
}

GroupNorm::GroupNorm(std::int64_t num_groups, Extent num_channels, const GroupNormOptions& options)
    : num_groups_(num_groups),
      num_channels_(static_cast<std::size_t>(num_channels.value)),
      options_(options) {
  expect<ValueError>(num_channels.value >= 0, "GroupNorm: ", num_channels.value,
                     " channels; expected 0 or more");
  check_groups("GroupNorm", num_groups, num_channels_);
  expect_not_negative("GroupNorm", "eps", options.eps);
  if (options.affine) start_affine(weight, bias, {num_channels});
  check_parameters(false);
}

Tensor GroupNorm::forward(const Tensor& x) {
  expect_defined("GroupNorm", "x", x);
  expect<ShapeError>(x.ndim() >= 2 && x.size(1) == num_channels_, "GroupNorm: x of shape ",
                     x.shape(), "; expected (N, ", num_channels_, ", ...)");
  return group_norm(as_dtype_of(weight, x), num_groups_, weight, bias, options_.eps);
}

std::string GroupNorm::extra_repr() const {
  return str(num_groups_, ", ", num_channels_, ", eps=", options_.eps,
             ", affine=", shown(options_.affine));
}

InstanceNorm2d::InstanceNorm2d(Extent num_features, const InstanceNorm2dOptions& options)
    : num_features_(static_cast<std::size_t>(num_features.value)), options_(options) {
  expect<ValueError>(num_features.value >= 0, "InstanceNorm2d: ", num_features.value,
                     " features; expected 0 or more");
  expect_not_negative("InstanceNorm2d", "eps", options.eps);
  if (options.affine) start_affine(weight, bias, {num_features});
  check_parameters(false);
}

Tensor InstanceNorm2d::forward(const Tensor& x) {
  expect_defined("InstanceNorm2d", "x", x);
  const bool batched = x.ndim() == 4;
  expect<ShapeError>((batched || x.ndim() == 3) && x.size(batched ? 1 : 0) == num_features_,
                     "InstanceNorm2d: x of shape ", x.shape(), "; expected (N, ", num_features_,
                     ", H, W) or (", num_features_, ", H, W)");
  const Tensor images = as_dtype_of(weight, batched ? x : unsqueeze(x, 0));
  const Tensor y = instance_norm(images, weight, bias, options_.eps);
  return batched ? y : squeeze(y, 0);
}

std::string InstanceNorm2d::extra_repr() const {
  return str(num_features_, ", eps=", options_.eps, ", affine=", shown(options_.affine));
}

LayerNorm::LayerNorm(const Shape& normalized_shape, const LayerNormOptions& options)
    : normalized_shape_(normalized_shape), options_(options) {
  expect<ShapeError>(!normalized_shape.empty(),
                     "LayerNorm: an empty normalized_shape; expected one axis or more");
  expect_not_negative("LayerNorm", "eps", options.eps);
  if (!options.elementwise_affine) return;
  start_affine(weight, bias, normalized_shape);
  check_parameters(false);
}

std::string LayerNorm::extra_repr() const {
  return str(normalized_shape_, ", eps=", options_.eps,
             ", elementwise_affine=", shown(options_.elementwise_affine));
}

}  // namespace xgrad::nn
