#pragma once

#include "scheduler.hpp"

namespace xgrad::optim {
inline namespace lr_scheduler {

/// A factor for each epoch, counted from 0. The step that calls it throws ValueError unless the
/// factor is finite and >= 0.
using LRLambda = std::function<double(std::int64_t epoch)>;

struct LambdaLROptions {
  PerGroup<LRLambda> lr_lambda = {};  ///< to be given
  std::int64_t last_epoch = -1;       ///< of a run to resume
};

/// The initial learning rate times lr_lambda(epoch):
///
///     optim::LambdaLR scheduler(sgd, [](std::int64_t epoch) { return std::pow(0.95, epoch); });
///
/// A function cannot be saved: to continue, make the scheduler with the same one.
class LambdaLR final : public ScheduleOf<LambdaLROptions> {
 public:
  LambdaLR(Optimizer& optimizer, LambdaLROptions options);
  template <std::convertible_to<LRLambda> F>
  LambdaLR(Optimizer& optimizer, F lr_lambda)
      : LambdaLR(optimizer, LambdaLROptions{.lr_lambda = LRLambda(std::move(lr_lambda))}) {}
};

using MultiplicativeLROptions = LambdaLROptions;

/// Multiplies the learning rate by lr_lambda(epoch) in every epoch from 1. The function is not
/// saved, as with LambdaLR.
class MultiplicativeLR final : public ScheduleOf<LambdaLROptions> {
 public:
  MultiplicativeLR(Optimizer& optimizer, MultiplicativeLROptions options);
  template <std::convertible_to<LRLambda> F>
  MultiplicativeLR(Optimizer& optimizer, F lr_lambda)
      : MultiplicativeLR(optimizer,
                         MultiplicativeLROptions{.lr_lambda = LRLambda(std::move(lr_lambda))}) {}
};

}  // namespace lr_scheduler
}  // namespace xgrad::optim
