#pragma once

#include <limits>

namespace xgrad::training {

/// Whether a metric should become small, as a loss, or large, as an accuracy.
enum class Mode { min, max };

/// The best value of a metric so far. One is better than the best b where it is < b − min_delta
/// (Mode::min) or > b + min_delta (Mode::max); NaN never is.
class Best {
 public:
  /// Min_delta: by which a value has to be better, >= 0.
  explicit Best(Mode mode = Mode::min, double min_delta = 0) noexcept
      : mode_(mode), min_delta_(min_delta) {}

  /// Takes over a better value; says whether it is one.
  bool update(double value) noexcept {
    const bool better =
        mode_ == Mode::min ? value < value_ - min_delta_ : value > value_ + min_delta_;
    if (better) value_ = value;
    return better;
  }
  /// An infinity until the first update.
  double value() const noexcept { return value_; }
  double& value() noexcept { return value_; }  ///< to be restored

 private:
  Mode mode_;
  double min_delta_;
  double value_ = (mode_ == Mode::min ? 1 : -1) * std::numeric_limits<double>::infinity();
};

}  // namespace xgrad::training
