#include "pooling.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ostream>
#include <vector>

#include "../kernels/pooling.hpp"
#include "../op/operation.hpp"
#include "../support/str.hpp"
#include "../tensor/expect.hpp"
#include "arithmetic.hpp"
#include "indexing.hpp"
#include "shaping.hpp"

namespace xgrad {
namespace {

using detail::values;
using kernels::PoolingAxis;

// Windows of planes, which are the last axis of a signal or the last two of an image.
struct Windows {
  PoolingAxis h, w;
  std::size_t axes = 2;
  bool count_padding = true;

  std::size_t planes(const Shape& shape) const {
    std::size_t n = 1;
    for (std::size_t i = 0; i + axes < shape.size(); ++i) n *= shape[i];
    return n;
  }
  std::size_t area() const { return h.in * w.in; }
  std::size_t results() const { return h.out * w.out; }
  // Calls f(number of the first one, number of them) for parts of the planes, on the library's
  // threads. An element takes about `nanoseconds`.
  template <class F>
  void in_parallel(std::size_t planes, double nanoseconds, const F& f) const {
    kernels::parallel_ranges(planes, static_cast<double>(area()) * nanoseconds,
                             [&](std::size_t from, std::size_t to) { f(from, to - from); });
  }
  // The shape of what has `shape`, with other extents of the planes.
  Shape with_planes(Shape shape, std::size_t height, std::size_t width) const {
    if (axes == 2) shape[shape.size() - 2] = height;
    shape[shape.size() - 1] = width;
    return shape;
  }
};

Tensor averaged(const Tensor& x, const Windows& windows);

constexpr auto spread_op = operation<Windows>(
    "avg_pool_backward",
    [](const Inputs& in, const Windows& s) {
      const Shape& shape = in[0].shape();
      Tensor out = zeros(s.with_planes(shape, s.h.in, s.w.in), {.dtype = in[0].dtype()});
      visit_floating(out.dtype(), [&]<class T>(T) {
        s.in_parallel(s.planes(shape), 1, [&](std::size_t from, std::size_t n) {
          kernels::spread_over_windows(values<T>(out) + from * s.area(),
                                       values<T>(in[0]) + from * s.results(), n, s.h, s.w,
                                       s.count_padding);
        });
      });
      return out;
    },
    gradient(reads::nothing,
             [](const Tensor& g, const auto& c) { return averaged(g, c.attributes); }));

constexpr auto average_op = operation<Windows>(
    "avg_pool",
    [](const Inputs& in, const Windows& s) {
      const Shape& shape = in[0].shape();
      Tensor out = empty(s.with_planes(shape, s.h.out, s.w.out), {.dtype = in[0].dtype()});
      visit_floating(out.dtype(), [&]<class T>(T) {
        s.in_parallel(s.planes(shape), 1, [&](std::size_t from, std::size_t n) {
          kernels::average_windows(values<T>(out) + from * s.results(),
                                   values<T>(in[0]) + from * s.area(), n, s.h, s.w,
                                   s.count_padding);
        });
      });
      return out;
    },
    gradient(reads::nothing,
             [](const Tensor& g, const auto& c) { return spread_op(g, c.attributes); }));

Tensor averaged(const Tensor& x, const Windows& windows) { return average_op(x, windows); }

constexpr auto largest_op = operation<Windows>(
    "max_pool_indices",
    [](const Inputs& in, const Windows& s) {
      const std::size_t planes = s.planes(in[0].shape());
      Tensor indices = empty({planes, s.results()}, {.dtype = int64});
      const auto find = [s](Tensor& found, const Tensor& x) {
        visit_floating(x.dtype(), [&]<class T>(T) {
          s.in_parallel(found.shape()[0], 0.2, [&](std::size_t from, std::size_t n) {
            kernels::largest_in_windows(values<std::int64_t>(found) + from * s.results(),
                                        values<T>(x) + from * s.area(), n, s.h, s.w);
          });
        });
      };
      detail::launch(indices, find, in[0]);
      return indices;
    },
    gradient(reads::nothing, [](const Tensor&, const auto&) { return Tensor(); }));

Tensor picked(const Tensor& x, const Tensor& indices, const Windows& windows);

constexpr auto put_back_op = operation<Windows>(  // inputs: g, indices
    "max_pool_backward",
    [](const Inputs& in, const Windows& s) {
      const Shape& shape = in[0].shape();
      Tensor out = empty(s.with_planes(shape, s.h.in, s.w.in), {.dtype = in[0].dtype()});
      visit_floating(out.dtype(), [&]<class T>(T) {
        s.in_parallel(s.planes(shape), 0.1, [&](std::size_t from, std::size_t n) {
          kernels::put_back(values<T>(out) + from * s.area(), values<T>(in[0]) + from * s.results(),
                            values<std::int64_t>(in[1]) + from * s.results(), n, s.area(),
                            s.results());
        });
      });
      return out;
    },
    gradient(reads::input(1),
             [](const Tensor& g, const auto& c) { return picked(g, c.input(1), c.attributes); }));

constexpr auto pick_op = operation<Windows>(  // inputs: x, indices
    "max_pool",
    [](const Inputs& in, const Windows& s) {
      const Shape& shape = in[0].shape();
      Tensor out = empty(s.with_planes(shape, s.h.out, s.w.out), {.dtype = in[0].dtype()});
      visit_floating(out.dtype(), [&]<class T>(T) {
        s.in_parallel(s.planes(shape), 0.1, [&](std::size_t from, std::size_t n) {
          kernels::pick(values<T>(out) + from * s.results(), values<T>(in[0]) + from * s.area(),
                        values<std::int64_t>(in[1]) + from * s.results(), n, s.area(), s.results());
        });
      });
      return out;
    },
    gradient(reads::input(1), [](const Tensor& g, const auto& c) {
      return put_back_op(g, c.input(1), c.attributes);
    }));

Tensor picked(const Tensor& x, const Tensor& indices, const Windows& windows) {
  return pick_op(x, indices, windows);
}

// The largest elements, by their numbers: the gradient goes back to where they were.
Tensor largest(const Tensor& x, const Windows& s) {
  const Tensor indices = [&] {
    const NoGrad guard;  // integers carry no gradient
    return largest_op(x, s);
  }();
  return pick_op(x, indices, s);
}

// ---- checks

// The options along one axis.
struct AxisOptions {
  std::int64_t kernel, stride, padding, dilation = 1;
};

// Throws ValueError for options out of range, and ShapeError if a window has no element.
PoolingAxis moving_axis(const char* op, std::size_t in, const AxisOptions& o, bool ceil_mode) {
  expect<ValueError>(o.kernel > 0, op, ": kernel_size is ", o.kernel, "; expected at least 1");
  expect<ValueError>(o.stride > 0, op, ": stride is ", o.stride, "; expected at least 1");
  expect<ValueError>(o.dilation > 0, op, ": dilation is ", o.dilation, "; expected at least 1");
  expect<ValueError>(o.padding >= 0 && o.padding <= o.kernel / 2, op, ": padding is ", o.padding,
                     " for a kernel_size of ", o.kernel,
                     "; expected 0 or more, at most half of it");
  for (const auto& [what, value] :
       {std::pair("kernel_size", o.kernel), std::pair("stride", o.stride),
        std::pair("dilation", o.dilation)})
    expect<ValueError>(value < std::int64_t{1} << 31, op, ": ", what, " is ", value,
                       "; expected less than 2^31");
  const auto n = static_cast<std::int64_t>(in);
  const std::int64_t room = n + 2 * o.padding - o.dilation * (o.kernel - 1) - 1;
  std::int64_t out = room < 0 ? 0 : (room + (ceil_mode ? o.stride - 1 : 0)) / o.stride + 1;
  if (ceil_mode && (out - 1) * o.stride >= n + o.padding) --out;
  PoolingAxis axis{.in = in,
                   .out = static_cast<std::size_t>(out),
                   .kernel = static_cast<std::size_t>(o.kernel),
                   .stride = static_cast<std::size_t>(o.stride),
                   .padding = static_cast<std::size_t>(o.padding),
                   .dilation = static_cast<std::size_t>(o.dilation)};
  bool met = out > 0;
  for (std::size_t i = 0; met && i < axis.out; ++i) met = axis.window(i).begin < axis.window(i).end;
  expect<ShapeError>(met, op, ": a window of ", o.kernel, " elements with dilation ", o.dilation,
                     " and padding ", o.padding, " meets no element of an axis of ", in,
                     "; expected a smaller window");
  return axis;
}
PoolingAxis adaptive_axis(const char* op, std::size_t in, std::int64_t out) {
  expect<ValueError>(out > 0, op, ": output_size is ", out, "; expected at least 1");
  expect<ShapeError>(in > 0, op, ": an axis of no element; expected at least 1");
  return {.in = in, .out = static_cast<std::size_t>(out), .adaptive = true};
}

// Checks that x is a batch of signals or images, or one of them.
void check_planes(const char* op, const Tensor& x, std::size_t axes) {
  expect_floating(op, "x", x);
  expect<ShapeError>(x.ndim() == axes + 1 || x.ndim() == axes + 2, op, ": x of shape ", x.shape(),
                     "; expected ",
                     axes == 1 ? "(N, C, L) or (C, L)" : "(N, C, H, W) or (C, H, W)");
}

Windows moving_windows(const char* op, const Tensor& x, std::size_t axes, const AxisOptions& h,
                       const AxisOptions& w, bool ceil_mode, bool count_padding = true) {
  check_planes(op, x, axes);
  const auto& extents = x.shape();
  return {.h = axes == 2 ? moving_axis(op, extents.end()[-2], h, ceil_mode) : PoolingAxis(),
          .w = moving_axis(op, extents.back(), w, ceil_mode),
          .axes = axes,
          .count_padding = count_padding};
}
Windows adaptive_windows(const char* op, const Tensor& x, Size2d size) {
  check_planes(op, x, 2);
  return {.h = adaptive_axis(op, x.shape().end()[-2], size.h),
          .w = adaptive_axis(op, x.shape().back(), size.w)};
}

// ---- interpolate

// The number of the old axis's element that each of the new one takes.
Tensor nearest_indices(std::size_t in, std::size_t out, double step) {
  Tensor indices = empty({out}, {.dtype = int64});
  const auto to = indices.data<std::int64_t>();
  for (std::size_t i = 0; i < out; ++i)
    to[i] = std::min(static_cast<std::int64_t>(static_cast<double>(i) * step),
                     static_cast<std::int64_t>(in) - 1);
  return indices;
}

// x along one axis, resized between its elements.
Tensor resized_linearly(const Tensor& x, int axis, std::size_t out, double step) {
  const std::size_t in = x.size(axis);
  Tensor low = empty({out}, {.dtype = int64}), high = empty({out}, {.dtype = int64});
  Shape shape(std::vector<std::size_t>(x.ndim(), 1));
  shape[normalize_axis("interpolate", axis, x.ndim())] = out;
  Tensor weight = empty(shape, {.dtype = float64});
  for (std::size_t i = 0; i < out; ++i) {
    const double at = std::max(0.0, (static_cast<double>(i) + 0.5) * step - 0.5);
    const auto below = std::min(static_cast<std::int64_t>(at), static_cast<std::int64_t>(in) - 1);
    low.data<std::int64_t>()[i] = below;
    high.data<std::int64_t>()[i] = std::min(below + 1, static_cast<std::int64_t>(in) - 1);
    weight.data<double>()[i] = at - static_cast<double>(below);
  }
  const Tensor share = weight.to(x.dtype());
  return take(x, low, axis) * (1 - share) + take(x, high, axis) * share;
}

}  // namespace

Tensor max_pool1d(const Tensor& x, std::int64_t kernel_size, const MaxPool1dOptions& o) {
  const AxisOptions axis{kernel_size, o.stride.value_or(kernel_size), o.padding, o.dilation};
  return largest(x, moving_windows("max_pool1d", x, 1, axis, axis, o.ceil_mode));
}

Tensor max_pool2d(const Tensor& x, Size2d kernel_size, const MaxPool2dOptions& o) {
  const Size2d stride = o.stride.given() ? o.stride : kernel_size;
  return largest(
      x, moving_windows("max_pool2d", x, 2, {kernel_size.h, stride.h, o.padding.h, o.dilation.h},
                        {kernel_size.w, stride.w, o.padding.w, o.dilation.w}, o.ceil_mode));
}

Tensor avg_pool1d(const Tensor& x, std::int64_t kernel_size, const AvgPool1dOptions& o) {
  const AxisOptions axis{kernel_size, o.stride.value_or(kernel_size), o.padding};
  return average_op(
      x, moving_windows("avg_pool1d", x, 1, axis, axis, o.ceil_mode, o.count_include_pad));
}

Tensor avg_pool2d(const Tensor& x, Size2d kernel_size, const AvgPool2dOptions& o) {
  const Size2d stride = o.stride.given() ? o.stride : kernel_size;
  return average_op(
      x, moving_windows("avg_pool2d", x, 2, {kernel_size.h, stride.h, o.padding.h},
                        {kernel_size.w, stride.w, o.padding.w}, o.ceil_mode, o.count_include_pad));
}

Tensor adaptive_max_pool2d(const Tensor& x, Size2d output_size) {
  return largest(x, adaptive_windows("adaptive_max_pool2d", x, output_size));
}

Tensor adaptive_avg_pool2d(const Tensor& x, Size2d output_size) {
  return average_op(x, adaptive_windows("adaptive_avg_pool2d", x, output_size));
}

std::ostream& operator<<(std::ostream& out, const InterpolateOptions& options) {
  const auto& [size, factor, mode] = options;
  if (size.given()) return out << size;
  return out << '(' << factor.h << ", " << factor.w << ')';
}

Tensor interpolate(const Tensor& x, const InterpolateOptions& options) {
  const char* const op = "interpolate";
  check_planes(op, x, 2);
  const auto& [size, factor, mode] = options;
  expect<ValueError>(size.given() != factor.given(), op, ": ", size.given() ? "both" : "neither",
                     " of size and scale_factor given; expected one");
  Tensor result = x;
  for (const int axis : {-2, -1}) {
    const std::size_t in = x.size(axis);
    double scale = 0;
    std::int64_t out = 0;
    if (size.given()) {
      out = axis == -2 ? size.h : size.w;
      expect<ValueError>(out > 0, op, ": size is ", out, "; expected at least 1");
    } else {
      scale = axis == -2 ? factor.h : factor.w;
      expect_positive(op, "scale_factor", scale);
      expect<ValueError>(scale < 0x1p31, op, ": scale_factor is ", scale,
                         "; expected less than 2^31");
      out = static_cast<std::int64_t>(std::floor(static_cast<double>(in) * scale));
    }
    expect<ShapeError>(in > 0 && out > 0, op, ": x of shape ", x.shape(), " would have ", out,
                       " elements along axis ", axis, "; expected at least 1, from at least 1");
    const double step =
        factor.given() ? 1 / scale : static_cast<double>(in) / static_cast<double>(out);
    const auto n = static_cast<std::size_t>(out);
    result = mode == InterpolateMode::nearest ? take(result, nearest_indices(in, n, step), axis)
                                              : resized_linearly(result, axis, n, step);
  }
  return result;
}

}  // namespace xgrad
