#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../autograd/tensor/tensor.hpp"

namespace xgrad::data {

/// Samples: row i of every tensor belongs to sample i. With one or two tensors, structured bindings
/// name the features and the labels: `auto& [images, labels] = batch`. Of more tensors they throw
/// ValueError; tensors() and DataLoader::unpack have all.
struct Batch {
  Tensor features;     ///< (N, …): the first tensor
  Tensor labels = {};  ///< (N, …): the last of two or more, otherwise undefined
  std::vector<Tensor> more_features = {};  ///< (N, …): those between

  /// All of them, in order.
  std::vector<Tensor> tensors() const;

  /// What structured bindings ask for: the features for I = 0, the labels for I = 1.
  /// @{
  template <std::size_t I>
  Tensor& get() {
    check_bindings();
    return I == 0 ? features : labels;
  }
  template <std::size_t I>
  const Tensor& get() const {
    check_bindings();
    return I == 0 ? features : labels;
  }
  /// @}

 private:
  void check_bindings() const;
};

/// A data set of any number of tensors, as torch.utils.data.TensorDataset: row i of each belongs to
/// sample i. Of two, they are the features and their labels: class numbers, or targets of any
/// shape. Copies share the values. `auto [images, labels] = load_mnist(…)` works too.
struct TensorDataset : Batch {
  /// Throw ShapeError if one is 0-d or their first extents differ, ValueError if one is undefined.
  /// @{
  explicit TensorDataset(Tensor features);
  TensorDataset(Tensor features, Tensor labels);
  template <std::same_as<Tensor>... More>
  TensorDataset(const Tensor& first, const Tensor& second, const Tensor& third, const More&... more)
      : TensorDataset(std::vector<Tensor>{first, second, third, more...}) {}
  /// The same for a list, which must not be empty.
  explicit TensorDataset(std::span<const Tensor> tensors);
  /// @}

  /// Number of samples. Throws as the constructor.
  std::size_t size() const;
};

/// The part of a published data set for training, or the one for the test.
enum class Split { train, test };

/// Reads MNIST, or a data set published in its form such as Fashion-MNIST, from the files
/// train-images-idx3-ubyte and train-labels-idx1-ubyte, or t10k-images-idx3-ubyte and
/// t10k-labels-idx1-ubyte, in `directory`, plain or with the ending .gz. Returns uint8 images
/// (N, height, width) and int64 labels (N).
/// Throws IoError as load_idx, for a missing file, for images that are not uint8 of three
/// dimensions, labels that are not uint8 of one dimension or not in 0 … 9, and counts that differ.
TensorDataset load_mnist(const std::string& directory, Split split);

/// Options of train_test_split.
struct TrainTestSplitOptions {
  bool shuffle = true;  ///< samples in random order; otherwise the last ones are the test part
};

/// The two parts; `auto [train, test] = train_test_split(…)`.
struct TrainTestSplit {
  TensorDataset train;  ///< all samples but those of the test part
  TensorDataset test;   ///< as many as were asked for
};

/// Divides a data set in two, as scikit-learn's train_test_split. An integer `test_size` is the
/// number of samples in the test part, a fraction their share, rounded up to whole samples. The
/// random order comes from the calling thread's generator.
/// Throws ValueError if one part would be empty.
TrainTestSplit train_test_split(const TensorDataset& dataset, Scalar test_size,
                                const TrainTestSplitOptions& options = {});

}  // namespace xgrad::data

/// @cond
template <>
struct std::tuple_size<xgrad::data::Batch> : std::integral_constant<std::size_t, 2> {};
template <>
struct std::tuple_size<xgrad::data::TensorDataset> : std::tuple_size<xgrad::data::Batch> {};
template <std::size_t I>
struct std::tuple_element<I, xgrad::data::Batch> {
  using type = xgrad::Tensor;
};
template <std::size_t I>
struct std::tuple_element<I, xgrad::data::TensorDataset> {
  using type = xgrad::Tensor;
};
/// @endcond
