#pragma once

#include <limits>

namespace xgrad::training {

/// Whether a metric should become small, as a loss, or great, as an accuracy.
enum class Mode { min, max };

/// The best value of a metric so far. One is better than the best b where it is < b − min_delta
/// (Mode::min) or > b + min_delta (Mode::max); NaN never is.
class Best {
 public:
  explicit Best(Mode mode = Mode::min, double min_delta = 0) noexcept
      : mode_(mode), min_delta_(min_delta), value_(worst()) {}

  /// Takes over a better value; says whether it is one.
  bool update(double value) noexcept {
    const bool better =
        mode_ == Mode::min ? value < value_ - min_delta_ : value > value_ + min_delta_;
    if (better) value_ = value;
    return better;
  }
  /// An infinity until the first update.
  double value() const noexcept { return value_; }
  /// As if the best so far had been that.
  void set(double value) noexcept { value_ = value; }

 private:
  double worst() const noexcept {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    return mode_ == Mode::min ? infinity : -infinity;
  }

  Mode mode_;
  double min_delta_;
  double value_;
};

}  // namespace xgrad::training
