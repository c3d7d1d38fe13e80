#include "examples/support/epochs.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <iomanip>
#include <sstream>

#include "autograd/support/str.hpp"
#include "examples/support/interrupt.hpp"
#include "nn/serialization.hpp"
#include "optim/clip_grad.hpp"
#include "training/average.hpp"
#include "training/checkpoint.hpp"

namespace xgrad::examples {

bool train_epochs(nn::Module& net, optim::Optimizer& optimizer, optim::LRScheduler* scheduler,
                  const std::function<void(const Step& step)>& epoch,
                  const std::function<Metrics(const training::Progress& progress)>& evaluate,
                  const EpochOptions& options) {
  const InterruptGuard interrupt;
  const Files& files = options.files;
  const Sharing& sharing = options.sharing;
  const training::CheckpointParts parts{
      .module = net, .optimizer = &optimizer, .scheduler = scheduler};
  std::int64_t done = files.resume ? training::load_checkpoint(files.checkpoint, parts).epoch : 0;
  if (sharing.begin) sharing.begin(static_cast<std::size_t>(done));
  bool interrupted = false, ended = false;
  while (done < static_cast<std::int64_t>(options.epochs) && !interrupted && !ended) {
    std::ostringstream label;
    label << "epoch " << std::setw(2) << done + 1 << '/' << options.epochs;
    training::Progress progress({.label = label.str(),
                                 .total = options.steps,
                                 .unit = options.unit,
                                 .quiet = options.quiet});
    training::Average losses;
    epoch([&](const Tensor& loss, std::size_t samples, const Metrics& metrics) {
      optimizer.zero_grad();
      loss.backward();
      if (sharing.after_backward) sharing.after_backward();
      if (std::isfinite(options.clip)) optim::clip_grad_norm_(net.parameters(), options.clip);
      optimizer.step();
      if (scheduler) scheduler->step();
      losses.add(loss.item<double>(), static_cast<double>(samples));
      progress.step(samples * sharing.processes, metrics);
      return !(interrupted = interrupt.requested());
    });
    if (interrupted) break;
    ++done;
    if (!std::isfinite(losses.mean()))
      throw TrainingDiverged(str("training diverged: the loss of epoch ", done, " is ",
                                 losses.mean(), "; try a smaller --lr"));
    progress.finish(evaluate(progress));
    if (!files.checkpoint.empty() && sharing.writes)
      training::save_checkpoint(files.checkpoint, parts, {.epoch = done});
    ended = options.end && options.end();
  }
  if (interrupted && !options.quiet)
    std::printf("interrupted in epoch %d\n", static_cast<int>(done + 1));
  if (!files.save.empty() && sharing.writes) {
    nn::save(net, files.save);
    if (!options.quiet) std::printf("network saved to %s\n", files.save.c_str());
  }
  return interrupted;
}

}  // namespace xgrad::examples
