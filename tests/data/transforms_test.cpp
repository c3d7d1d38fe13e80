#include "data/transforms.hpp"

#include <map>
#include <set>

#include "data/dataloader.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using namespace data::transforms;

/// Transforms that all of the tests below are about.
const std::vector<std::pair<std::string, Transform>>& all_transforms() {
  static const std::vector<std::pair<std::string, Transform>> all{
      {"normalize", normalize({0.5}, {0.25})},
      {"random_crop", random_crop(3, {.padding = 1})},
      {"random_horizontal_flip", random_horizontal_flip()},
      {"random_shift", random_shift(1)}};
  return all;
}

void expect_same(const Tensor& found, const Tensor& expected) {
  EXPECT_EQ(found.dtype(), expected.dtype());
  EXPECT_EQ(found.shape(), expected.shape());
  EXPECT_EQ(found.to_vector<double>(), expected.to_vector<double>());
}

/// `count` times the same image (height, width), whose pixels are all different and none 0.
Tensor repeated(std::int64_t count, std::int64_t height, std::int64_t width) {
  return broadcast_to(arange(1, height * width + 1, 1, f64).reshape({height, width}),
                      {count, height, width});
}

// ---- what they have in common

TEST(Transforms, BytesBecomeFloatsAndFloatsStay) {
  const Tensor bytes = randint(0, 256, {4, 5, 6}, u8);
  for (const auto& [name, transform] : all_transforms()) {
    SCOPED_TRACE(name);
    const auto of = [&transform = transform](const Tensor& images) {
      manual_seed(3);
      return transform(images);
    };
    const Tensor result = of(bytes);
    EXPECT_EQ(result.dtype(), float32);
    expect_same(result, of(bytes.to(float32) / 255));
    EXPECT_EQ(of(rand({4, 5, 6}, f64)).dtype(), float64);
    EXPECT_FALSE(of(rand({4, 5, 6}, f64_grad)).requires_grad());
  }
}

TEST(Transforms, ChannelsOfAnImageAreTreatedAlike) {
  const Tensor grey = rand({50, 1, 5, 6});
  for (const auto& [name, transform] : all_transforms()) {
    SCOPED_TRACE(name);
    manual_seed(3);
    const Tensor colour = transform(concatenate({grey, grey, grey}, 1));
    manual_seed(3);
    const Tensor result = transform(grey);
    expect_same(colour, concatenate({result, result, result}, 1));
    manual_seed(3);
    expect_same(transform(grey.reshape({50, 5, 6})), select(result, 1, 0));
  }
}

TEST(Transforms, ASeedRepeatsThem) {
  const Tensor images = rand({50, 5, 6});
  for (const auto& [name, transform] : all_transforms()) {
    if (name == "normalize") continue;
    SCOPED_TRACE(name);
    manual_seed(5);
    const Tensor first = transform(images), second = transform(images);
    EXPECT_NE(first.to_vector<float>(), second.to_vector<float>());
    manual_seed(5);
    expect_same(transform(images), first);
    expect_same(transform(images), second);
  }
}

TEST(Transforms, NoImagesAreNoImages) {
  for (const auto& [name, transform] : all_transforms())
    EXPECT_EQ(transform(zeros({0, 3, 3})).shape(), Shape({0, 3, 3})) << name;
}

TEST(Transforms, RefuseWhatIsNoBatchOfImages) {
  for (const auto& entry : all_transforms()) {
    const std::string& name = entry.first;
    const Transform& transform = entry.second;
    for (const Shape& shape : {Shape{}, Shape{5, 5}, Shape{1, 2, 3, 4, 5}})
      EXPECT_EQ(
          ERROR_OF(ShapeError, transform(zeros(shape))),
          name + ": images of shape " + to_string(shape) + "; expected (N, H, W) or (N, C, H, W)");
    expect_contains(ERROR_OF(DTypeError, transform(zeros({2, 5, 5}, i64))), {name, "int64"});
    expect_contains(ERROR_OF(ValueError, transform({})), {name, "undefined"});
  }
}

// ---- compose

