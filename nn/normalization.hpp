#pragma once

#include <concepts>
#include <initializer_list>
#include <optional>

#include "module.hpp"

/// @file
/// Normalisation to mean 0 and variance 1, as functions and as layers. Semantics and defaults
/// are those of PyTorch. All can be differentiated twice.

namespace xgrad::nn {

/// Options of BatchNorm1d and BatchNorm2d.
struct BatchNormOptions {
  double eps = 1e-5;  ///< added to the variance
  /// Weight of the newest batch in the running statistics; none: each batch counts alike.
  std::optional<double> momentum = 0.1;
  bool affine = true;               ///< whether weight and bias are learnt
  bool track_running_stats = true;  ///< whether evaluation uses the statistics seen in training
};
using BatchNorm1dOptions = BatchNormOptions;  ///< the same
using BatchNorm2dOptions = BatchNormOptions;  ///< the same

/// Options of GroupNorm.
struct GroupNormOptions {
  double eps = 1e-5;   ///< added to the variance
  bool affine = true;  ///< whether weight and bias are learnt
};
/// Options of InstanceNorm2d.
struct InstanceNorm2dOptions {
  double eps = 1e-5;    ///< added to the variance
  bool affine = false;  ///< whether weight and bias are learnt
};

/// Options of LayerNorm.
struct LayerNormOptions {
  double eps = 1e-5;               ///< added to the variance
  bool elementwise_affine = true;  ///< whether weight and bias are learnt
};

/// (x - mean) / sqrt(var + eps) weight + bias for each channel of x (N, C, …), axis 1. All of
/// running_mean, running_var, weight and bias are (C), and may be undefined.
/// In training, mean and variance are those of the batch (the variance over n), and the running
/// statistics, where there are any, move towards them in place:
///     running = (1 - momentum) running + momentum batch, with the variance over n - 1.
/// Otherwise they are the running statistics.
/// Means and variances are as good as in double precision, however far from 0 the values are.
/// Throws ShapeError for an x below two dimensions and another tensor not of shape (C), DTypeError
/// unless all are floats of one dtype; ValueError in training on fewer than two values for each
/// channel, without running statistics outside of training, for a momentum outside 0 … 1 and for an
/// eps that is negative or not finite. Nothing has then been changed. Source: Ioffe & Szegedy 2015,
/// "Batch normalization: accelerating deep network training by reducing internal covariate shift".
Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                  const Tensor& weight = {}, const Tensor& bias = {}, bool training = false,
                  double momentum = 0.1, double eps = 1e-5);

/// (x - mean) / sqrt(var + eps) weight + bias, mean and variance (over n) being taken over the last
/// axes, which are of `normalized_shape`, as are weight and bias where there are any. They are as
/// good as in double precision.
/// Throws ShapeError if a tensor does not have these axes, DTypeError unless all are floats of one
/// dtype, ValueError for an eps that is negative or not finite.
/// Source: Ba, Kiros & Hinton 2016, "Layer normalization".
Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight = {},
                  const Tensor& bias = {}, double eps = 1e-5);

/// (x - mean) / sqrt(var + eps) weight + bias of x (N, C, …), where the channels are cut into
/// num_groups groups, mean and variance (over n) are those of each group of each sample, and weight
/// and bias are (C), where there are any.
/// Throws ShapeError for an x below two dimensions and a weight or bias not of shape (C),
/// ValueError unless num_groups divides C, and as layer_norm. Source: Wu & He 2018, "Group
/// normalization".
Tensor group_norm(const Tensor& x, std::int64_t num_groups, const Tensor& weight = {},
                  const Tensor& bias = {}, double eps = 1e-5);
/// group_norm with a group for each channel. Throws also ValueError where a channel of a sample has
/// a single value. Source: Ulyanov, Vedaldi & Lempitsky 2016, "Instance normalization".
Tensor instance_norm(const Tensor& x, const Tensor& weight = {}, const Tensor& bias = {},
                     double eps = 1e-5);

namespace detail {

/// batch_norm as a layer of the name, for x (N, num_features) with at least and at most so many
/// axes behind.
class BatchNorm : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

  Tensor weight, bias;                                    ///< undefined unless affine
  Tensor running_mean, running_var, num_batches_tracked;  ///< buffers, undefined unless tracked

