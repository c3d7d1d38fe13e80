#include "data/dataset.hpp"

#include <filesystem>

#include "tests/support/idx_file.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using data::load_mnist;
using data::Split;
using data::TensorDataset;
using data::train_test_split;

TEST(TensorDataset, CountsHaveToAgree) {
  EXPECT_EQ(TensorDataset(zeros({5, 2, 2}), zeros({5})).size(), 5U);
  EXPECT_EQ(ERROR_OF(ShapeError, TensorDataset(zeros({5, 2}), zeros({4}))),
            "TensorDataset: features of shape (5, 2) and labels of shape (4,) need the same first "
            "extent, the number of samples");
  EXPECT_EQ(ERROR_OF(ShapeError, TensorDataset(zeros({}), zeros({4}))),
            "TensorDataset: features of shape () and labels of shape (4,) need the same first "
            "extent, the number of samples");
}

TEST(TensorDataset, HoldsAnyNumberOfTensors) {
  const Tensor a = zeros({4, 2}), b = ones({4}, f64), c = zeros({4, 1}, u8), y = arange(0, 4);
  const TensorDataset one(a), three(a, b, y), four(a, b, c, y), list(std::vector{a, b, y});
  EXPECT_EQ(one.size(), 4U);
  EXPECT_FALSE(one.labels.defined());
  EXPECT_EQ(one.tensors().size(), 1U);
  EXPECT_EQ(three.labels.dtype(), int64);
  EXPECT_EQ(list.tensors().size(), 3U);
  ASSERT_EQ(four.tensors().size(), 4U);
  const DType dtypes[] = {float32, float64, uint8, int64};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(four.tensors()[i].dtype(), dtypes[i]);
  EXPECT_EQ(TensorDataset(std::vector{a}).size(), 4U);
  const auto [train, test] = train_test_split(four, 1, {.shuffle = false});
  EXPECT_EQ(train.size(), 3U);
  expect_values(test.labels, {3});
  EXPECT_EQ(test.more_features[1].dtype(), uint8);

  EXPECT_EQ(ERROR_OF(ShapeError, TensorDataset(a, zeros({3}), y)),
            "TensorDataset: features of shape (4, 2) and more_features[0] of shape (3,) need the "
            "same first extent, the number of samples");
  EXPECT_EQ(ERROR_OF(ShapeError, TensorDataset(tensor(1.0))),
            "TensorDataset: features of shape (); expected (N, …), N samples");
  EXPECT_EQ(ERROR_OF(ValueError, TensorDataset(a, Tensor(), y)),
            "TensorDataset: more_features[0] is an undefined tensor; assign it a value first");
  EXPECT_EQ(ERROR_OF(ValueError, TensorDataset(a, b, Tensor())),
            "TensorDataset: labels is an undefined tensor; assign it a value first");
  EXPECT_EQ(ERROR_OF(ValueError, TensorDataset(Tensors{})),
            "TensorDataset: no tensors; expected one or more");
  EXPECT_EQ(
      ERROR_OF(ValueError, const auto [x, z] = three),
      "Batch: structured bindings of 3 tensors; expected at most 2: tensors() has all of them, "
      "and so have the batches of DataLoader::unpack<3>()");
}

/// As programs have used it since there were only two.
TEST(TensorDataset, OfTwoHasBindings) {
  TensorDataset dataset = {zeros({2, 3}), arange(0, 2)};
  auto& [features, labels] = dataset;
  features = ones({2, 3});
  expect_values(dataset.features, {1, 1, 1, 1, 1, 1});
  const auto& [same, other] = dataset;
  expect_values(other, {0, 1});
  EXPECT_EQ(same.shape(), labels.shape().size() == 1 ? Shape({2, 3}) : Shape{});
  auto [copy, more] = TensorDataset(zeros({1}), ones({1}));
  static_assert(std::is_same_v<decltype(copy), Tensor>);
  EXPECT_EQ(copy.numel(), more.numel());
  const data::Batch batch{.features = zeros({1}), .labels = ones({1})};
  const auto& [x, y] = batch;
  EXPECT_EQ(x.numel(), y.numel());
}

class LoadMnist : public ::testing::Test {
 protected:
  void SetUp() override { write_mnist(directory_.path(), 20, 10, 3); }

  std::string refusal() { return ERROR_OF(IoError, load_mnist(directory_.path(), Split::train)); }

  TemporaryDirectory directory_;
  std::string images_ = directory_ / "train-images-idx3-ubyte";
  std::string labels_ = directory_ / "train-labels-idx1-ubyte";
};

