#include "examples/support/image_networks.hpp"

#include <cmath>
#include <map>

#include "autograd/ops.hpp"
#include "autograd/safetensors.hpp"
#include "autograd/support/str.hpp"
#include "nn/serialization.hpp"

namespace xgrad::examples {

LeNet::LeNet(const LeNetOptions& options)
    : conv1(1, options.channels[0], 5, {.padding = 2}),
      conv2(options.channels[0], options.channels[1], 5),
      fc1(25 * options.channels[1], 120),
      fc2(120, 84),
      fc3(84, classes),
      dropout(options.dropout) {
  if (options.batch_norm)
    for (const std::size_t channels : options.channels) norms.emplace_back(channels);
}

std::vector<Tensor> LeNet::features(const Tensor& images) {
  const auto norm = [&](std::size_t i, const Tensor& x) { return norms.empty() ? x : norms[i](x); };
  const Tensor first = relu(norm(0, conv1(reshape(images, {-1, 1, 28, 28}))));
  return {first, relu(norm(1, conv2(max_pool2d(first, 2))))};
}

Tensor LeNet::forward(const Tensor& images) {
  const Tensor x = flatten(max_pool2d(features(images)[1], 2), 1);
  return fc3(dropout(relu(fc2(dropout(relu(fc1(dropout(x))))))));
}

LeNet load_lenet(const std::string& path) {
  const std::map<std::string, Tensor> saved = load_safetensors(path).tensors;
  LeNetOptions options{.batch_norm = saved.contains("norms.0.weight")};
  for (std::size_t i = 0; i < options.channels.size(); ++i)
    if (const auto weight = saved.find(str("conv", i + 1, ".weight")); weight != saved.end())
      options.channels[i] = weight->second.size(0);
  LeNet net(options);
  nn::load(net, path);
  net.eval();
  return net;
}

namespace {

nn::Conv2d convolution(std::size_t in, std::size_t out, std::size_t size, std::size_t stride) {
  return {in,
          out,
          static_cast<std::int64_t>(size),
          {.stride = static_cast<std::int64_t>(stride),
           .padding = static_cast<std::int64_t>(size / 2),
           .bias = false}};
}

}  // namespace

ResidualBlock::ResidualBlock(std::size_t in, std::size_t out, std::size_t stride,
                             bool with_shortcut)
    : conv1(convolution(in, out, 3, stride)),
      conv2(convolution(out, out, 3, 1)),
      norm1(out),
      norm2(out),
      shortcut(with_shortcut) {
  if (shortcut && (in != out || stride != 1)) projection.push_back(convolution(in, out, 1, stride));
}

Tensor ResidualBlock::forward(const Tensor& x) {
  const Tensor y = norm2(conv2(relu(norm1(conv1(x)))));
  if (!shortcut) return relu(y);
  return relu(y + (projection.empty() ? x : projection[0](x)));
}

ResNet::ResNet(const ResNetOptions& options)
    : conv(convolution(1, options.channels, 3, 1)),
      norm(options.channels),
      fc(4 * options.channels, classes) {
  std::size_t channels = options.channels;
  for (std::size_t stage = 0; stage < 3; ++stage)
    for (std::size_t i = 0; i < options.blocks; ++i) {
      const bool halves = stage > 0 && i == 0;
      blocks.emplace_back(channels, halves ? 2 * channels : channels, halves ? 2U : 1U,
                          options.shortcuts);
      if (halves) channels *= 2;
    }
}

Tensor ResNet::forward(const Tensor& images) {
  const auto size = static_cast<std::int64_t>(std::lround(std::sqrt(images.size(1))));
  Tensor x = relu(norm(conv(reshape(images, {-1, 1, size, size}))));
  for (ResidualBlock& block : blocks) x = block(x);
  return fc(mean(x, {2, 3}));
}

}  // namespace xgrad::examples