 protected:
  BatchNorm(const char* name, Extent num_features, const BatchNormOptions& options);

 private:
  /// Throws ShapeError for an x of another shape.
  virtual void check_shape(const Tensor& x) const = 0;

  const char* name_;
  BatchNormOptions options_;

 protected:
  std::size_t num_features_;
};

}  // namespace detail

/// batch_norm of x (N, num_features) or (N, num_features, L). In evaluation it uses the running
/// statistics, unless it does not track any. Starts with weight 1, bias 0, running_mean 0 and
/// running_var 1; num_batches_tracked counts the batches seen in training (int64).
/// Throws ValueError for negative num_features and options that batch_norm refuses; forward throws
/// ShapeError for an x of another shape, and what batch_norm throws.
class BatchNorm1d : public detail::BatchNorm {
 public:
  /// Parameters and buffers, float32.
  explicit BatchNorm1d(Extent num_features, const BatchNorm1dOptions& options = {});
  XGRAD_FIELDS(weight, bias, running_mean, running_var, num_batches_tracked)

 private:
  void check_shape(const Tensor& x) const override;
};

/// The same of images (N, num_features, H, W).
class BatchNorm2d : public detail::BatchNorm {
 public:
  /// Parameters and buffers, float32.
  explicit BatchNorm2d(Extent num_features, const BatchNorm2dOptions& options = {});
  XGRAD_FIELDS(weight, bias, running_mean, running_var, num_batches_tracked)

 private:
  void check_shape(const Tensor& x) const override;
};

/// layer_norm with a weight of ones and a bias of zeros to start with.
///
///     nn::LayerNorm(100)      nn::LayerNorm({28, 28}, {.eps = 1e-6})
///
/// Throws ShapeError for an empty shape, ValueError for an eps that layer_norm refuses; forward
/// throws what layer_norm throws.
class LayerNorm : public Module {
 public:
  /// A shape, a list in braces, or the extent of the last axis alone.
  /// @{
  explicit LayerNorm(const Shape& normalized_shape, const LayerNormOptions& options = {});
  // {5} would also be a LayerNorm to copy, if it were not first of all a list.
  explicit LayerNorm(std::initializer_list<Extent> normalized_shape,
                     const LayerNormOptions& options = {})
      : LayerNorm(Shape(normalized_shape), options) {}
  template <std::integral I>
  explicit LayerNorm(I features, const LayerNormOptions& options = {})
      : LayerNorm(Shape{features}, options) {}
  /// @}
  Tensor forward(const Tensor& x) override {
    return layer_norm(as_dtype_of(weight, x), normalized_shape_, weight, bias, options_.eps);
  }
  std::string extra_repr() const override;

  Tensor weight;  ///< normalized_shape, undefined unless elementwise_affine
  Tensor bias;    ///< the same
  XGRAD_FIELDS(weight, bias)

 private:
  Shape normalized_shape_;
  LayerNormOptions options_;
};

/// group_norm of x (N, num_channels, …) with a weight of ones and a bias of zeros to start with.
/// Throws ValueError unless num_groups divides num_channels, and for an eps that is refused;
/// forward throws ShapeError for another number of channels, and what group_norm throws.
class GroupNorm : public Module {
 public:
  /// The parameters, float32.
  GroupNorm(std::int64_t num_groups, Extent num_channels, const GroupNormOptions& options = {});
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

  Tensor weight;  ///< (channels), undefined unless affine
  Tensor bias;    ///< the same
  XGRAD_FIELDS(weight, bias)

 private:
  std::int64_t num_groups_;
  std::size_t num_channels_;
  GroupNormOptions options_;
};

/// instance_norm of images (N, num_features, H, W) or (num_features, H, W); weight and bias, if
/// any, start with ones and zeros. There are no running statistics. Throws as GroupNorm.
class InstanceNorm2d : public Module {
 public:
  /// The parameters, float32.
  explicit InstanceNorm2d(Extent num_features, const InstanceNorm2dOptions& options = {});
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

  Tensor weight;  ///< (channels), undefined unless affine
  Tensor bias;    ///< the same
  XGRAD_FIELDS(weight, bias)

 private:
  std::size_t num_features_;
  InstanceNorm2dOptions options_;
};

}  // namespace xgrad::nn
