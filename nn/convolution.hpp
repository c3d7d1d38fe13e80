#pragma once

#include "../autograd/ops/convolution.hpp"
#include "module.hpp"

/// @file
/// Convolutions as layers. All have a `weight` and, unless told otherwise, a `bias` (out_channels),
/// float32; both start uniform on ±1/sqrt(fan), as PyTorch's do, where fan is the number of
/// elements that weight[0] has. The constructors throw ValueError for a negative number of channels
/// or one that `groups` does not divide, and for a kernel_size below 1; forward throws what the
/// function of that name throws.

namespace xgrad::nn {

using xgrad::conv1d, xgrad::conv2d, xgrad::conv_transpose1d, xgrad::conv_transpose2d, xgrad::fold,
    xgrad::unfold;
using xgrad::Conv1dOptions, xgrad::Conv2dOptions, xgrad::ConvTranspose1dOptions,
    xgrad::ConvTranspose2dOptions, xgrad::Size2d, xgrad::UnfoldOptions;

namespace detail {

/// What convolutions have in common: their parameters and how they are printed.
class Convolution : public Module {
 public:
  std::string extra_repr() const override { return repr_; }

  Tensor weight;
  Tensor bias;  ///< undefined without one

 protected:
  /// Makes a weight (first, second / groups, kernel…) for `in` and `out` channels.
  Convolution(const char* name, Extent in, Extent out, bool transposed, std::int64_t groups,
              bool has_bias, std::initializer_list<std::int64_t> kernel);

 private:
  std::string repr_;
};

}  // namespace detail

/// conv1d of x (N, in_channels, L) with weight (out_channels, in_channels / groups, kernel_size).
class Conv1d : public detail::Convolution {
 public:
  /// The parameters, float32.
  Conv1d(Extent in_channels, Extent out_channels, std::int64_t kernel_size,
         const Conv1dOptions& options = {});
  Tensor forward(const Tensor& x) override {
    return conv1d(as_dtype_of(weight, x), weight, bias, options_);
  }
  XGRAD_FIELDS(weight, bias)

 private:
  Conv1dOptions options_;
};

/// conv2d of x (N, in_channels, H, W) with weight (out_channels, in_channels / groups, KH, KW).
class Conv2d : public detail::Convolution {
 public:
  /// The parameters, float32.
  Conv2d(Extent in_channels, Extent out_channels, Size2d kernel_size,
         const Conv2dOptions& options = {});
  Tensor forward(const Tensor& x) override {
    return conv2d(as_dtype_of(weight, x), weight, bias, options_);
  }
  XGRAD_FIELDS(weight, bias)

 private:
  Conv2dOptions options_;
};

/// conv_transpose1d of x (N, in_channels, L) with weight (in_channels, out_channels / groups,
/// kernel_size).
class ConvTranspose1d : public detail::Convolution {
 public:
  /// The parameters, float32.
  ConvTranspose1d(Extent in_channels, Extent out_channels, std::int64_t kernel_size,
                  const ConvTranspose1dOptions& options = {});
  Tensor forward(const Tensor& x) override {
    return conv_transpose1d(as_dtype_of(weight, x), weight, bias, options_);
  }
  XGRAD_FIELDS(weight, bias)

 private:
  ConvTranspose1dOptions options_;
};

/// conv_transpose2d of x (N, in_channels, H, W) with weight (in_channels, out_channels / groups,
/// KH, KW).
class ConvTranspose2d : public detail::Convolution {
 public:
  /// The parameters, float32.
  ConvTranspose2d(Extent in_channels, Extent out_channels, Size2d kernel_size,
                  const ConvTranspose2dOptions& options = {});
  Tensor forward(const Tensor& x) override {
    return conv_transpose2d(as_dtype_of(weight, x), weight, bias, options_);
  }
  XGRAD_FIELDS(weight, bias)

 private:
  ConvTranspose2dOptions options_;
};

}  // namespace xgrad::nn