TEST(Transforms, ComposeInOrder) {
  const Transform twice = [](const Tensor& x) { return 2 * x; };
  const Tensor images = rand({2, 3, 3});
  expect_same(compose({twice, normalize({1}, {2})})(images), (2 * images - 1) / 2);
  expect_same(compose({normalize({1}, {2}), twice})(images), 2 * ((images - 1) / 2));
  expect_same(compose({})(images), images);
  expect_same(compose({compose({twice}), compose({twice})})(images), 4 * images);
  EXPECT_EQ(ERROR_OF(ValueError, compose({twice, {}})),
            "compose: transform 1 of 2 is empty; expected a function");
}

TEST(Transforms, ServeADataLoader) {
  const Tensor pixels = randint(0, 256, {10, 6, 6}, u8);
  const data::TensorDataset dataset(pixels, arange(0, 10));
  const data::DataLoader loader(
      dataset, {.batch_size = 4,
                .transform = compose({random_crop({5, 4}), random_horizontal_flip(),
                                      normalize({0.5}, {0.5}), [](const Tensor& images) {
                                        return images.reshape({images.size(0), 1, 5, 4});
                                      }})});
  const auto epoch = [&] {
    manual_seed(1);
    std::vector<Tensor> batches;
    for (auto& [images, labels] : loader) {
      EXPECT_EQ(images.shape(), Shape({labels.numel(), 1, 5, 4}));
      batches.push_back(images);
    }
    return concatenate(batches);
  };
  const Tensor images = epoch();
  EXPECT_EQ(images.dtype(), float32);
  EXPECT_GE(min(images).item<float>(), -1);
  expect_same(epoch(), images);
}

// ---- normalize

TEST(Normalize, IsTheDefinition) {
  const Tensor images = rand({4, 3, 2, 2}, f64);
  const Doubles mean{0.5, 0.25, 0.125}, deviation{1, 2, 4};
  const Tensor result = normalize(mean, deviation)(images);
  for (int c = 0; c < 3; ++c) {
    const auto i = static_cast<std::size_t>(c);
    expect_same(select(result, 1, c), (select(images, 1, c) - mean[i]) / deviation[i]);
  }
  expect_same(normalize({0.5}, {2})(images), (images - 0.5) / 2);
}

TEST(Normalize, RefusesWrongNumbers) {
  EXPECT_EQ(ERROR_OF(ValueError, normalize({0, 0}, {1})),
            "normalize: 2 means and 1 deviations; expected one of each for each channel");
  EXPECT_THROW(normalize({}, {}), ValueError);
  EXPECT_THROW(normalize({nan}, {1}), ValueError);
  EXPECT_THROW(normalize({0}, {inf}), ValueError);
  expect_contains(ERROR_OF(ValueError, normalize({0}, {0})), {"normalize: deviation"});
  const Transform three = normalize({0, 0, 0}, {1, 1, 1});
  EXPECT_EQ(ERROR_OF(ShapeError, three(zeros({5, 2, 4, 4}))),
            "normalize: images of shape (5, 2, 4, 4) and 3 means; expected 1 or 2");
  EXPECT_THROW(three(zeros({3, 4, 4})), ShapeError);
}

// ---- random_crop

/// Crops come from everywhere equally often, and are the parts of the padded image.
TEST(RandomCrop, TakesEveryPlace) {
  constexpr int count = 4000, height = 4, width = 5;
  for (const int padding : {0, 1, 3}) {
    const Tensor images = repeated(count, height, width);
    const Tensor padded = pad(images[0], {{padding, padding}}, 0);
    const Tensor crops = random_crop({2, 3}, {.padding = padding})(images);
    ASSERT_EQ(crops.shape(), Shape({count, 2, 3}));
    const int down = height + 2 * padding - 1, right = width + 2 * padding - 2;
    std::map<Doubles, double> expected;  // how many places give these values
    for (int y = 0; y < down; ++y)
      for (int x = 0; x < right; ++x)
        ++expected[slice(slice(padded, 0, y, y + 2), 1, x, x + 3).to_vector<double>()];
    std::map<Doubles, int> found;
    for (int n = 0; n < count; ++n) ++found[crops[n].to_vector<double>()];
    EXPECT_EQ(found.size(), expected.size());
    for (const auto& [values, times] : found) {
      const double p = expected[values] / (down * right);
      EXPECT_GT(p, 0);
      EXPECT_NEAR(times, count * p, 5 * std::sqrt(count * p * (1 - p)));
    }
  }
}

