#pragma once

#include "scheduler.hpp"

namespace xgrad::optim {
inline namespace lr_scheduler {

/// Whether a metric should become small, as a loss, or large, as an accuracy.
enum class PlateauMode { min, max };
/// Whether a threshold is a part of the best metric or an amount.
enum class ThresholdMode { rel, abs };

/// Options of ReduceLROnPlateau.
struct ReduceLROnPlateauOptions {
  PlateauMode mode = PlateauMode::min;                ///< what is better
  double factor = 0.1;                                ///< of a reduction, 0 <= factor < 1
  std::int64_t patience = 10;                         ///< so many bad epochs are tolerated, >= 0
  double threshold = 1e-4;                            ///< by which a metric has to be better, >= 0
  ThresholdMode threshold_mode = ThresholdMode::rel;  ///< how the threshold is meant
  std::int64_t cooldown = 0;    ///< epochs after a reduction that do not count as bad, >= 0
  PerGroup<double> min_lr = 0;  ///< the lowest learning rate, >= 0
  double eps = 1e-8;            ///< a smaller change than this is not made, >= 0
};

/// Multiplies the learning rate by factor when a metric has not become better for more than
/// patience epochs. Better than the best so far, b, is a metric
///
///     min, rel: < b − threshold |b|        min, abs: < b − threshold
///     max, rel: > b + threshold |b|        max, abs: > b + threshold
///
/// (PyTorch's b (1 ± threshold) is on the wrong side of a b below 0.) At first b is the worst of
/// all, an infinity, than which every finite metric is better.
///
/// It is no LRScheduler, as its step needs the metric.
class ReduceLROnPlateau final : public SchedulerBase {
 public:
  /// Throws ValueError for options out of range.
  explicit ReduceLROnPlateau(Optimizer& optimizer, ReduceLROnPlateauOptions options = {});

  /// Goes on to the next epoch. NaN is not better than anything, an infinite metric is better if it
  /// is on the right side of b. Throws ValueError if groups were added and min_lr has no value for
  /// them; nothing is changed then.
  void step(double metric);

 private:
  ReduceLROnPlateauOptions options_;
  double best_;
  std::int64_t num_bad_epochs_ = 0;
  std::int64_t cooldown_counter_ = 0;
};

}  // namespace lr_scheduler
}  // namespace xgrad::optim
