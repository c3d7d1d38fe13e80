#pragma once

#include "../autograd/ops/pooling.hpp"
#include "../autograd/support/str.hpp"
#include "module_of.hpp"

/// @file
/// Pooling and resizing of images as layers: those of the same name in autograd/ops, which say what
/// is thrown.

namespace xgrad::nn {

using xgrad::adaptive_avg_pool2d, xgrad::adaptive_max_pool2d, xgrad::avg_pool1d, xgrad::avg_pool2d,
    xgrad::interpolate, xgrad::max_pool1d, xgrad::max_pool2d;
using xgrad::AvgPool1dOptions, xgrad::AvgPool2dOptions, xgrad::InterpolateMode,
    xgrad::InterpolateOptions, xgrad::MaxPool1dOptions, xgrad::MaxPool2dOptions, xgrad::Scale2d;

namespace detail {

/// f(x, arguments…) as the module Self; printing shows the first argument by this name.
template <class Self, auto f, class... Arguments>
class Resizing : public Module {
 public:
  Resizing(const char* name, Arguments... arguments) : name_(name), arguments_(arguments...) {}
  Self clone() const { return deep_copy(static_cast<const Self&>(*this)); }
  Tensor forward(const Tensor& x) override {
    return std::apply([&](const auto&... arguments) { return f(x, arguments...); }, arguments_);
  }
  void visit_fields(FieldVisitor&) override {}
  const ClassFields* class_fields() const override {
    return detail::class_fields("", static_cast<const Self&>(*this));
  }
  std::string extra_repr() const override { return str(name_, '=', std::get<0>(arguments_)); }

 private:
  const char* name_;
  std::tuple<Arguments...> arguments_;
};

}  // namespace detail

class MaxPool1d : public detail::Resizing<MaxPool1d, max_pool1d, std::int64_t, MaxPool1dOptions> {
 public:
  explicit MaxPool1d(std::int64_t kernel_size, const MaxPool1dOptions& options = {})
      : Resizing("kernel_size", kernel_size, options) {}
};
class MaxPool2d : public detail::Resizing<MaxPool2d, max_pool2d, Size2d, MaxPool2dOptions> {
 public:
  explicit MaxPool2d(Size2d kernel_size, const MaxPool2dOptions& options = {})
      : Resizing("kernel_size", kernel_size, options) {}
};
class AvgPool1d : public detail::Resizing<AvgPool1d, avg_pool1d, std::int64_t, AvgPool1dOptions> {
 public:
  explicit AvgPool1d(std::int64_t kernel_size, const AvgPool1dOptions& options = {})
      : Resizing("kernel_size", kernel_size, options) {}
};
class AvgPool2d : public detail::Resizing<AvgPool2d, avg_pool2d, Size2d, AvgPool2dOptions> {
 public:
  explicit AvgPool2d(Size2d kernel_size, const AvgPool2dOptions& options = {})
      : Resizing("kernel_size", kernel_size, options) {}
};
class AdaptiveAvgPool2d : public detail::Resizing<AdaptiveAvgPool2d, adaptive_avg_pool2d, Size2d> {
 public:
  explicit AdaptiveAvgPool2d(Size2d output_size) : Resizing("output_size", output_size) {}
};
class AdaptiveMaxPool2d : public detail::Resizing<AdaptiveMaxPool2d, adaptive_max_pool2d, Size2d> {
 public:
  explicit AdaptiveMaxPool2d(Size2d output_size) : Resizing("output_size", output_size) {}
};
/// interpolate as a layer.
class Upsample : public detail::Resizing<Upsample, interpolate, InterpolateOptions> {
 public:
  explicit Upsample(const InterpolateOptions& options)
      : Resizing(options.size.given() ? "size" : "scale_factor", options) {}
};

}  // namespace xgrad::nn
