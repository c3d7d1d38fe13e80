#include "examples/support/gan.hpp"

#include <algorithm>
#include <memory>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"
#include "examples/support/interrupt.hpp"

namespace xgrad::examples {
namespace {

constexpr double clip = 0.01;  // of a WGAN's weights
constexpr double penalty_weight = 10;
constexpr double slope = 0.2;  // of leaky ReLU below 0

Tensor cross_entropy(const Tensor& scores, double target) {
  return nn::binary_cross_entropy_with_logits(scores, full_like(scores, target));
}

Tensor squared_error(const Tensor& scores, double target) { return mean(square(scores - target)); }

/// The optimizers of the papers, but for a beta2.
std::unique_ptr<optim::Optimizer> make_optimizer(GanLoss loss, std::vector<Tensor> parameters,
                                                 double lr) {
  if (loss == GanLoss::wgan)
    return std::make_unique<optim::RMSprop>(std::move(parameters), optim::RMSpropOptions{.lr = lr});
  if (loss == GanLoss::wgan_gp)
    return std::make_unique<optim::Adam>(std::move(parameters),
                                         optim::AdamOptions{.lr = lr, .betas = {0, 0.9}});
  // Near the end gradients are tiny. One of usual size then makes a step of (1 - beta1) /
  // sqrt(1 - beta2) lr, too large with the usual beta2 of 0.999.
  return std::make_unique<optim::Adam>(std::move(parameters),
                                       optim::AdamOptions{.lr = lr, .betas = {0.5, 0.99}});
}

/// The layers, with the weights of convolutions and linear layers normal of deviation 0.02.
nn::Sequential with_small_weights(nn::Sequential net) {
  for (auto& [name, parameter] : net.named_parameters())
    if (name.ends_with("weight") && parameter.ndim() > 1) nn::init::normal_(parameter, 0, 0.02);
  return net;
}

}  // namespace

Tensor discriminator_loss(GanLoss loss, const Tensor& real, const Tensor& generated,
                          double label_smoothing) {
  const double target = 1 - label_smoothing;
  if (loss == GanLoss::gan) return cross_entropy(real, target) + cross_entropy(generated, 0);
  if (loss == GanLoss::lsgan) return squared_error(real, target) + squared_error(generated, 0);
  return mean(generated) - mean(real);
}

Tensor generator_loss(GanLoss loss, const Tensor& generated) {
  if (loss == GanLoss::gan) return cross_entropy(generated, 1);
  if (loss == GanLoss::lsgan) return squared_error(generated, 1);
  return -mean(generated);
}

Tensor mixed(const Tensor& real, const Tensor& generated) {
  const Tensor flat = flatten(real, 1);
  const Tensor share = rand({real.size(0), 1}, real.dtype());
  return reshape(flat + share * (flatten(generated, 1) - flat), real.shape());
}

Tensor gradient_penalty(nn::Module& critic, const Tensor& points, bool one_sided) {
  Tensor x = points.requires_grad() ? points : points.detach().requires_grad_();
  const Tensor g = grad(sum(critic(x)), x, {.create_graph = true});
  const Tensor excess = norm(flatten(g, 1), 2, 1) - 1;
  return mean(square(one_sided ? relu(excess) : excess));
}

nn::Sequential dense_layers(std::size_t in, std::size_t hidden, std::size_t out) {
  return nn::Sequential{nn::Linear(in, hidden), nn::LeakyReLU(slope), nn::Linear(hidden, hidden),
                        nn::LeakyReLU(slope), nn::Linear(hidden, out)};
}

nn::Sequential dense_image_generator(std::size_t latent, std::size_t hidden) {
  return nn::Sequential{dense_layers(latent, hidden, 28 * 28), nn::Tanh(),
                        nn::Unflatten(1, {1, 28, 28})};
}

nn::Sequential dense_image_discriminator(std::size_t hidden) {
  return nn::Sequential{nn::Flatten(), dense_layers(28 * 28, hidden, 1)};
}

nn::Sequential dcgan_generator(std::size_t latent, std::size_t channels) {
  const std::size_t c = channels;
  return with_small_weights(nn::Sequential{
      nn::Linear(latent, 4 * c * 4 * 4), nn::Unflatten(1, {4 * c, 4, 4}), nn::BatchNorm2d(4 * c),
      nn::ReLU(), nn::ConvTranspose2d(4 * c, 2 * c, 3, {.stride = 2, .padding = 1}),
      nn::BatchNorm2d(2 * c), nn::ReLU(),
      nn::ConvTranspose2d(2 * c, c, 4, {.stride = 2, .padding = 1}), nn::BatchNorm2d(c), nn::ReLU(),
      nn::ConvTranspose2d(c, 1, 4, {.stride = 2, .padding = 1}), nn::Tanh()});
}

nn::Sequential dcgan_discriminator(std::size_t channels, bool batch_norm) {
  const std::size_t c = channels;
  nn::Sequential net{nn::Conv2d(1, c, 4, {.stride = 2, .padding = 1}), nn::LeakyReLU(slope),
                     nn::Conv2d(c, 2 * c, 4, {.stride = 2, .padding = 1})};
  if (batch_norm) net.push_back(nn::BatchNorm2d(2 * c));
  net.push_back(nn::LeakyReLU(slope));
  net.push_back(nn::Conv2d(2 * c, 4 * c, 3, {.stride = 2, .padding = 1}));
  if (batch_norm) net.push_back(nn::BatchNorm2d(4 * c));
  net.push_back(nn::LeakyReLU(slope));
  net.push_back(nn::Flatten());
  net.push_back(nn::Linear(4 * c * 4 * 4, 1));
  return with_small_weights(net);
}

GanHistory train_gan(nn::Module& discriminator, nn::Sequential& generator, std::size_t latent,
                     const std::function<Tensor(std::size_t)>& real, const GanTrainOptions& o) {
  const auto d = make_optimizer(o.loss, discriminator.parameters(), o.lr);
  const auto g = make_optimizer(o.loss, generator.parameters(), o.lr);
  const auto total = static_cast<double>(o.epochs * o.steps);
  double left = 1;  // share of the training
  const auto falls = [&](std::int64_t) { return left; };
  optim::LambdaLR d_schedule(*d, falls), g_schedule(*g, falls);
  training::AveragedModel<nn::Sequential> average(generator,
                                                  {.decay = o.average, .use_buffers = true});
  const auto score = [&](const Tensor& samples) {
    const double deviation = o.noise * left;
    return discriminator(deviation > 0 ? samples + deviation * randn_like(samples) : samples);
  };
  const auto generate = [&] { return generator(randn({o.batch_size, latent})); };

  const InterruptGuard interrupt;
  GanHistory history;
  double done = 0;
  for (std::size_t epoch = 1; epoch <= o.epochs; ++epoch) {
    training::Progress progress({.label = str("epoch ", epoch, "/", o.epochs), .total = o.steps});
    for (std::size_t step = 0; step < o.steps; ++step) {
      double d_loss = 0;
      for (std::size_t i = 0; i < o.discriminator_steps; ++i) {
        const Tensor x = real(o.batch_size);
        const Tensor y = generate().detach();
        d->zero_grad();
        Tensor loss = discriminator_loss(o.loss, score(x), score(y), o.label_smoothing);
        if (o.loss == GanLoss::wgan_gp)
          loss += penalty_weight * gradient_penalty(discriminator, mixed(x, y), o.one_sided);
        loss.backward();
        d->step();
        d_loss = loss.item<double>();
        if (o.loss == GanLoss::wgan) {
          const NoGrad guard;
          for (Tensor& weight : discriminator.parameters()) weight.clamp_(-clip, clip);
        }
      }
      // The gradients of the discriminator's weights are of no use in the generator's step.
      discriminator.requires_grad_(false);
      g->zero_grad();
      const Tensor loss = generator_loss(o.loss, score(generate()));
      loss.backward();
      g->step();
      discriminator.requires_grad_(true);
      average.update_parameters(generator);
      left = 1 - ++done / total;
      d_schedule.step();
      g_schedule.step();
      progress.step(o.batch_size, {{"discriminator", d_loss}, {"generator", loss.item<double>()}});
      if (interrupt.requested()) {
        history.interrupted = true;
        return history;
      }
    }
    history.discriminator.push_back(progress.mean("discriminator"));
    history.generator.push_back(progress.mean("generator"));
    average.eval();
    progress.finish(o.after_epoch(average.module));
  }
  return history;
}

}  // namespace xgrad::examples