TEST_F(LoadMnist, ReadsBothParts) {
  const auto [images, labels] = load_mnist(directory_.path(), Split::train);
  EXPECT_EQ(images.dtype(), uint8);
  EXPECT_EQ(images.shape(), Shape({20, 3, 3}));
  EXPECT_EQ(labels.dtype(), int64);
  ASSERT_EQ(labels.shape(), Shape({20}));
  for (std::size_t i = 0; i < 20; ++i)
    EXPECT_EQ(labels.data<std::int64_t>()[i], static_cast<std::int64_t>(i % 10));
  const TensorDataset test = load_mnist(directory_.path(), Split::test);
  EXPECT_EQ(test.size(), 10U);
  EXPECT_EQ(test.features.shape(), Shape({10, 3, 3}));
}

TEST_F(LoadMnist, TakesCompressedFilesBesidePlainOnes) {
  const std::vector<int> plain =
      load_mnist(directory_.path(), Split::train).features.to_vector<int>();
  write_gzip(images_ + ".gz", read_file(images_));
  std::filesystem::remove(images_);
  EXPECT_EQ(load_mnist(directory_.path(), Split::train).features.to_vector<int>(), plain);
}

TEST_F(LoadMnist, MissingDirectoryAndMissingFile) {
  EXPECT_EQ(ERROR_OF(IoError, load_mnist(directory_ / "none", Split::train)),
            "load_mnist: " + (directory_ / "none") + " is not a directory");
  std::filesystem::remove(labels_);
  EXPECT_EQ(refusal(),
            "load_mnist: missing file: neither " + labels_ + " nor " + labels_ + ".gz exists");
}

TEST_F(LoadMnist, WrongNumberOfDimensionsOrElementType) {
  write_file(images_, read_file(labels_));
  EXPECT_EQ(refusal(), "load_mnist: " + images_ +
                           ": expected images, uint8 of 3 dimensions, found uint8 of shape (20,)");
  write_file(images_, idx_bytes<float>(0x0D, {20, 1, 1}, std::vector<float>(20)));
  EXPECT_EQ(refusal(), "load_mnist: " + images_ +
                           ": expected images, uint8 of 3 dimensions, found "
                           "float32 of shape (20, 1, 1)");
  write_file(labels_, idx_bytes<std::uint8_t>(0x08, {20, 1}, std::vector<std::uint8_t>(20)));
  EXPECT_EQ(refusal(), "load_mnist: " + labels_ +
                           ": expected labels, uint8 of 1 dimension, found "
                           "uint8 of shape (20, 1)");
}

TEST_F(LoadMnist, CountsThatDiffer) {
  write_file(labels_, idx_bytes<std::uint8_t>(0x08, {19}, std::vector<std::uint8_t>(19)));
  EXPECT_EQ(refusal(), "load_mnist: " + images_ + " holds 20 images, " + labels_ +
                           " 19 labels: expected as many of each");
}

TEST_F(LoadMnist, LabelOutsideTheClasses) {
  std::vector<std::uint8_t> labels(20, 9);
  labels[13] = 10;
  write_file(labels_, idx_bytes(0x08, {20}, labels));
  EXPECT_EQ(refusal(),
            "load_mnist: " + labels_ + ": label 10 at index 13 is outside the classes 0 to 9");
}

TEST_F(LoadMnist, BrokenFileIsNamed) {
  const std::string whole = read_file(images_);
  write_file(images_, whole.substr(0, whole.size() - 1));
  EXPECT_EQ(refusal(), "load_idx: " + images_ +
                           ": truncated: expected 180 bytes for shape (20, 3, 3) at offset 16, "
                           "found 179");
}

TEST_F(LoadMnist, RefusesPathsThatAreNone) {
  EXPECT_EQ(ERROR_OF(IoError, load_mnist("", Split::train)),
            "load_mnist: the path is empty; expected a file's name");
  EXPECT_EQ(ERROR_OF(IoError, load_mnist(std::string("a\0", 2), Split::test)),
            "load_mnist: the path 'a\\0' holds a NUL character at index 1; no file's name does");
  const std::string longer(300, 'x');
  EXPECT_EQ(ERROR_OF(IoError, load_mnist(longer, Split::test)),
            "load_mnist: " + longer + " is not a directory");
}

TEST(TensorDataset, RefusesUndefinedAndChangedTensors) {
  EXPECT_EQ(ERROR_OF(ValueError, TensorDataset(Tensor(), zeros({2}))),
            "TensorDataset: features is an undefined tensor; assign it a value first");
  EXPECT_EQ(ERROR_OF(ValueError, TensorDataset(zeros({2}), Tensor())),
            "TensorDataset: labels is an undefined tensor; assign it a value first");
  TensorDataset dataset(zeros({3, 2}), zeros({3}));
  dataset.features = tensor(1.0);
  EXPECT_THROW(dataset.size(), ShapeError);
  EXPECT_THROW(train_test_split(dataset, 1), ShapeError);
  dataset.features = zeros({4, 2});
  EXPECT_THROW(train_test_split(dataset, 1), ShapeError);
  dataset.features = Tensor();
  EXPECT_THROW(dataset.size(), ValueError);
}

