#pragma once

#include "autograd/creation.hpp"
#include "autograd/random.hpp"
#include "nn/activation.hpp"
#include "nn/linear.hpp"
#include "nn/loss.hpp"
#include "nn/sequential.hpp"
#include "optim/adam.hpp"
#include "optim/lr_scheduler.hpp"
#include "training/averaged_model.hpp"
#include "training/checkpoint.hpp"

namespace xgrad::test {

/// The training of which the corpus of checkpoints is, the same one each time.
struct TrainingRun {
  TrainingRun() { step(); }

  training::CheckpointParts parts() {
    return {.module = net,
            .optimizer = &adam,
            .scheduler = &scheduler,
            .early_stopping = &stopping,
            .best = &best,
            .averaged = &averaged};
  }
  void step() {
    adam.zero_grad();
    const Tensor loss = nn::mse_loss(net(randn({2, 2})), zeros({2, 1}));
    loss.backward();
    adam.step();
    scheduler.step();
    averaged.update_parameters(net);
    best.step(loss.item<double>());
    stopping.step(loss.item<double>());
  }

  bool seeded = (manual_seed(0), true);
  nn::Sequential net{nn::Linear(2, 1)};
  optim::Adam adam{net.parameters(), {.lr = 0.01, .amsgrad = true}};
  optim::StepLR scheduler{adam, {.step_size = 2}};
  training::EarlyStopping stopping{{.patience = 4}};
  training::BestCheckpoint best{net};
  training::AveragedModel<nn::Sequential> averaged{net, {.decay = 0.9}};
};

}  // namespace xgrad::test
