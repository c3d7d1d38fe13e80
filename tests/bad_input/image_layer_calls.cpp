// Layers of signals and images.

#include "world.hpp"

namespace xgrad::test {

// A table is read by its columns.
// clang-format off
std::vector<WrongCall> image_layer_calls() {
  using namespace nn;
  return {
      WRONG(ValueError, "nn::Conv1d::Conv1d", Conv1d(-1, 2, 3), "Conv1d: ", "-1 input", "0 or more"),
      WRONG(ValueError, "nn::Conv1d::Conv1d", Conv1d(3, 2, 0), "Conv1d: ", "kernel_size", "0", "at least 1"),
      WRONG(ValueError, "nn::Conv1d::Conv1d", Conv1d(3, 2, 3, {.groups = 2}), "Conv1d: ", "3 input", "2 groups", "divides"),
      WRONG(ValueError, "nn::Conv1d::Conv1d", Conv1d(3, 3, 3, {.groups = 0}), "Conv1d: ", "0 groups", "divides"),
      WRONG(ShapeError, "nn::Conv1d::forward", w.right(Conv1d(3, 2, 3))(w.images), "conv1d: ", "(2, 3, 8, 8)", "(N, C, L)"),
      WRONG(ShapeError, "nn::Conv1d::forward", w.right(Conv1d(3, 2, 3))(zeros({2, 4, 8})), "conv1d: ", "(2, 4, 8)", "(2, 3, 3)"),
      WRONG(ShapeError, "nn::Conv1d::forward", w.right(Conv1d(3, 2, 9))(zeros({2, 3, 8})), "conv1d: ", "9", "8"),
      WRONG(ValueError, "nn::Conv1d::forward", w.right(Conv1d(3, 2, 3, {.stride = 0}))(zeros({2, 3, 8})), "conv1d: ", "stride", "0"),
      WRONG(ValueError, "nn::Conv1d::forward", w.right(Conv1d(3, 2, 3))(w.undefined), "conv1d: ", "undefined"),
      WRONG(ValueError, "nn::Conv2d::Conv2d", Conv2d(3, -2, 3), "Conv2d: ", "-2 output", "0 or more"),
      WRONG(ValueError, "nn::Conv2d::Conv2d", Conv2d(3, 2, {3, 0}), "Conv2d: ", "kernel_size", "0", "at least 1"),
      WRONG(ValueError, "nn::Conv2d::Conv2d", Conv2d(4, 3, 3, {.groups = 2}), "Conv2d: ", "3 output", "2 groups", "divides"),
      WRONG(ShapeError, "nn::Conv2d::forward", w.right(Conv2d(4, 2, 3))(w.images), "conv2d: ", "(2, 3, 8, 8)", "(2, 4, 3, 3)"),
      WRONG(ShapeError, "nn::Conv2d::forward", w.right(Conv2d(3, 2, 9))(w.images), "conv2d: ", "9", "8"),
      WRONG(ValueError, "nn::Conv2d::forward", w.right(Conv2d(3, 2, 3, {.padding = -1}))(w.images), "conv2d: ", "padding", "-1"),
      WRONG(ValueError, "nn::Conv2d::forward", w.right(Conv2d(3, 2, 3, {.padding = INT64_MAX}))(w.images), "conv2d: ", "padding", "9223372036854775807", "less than 2^31"),
      WRONG(ValueError, "nn::Conv2d::forward", w.right(Conv2d(3, 2, 3, {.dilation = INT64_MAX}))(w.images), "conv2d: ", "dilation", "9223372036854775807", "less than 2^31"),
      WRONG(ValueError, "nn::ConvTranspose1d::ConvTranspose1d", ConvTranspose1d(3, 2, -1), "ConvTranspose1d: ", "kernel_size", "-1", "at least 1"),
      WRONG(ShapeError, "nn::ConvTranspose1d::forward", w.right(ConvTranspose1d(4, 2, 3))(zeros({2, 3, 8})), "conv_transpose1d: ", "(2, 3, 8)", "(4, 2, 3)"),
      WRONG(ValueError, "nn::ConvTranspose1d::forward", w.right(ConvTranspose1d(3, 2, 3, {.output_padding = 1}))(zeros({2, 3, 8})), "conv_transpose1d: ", "output_padding", "1"),
      WRONG(ValueError, "nn::ConvTranspose2d::ConvTranspose2d", ConvTranspose2d(3, 3, 3, {.groups = 2}), "ConvTranspose2d: ", "3 input", "2 groups", "divides"),
      WRONG(ShapeError, "nn::ConvTranspose2d::forward", w.right(ConvTranspose2d(4, 2, 3))(w.images), "conv_transpose2d: ", "(2, 3, 8, 8)", "(4, 2, 3, 3)"),
      WRONG(ValueError, "nn::ConvTranspose2d::forward", w.right(ConvTranspose2d(3, 2, 3))(w.undefined), "conv_transpose2d: ", "undefined"),
      WRONG(ValueError, "nn::MaxPool1d::MaxPool1d", MaxPool1d(0)(w.sequence), "max_pool1d: ", "kernel_size", "0", "at least 1"),
      WRONG(ShapeError, "nn::MaxPool1d::forward", w.right(MaxPool1d(2))(w.images), "max_pool1d: ", "(2, 3, 8, 8)", "(N, C, L)"),
      WRONG(ShapeError, "nn::MaxPool1d::forward", w.right(MaxPool1d(9))(w.sequence), "max_pool1d: ", "9", "3"),
      WRONG(ValueError, "nn::MaxPool2d::MaxPool2d", MaxPool2d(2, {.padding = 2})(w.images), "max_pool2d: ", "padding", "2"),
      WRONG(ValueError, "nn::MaxPool2d::forward", w.right(MaxPool2d(INT64_MAX))(w.images), "max_pool2d: ", "kernel_size", "9223372036854775807", "less than 2^31"),
      WRONG(ShapeError, "nn::MaxPool2d::forward", w.right(MaxPool2d(2))(w.f), "max_pool2d: ", "(2, 3)", "(N, C, H, W)"),
      WRONG(ValueError, "nn::MaxPool2d::forward", w.right(MaxPool2d(INT64_MAX))(w.images), "max_pool2d: ", "kernel_size", "9223372036854775807", "less than 2^31"),
      WRONG(ShapeError, "nn::MaxPool2d::forward", w.right(MaxPool2d(9))(w.images), "max_pool2d: ", "9", "8"),
      WRONG(ValueError, "nn::AvgPool1d::AvgPool1d", AvgPool1d(2, {.stride = 0})(w.sequence), "avg_pool1d: ", "stride", "0", "at least 1"),
      WRONG(ShapeError, "nn::AvgPool1d::forward", w.right(AvgPool1d(9))(w.sequence), "avg_pool1d: ", "9", "3"),
      WRONG(ValueError, "nn::AvgPool2d::AvgPool2d", AvgPool2d({2, 0})(w.images), "avg_pool2d: ", "kernel_size", "0", "at least 1"),
      WRONG(DTypeError, "nn::AvgPool2d::forward", w.right(AvgPool2d(2))(w.images.to(uint8)), "avg_pool2d: ", "uint8", "float32"),
      WRONG(ValueError, "nn::AvgPool2d::forward", w.right(AvgPool2d(2))(w.undefined), "avg_pool2d: ", "undefined"),
      WRONG(ValueError, "nn::AdaptiveAvgPool2d::AdaptiveAvgPool2d", AdaptiveAvgPool2d(-1)(w.images), "adaptive_avg_pool2d: ", "output_size", "-1"),
      WRONG(ShapeError, "nn::AdaptiveAvgPool2d::forward", w.right(AdaptiveAvgPool2d(2))(w.f), "adaptive_avg_pool2d: ", "(2, 3)", "(N, C, H, W)"),
      WRONG(ValueError, "nn::AdaptiveMaxPool2d::AdaptiveMaxPool2d", AdaptiveMaxPool2d({2, -1})(w.images), "adaptive_max_pool2d: ", "output_size", "-1"),
      WRONG(ShapeError, "nn::AdaptiveMaxPool2d::forward", w.right(AdaptiveMaxPool2d(2))(w.f), "adaptive_max_pool2d: ", "(2, 3)", "(N, C, H, W)"),
      WRONG(ValueError, "nn::Upsample::Upsample", Upsample({})(w.images), "interpolate: ", "size", "scale_factor"),
      WRONG(ValueError, "nn::Upsample::Upsample", Upsample({.scale_factor = -1})(w.images), "interpolate: ", "scale_factor", "-1"),
      WRONG(ValueError, "nn::Upsample::forward", w.right(Upsample({.scale_factor = 1e300}))(w.images), "interpolate: ", "scale_factor", "1e+300", "less than 2^31"),
      WRONG(ShapeError, "nn::Upsample::forward", w.right(Upsample({.scale_factor = 2}))(w.f), "interpolate: ", "(2, 3)", "(N, C, H, W)"),
      WRONG(ValueError, "nn::Upsample::forward", w.right(Upsample({.scale_factor = 2}))(w.undefined), "interpolate: ", "undefined"),
  };
}
// clang-format on

}  // namespace xgrad::test
