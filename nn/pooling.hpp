#pragma once

#include "../autograd/ops/pooling.hpp"
#include "module_of.hpp"

/// @file
/// Pooling and resizing of images as layers: those of the same name in autograd/ops, which say what
/// is thrown.

namespace xgrad::nn {

using xgrad::adaptive_avg_pool2d, xgrad::adaptive_max_pool2d, xgrad::avg_pool1d, xgrad::avg_pool2d,
    xgrad::interpolate, xgrad::max_pool1d, xgrad::max_pool2d;
using xgrad::AvgPool1dOptions, xgrad::AvgPool2dOptions, xgrad::InterpolateMode,
    xgrad::InterpolateOptions, xgrad::MaxPool1dOptions, xgrad::MaxPool2dOptions, xgrad::Scale2d;

/// max_pool1d as a layer.
class MaxPool1d : public ModuleOf<MaxPool1d, max_pool1d, std::int64_t, MaxPool1dOptions> {
 public:
  /// As the function takes them.
  explicit MaxPool1d(std::int64_t kernel_size, const MaxPool1dOptions& options = {})
      : ModuleOf({"kernel_size", kernel_size}, {"", options}) {}
};
/// max_pool2d as a layer.
class MaxPool2d : public ModuleOf<MaxPool2d, max_pool2d, Size2d, MaxPool2dOptions> {
 public:
  /// As the function takes them.
  explicit MaxPool2d(Size2d kernel_size, const MaxPool2dOptions& options = {})
      : ModuleOf({"kernel_size", kernel_size}, {"", options}) {}
};
/// avg_pool1d as a layer.
class AvgPool1d : public ModuleOf<AvgPool1d, avg_pool1d, std::int64_t, AvgPool1dOptions> {
 public:
  /// As the function takes them.
  explicit AvgPool1d(std::int64_t kernel_size, const AvgPool1dOptions& options = {})
      : ModuleOf({"kernel_size", kernel_size}, {"", options}) {}
};
/// avg_pool2d as a layer.
class AvgPool2d : public ModuleOf<AvgPool2d, avg_pool2d, Size2d, AvgPool2dOptions> {
 public:
  /// As the function takes them.
  explicit AvgPool2d(Size2d kernel_size, const AvgPool2dOptions& options = {})
      : ModuleOf({"kernel_size", kernel_size}, {"", options}) {}
};
/// adaptive_avg_pool2d as a layer.
class AdaptiveAvgPool2d : public ModuleOf<AdaptiveAvgPool2d, adaptive_avg_pool2d, Size2d> {
 public:
  /// As the function takes them.
  explicit AdaptiveAvgPool2d(Size2d output_size) : ModuleOf({"output_size", output_size}) {}
};
/// adaptive_max_pool2d as a layer.
class AdaptiveMaxPool2d : public ModuleOf<AdaptiveMaxPool2d, adaptive_max_pool2d, Size2d> {
 public:
  /// As the function takes them.
  explicit AdaptiveMaxPool2d(Size2d output_size) : ModuleOf({"output_size", output_size}) {}
};
/// interpolate as a layer.
class Upsample : public ModuleOf<Upsample, interpolate, InterpolateOptions> {
 public:
  /// As the function takes them; checked when it is called.
  explicit Upsample(const InterpolateOptions& options)
      : ModuleOf({options.size.given() ? "size" : "scale_factor", options}) {}
};

}  // namespace xgrad::nn
