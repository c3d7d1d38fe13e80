#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "examples/support/classifier.hpp"
#include "nn/convolution.hpp"

/// @file
/// Convolutional networks that tell the classes of grey images apart. As those of a DataLoader, the
/// images come flat, (N, height width).

namespace xgrad::examples {

struct LeNetOptions {
  std::vector<std::size_t> channels{6, 16};  ///< of the two convolutions
  bool batch_norm = false;                   ///< a BatchNorm2d behind each of them
  double dropout = 0;                        ///< before each linear layer
};

/// LeNet-5 for images of 28 × 28, with ReLU and max pooling in the place of its squashed averages.
/// Source: LeCun, Bottou, Bengio & Haffner 1998, "Gradient-based learning applied to document
/// recognition".
struct LeNet : nn::Module {
  nn::Conv2d conv1, conv2;
  std::vector<nn::BatchNorm2d> norms;  ///< two, or none
  nn::Linear fc1, fc2, fc3;
  nn::Dropout dropout;
  XGRAD_FIELDS(conv1, conv2, norms, fc1, fc2, fc3, dropout)

  explicit LeNet(const LeNetOptions& options = {});
  Tensor forward(const Tensor& images) override;
  /// What each of the two convolutions makes of images, (N, channels, height, width): after ReLU,
  /// before the pooling.
  std::vector<Tensor> features(const Tensor& images);
};

/// The network that `lenet --save` or `mnist --model lenet --save` wrote, in evaluation mode.
/// Channels and batch normalisation are those of the file. Errors: those of nn::load.
LeNet load_lenet(const std::string& path);

/// relu(x + y), where y is x after two convolutions of 3 × 3, or only relu(y) without the shortcut.
/// Where the number of channels or the size changes, the shortcut has a convolution of 1 × 1.
struct ResidualBlock : nn::Module {
  nn::Conv2d conv1, conv2;
  nn::BatchNorm2d norm1, norm2;
  std::vector<nn::Conv2d> projection;  ///< of the shortcut, if it has one
  bool shortcut;
  XGRAD_FIELDS(conv1, norm1, conv2, norm2, projection)

  ResidualBlock(std::size_t in, std::size_t out, std::size_t stride, bool shortcut);
  Tensor forward(const Tensor& x) override;
};

struct ResNetOptions {
  std::size_t blocks = 1;     ///< of two layers, in each of the three stages
  std::size_t channels = 16;  ///< of the first stage; each further one has twice as many
  bool shortcuts = true;      ///< without them it is the "plain" network of the paper
};

/// A residual network of 6 blocks + 2 layers for square images: a convolution, three stages that
/// halve the size between them, the mean over the image, and a linear layer. Source: He, Zhang, Ren
/// & Sun 2016, "Deep residual learning for image recognition", section 4.2, with projections.
struct ResNet : nn::Module {
  nn::Conv2d conv;
  nn::BatchNorm2d norm;
  std::vector<ResidualBlock> blocks;
  nn::Linear fc;
  XGRAD_FIELDS(conv, norm, blocks, fc)

  explicit ResNet(const ResNetOptions& options = {});
  Tensor forward(const Tensor& images) override;
};

}  // namespace xgrad::examples
