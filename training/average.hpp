#pragma once

#include "../autograd/tensor/expect.hpp"

namespace xgrad::training {

/// The weighted mean Σ wᵢ xᵢ / Σ wᵢ of a metric, such as the losses of batches weighted by their
/// sizes.
class Average {
 public:
  /// Throws ValueError unless the weight is finite and 0 or more.
  void add(double value, double weight = 1) {
    expect_not_negative("Average", "weight", weight);
    // A weight of 0 makes no difference, not even to an infinite value.
    if (weight == 0) return;
    sum_ += value * weight;
    weight_ += weight;
  }
  /// NaN while the weights add up to 0.
  double mean() const noexcept { return sum_ / weight_; }
  double weight() const noexcept { return weight_; }  ///< the sum of the weights
  void reset() noexcept { *this = {}; }               ///< begins anew

 private:
  double sum_ = 0;
  double weight_ = 0;
};

}  // namespace xgrad::training
