#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "../autograd/support/str.hpp"
#include "../autograd/tensor/expect.hpp"
#include "../optim/option.hpp"
#include "best.hpp"

namespace xgrad::training {

/// Options of EarlyStopping.
struct EarlyStoppingOptions {
  std::int64_t patience = 3;  ///< epochs in a row without a better metric after which to stop, >= 1
  double min_delta = 0;       ///< by which a metric has to be better, >= 0
  Mode mode = Mode::min;      ///< which metric is better
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
  explicit EarlyStopping(EarlyStoppingOptions options = {})
      : options_(options), best_(options.mode, options.min_delta) {
    if (options.patience < 1)
      throw ValueError(
          str("EarlyStopping: patience is ", options.patience, "; expected at least 1"));
    expect_not_negative("EarlyStopping", "min_delta", options.min_delta);
  }

  /// Takes the metric of one more epoch; true when it is time to stop. NaN is not better than
  /// anything.
  bool step(double metric) {
    num_bad_epochs_ = best_.update(metric) ? 0 : num_bad_epochs_ + 1;
    return num_bad_epochs_ >= options_.patience;
  }

  /// The best metric so far; an infinity before the first.
  double best() const noexcept { return best_.value(); }
  /// Epochs since the best one.
  std::int64_t num_bad_epochs() const noexcept { return num_bad_epochs_; }

  /// best() and num_bad_epochs() as texts that give the same bits when read back: for the metadata
  /// of a checkpoint.
  optim::OptionTexts state_dict() const { return optim::to_texts(EarlyStopping(*this).fields()); }
  /// Throws ValueError for texts that are no state_dict(); nothing is changed then.
  void load_state_dict(const optim::OptionTexts& saved) {
    EarlyStopping loaded = *this;
    optim::from_texts(saved, loaded.fields(), "EarlyStopping");
    optim::check_ranges("EarlyStopping", loaded.fields());
    if (std::isnan(loaded.best()))
      throw ValueError("EarlyStopping: best is nan, which no metric is better than");
    *this = loaded;
  }

 private:
  std::vector<optim::Option> fields() {
    return {{"best", &best_.value(), optim::Allowed::any},
            {"num_bad_epochs", &num_bad_epochs_, optim::Allowed::non_negative}};
  }

  EarlyStoppingOptions options_;
  Best best_;
  std::int64_t num_bad_epochs_ = 0;
};

}  // namespace xgrad::training
