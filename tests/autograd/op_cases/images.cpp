#include "autograd/support/str.hpp"
#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {
namespace {

using Samples = std::vector<Sample>;

std::string pair(Size2d s) { return str('(', s.h, ", ", s.w, ')'); }
const char* truth(bool b) { return b ? "True" : "False"; }

struct Moves {
  Size2d stride = 1, padding = 0, dilation = 1;
};
// Each option by itself and with others.
const std::vector<Moves> moves = {{},
                                  {.stride = 2},
                                  {.stride = {1, 3}},
                                  {.padding = 1},
                                  {.padding = {2, 0}},
                                  {.dilation = {1, 2}},
                                  {.stride = 2, .padding = {1, 2}},
                                  {.stride = {2, 1}, .padding = 1, .dilation = 2},
                                  {.stride = 3, .padding = {2, 3}, .dilation = {3, 1}}};

bool fits(std::size_t in, std::size_t kernel, std::int64_t padding, std::int64_t dilation) {
  const auto n = static_cast<std::int64_t>(in), k = static_cast<std::int64_t>(kernel);
  return dilation * (k - 1) + 1 <= n + 2 * padding;
}

// ---- convolutions

Samples convolutions(std::size_t axes) {
  struct Sizes {
    Shape x, weight;
    std::int64_t groups = 1;
  };
  const std::vector<Sizes> images = {
      {{2, 2, 5, 4}, {3, 2, 3, 2}},    {{1, 4, 4, 5}, {2, 2, 2, 3}, 2},
      {{2, 3, 3, 3}, {3, 1, 2, 2}, 3}, {{2, 1, 1, 1}, {2, 1, 1, 1}},
      {{1, 2, 6, 1}, {2, 2, 3, 1}},    {{2, 4, 7}, {3, 2, 3, 3}},
      {{0, 2, 4, 4}, {3, 2, 2, 2}},    {{2, 2, 4, 4}, {2, 1, 1, 1}, 2},
      {{2, 5, 6}, {4, 2, 4, 5}}};
  const std::vector<Sizes> signals = {{{2, 2, 9}, {3, 2, 3}},    {{1, 4, 6}, {6, 2, 2}, 2},
                                      {{2, 3, 5}, {3, 1, 3}, 3}, {{2, 1, 1}, {2, 1, 1}},
                                      {{2, 8}, {3, 2, 4}},       {{0, 2, 6}, {1, 2, 2}}};
  Samples samples;
  for (const Sizes& s : axes == 2 ? images : signals)
    for (const Moves& m : moves) {
      const std::int64_t groups = s.groups;
      const Shape& kernel = s.weight;
      const bool fit =
          fits(s.x.back(), kernel.back(), m.padding.w, m.dilation.w) &&
          (axes == 1 || fits(s.x.end()[-2], kernel.end()[-2], m.padding.h, m.dilation.h));
      if (!fit) continue;
      // One without a batch axis and with weights of (O, C, KH, KW) has as many axes as axes + 1.
      const std::string options =
          axes == 2 ? str("stride=", pair(m.stride), ", padding=", pair(m.padding),
                          ", dilation=", pair(m.dilation), ", groups=", groups)
                    : str("stride=", m.stride.w, ", padding=", m.padding.w,
                          ", dilation=", m.dilation.w, ", groups=", groups);
      const auto call = [=](X x) {
        const Tensor bias = x.size() > 2 ? x[2] : Tensor();
        return axes == 2 ? conv2d(x[0], x[1], bias,
                                  {.stride = m.stride,
                                   .padding = m.padding,
                                   .dilation = m.dilation,
                                   .groups = groups})
                         : conv1d(x[0], x[1], bias,
                                  {.stride = m.stride.w,
                                   .padding = m.padding.w,
                                   .dilation = m.dilation.w,
                                   .groups = groups});
      };
      const std::string name = str("F.conv", axes, "d(a, b, ");
      if (samples.size() % 3 == 0)
        samples = samples + each(name + options + ")", call, {{reals(s.x), reals(kernel)}});
      else
        samples = samples + each(name + "c, " + options + ")", call,
                                 {{reals(s.x), reals(kernel), reals({kernel[0]})}});
    }
  return samples;
}

Samples transposed_convolutions(std::size_t axes) {
  struct Sizes {
    Shape x, weight;
    std::int64_t groups = 1;
  };
  const std::vector<Sizes> images = {{{2, 2, 3, 4}, {2, 3, 3, 2}},
                                     {{1, 4, 3, 3}, {4, 2, 2, 3}, 2},
                                     {{2, 1, 1}, {2, 1, 5, 5}},
                                     {{2, 3, 2, 4}, {3, 1, 3, 3}, 3}};
  const std::vector<Sizes> signals = {
      {{2, 2, 5}, {2, 3, 3}}, {{1, 4, 6}, {4, 1, 4}, 2}, {{2, 4}, {2, 3, 5}}};
  Samples samples;
  for (const Sizes& s : axes == 2 ? images : signals)
    for (const Moves& m : moves)
      for (const bool extended : {false, true}) {
        const std::int64_t groups = s.groups;
        const Size2d more{extended && m.stride.h > 1 ? m.stride.h - 1 : 0,
                          extended && m.stride.w > 1 ? 1 : 0};
        if (extended && more.h + more.w == 0) continue;
        const auto extent = [](std::size_t n, std::size_t k, std::int64_t stride,
                               std::int64_t padding, std::int64_t dilation) {
          return (static_cast<std::int64_t>(n) - 1) * stride - 2 * padding +
                 dilation * (static_cast<std::int64_t>(k) - 1) + 1;
        };
        if (extent(s.x.back(), s.weight.back(), m.stride.w, m.padding.w, m.dilation.w) <= 0)
          continue;
        if (axes == 2 &&
            extent(s.x.end()[-2], s.weight.end()[-2], m.stride.h, m.padding.h, m.dilation.h) <= 0)
          continue;
        const std::string options =
            axes == 2
                ? str("stride=", pair(m.stride), ", padding=", pair(m.padding),
                      ", output_padding=", pair(more), ", groups=", groups,
                      ", dilation=", pair(m.dilation))
                : str("stride=", m.stride.w, ", padding=", m.padding.w, ", output_padding=", more.w,
                      ", groups=", groups, ", dilation=", m.dilation.w);
        const auto call = [=](X x) {
          return axes == 2 ? conv_transpose2d(x[0], x[1], x[2],
                                              {.stride = m.stride,
                                               .padding = m.padding,
                                               .output_padding = more,
                                               .dilation = m.dilation,
                                               .groups = groups})
                           : conv_transpose1d(x[0], x[1], x[2],
                                              {.stride = m.stride.w,
                                               .padding = m.padding.w,
                                               .output_padding = more.w,
                                               .dilation = m.dilation.w,
                                               .groups = groups});
        };
        samples = samples + each(str("F.conv_transpose", axes, "d(a, b, c, ", options, ")"), call,
                                 {{reals(s.x), reals(s.weight),
                                   reals({s.weight[1] * static_cast<std::size_t>(groups)})}});
      }
  return samples;
}

Samples unfolded() {
  Samples samples;
  for (const Moves& m : moves) {
    if (!fits(4, 3, m.padding.h, m.dilation.h)) continue;
    const UnfoldOptions options{.dilation = m.dilation, .padding = m.padding, .stride = m.stride};
    samples = samples + each(str("F.unfold(a, (3, 2), dilation=", pair(m.dilation),
                                 ", padding=", pair(m.padding), ", stride=", pair(m.stride), ")"),
                             [=](X x) {
                               return unfold(x[0], {3, 2}, options);
                             },
                             {{reals({2, 2, 4, 5})}, {reals({3, 4, 4})}});
  }
  return samples;
}

Samples folded() {
  const auto sample = [](const std::string& options, const UnfoldOptions& o, const Shape& x) {
    return each("F.fold(a, (4, 5), (3, 2), " + options + ")",
                [=](X in) {
                  return fold(in[0], {4, 5}, {3, 2}, o);
                },
                {{reals(x)}});
  };
  return sample("stride=1", {}, {2, 12, 8}) + sample("stride=1", {}, {6, 8}) +
         sample("padding=1, stride=2", {.padding = 1, .stride = 2}, {2, 6, 6}) +
         sample("dilation=(1, 2), stride=(1, 2)", {.dilation = {1, 2}, .stride = {1, 2}},
                {1, 18, 4});
}

// ---- pooling

Samples pooled(bool largest, std::size_t axes) {
  Samples samples;
  const std::vector<Shape> shapes = axes == 2
                                        ? std::vector<Shape>{{2, 2, 5, 6}, {3, 7, 4}, {0, 2, 5, 5}}
                                        : std::vector<Shape>{{2, 3, 9}, {3, 8}, {0, 2, 6}};
  struct Options {
    Size2d kernel;
    Moves m;
    bool ceil_mode = false, count_include_pad = true;
  };
  const std::vector<Options> all = {
      {2, {.stride = 2}},
      {{2, 3}, {.stride = {2, 3}}},
      {3, {.stride = 1}},
      {3, {.stride = 2, .padding = 1}},
      {3, {.stride = 2, .padding = 1}, true},
      {2, {.stride = {3, 2}, .padding = {0, 1}}, true, false},
      {{3, 2}, {.stride = 1, .padding = 1}, false, false},
      {4, {.stride = {3, 4}, .padding = 2}, true},
      {1, {.stride = 2}},
      {2, {.stride = 1, .dilation = {2, 1}}},
      {{3, 2}, {.stride = 2, .padding = 1, .dilation = {1, 3}}, true}};
  for (const Options& o : all) {
    const Moves& m = o.m;
    const bool dilated = m.dilation.h * m.dilation.w > 1;
    if (dilated && !largest) continue;
    const auto number = [&](Size2d s) { return axes == 2 ? pair(s) : str(s.w); };
    const std::string torch =
        str(largest ? "F.max_pool" : "F.avg_pool", axes, "d(a, ", number(o.kernel),
            ", stride=", number(m.stride), ", padding=", number(m.padding),
            ", ceil_mode=", truth(o.ceil_mode),
            largest ? str(", dilation=", number(m.dilation))
                    : str(", count_include_pad=", truth(o.count_include_pad)),
            ")");
    const auto call = [=](X x) {
      if (largest)
        return axes == 2 ? max_pool2d(x[0], o.kernel,
                                      {.stride = m.stride,
                                       .padding = m.padding,
                                       .dilation = m.dilation,
                                       .ceil_mode = o.ceil_mode})
                         : max_pool1d(x[0], o.kernel.w,
                                      {.stride = m.stride.w,
                                       .padding = m.padding.w,
                                       .dilation = m.dilation.w,
                                       .ceil_mode = o.ceil_mode});
      return axes == 2 ? avg_pool2d(x[0], o.kernel,
                                    {.stride = m.stride,
                                     .padding = m.padding,
                                     .ceil_mode = o.ceil_mode,
                                     .count_include_pad = o.count_include_pad})
                       : avg_pool1d(x[0], o.kernel.w,
                                    {.stride = m.stride.w,
                                     .padding = m.padding.w,
                                     .ceil_mode = o.ceil_mode,
                                     .count_include_pad = o.count_include_pad});
    };
    for (const Shape& shape : shapes)
      samples = samples + each(torch, call, {{largest ? distinct(shape) : reals(shape)}});
  }
  return samples;
}

Samples adaptive(bool largest) {
  Samples samples;
  for (const Size2d size : {Size2d(1), Size2d(2, 3), Size2d(5, 6), Size2d(7, 4)})
    for (const Shape& shape : {Shape{2, 2, 5, 6}, {2, 7, 4}, {2, 1, 1, 17}})
      samples =
          samples + each(str(largest ? "F.adaptive_max_pool2d(a, " : "F.adaptive_avg_pool2d(a, ",
                             pair(size), ")"),
                         [=](X x) {
                           return largest ? adaptive_max_pool2d(x[0], size)
                                          : adaptive_avg_pool2d(x[0], size);
                         },
                         {{largest ? distinct(shape) : reals(shape)}});
  return samples;
}

Samples interpolated() {
  Samples samples;
  for (const bool linear : {false, true}) {
    const InterpolateMode mode = linear ? InterpolateMode::bilinear : InterpolateMode::nearest;
    const std::string end = linear ? "mode='bilinear')" : "mode='nearest')";
    for (const Size2d size : {Size2d(5, 4), Size2d(3, 9), Size2d(1), Size2d(8, 2)})
      samples = samples + each(str("F.interpolate(a, size=", pair(size), ", ", end),
                               [=](X x) { return interpolate(x[0], {.size = size, .mode = mode}); },
                               {{reals({2, 2, 5, 4})}, {reals({1, 1, 1, 3})}});
    for (const Scale2d scale : {Scale2d(2), Scale2d(0.5, 3), Scale2d(1.7, 0.9)})
      samples = samples +
                each(str("F.interpolate(a, scale_factor=(", scale.h, ", ", scale.w, "), ", end),
                     [=](X x) { return interpolate(x[0], {.scale_factor = scale, .mode = mode}); },
                     {{reals({1, 2, 4, 5})}, {reals({2, 1, 3, 3})}});
  }
  return samples;
}

}  // namespace

