#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "autograd/tensor.hpp"
#include "nn/sequential.hpp"
#include "training/progress.hpp"

/// @file
/// Generative adversarial networks: a generator makes samples of noise, and a discriminator scores
/// how real samples are. Source: Goodfellow et al. 2014, "Generative adversarial nets".

namespace xgrad::examples {

/// What the two networks minimise.
enum class GanLoss {
  gan,      ///< cross-entropy, and for the generator the one that does not saturate
  lsgan,    ///< squared errors: Mao et al. 2017, "Least squares generative adversarial networks"
  wgan,     ///< differences of scores, with clipped weights: Arjovsky, Chintala & Bottou 2017,
            ///< "Wasserstein generative adversarial networks"
  wgan_gp,  ///< the same with a penalty on gradients: Gulrajani et al. 2017, "Improved training of
            ///< Wasserstein GANs"
};

/// The discriminator's loss for its scores of real and of generated samples. With label smoothing
/// the targets of real samples are so much below 1: Salimans et al. 2016, "Improved techniques for
/// training GANs". Scores of WGANs have no targets.
Tensor discriminator_loss(GanLoss loss, const Tensor& real, const Tensor& generated,
                          double label_smoothing = 0);
/// The generator's loss for the scores of its samples.
Tensor generator_loss(GanLoss loss, const Tensor& generated);

/// Points at random on the lines from real samples to generated ones, both (N, …).
Tensor mixed(const Tensor& real, const Tensor& generated);
/// The mean of (|g| - 1)^2 over points (N, …), where g is the gradient of the critic's score at a
/// point; one-sided it is the mean of max(|g| - 1, 0)^2. It can itself be differentiated by the
/// critic's parameters.
Tensor gradient_penalty(nn::Module& critic, const Tensor& points, bool one_sided = false);

/// @name Networks
/// Images are (N, 1, 28, 28), from -1 to 1.
/// @{

/// Three linear layers with leaky ReLU between them.
nn::Sequential dense_layers(std::size_t in, std::size_t hidden, std::size_t out);
nn::Sequential dense_image_generator(std::size_t latent, std::size_t hidden);
nn::Sequential dense_image_discriminator(std::size_t hidden);
/// A linear layer and three transposed convolutions, of which the last reads `channels`, with batch
/// normalisation. Source of this and the next: Radford, Metz & Chintala 2016, "Unsupervised
/// representation learning with deep convolutional generative adversarial networks".
nn::Sequential dcgan_generator(std::size_t latent, std::size_t channels);
/// Three convolutions, of which the first makes `channels`, and a linear layer. Batch normalisation
/// would make of a gradient penalty one of the whole batch, so that it can be left out.
nn::Sequential dcgan_discriminator(std::size_t channels, bool batch_norm);
/// @}

struct GanTrainOptions {
  GanLoss loss = GanLoss::gan;
  std::size_t epochs = 10;
  std::size_t steps = 500;              ///< of the generator, in an epoch
  std::size_t discriminator_steps = 1;  ///< for each of the generator
  std::size_t batch_size = 64;
  double lr = 0.001;  ///< at the beginning; it falls linearly to 0
  /// Whether the gradient penalty is. For samples of one number it has to be: a critic's slope
  /// comes from -1 to 1 only through 0, where the two-sided penalty is large.
  bool one_sided = false;
  double average = 0.998;  ///< what the mean of the generator's weights keeps in a step
  double label_smoothing = 0;
  double noise = 0;  ///< deviation of what is added to all samples that the discriminator reads; it
                     ///< falls linearly to 0
  /// Called after each epoch with the mean of the generator's weights; what it returns is printed.
  std::function<std::vector<training::Metric>(nn::Module& generator)> after_epoch;
};

/// The mean losses of each epoch.
struct GanHistory {
  std::vector<double> discriminator, generator;
  bool interrupted = false;  ///< by Ctrl-C or SIGTERM
};

/// Trains the two by turns. `real` makes as many real samples as it is asked for, the generator
/// reads normal noise (N, latent).
GanHistory train_gan(nn::Module& discriminator, nn::Sequential& generator, std::size_t latent,
                     const std::function<Tensor(std::size_t)>& real,
                     const GanTrainOptions& options);

}  // namespace xgrad::examples
