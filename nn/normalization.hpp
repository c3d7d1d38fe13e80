#pragma once

#include <concepts>
#include <initializer_list>
#include <optional>

#include "module.hpp"

/// @file
/// Normalisation to mean 0 and variance 1, as functions and as layers. Semantics and defaults
/// are those of PyTorch. All can be differentiated twice.

namespace xgrad::nn {

struct BatchNorm1dOptions {
  double eps = 1e-5;  ///< added to the variance
  /// Weight of the newest batch in the running statistics; none: each batch counts alike.
  std::optional<double> momentum = 0.1;
  bool affine = true;               ///< whether weight and bias are learnt
  bool track_running_stats = true;  ///< whether evaluation uses the statistics seen in training
};

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

/// batch_norm of x (N, num_features) or (N, num_features, L). In evaluation it uses the running
/// statistics, unless it does not track any. Starts with weight 1, bias 0, running_mean 0 and
/// running_var 1; num_batches_tracked counts the batches seen in training (int64).
/// Throws ValueError for negative num_features and options that batch_norm refuses; forward throws
/// ShapeError for an x of another shape, and what batch_norm throws.
class BatchNorm1d : public Module {
 public:
  explicit BatchNorm1d(Extent num_features, const BatchNorm1dOptions& options = {});
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;

  Tensor weight, bias;                                    ///< undefined unless affine
  Tensor running_mean, running_var, num_batches_tracked;  ///< buffers, undefined unless tracked
  XGRAD_FIELDS(weight, bias, running_mean, running_var, num_batches_tracked)

 private:
  std::size_t num_features_;
  BatchNorm1dOptions options_;
};

/// layer_norm with a weight of ones and a bias of zeros to start with.
///
///     nn::LayerNorm(100)      nn::LayerNorm({28, 28}, {.eps = 1e-6})
///
/// Throws ShapeError for an empty shape, ValueError for an eps that layer_norm refuses; forward
/// throws what layer_norm throws.
class LayerNorm : public Module {
 public:
  explicit LayerNorm(const Shape& normalized_shape, const LayerNormOptions& options = {});
  // {5} would also be a LayerNorm to copy, if it were not first of all a list.
  explicit LayerNorm(std::initializer_list<Extent> normalized_shape,
                     const LayerNormOptions& options = {})
      : LayerNorm(Shape(normalized_shape), options) {}
  template <std::integral I>
  explicit LayerNorm(I features, const LayerNormOptions& options = {})
      : LayerNorm(Shape{features}, options) {}
  Tensor forward(const Tensor& x) override {
    return layer_norm(as_dtype_of(weight, x), normalized_shape_, weight, bias, options_.eps);
  }
  std::string extra_repr() const override;

  Tensor weight, bias;  ///< undefined unless elementwise_affine
  XGRAD_FIELDS(weight, bias)

 private:
  Shape normalized_shape_;
  LayerNormOptions options_;
};

}  // namespace xgrad::nn
