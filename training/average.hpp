#pragma once

namespace xgrad::training {

/// The weighted mean Σ wᵢ xᵢ / Σ wᵢ of a metric, as of the losses of batches weighted by their
/// sizes.
class Average {
 public:
  /// Errors: ValueError for a weight that is negative or not finite.
  void add(double value, double weight = 1);
  /// NaN while the weights add up to 0.
  double mean() const noexcept { return sum_ / weight_; }
  double weight() const noexcept { return weight_; }
  void reset() noexcept { *this = {}; }

 private:
  double sum_ = 0;
  double weight_ = 0;
};

}  // namespace xgrad::training