/// Row i holds 10 i and 10 i + 1, label i.
TensorDataset numbered(std::int64_t n) {
  Integers rows;
  for (std::int64_t i = 0; i < n; ++i) rows.insert(rows.end(), {10 * i, 10 * i + 1});
  return {tensor(rows, {n, 2}), arange(0, n)};
}

void expect_rows_belong_to_labels(const TensorDataset& part) {
  for (std::size_t i = 0; i < part.size(); ++i) {
    const std::int64_t label = part.labels.to_vector<std::int64_t>()[i];
    EXPECT_EQ(part.features.to_vector<std::int64_t>()[2 * i], 10 * label);
    EXPECT_EQ(part.features.to_vector<std::int64_t>()[2 * i + 1], 10 * label + 1);
  }
}

TEST(TrainTestSplit, InOrder) {
  const auto [train, test] = train_test_split(numbered(10), 3, {.shuffle = false});
  expect_values(train.labels, {0, 1, 2, 3, 4, 5, 6});
  expect_values(test.labels, {7, 8, 9});
  expect_rows_belong_to_labels(train);
  expect_rows_belong_to_labels(test);
}

TEST(TrainTestSplit, ShuffledIsAPartitionThatTheSeedRepeats) {
  manual_seed(7);
  const auto [train, test] = train_test_split(numbered(50), 0.2);
  EXPECT_EQ(train.size(), 40U);
  EXPECT_EQ(test.size(), 10U);
  expect_rows_belong_to_labels(train);
  expect_rows_belong_to_labels(test);
  std::vector<int> all = train.labels.to_vector<int>();
  for (const int label : test.labels.to_vector<int>()) all.push_back(label);
  EXPECT_FALSE(std::is_sorted(all.begin(), all.end()));
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, arange(0, 50).to_vector<int>());
  manual_seed(7);
  EXPECT_EQ(train_test_split(numbered(50), 0.2).test.labels.to_vector<int>(),
            test.labels.to_vector<int>());
}

TEST(TrainTestSplit, AShareIsRoundedUp) {
  EXPECT_EQ(train_test_split(numbered(11), 0.1).test.size(), 2U);
  EXPECT_EQ(train_test_split(numbered(10), 0.1).test.size(), 1U);
}

TEST(TrainTestSplit, KeepsTheDtypes) {
  const TensorDataset bytes(zeros({4, 2, 2}, u8), zeros({4, 3}, f64));
  const auto [train, test] = train_test_split(bytes, 0.5);
  EXPECT_EQ(train.features.dtype(), uint8);
  EXPECT_EQ(train.features.shape(), Shape({2, 2, 2}));
  EXPECT_EQ(test.labels.dtype(), float64);
  EXPECT_EQ(test.labels.shape(), Shape({2, 3}));
}

TEST(TrainTestSplit, RefusesAnEmptyPart) {
  const std::string expected =
      " of 10 samples: expected a fraction between 0 and 1 or a count from 1 to one less than the "
      "samples, leaving neither part empty";
  const auto refusal = [](Scalar size) {
    return ERROR_OF(ValueError, train_test_split(numbered(10), size));
  };
  EXPECT_EQ(refusal(0), "train_test_split: test_size 0" + expected);
  EXPECT_EQ(refusal(10), "train_test_split: test_size 10" + expected);
  EXPECT_EQ(refusal(-1), "train_test_split: test_size -1" + expected);
  EXPECT_EQ(refusal(0.0), "train_test_split: test_size 0" + expected);
  EXPECT_EQ(refusal(1.5), "train_test_split: test_size 1.5" + expected);
  EXPECT_EQ(refusal(0.95), "train_test_split: test_size 0.95" + expected);
  // Fractions near 1 are not printed as 1, and those out of range are printed in full.
  EXPECT_EQ(refusal(0.99999999), "train_test_split: test_size 0.99999999" + expected);
  EXPECT_EQ(refusal(1 - 0x1p-53), "train_test_split: test_size 0.9999999999999999" + expected);
  EXPECT_EQ(refusal(-1e-300), "train_test_split: test_size -1e-300" + expected);
  EXPECT_EQ(refusal(1.0000001F), "train_test_split: test_size 1.0000001192092896" + expected);
  EXPECT_EQ(refusal(HUGE_VAL), "train_test_split: test_size inf" + expected);
  EXPECT_EQ(refusal(1e300), "train_test_split: test_size 1e+300" + expected);
  EXPECT_EQ(refusal(std::int64_t{1} << 62),
            "train_test_split: test_size 4.611686018427388e+18" + expected);
  expect_contains(refusal(std::nan("")), {"nan of 10 samples"});
}

}  // namespace
}  // namespace xgrad::test
