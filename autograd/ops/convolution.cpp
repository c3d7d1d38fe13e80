#include "convolution.hpp"

#include <algorithm>
#include <array>
#include <ostream>

#include "../kernels/columns.hpp"
#include "../kernels/convolve.hpp"
#include "../kernels/gemm.hpp"
#include "../op/operation.hpp"
#include "../support/allocator.hpp"
#include "../support/parallel.hpp"
#include "../support/str.hpp"
#include "../tensor/expect.hpp"
#include "arithmetic.hpp"
#include "linalg.hpp"
#include "reduction.hpp"
#include "shaping.hpp"

namespace xgrad {
namespace {

using detail::values;
using kernels::ConvolutionAxis;

// Of images (N, groups channels, h.in, w.in) to (N, groups filters, h.out, w.out), with a weight
// (groups filters, channels, h.kernel, w.kernel). A signal has one axis less and trivial h.
struct Geometry : kernels::ConvolutionSize {  // of one group
  std::size_t groups = 1;
  std::size_t axes = 2;  // 1 for signals, 2 for images

  // Multiplications for one image.
  std::size_t multiplications() const { return groups * weight() * positions(); }

  Shape shape(std::size_t first, std::size_t second, std::size_t height, std::size_t width) const {
    return axes == 1 ? Shape{first, second, width} : Shape{first, second, height, width};
  }
  Shape image_shape(std::size_t n) const { return shape(n, groups * channels, h.in, w.in); }
  Shape result_shape(std::size_t n) const { return shape(n, groups * filters, h.out, w.out); }
  Shape weight_shape() const { return shape(groups * filters, channels, h.kernel, w.kernel); }
};

// Memory for the columns of one group of an image, and for the image with its padding.
template <class T>
struct Space {
  explicit Space(const Geometry& g)
      : columns(g.is_product() ? 0 : g.elements() * g.positions()),
        padded(kernels::padded_size(g.channels, g.h, g.w)) {}
  memory::Scratch<T> columns, padded;
};

// Calls f(from, to) for parts of n images, or pieces of a batch, of so many multiplications each,
// on the library's threads.
template <class F>
void share_images(std::size_t n, std::size_t multiplications, const F& f) {
  kernels::parallel_ranges(n, static_cast<double>(multiplications) / 60, f);
}

// The same of f(number of the image, group, space) for each group of each image.
template <class T, class F>
void for_each_group(std::size_t n, const Geometry& g, const F& f) {
  share_images(n, g.multiplications(), [&](std::size_t from, std::size_t to) {
    Space<T> space(g);
    for (std::size_t i = from; i < to; ++i)
      for (std::size_t group = 0; group < g.groups; ++group) f(i, group, space);
  });
}

// The columns of a group of an image: in `space`, or the image itself.
template <class T>
const T* columns_of(const T* image, Space<T>& space, const Geometry& g) {
  if (g.is_product()) return image;
  kernels::to_columns(space.columns.begin(), image, space.padded.begin(), g.channels, g.h, g.w);
  return space.columns.begin();
}

// The bias of the channels of a group; null without one.
template <class T>
const T* bias_of(const Tensor& bias, std::size_t group, std::size_t channels) {
  return bias.defined() ? values<T>(bias) + group * channels : nullptr;
}

// y = the convolutions of images, by the kernel for stride 1.
template <class T>
void convolve_directly(Tensor& y, const Tensor& x, const T* weight, const Tensor& bias,
                       const Geometry& g) {
  using Kernel = kernels::Convolve<T>;
  const Kernel convolve(weight, bias_of<T>(bias, 0, g.filters), g.groups, g);
  share_images(x.shape()[0], g.multiplications(), [&](std::size_t from, std::size_t to) {
    typename Kernel::Space space(convolve);
    for (std::size_t at = from * g.groups; at < to * g.groups; ++at)
      convolve(values<T>(y) + at * g.result(), values<T>(x) + at * g.image(), at % g.groups, space);
  });
}

// y = convolve(x, w) + bias
template <class T>
void convolve_images(Tensor& y, const Tensor& x, const Tensor& w, const Tensor& b,
                     const Geometry& g) {
  if (kernels::Convolve<T>::pays(g, g.weight() * g.positions()))
    return convolve_directly(y, x, values<T>(w), b, g);
  const std::size_t n = x.shape()[0];
  for_each_group<T>(n, g, [&](std::size_t i, std::size_t group, Space<T>& space) {
    const std::size_t at = i * g.groups + group;
    T* const result = values<T>(y) + at * g.result();
    const T* const bias = bias_of<T>(b, group, g.filters);
    for (std::size_t f = 0; bias && f < g.filters; ++f)
      std::fill_n(result + f * g.positions(), g.positions(), bias[f]);
    kernels::gemm(
        false, false, g.filters, g.positions(), g.elements(), values<T>(w) + group * g.weight(),
        columns_of(values<T>(x) + at * g.image(), space, g), T(bias ? 1 : 0), result, n == 1);
  });
}

// A convolution of stride 1 backwards: the convolution of its results with the weight mirrored.
// Where there is none, the stride is not 1.
Geometry backwards(const Geometry& g) {
  const auto axis = [](const ConvolutionAxis& a) {
    const std::size_t reach = a.dilation * (a.kernel - 1);
    const bool exists =
        a.stride == 1 && a.padding <= reach && a.in + 2 * a.padding == a.out + reach;
    return ConvolutionAxis{.in = a.out,
                           .kernel = a.kernel,
                           .stride = exists ? 1U : 2U,
                           .padding = exists ? reach - a.padding : 0,
                           .dilation = a.dilation,
                           .out = a.in};
  };
  Geometry back = g;
  back.h = axis(g.h);
  back.w = axis(g.w);
  std::swap(back.channels, back.filters);
  return back;
}

// x = transposed(y, w) + bias
template <class T>
void transpose_images(Tensor& x, const Tensor& y, const Tensor& w, const Tensor& b,
                      const Geometry& g) {
  if (const Geometry back = backwards(g);
      kernels::Convolve<T>::pays(back, g.weight() * g.positions())) {
    memory::Scratch<T> mirrored(g.groups * g.weight());
    const std::size_t area = g.h.kernel * g.w.kernel;
    T* to = mirrored.begin();
    for (std::size_t group = 0; group < g.groups; ++group)
      for (std::size_t c = 0; c < g.channels; ++c)
        for (std::size_t f = 0; f < g.filters; ++f) {
          const T* const from = values<T>(w) + ((group * g.filters + f) * g.channels + c) * area;
          to = std::reverse_copy(from, from + area, to);
        }
    return convolve_directly(x, y, mirrored.begin(), b, back);
  }
  const std::size_t n = y.shape()[0], area = g.h.in * g.w.in;
  for_each_group<T>(n, g, [&](std::size_t i, std::size_t group, Space<T>& space) {
    const std::size_t at = i * g.groups + group;
    T* const image = values<T>(x) + at * g.image();
    T* const columns = g.is_product() ? image : space.columns.begin();
    kernels::gemm(true, false, g.elements(), g.positions(), g.filters,
                  values<T>(w) + group * g.weight(), values<T>(y) + at * g.result(), T(0), columns,
                  n == 1);
    if (columns != image)
      kernels::add_columns(image, columns, space.padded.begin(), g.channels, g.h, g.w);
    const T* const bias = bias_of<T>(b, group, g.channels);
    for (std::size_t c = 0; bias && c < g.channels; ++c)
      for (std::size_t k = 0; k < area; ++k) image[c * area + k] += bias[c];
  });
}

// Into how many pieces a batch is cut for the weight's gradient: a piece has much more to do than
// to be added.
std::size_t pieces_of(std::size_t n, const Geometry& g) {
  return std::max<std::size_t>(1, std::min({n, n * g.positions() / 512, std::size_t{8}}));
}

// w = the sum over the images and groups, by number, of what add(sum of the group, number, space)
// adds to sums of `size` elements, which finish(weight of the group, sum) reads. Pieces of the
// batch are cut by shape, and their sums added in their order, so that the number of threads does
// not matter.
template <class T, class MakeSpace, class Add, class Finish>
void sum_images(Tensor& w, std::size_t n, std::size_t size, const Geometry& g,
                const MakeSpace& make_space, const Add& add, const Finish& finish) {
  const std::size_t pieces = pieces_of(n, g);
  const std::size_t all = g.groups * size;
  memory::Scratch<T> sums(pieces * all);
  std::fill(sums.begin(), sums.end(), T(0));
  share_images(pieces, n * g.multiplications() / pieces, [&](std::size_t from, std::size_t to) {
    auto space = make_space();
    for (std::size_t piece = from; piece < to; ++piece)
      for (std::size_t i = piece * n / pieces; i < (piece + 1) * n / pieces; ++i)
        for (std::size_t group = 0; group < g.groups; ++group)
          add(sums.begin() + piece * all + group * size, i * g.groups + group, space);
  });
  for (std::size_t piece = 1; piece < pieces; ++piece)
    for (std::size_t k = 0; k < all; ++k) sums[k] += sums[piece * all + k];
  for (std::size_t group = 0; group < g.groups; ++group)
    finish(values<T>(w) + group * g.weight(), sums.begin() + group * size);
}

// w = correlate(x, y)
template <class T>
void correlate_images(Tensor& w, const Tensor& x, const Tensor& y, const Geometry& g) {
  using Kernel = kernels::Correlate<T>;
  const std::size_t n = x.shape()[0];
  if (Kernel::pays(g)) {
    const Kernel correlate(g);
    return sum_images<T>(
        w, n, correlate.sums(), g, [&] { return typename Kernel::Space(correlate); },
        [&](T* sum, std::size_t at, auto& space) {
          correlate.add(sum, values<T>(x) + at * g.image(), values<T>(y) + at * g.result(), space);
        },
        [&](T* weight, const T* sum) { correlate.finish(weight, sum); });
  }
  sum_images<T>(
      w, n, g.weight(), g, [&] { return Space<T>(g); },
      [&](T* sum, std::size_t at, auto& space) {
        kernels::gemm(
            false, true, g.filters, g.elements(), g.positions(), values<T>(y) + at * g.result(),
            columns_of(values<T>(x) + at * g.image(), space, g), T(1), sum, pieces_of(n, g) == 1);
      },
      [&](T* weight, const T* sum) { std::copy_n(sum, g.weight(), weight); });
}

// The three products of which convolution consists, each linear in both factors:
//   y = convolve(x, w),  x' = transposed(y, w),  w' = correlate(x, y),
// with <convolve(x, w), y> = <x, transposed(y, w)> = <w, correlate(x, y)>. The gradients of each
// are the other two. The bias is an optional third input of the first two.

Tensor convolve(const Tensor& x, const Tensor& w, const Geometry& geometry);
Tensor transposed(const Tensor& y, const Tensor& w, const Geometry& geometry);
Tensor correlate(const Tensor& x, const Tensor& y, const Geometry& geometry);

constexpr auto bias_gradient = gradient(reads::nothing, [](const Tensor& g, const auto&) {
  return sum(g, g.ndim() == 4 ? Axes{0, 2, 3} : Axes{0, 2});
});

constexpr auto convolve_op = operation<Geometry>(
    "convolution",
    [](const Inputs& in, const Geometry& g) {
      Tensor out = empty(g.result_shape(in[0].shape()[0]), {.dtype = in[0].dtype()});
      const auto compute = [g](Tensor& y, const Tensor& x, const Tensor& w, const Tensor& b) {
        visit_floating(y.dtype(), [&]<class T>(T) { convolve_images<T>(y, x, w, b, g); });
      };
      detail::launch(out, compute, in[0], in[1], in[2]);
      return out;
    },
    gradient(
        reads::input(1),
        [](const Tensor& g, const auto& c) { return transposed(g, c.input(1), c.attributes); }),
    gradient(reads::input(0),
             [](const Tensor& g, const auto& c) { return correlate(c.input(0), g, c.attributes); }),
    bias_gradient);

constexpr auto transposed_op = operation<Geometry>(
    "conv_transpose",
    [](const Inputs& in, const Geometry& g) {
      Tensor out = empty(g.image_shape(in[0].shape()[0]), {.dtype = in[0].dtype()});
      const auto compute = [g](Tensor& x, const Tensor& y, const Tensor& w, const Tensor& b) {
        visit_floating(x.dtype(), [&]<class T>(T) { transpose_images<T>(x, y, w, b, g); });
      };
      detail::launch(out, compute, in[0], in[1], in[2]);
      return out;
    },
    gradient(reads::input(1),
             [](const Tensor& g, const auto& c) { return convolve(g, c.input(1), c.attributes); }),
    gradient(reads::input(0),
             [](const Tensor& g, const auto& c) { return correlate(g, c.input(0), c.attributes); }),
    bias_gradient);

constexpr auto correlate_op = operation<Geometry>(  // inputs: x, y
    "conv_weight",
    [](const Inputs& in, const Geometry& g) {
      Tensor out = empty(g.weight_shape(), {.dtype = in[0].dtype()});
      const auto compute = [g](Tensor& w, const Tensor& x, const Tensor& y) {
        visit_floating(w.dtype(), [&]<class T>(T) { correlate_images<T>(w, x, y, g); });
      };
      detail::launch(out, compute, in[0], in[1]);
      return out;
    },
    gradient(
        reads::input(1),
        [](const Tensor& g, const auto& c) { return transposed(c.input(1), g, c.attributes); }),
    gradient(reads::input(0),
             [](const Tensor& g, const auto& c) { return convolve(c.input(0), g, c.attributes); }));

Tensor convolve(const Tensor& x, const Tensor& w, const Geometry& geometry) {
  return convolve_op(x, w, Tensor(), geometry);
}
Tensor transposed(const Tensor& y, const Tensor& w, const Geometry& geometry) {
  return transposed_op(y, w, Tensor(), geometry);
}
Tensor correlate(const Tensor& x, const Tensor& y, const Geometry& geometry) {
  return correlate_op(x, y, geometry);
}

// ---- checks

// The options along one axis.
struct AxisOptions {
  std::int64_t stride, padding, dilation, output_padding = 0;
};

// Throws ValueError for options out of range.
void check_axis(const char* op, const AxisOptions& o) {
  expect<ValueError>(o.stride > 0, op, ": stride is ", o.stride, "; expected at least 1");
  expect<ValueError>(o.padding >= 0, op, ": padding is ", o.padding, "; expected 0 or more");
  expect<ValueError>(o.dilation > 0, op, ": dilation is ", o.dilation, "; expected at least 1");
  expect<ValueError>(
      o.output_padding >= 0 &&
          (o.output_padding == 0 || o.output_padding < o.stride || o.output_padding < o.dilation),
      op, ": output_padding is ", o.output_padding, " with stride ", o.stride, " and dilation ",
      o.dilation, "; expected 0 or more, and less than one of them");
  for (const auto& [what, value] : {std::pair("stride", o.stride), std::pair("padding", o.padding),
                                    std::pair("dilation", o.dilation)})
    expect<ValueError>(value < std::int64_t{1} << 31, op, ": ", what, " is ", value,
                       "; expected less than 2^31");
}

ConvolutionAxis make_axis(std::size_t in, std::size_t kernel, const AxisOptions& o) {
  return {.in = in,
          .kernel = kernel,
          .stride = static_cast<std::size_t>(o.stride),
          .padding = static_cast<std::size_t>(o.padding),
          .dilation = static_cast<std::size_t>(o.dilation)};
}

// The axis of a kernel that moves over an image of `in` elements. Throws ShapeError if it does not
// fit in.
ConvolutionAxis forward_axis(const char* op, std::size_t in, std::size_t kernel,
                             const AxisOptions& o) {
  check_axis(op, o);
  ConvolutionAxis axis = make_axis(in, kernel, o);
  const std::size_t reach = axis.dilation * (kernel - 1) + 1, padded = in + 2 * axis.padding;
  expect<ShapeError>(kernel > 0 && reach <= padded, op, ": a kernel of ", kernel,
                     " elements with dilation ", o.dilation, " reaches over ", kernel ? reach : 0,
                     ", but the input has ", in, " with ", o.padding,
                     " of padding on each side; expected a kernel of at least 1 that fits in");
  axis.out = (padded - reach) / axis.stride + 1;
  return axis;
}

// The axis of a convolution whose result has `out` elements. Throws ShapeError if the image would
// have none.
ConvolutionAxis backward_axis(const char* op, std::size_t out, std::size_t kernel,
                              const AxisOptions& o) {
  check_axis(op, o);
  const auto n = static_cast<std::int64_t>(out), k = static_cast<std::int64_t>(kernel);
  const std::int64_t in =
      (n - 1) * o.stride - 2 * o.padding + o.dilation * (k - 1) + o.output_padding + 1;
  expect<ShapeError>(kernel > 0 && out > 0 && in > 0, op, ": ", out, " elements with a kernel of ",
                     kernel, ", stride ", o.stride, ", padding ", o.padding, ", dilation ",
                     o.dilation, " and output_padding ", o.output_padding, " would give ", in,
                     "; expected at least 1 of each");
  ConvolutionAxis axis = make_axis(static_cast<std::size_t>(in), kernel, o);
  axis.out = out;
  return axis;
}

// Checks the operands of a convolution over `axes` axes and calls compute(x with a batch axis,
// geometry without its axes). The weight has `first` (groups filters, or groups channels) x
// `second` channels; transposed exchanges the two.
template <class Compute>
Tensor checked(const char* op, std::size_t axes, bool transpose, const Tensor& x,
               const Tensor& weight, const Tensor& bias, std::int64_t groups,
               const Compute& compute) {
  expect_floating(op, "x", x);
  expect_defined(op, "weight", weight);
  expect_same_dtype(op, "weight", weight, "x", x);
  const std::string expected = axes == 1 ? "x (N, C, L) or (C, L)" : "x (N, C, H, W) or (C, H, W)";
  expect<ShapeError>(x.ndim() == axes + 1 || x.ndim() == axes + 2, op, ": x of shape ", x.shape(),
                     "; expected ", expected);
  const char* const form = transpose
                               ? (axes == 1 ? "(C, O / groups, K)" : "(C, O / groups, KH, KW)")
                               : (axes == 1 ? "(O, C / groups, K)" : "(O, C / groups, KH, KW)");
  expect<ShapeError>(weight.ndim() == axes + 2, op, ": weight of shape ", weight.shape(),
                     "; expected ", form);
  expect<ValueError>(groups > 0, op, ": groups is ", groups, "; expected at least 1");
  const bool batched = x.ndim() == axes + 2;
  const Tensor images = batched ? x : unsqueeze(x, 0);
  const std::size_t channels = images.shape()[1], g = static_cast<std::size_t>(groups);
  const std::size_t first = weight.shape()[0], second = weight.shape()[1];
  expect<ShapeError>(channels == (transpose ? first : second * g) && first % g == 0, op,
                     ": x of shape ", x.shape(), " has ", channels, " channels, weight of shape ",
                     weight.shape(), " with groups ", groups, " takes ",
                     transpose ? first : second * g, "; expected equal numbers, and ", first,
                     " to be a multiple of groups");
  const std::size_t results = transpose ? second * g : first;
  if (bias.defined()) {
    expect_same_dtype(op, "bias", bias, "x", x);
    expect<ShapeError>(bias.shape() == Shape{results}, op, ": bias of shape ", bias.shape(),
                       " for ", results, " channels; expected (", results, ",)");
  }
  Geometry geometry;
  geometry.channels = second;
  geometry.filters = first / g;
  geometry.groups = g;
  geometry.axes = axes;
  const Tensor y = compute(images, geometry);
  return batched ? y : squeeze(y, 0);
}

Tensor convolution(const char* op, std::size_t axes, const Tensor& x, const Tensor& weight,
                   const Tensor& bias, const AxisOptions& h, const AxisOptions& w,
                   std::int64_t groups) {
  return checked(op, axes, false, x, weight, bias, groups,
                 [&](const Tensor& images, Geometry& geometry) {
                   const Shape &image = images.shape(), &kernel = weight.shape();
                   if (axes == 2) geometry.h = forward_axis(op, image[2], kernel[2], h);
                   geometry.w = forward_axis(op, image.back(), kernel.back(), w);
                   return convolve_op(images, weight, bias, geometry);
                 });
}
Tensor transposed_convolution(const char* op, std::size_t axes, const Tensor& x,
                              const Tensor& weight, const Tensor& bias, const AxisOptions& h,
                              const AxisOptions& w, std::int64_t groups) {
  return checked(op, axes, true, x, weight, bias, groups,
                 [&](const Tensor& images, Geometry& geometry) {
                   const Shape &image = images.shape(), &kernel = weight.shape();
                   if (axes == 2) geometry.h = backward_axis(op, image[2], kernel[2], h);
                   geometry.w = backward_axis(op, image.back(), kernel.back(), w);
                   return transposed_op(images, weight, bias, geometry);
                 });
}

// ---- unfold and fold

Tensor unfolded(const Tensor& x, const Geometry& geometry);

constexpr auto fold_op = operation<Geometry>(
    "fold",
    [](const Inputs& in, const Geometry& g) {
      const std::size_t n = in[0].shape()[0], size = g.elements() * g.positions();
      Tensor out = empty(g.image_shape(n), {.dtype = in[0].dtype()});
      visit_floating(out.dtype(), [&]<class T>(T) {
        memory::Scratch<T> padded(kernels::padded_size(g.channels, g.h, g.w));
        for (std::size_t i = 0; i < n; ++i)
          kernels::add_columns(values<T>(out) + i * g.image(), values<T>(in[0]) + i * size,
                               padded.begin(), g.channels, g.h, g.w);
      });
      return out;
    },
    gradient(reads::nothing,
             [](const Tensor& g, const auto& c) { return unfolded(g, c.attributes); }));

constexpr auto unfold_op = operation<Geometry>(
    "unfold",
    [](const Inputs& in, const Geometry& g) {
      const std::size_t n = in[0].shape()[0], size = g.elements() * g.positions();
      Tensor out = empty({n, g.elements(), g.positions()}, {.dtype = in[0].dtype()});
      visit_floating(out.dtype(), [&]<class T>(T) {
        memory::Scratch<T> padded(kernels::padded_size(g.channels, g.h, g.w));
        for (std::size_t i = 0; i < n; ++i)
          kernels::to_columns(values<T>(out) + i * size, values<T>(in[0]) + i * g.image(),
                              padded.begin(), g.channels, g.h, g.w);
      });
      return out;
    },
    gradient(reads::nothing,
             [](const Tensor& g, const auto& c) { return fold_op(g, c.attributes); }));

Tensor unfolded(const Tensor& x, const Geometry& geometry) { return unfold_op(x, geometry); }

std::size_t extent(const char* op, const char* what, std::int64_t value) {
  expect<ValueError>(value > 0, op, ": ", what, " is ", value, "; expected at least 1");
  return static_cast<std::size_t>(value);
}

// The blocks of images of `channels` channels and this size.
Geometry blocks_of(const char* op, std::size_t channels, std::size_t height, std::size_t width,
                   Size2d kernel, const UnfoldOptions& o) {
  const std::size_t kernel_h = extent(op, "kernel_size", kernel.h);
  const std::size_t kernel_w = extent(op, "kernel_size", kernel.w);
  Geometry blocks;
  blocks.h = forward_axis(op, height, kernel_h, {o.stride.h, o.padding.h, o.dilation.h});
  blocks.w = forward_axis(op, width, kernel_w, {o.stride.w, o.padding.w, o.dilation.w});
  blocks.channels = channels;
  return blocks;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Size2d& size) {
  return out << '(' << size.h << ", " << size.w << ')';
}

Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv1dOptions& o) {
  const AxisOptions axis{o.stride, o.padding, o.dilation};
  return convolution("conv1d", 1, x, weight, bias, axis, axis, o.groups);
}

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv2dOptions& o) {
  return convolution("conv2d", 2, x, weight, bias, {o.stride.h, o.padding.h, o.dilation.h},
                     {o.stride.w, o.padding.w, o.dilation.w}, o.groups);
}