std::vector<OpCase> images_cases() {
  const double inf_ = inf;
  const Tensor x = zeros({2, 3, 5, 5}), w = zeros({4, 3, 3, 3}), signal = zeros({2, 3, 9}),
               filters = zeros({4, 3, 3});
  const auto nan_pool = [](X a) { return max_pool2d(a[0], 2, {.stride = 1, .padding = 1}); };
  return {
      op("conv2d", convolutions(2),
         {BAD(ShapeError, conv2d(zeros({3, 5}), w), "(3, 5)", "(N, C, H, W) or (C, H, W)"),
          BAD(ShapeError, conv2d(x, zeros({4, 3, 3})), "(4, 3, 3)", "(O, C / groups, KH, KW)"),
          BAD(ShapeError, conv2d(x, zeros({4, 2, 3, 3})), "(2, 3, 5, 5)", "(4, 2, 3, 3)",
              "3 channels"),
          BAD(ShapeError, conv2d(x, zeros({4, 1, 3, 3}), {}, {.groups = 3}), "(4, 1, 3, 3)",
              "groups 3"),
          BAD(ShapeError, conv2d(x, w, zeros({3})), "bias", "(3,)", "(4,)"),
          BAD(ShapeError, conv2d(x, zeros({4, 3, 6, 3})), "6", "5"),
          BAD(ShapeError, conv2d(x, w, {}, {.dilation = 3}), "dilation 3", "reaches over 7"),
          BAD(ShapeError, conv2d(x, zeros({4, 3, 0, 3})), "kernel of 0"),
          BAD(ValueError, conv2d(x, w, {}, {.stride = 0}), "stride is 0"),
          BAD(ValueError, conv2d(x, w, {}, {.stride = {1, -2}}), "stride is -2"),
          BAD(ValueError, conv2d(x, w, {}, {.padding = -1}), "padding is -1"),
          BAD(ValueError, conv2d(x, w, {}, {.dilation = 0}), "dilation is 0"),
          BAD(ValueError, conv2d(x, w, {}, {.groups = 0}), "groups is 0"),
          BAD(DTypeError, conv2d(x, zeros({4, 3, 3, 3}, f64)), "float32", "float64"),
          BAD(DTypeError, conv2d(x, w, zeros({4}, f64)), "float32", "float64"),
          BAD(DTypeError, conv2d(zeros({2, 3, 5, 5}, i64), w), "int64"),
          BAD(ValueError, conv2d(undefined, w), "undefined tensor"),
          BAD(ValueError, conv2d(x, undefined), "undefined tensor")}),
      op("conv1d", convolutions(1),
         {BAD(ShapeError, conv1d(x, filters), "(2, 3, 5, 5)", "(N, C, L) or (C, L)"),
          BAD(ShapeError, conv1d(signal, w), "(4, 3, 3, 3)", "(O, C / groups, K)"),
          BAD(ShapeError, conv1d(signal, zeros({4, 3, 10})), "10", "9"),
          BAD(ValueError, conv1d(signal, filters, {}, {.stride = -1}), "stride is -1"),
          BAD(ValueError, conv1d(undefined, filters), "undefined tensor")}),
      op("conv_transpose2d", transposed_convolutions(2),
         {BAD(ShapeError, conv_transpose2d(x, w), "(2, 3, 5, 5)", "(4, 3, 3, 3)", "3 channels"),
          BAD(ShapeError, conv_transpose2d(x, zeros({3, 1, 3, 3}), {}, {.groups = 2}), "groups 2"),
          BAD(ShapeError, conv_transpose2d(x, zeros({3, 4, 1, 1}), {}, {.padding = 3}), "padding 3",
              "-1"),
          BAD(ShapeError, conv_transpose2d(x, zeros({3, 4, 3, 3}), zeros({3})), "(3,)", "(4,)"),
          BAD(ValueError, conv_transpose2d(x, zeros({3, 4, 3, 3}), {}, {.output_padding = 1}),
              "output_padding is 1", "stride 1"),
          BAD(ValueError, conv_transpose2d(x, zeros({3, 4, 3, 3}), {}, {.output_padding = -1}),
              "output_padding is -1"),
          BAD(DTypeError, conv_transpose2d(x, zeros({3, 4, 3, 3}, f64)), "float64"),
          BAD(ValueError, conv_transpose2d(undefined, w), "undefined tensor")}),
      op("conv_transpose1d", transposed_convolutions(1),
         {BAD(ShapeError, conv_transpose1d(signal, filters), "(2, 3, 9)", "(4, 3, 3)"),
          BAD(ValueError, conv_transpose1d(signal, zeros({3, 2, 3}), {}, {.stride = 0}),
              "stride is 0"),
          BAD(ValueError, conv_transpose1d(undefined, filters), "undefined tensor")}),
      op("unfold", unfolded(),
         {BAD(ShapeError, unfold(zeros({3, 4}), 2), "(3, 4)"),
          BAD(ShapeError, unfold(x, 6), "6", "5"),
          BAD(ValueError, unfold(x, 0), "kernel_size is 0"),
          BAD(ValueError, unfold(x, 2, {.stride = 0}), "stride is 0"),
          BAD(DTypeError, unfold(zeros({2, 3, 5, 5}, i64), 2), "int64"),
          BAD(ValueError, unfold(undefined, 2), "undefined tensor")}),
      op("fold", folded(),
         {BAD(ShapeError, fold(zeros({2, 12, 7}), {4, 5}, {3, 2}), "(2, 12, 7)", "8"),
          BAD(ShapeError, fold(zeros({2, 13, 8}), {4, 5}, {3, 2}), "13", "multiple of 6"),
          BAD(ShapeError, fold(x, {4, 5}, {3, 2}), "(2, 3, 5, 5)"),
          BAD(ValueError, fold(zeros({2, 12, 8}), {0, 5}, {3, 2}), "output_size is 0"),
          BAD(ValueError, fold(undefined, {4, 5}, {3, 2}), "undefined tensor")}),
      op("max_pool2d",
         pooled(true, 2) + kinks("F.max_pool2d(a, 2, stride=1, padding=1)", nan_pool,
                                 {{exactly({1, 1, 3, 3}, {1, nan, 2, 2, 2, -inf_, 0, -0.0, inf_})},
                                  {exactly({1, 1, 2, 2}, {-inf_, -inf_, -inf_, -inf_})}}),
         {BAD(ShapeError, max_pool2d(zeros({5, 5}), 2), "(5, 5)"),
          BAD(ShapeError, max_pool2d(x, 6), "6", "5"),
          BAD(ShapeError, max_pool2d(x, 3, {.dilation = 3}), "dilation 3"),
          BAD(ShapeError, max_pool2d(zeros({1, 1, 2, 2}), 2, {.padding = 1, .dilation = 3}),
              "meets no element"),
          BAD(ValueError, max_pool2d(x, 0), "kernel_size is 0"),
          BAD(ValueError, max_pool2d(x, 2, {.stride = {1, 0}}), "stride is 0"),
          BAD(ValueError, max_pool2d(x, 2, {.padding = 2}), "padding is 2", "half"),
          BAD(ValueError, max_pool2d(x, 2, {.dilation = 0}), "dilation is 0"),
          BAD(DTypeError, max_pool2d(zeros({2, 3, 5, 5}, i64), 2), "int64"),
          BAD(ValueError, max_pool2d(undefined, 2), "undefined tensor")}),
      op("max_pool1d", pooled(true, 1),
         {BAD(ShapeError, max_pool1d(x, 2), "(2, 3, 5, 5)"),
          BAD(ValueError, max_pool1d(signal, 2, {.padding = -1}), "padding is -1"),
          BAD(ValueError, max_pool1d(undefined, 2), "undefined tensor")}),
      op("avg_pool2d", pooled(false, 2),
         {BAD(ShapeError, avg_pool2d(x, {2, 6}), "6", "5"),
          BAD(ValueError, avg_pool2d(x, 3, {.padding = 2}), "padding is 2"),
          BAD(ValueError, avg_pool2d(x, -1), "kernel_size is -1"),
          BAD(DTypeError, avg_pool2d(zeros({2, 3, 5, 5}, i64), 2), "int64"),
          BAD(ValueError, avg_pool2d(undefined, 2), "undefined tensor")}),
      op("avg_pool1d", pooled(false, 1),
         {BAD(ShapeError, avg_pool1d(x, 2), "(2, 3, 5, 5)"),
          BAD(ValueError, avg_pool1d(undefined, 2), "undefined tensor")}),
      op("adaptive_max_pool2d", adaptive(true),
         {BAD(ValueError, adaptive_max_pool2d(x, {0, 1}), "output_size is 0"),
          BAD(ShapeError, adaptive_max_pool2d(zeros({5, 5}), 1), "(5, 5)"),
          BAD(ValueError, adaptive_max_pool2d(undefined, 1), "undefined tensor")}),
      op("adaptive_avg_pool2d", adaptive(false),
         {BAD(ValueError, adaptive_avg_pool2d(x, -1), "output_size is -1"),
          BAD(ShapeError, adaptive_avg_pool2d(zeros({2, 3, 0, 5}), 1), "no element"),
          BAD(ValueError, adaptive_avg_pool2d(undefined, 1), "undefined tensor")}),
      op("interpolate", interpolated(),
         {BAD(ValueError, interpolate(x, {}), "neither", "size and scale_factor"),
          BAD(ValueError, interpolate(x, {.size = 2, .scale_factor = 2}), "both"),
          BAD(ValueError, interpolate(x, {.size = {2, 0}}), "size is 0"),
          BAD(ValueError, interpolate(x, {.scale_factor = -1}), "scale_factor is -1"),
          BAD(ShapeError, interpolate(x, {.scale_factor = 0.1}), "(2, 3, 5, 5)"),
          BAD(ShapeError, interpolate(signal[0][0], {.size = 2}), "(9,)"),
          BAD(ValueError, interpolate(undefined, {.size = 2}), "undefined tensor")})};
}

}  // namespace xgrad::test
