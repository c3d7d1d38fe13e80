#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "autograd/error.hpp"
#include "examples/support/output_file.hpp"
#include "nn/module.hpp"
#include "optim/lr_scheduler.hpp"
#include "training/progress.hpp"

namespace xgrad::examples {

/// The loss of an epoch is not finite.
class TrainingDiverged : public Error {
 public:
  using Error::Error;
};

using Metrics = std::vector<training::Metric>;

/// Makes a step down a loss, and reports the metrics of so many samples. False ends the epoch.
using Step = std::function<bool(const Tensor& loss, std::size_t samples, const Metrics& metrics)>;

/// A process's part of a training that several share; by default it has none but itself.
struct Sharing {
  std::size_t processes = 1;  ///< each on as many samples of a step
  bool writes = true;         ///< the files of the training; one process does
  /// Called at the start, with the number of epochs that a checkpoint has.
  std::function<void(std::size_t done)> begin = {};
  std::function<void()> after_backward = {};   ///< called before the optimizer's step
  std::function<double(double)> average = {};  ///< of a score of this process, over all
};

struct EpochOptions {
  std::size_t epochs = 1;        ///< in all, with those before a checkpoint
  std::size_t steps = 0;         ///< of an epoch
  std::string unit = "samples";  ///< what progress counts
  Files files = {};
  double clip = std::numeric_limits<double>::infinity();  ///< largest norm of the gradients
  bool quiet = false;
  Sharing sharing = {};
  std::function<bool()> end = {};  ///< called after each epoch; true ends the training
};

/// A training, with progress, checkpoints and the network saved at its end: epoch(step) calls
/// `step` for each batch, and evaluate(progress), after it, returns what its line says beside the
/// means. The scheduler, which may be null, is stepped after the optimizer. Ctrl-C or
/// SIGTERM ends it after a step; returns whether it did. Errors: TrainingDiverged; those of the
/// files.
bool train_epochs(nn::Module& net, optim::Optimizer& optimizer, optim::LRScheduler* scheduler,
                  const std::function<void(const Step& step)>& epoch,
                  const std::function<Metrics(const training::Progress& progress)>& evaluate,
                  const EpochOptions& options);

}  // namespace xgrad::examples