Tensor conv_transpose1d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTranspose1dOptions& o) {
  const AxisOptions axis{o.stride, o.padding, o.dilation, o.output_padding};
  return transposed_convolution("conv_transpose1d", 1, x, weight, bias, axis, axis, o.groups);
}

Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTranspose2dOptions& o) {
  return transposed_convolution("conv_transpose2d", 2, x, weight, bias,
                                {o.stride.h, o.padding.h, o.dilation.h, o.output_padding.h},
                                {o.stride.w, o.padding.w, o.dilation.w, o.output_padding.w},
                                o.groups);
}

Tensor unfold(const Tensor& x, Size2d kernel_size, const UnfoldOptions& options) {
  expect_floating("unfold", "x", x);
  expect<ShapeError>(x.ndim() == 3 || x.ndim() == 4, "unfold: x of shape ", x.shape(),
                     "; expected (N, C, H, W) or (C, H, W)");
  const Tensor images = x.ndim() == 4 ? x : unsqueeze(x, 0);
  const Shape& shape = images.shape();
  const Tensor y =
      unfold_op(images, blocks_of("unfold", shape[1], shape[2], shape[3], kernel_size, options));
  return x.ndim() == 4 ? y : squeeze(y, 0);
}

Tensor fold(const Tensor& x, Size2d output_size, Size2d kernel_size, const UnfoldOptions& options) {
  const char* const op = "fold";
  expect_floating(op, "x", x);
  expect<ShapeError>(x.ndim() == 2 || x.ndim() == 3, "fold: x of shape ", x.shape(),
                     "; expected (N, C KH KW, number of blocks) or the same without N");
  const Tensor blocks = x.ndim() == 3 ? x : unsqueeze(x, 0);
  const std::size_t height = extent(op, "output_size", output_size.h);
  const std::size_t width = extent(op, "output_size", output_size.w);
  Geometry geometry = blocks_of(op, 1, height, width, kernel_size, options);
  const std::size_t area = geometry.elements(), rows = blocks.shape()[1];
  expect<ShapeError>(rows % area == 0 && blocks.shape()[2] == geometry.positions(),
                     "fold: x of shape ", x.shape(), " has blocks of ", rows, " elements, ",
                     blocks.shape()[2], " of them; expected a multiple of ", area, ", and ",
                     geometry.positions());
  geometry.channels = rows / area;
  const Tensor y = fold_op(blocks, geometry);
  return x.ndim() == 3 ? y : squeeze(y, 0);
}

}  // namespace xgrad