TEST(RandomCrop, OfTheWholeImageIsTheImage) {
  const Tensor images = rand({5, 2, 4, 6});
  expect_same(random_crop({4, 6})(images), images);
  EXPECT_EQ(random_crop(3)(images).shape(), Shape({5, 2, 3, 3}));
}

TEST(RandomCrop, RefusesSizesThatDoNotFit) {
  EXPECT_EQ(ERROR_OF(ShapeError, random_crop({7, 4}, {.padding = 1})(zeros({2, 4, 4}))),
            "random_crop: images of shape (2, 4, 4) with a padding of 1 are smaller than (7, 4); "
            "expected at least that size");
  EXPECT_THROW(random_crop(5)(zeros({2, 5, 4})), ShapeError);
  EXPECT_EQ(ERROR_OF(ValueError, random_crop({3, 0})),
            "random_crop: size is (3, 0); expected at least 1 along both axes");
  EXPECT_EQ(ERROR_OF(ValueError, random_crop(3, {.padding = -1})),
            "random_crop: padding is -1; expected 0 to 1000000");
}

// ---- random_horizontal_flip

TEST(RandomHorizontalFlip, MirrorsSomeImages) {
  const Tensor images = repeated(4000, 2, 3);
  const Tensor mirrored = images[{ellipsis, Slice(none, none, -1)}];
  expect_same(random_horizontal_flip(0)(images), images);
  expect_same(random_horizontal_flip(1)(images), mirrored);
  for (const double p : {0.5, 0.2}) {
    const Tensor result = random_horizontal_flip(p)(images);
    const Tensor changed = any(result != images, {1, 2}), same = any(result != mirrored, {1, 2});
    EXPECT_TRUE(all(changed != same).item<bool>());
    EXPECT_NEAR(sum(changed.to(float64)).item<double>(), 4000 * p,
                5 * std::sqrt(4000 * p * (1 - p)));
  }
  expect_contains(ERROR_OF(ValueError, random_horizontal_flip(1.5)),
                  {"random_horizontal_flip: p", "1.5"});
  EXPECT_THROW(random_horizontal_flip(nan), ValueError);
}

// ---- random_shift

TEST(RandomShift, MovesEachImageByItself) {
  constexpr std::size_t count = 4000, height = 5, width = 7;
  // One pixel at (2, 3), the middle.
  std::vector<std::uint8_t> pixels(count * height * width, 0);
  for (std::size_t n = 0; n < count; ++n) pixels[n * height * width + 2 * width + 3] = 51;
  const Tensor shifted = random_shift(1)(tensor(pixels, {count, height, width}, u8));
  ASSERT_EQ(shifted.shape(), Shape({count, height, width}));
  const std::vector<float> values = shifted.to_vector<float>();
  std::vector<int> places(height * width, 0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == 0) continue;
    EXPECT_EQ(values[i], 51.0F / 255.0F);
    ++places[i % (height * width)];
  }
  // 1/4, 1/2 and 1/4 along each axis; five standard deviations.
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t x = 0; x < width; ++x) {
      const double p =
          (y < 1 || y > 3 || x < 2 || x > 4) ? 0 : (y == 2 ? 0.5 : 0.25) * (x == 3 ? 0.5 : 0.25);
      EXPECT_NEAR(places[y * width + x], count * p, 5 * std::sqrt(count * p * (1 - p))) << y << x;
    }
}

TEST(RandomShift, WhatLeavesIsLostAndZerosComeIn) {
  const Tensor images = repeated(500, 2, 3);
  const Tensor padded = pad(images[0], {{4, 4}}, 0);
  std::set<Doubles> possible;
  for (int y = 0; y <= 8; ++y)
    for (int x = 0; x <= 8; ++x)
      possible.insert(slice(slice(padded, 0, y, y + 2), 1, x, x + 3).to_vector<double>());
  std::set<Doubles> found;
  const Tensor shifted = random_shift(4)(images);
  for (int n = 0; n < 500; ++n) found.insert(shifted[n].to_vector<double>());
  EXPECT_TRUE(std::ranges::includes(possible, found));
  EXPECT_TRUE(found.contains(Doubles(6, 0)));
  EXPECT_TRUE(found.contains(images[0].to_vector<double>()));
  expect_same(random_shift(0)(images), images);
  EXPECT_EQ(ERROR_OF(ValueError, random_shift(-1)),
            "random_shift: most is -1; expected 0 to 1000000");
}

}  // namespace
}  // namespace xgrad::test
