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

class MaxPool1d : public ModuleOf<MaxPool1d, max_pool1d, std::int64_t, MaxPool1dOptions> {
 public:
  explicit MaxPool1d(std::int64_t kernel_size, const MaxPool1dOptions& options = {})
      : ModuleOf({"kernel_size", kernel_size}, {"", options}) {}
};
class MaxPool2d : public ModuleOf<MaxPool2d, max_pool2d, Size2d, MaxPool2dOptions> {
 public:
  explicit MaxPool2d(Size2d kernel_size, const MaxPool2dOptions& options = {})
      : ModuleOf({"kernel_size", kernel_size}, {"", options}) {}
};
class AvgPool1d : public ModuleOf<AvgPool1d, avg_pool1d, std::int64_t, AvgPool1dOptions> {
 public:
  explicit AvgPool1d(std::int64_t kernel_size, const AvgPool1dOptions& options = {})
      : ModuleOf({"kernel_size", kernel_size}, {"", options}) {}
};
class AvgPool2d : public ModuleOf<AvgPool2d, avg_pool2d, Size2d, AvgPool2dOptions> {
 public:
  explicit AvgPool2d(Size2d kernel_size, const AvgPool2dOptions& options = {})
      : ModuleOf({"kernel_size", kernel_size}, {"", options}) {}
};
class AdaptiveAvgPool2d : public ModuleOf<AdaptiveAvgPool2d, adaptive_avg_pool2d, Size2d> {
 public:
  explicit AdaptiveAvgPool2d(Size2d output_size) : ModuleOf({"output_size", output_size}) {}
};
class AdaptiveMaxPool2d : public ModuleOf<AdaptiveMaxPool2d, adaptive_max_pool2d, Size2d> {
 public:
  explicit AdaptiveMaxPool2d(Size2d output_size) : ModuleOf({"output_size", output_size}) {}
};
/// interpolate as a layer.
class Upsample : public ModuleOf<Upsample, interpolate, InterpolateOptions> {
 public:
  explicit Upsample(const InterpolateOptions& options)
      : ModuleOf({options.size.given() ? "size" : "scale_factor", options}) {}
};

}  // namespace xgrad::nn
