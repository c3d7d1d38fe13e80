#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "autograd/tensor.hpp"
#include "examples/support/gan.hpp"
#include "nn/sequential.hpp"
#include "training/progress.hpp"

/// @file
/// What the program `gan` generates.

namespace xgrad::examples {

/// Samples to imitate, networks for them, and how good and how they look.
struct GanProblem {
  std::function<Tensor(std::size_t)> real;  ///< so many samples at random
  nn::Sequential generator, discriminator;
  std::size_t samples;   ///< that are measured
  std::string measures;  ///< what the metrics mean
  std::function<std::vector<training::Metric>(const Tensor& generated)> measure;
  /// Draws generated samples into a PNG file.
  std::function<void(const std::string& title, const Tensor& generated, const std::string& path)>
      draw_frame;
  /// Draws what each epoch made of the same noise, and the losses.
  std::function<void(const std::string& title, const std::vector<Tensor>& generated,
                     const GanHistory& history, const std::string& path)>
      draw_figure;
};

struct GanNetworkOptions {
  std::size_t latent;        ///< numbers that the generator reads
  std::size_t hidden;        ///< width of the two hidden layers of dense networks
  std::size_t channels = 0;  ///< of convolutional networks for images; 0: dense ones
  bool batch_norm = true;    ///< of a convolutional discriminator
};

/// Numbers, normal with mean 4 and deviation 1.25.
GanProblem gan_of_numbers(const GanNetworkOptions& options);
/// Points on an ellipse.
GanProblem gan_of_an_ellipse(const GanNetworkOptions& options);
/// The training images of the four IDX files in a directory, 28 × 28. They are measured by a
/// classifier, which load_lenet() reads from a file; without one ("") they are not. Errors: those
/// of load_classifier_data and load_lenet; ValueError for images of another size.
GanProblem gan_of_images(const GanNetworkOptions& options, const std::string& directory,
                         const std::string& classifier);

}  // namespace xgrad::examples
