#pragma once

#include "scheduler.hpp"

namespace xgrad::optim {
inline namespace lr_scheduler {

/// How OneCycleLR goes from one value to another.
enum class AnnealStrategy { cos, linear };

/// Options of OneCycleLR.
struct OneCycleLROptions {
  PerGroup<double> max_lr = {};  ///< the highest learning rate, > 0; to be given
  std::int64_t total_steps = 0;  ///< of the cycle; to be given, or else the next two
  std::int64_t epochs = 0;       ///< with steps_per_epoch: total_steps = epochs · steps_per_epoch
  std::int64_t steps_per_epoch = 0;  ///< with epochs
  double pct_start = 0.3;            ///< the part of the steps in which the lr rises, in [0, 1]
  AnnealStrategy anneal_strategy = AnnealStrategy::cos;  ///< by a cosine, or linearly
  bool cycle_momentum = true;  ///< also cycles momentum, or betas[0] of optimizers with betas
  PerGroup<double> base_momentum = 0.85;  ///< at the highest lr, 0 <= x < 1
  PerGroup<double> max_momentum = 0.95;   ///< at the start and the end, 0 <= x < 1
  double div_factor = 25;                 ///< first lr = max_lr / div_factor, > 0
  double final_div_factor = 1e4;          ///< last lr = first lr / final_div_factor, > 0
  bool three_phase = false;               ///< down to the first lr as fast as up, then to the last
  std::int64_t last_epoch = -1;           ///< of a run to resume
  static Schedule schedule(OneCycleLROptions& o);  ///< for ScheduleOf: fields and formula
};

/// One cycle of the learning rate, from max_lr / div_factor up to max_lr and down to nearly
/// nothing, and one of the momentum the other way round. One step() a batch. The first lr replaces
/// the optimizer's own as the initial one of schedulers that are made later.
///
/// With pct the part of a phase that is over, a value goes from a to b as b + (a − b)(1 + cos(π
/// pct)) / 2, or linearly as a + (b − a) pct. A phase ends at the step pct_start · total_steps − 1,
/// the second of three at 2 pct_start · total_steps − 2, the last at total_steps − 1.
///
/// step() throws ValueError after total_steps steps. The constructor throws it also if the
/// optimizer has no momentum while cycle_momentum is set.
///
/// Smith & Topin 2018, Super-convergence: very fast training of neural networks using large
/// learning rates.
using OneCycleLR = ScheduleOf<OneCycleLROptions>;

}  // namespace lr_scheduler
}  // namespace xgrad::optim
