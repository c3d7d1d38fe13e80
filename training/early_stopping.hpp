#pragma once

#include <cstdint>
#include <vector>

#include "../optim/option.hpp"
#include "best.hpp"

namespace xgrad::training {

struct EarlyStoppingOptions {
  std::int64_t patience = 3;  ///< epochs in a row without a better metric after which to stop, >= 1
  double min_delta = 0;       ///< by which a metric has to be better, >= 0
  Mode mode = Mode::min;
};

/// Says when training no longer gets better:
///
///     training::EarlyStopping stopping({.patience = 5});
///     for (int epoch = 0; epoch < 100; ++epoch) {
///       train(net);
///       if (stopping.step(validation_loss(net))) break;
///     }
///
/// Source: Prechelt (1998), "Early stopping - but when?", Neural Networks: Tricks of the Trade.
class EarlyStopping {
 public:
  /// Throws ValueError for options out of range.
  explicit EarlyStopping(EarlyStoppingOptions options = {});

  /// Takes the metric of one more epoch; true when it is time to stop. NaN is not better than
  /// anything.
  bool step(double metric);

  /// The best metric so far; an infinity before the first.
  double best() const noexcept { return best_.value(); }
  /// Epochs since the best one.
  std::int64_t num_bad_epochs() const noexcept { return num_bad_epochs_; }

  /// best() and num_bad_epochs() as texts that give the same bits when read back: for the metadata
  /// of a checkpoint.
  optim::OptionTexts state_dict() const;
  /// Throws ValueError for texts that are no state_dict(); nothing is changed then.
  void load_state_dict(const optim::OptionTexts& saved);

 private:
  std::vector<optim::Option> fields();

  EarlyStoppingOptions options_;
  Best best_;
  std::int64_t num_bad_epochs_ = 0;
};

}  // namespace xgrad::training
