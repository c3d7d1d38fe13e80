#include "transforms.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "../autograd/ops/arithmetic.hpp"
#include "../autograd/ops/elementwise.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"
#include "../autograd/tensor/random.hpp"

namespace xgrad::data::transforms {
namespace {

/// More than images have along an axis: a limit for numbers of pixels, which are added.
constexpr std::int64_t most_pixels = 1'000'000;

/// Which part of an image is wanted: element (y, x) of the result is element (y + top, x + left) of
/// the image, mirrored or not, and 0 outside of it.
struct View {
  std::int64_t top = 0, left = 0;
  bool mirrored = false;
};

void expect_images(const char* op, const Tensor& images) {
  expect_defined(op, "images", images);
  expect<ShapeError>(images.ndim() == 3 || images.ndim() == 4, op, ": images of shape ",
                     images.shape(), "; expected (N, H, W) or (N, C, H, W)");
  if (images.dtype() != uint8) expect_floating(op, "images", images);
}

std::int64_t extent(const Tensor& images, int axis) {
  return static_cast<std::int64_t>(images.size(axis));
}

/// The indices i from first to last, of `count`, for which i + start is one of `available`.
std::pair<std::int64_t, std::int64_t> overlap(std::int64_t start, std::int64_t available,
                                              std::int64_t count) {
  const std::int64_t first = std::clamp<std::int64_t>(-start, 0, count);
  return {first, std::clamp(available - start, first, count)};
}

/// A view of this size of each image, which `draw` chooses.
template <class Draw>
Tensor view_each(const Tensor& images, std::int64_t height, std::int64_t width, Draw draw) {
  const std::int64_t rows = extent(images, -2), columns = extent(images, -1);
  const std::int64_t channels = images.ndim() == 4 ? extent(images, 1) : 1;
  Shape shape = images.shape();
  shape[shape.size() - 2] = static_cast<std::size_t>(height);
  shape[shape.size() - 1] = static_cast<std::size_t>(width);
  const bool bytes = images.dtype() == uint8;
  Tensor result = zeros(shape, {.dtype = bytes ? float32 : images.dtype()});
  const auto fill = [&]<class To, class From>(To* to, const From* from) {
    const To unit = bytes ? 255 : 1;
    const auto convert = [unit](From value) { return static_cast<To>(value) / unit; };
    for (std::int64_t n = 0; n < extent(images, 0); ++n) {
      const View view = draw();
      const auto [top, bottom] = overlap(view.top, rows, height);
      const auto [left, right] = overlap(view.left, columns, width);
      for (std::int64_t c = 0; c < channels; ++c, from += rows * columns, to += height * width)
        for (std::int64_t y = top; y < bottom && left < right; ++y) {
          const From* const begin = from + (y + view.top) * columns + view.left + left;
          const From* const end = begin + (right - left);
          To* const row = to + y * width;
          if (view.mirrored)
            std::transform(begin, end, std::reverse_iterator(row + width - left), convert);
          else
            std::transform(begin, end, row + left, convert);
        }
    }
  };
  visit_floating(result.dtype(), [&]<class T>(T) {
    T* const to = result.data<T>().data();
    if (bytes)
      fill(to, images.data<std::uint8_t>().data());
    else
      fill(to, images.data<T>().data());
  });
  return result;
}

}  // namespace

Transform compose(std::vector<Transform> transforms) {
  for (std::size_t i = 0; i < transforms.size(); ++i)
    expect<ValueError>(static_cast<bool>(transforms[i]), "compose: transform ", i, " of ",
                       transforms.size(), " is empty; expected a function");
  return [transforms = std::move(transforms)](Tensor images) {
    for (const Transform& transform : transforms) images = transform(images);
    return images;
  };
}

Transform normalize(const std::vector<double>& mean, const std::vector<double>& deviation) {
  expect<ValueError>(!mean.empty() && mean.size() == deviation.size(), "normalize: ", mean.size(),
                     " means and ", deviation.size(),
                     " deviations; expected one of each for each channel");
  for (const double value : mean) expect_finite("normalize", "mean", value);
  for (const double value : deviation) expect_positive("normalize", "deviation", value);
  const Shape shape{mean.size(), 1, 1};
  return [mean = tensor(mean, shape, {.dtype = float64}),
          deviation = tensor(deviation, shape, {.dtype = float64})](const Tensor& images) {
    expect_images("normalize", images);
    const Tensor x = images.dtype() == uint8 ? images.to(float32) / 255 : images.detach();
    const std::size_t found = x.ndim() == 4 ? x.size(1) : 1;
    expect<ShapeError>(mean.numel() == 1 || mean.numel() == found, "normalize: images of shape ",
                       images.shape(), " and ", mean.numel(), " means; expected 1 or ", found);
    return (x - mean.to(x.dtype())) / deviation.to(x.dtype());
  };
}

Transform random_crop(std::pair<std::int64_t, std::int64_t> size,
                      const RandomCropOptions& options) {
  const auto [height, width] = size;
  const std::int64_t padding = options.padding;
  expect<ValueError>(height >= 1 && width >= 1, "random_crop: size is (", height, ", ", width,
                     "); expected at least 1 along both axes");
  expect<ValueError>(padding >= 0 && padding <= most_pixels, "random_crop: padding is ", padding,
                     "; expected 0 to ", most_pixels);
  return [=, height = height, width = width](const Tensor& images) {
    expect_images("random_crop", images);
    const std::int64_t down = extent(images, -2) + 2 * padding - height;
    const std::int64_t right = extent(images, -1) + 2 * padding - width;
    expect<ShapeError>(down >= 0 && right >= 0, "random_crop: images of shape ", images.shape(),
                       " with a padding of ", padding, " are smaller than (", height, ", ", width,
                       "); expected at least that size");
    const auto below = [&](std::int64_t most) {
      return static_cast<std::int64_t>(random::below(static_cast<std::uint64_t>(most) + 1)) -
             padding;
    };
    return view_each(images, height, width, [&] {
      const std::int64_t top = below(down);
      return View{top, below(right)};
    });
  };
}

Transform random_horizontal_flip(double p) {
  expect_fraction("random_horizontal_flip", "p", p);
  return [p](const Tensor& images) {
    expect_images("random_horizontal_flip", images);
    return view_each(images, extent(images, -2), extent(images, -1),
                     [p] { return View{.mirrored = random::uniform() < p}; });
  };
}

Transform random_shift(std::int64_t most) {
  expect<ValueError>(most >= 0 && most <= most_pixels, "random_shift: most is ", most,
                     "; expected 0 to ", most_pixels);
  return [most](const Tensor& images) {
    const auto shift = [most] {
      std::int64_t sum = most;
      for (std::int64_t i = 0; i < 2 * most; ++i) sum -= random::below(2) == 1;
      return sum;
    };
    expect_images("random_shift", images);
    return view_each(images, extent(images, -2), extent(images, -1), [&] {
      const std::int64_t top = shift();
      return View{top, shift()};
    });
  };
}

}  // namespace xgrad::data::transforms
