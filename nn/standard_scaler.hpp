#pragma once

#include <string>

#include "module.hpp"

namespace xgrad::nn {

/// Options of StandardScaler.
struct StandardScalerOptions {
  bool with_mean = true;  ///< subtract the mean
  bool with_std = true;   ///< divide by the standard deviation
};

/// (x - mean) / scale of each column of x (N, …), with the mean and standard deviation that fit()
/// found, as scikit-learn's StandardScaler. Both are buffers, float64: as a field of a network the
/// scaler is saved and loaded with it, and as a layer it is the first one.
///
///     data::StandardScaler scaler;
///     Tensor x = scaler.fit_transform(train);  // moments of the training data …
///     Tensor z = scaler.transform(test);       // … for all data
///
/// The deviation divides by N, not by N - 1; it counts as 1 for a column that is constant, but for
/// rounding. NaN is missing: fit() leaves it out, and transform() keeps it. Results have the dtype
/// of x, or float64 where that is one of integers; all is computed in float64.
class StandardScaler : public Module {
 public:
  /// For any columns; of no use before fit().
  explicit StandardScaler(StandardScalerOptions options = {}) : options_(options) {}
  /// For columns (num_features), with mean 0 and scale 1 until fit() or load() replaces them. What
  /// is loaded has to have its shape before. Throws ValueError for a negative number.
  explicit StandardScaler(Extent num_features, StandardScalerOptions options = {});

  /// Takes over the moments of x. Throws ShapeError for a 0-d tensor and one without rows,
  /// ValueError for infinite values.
  StandardScaler& fit(const Tensor& x);
  /// Recorded. Throws ValueError before fit(), and ShapeError for other columns.
  Tensor transform(const Tensor& x) const;
  /// fit(x), then transform(x).
  Tensor fit_transform(const Tensor& x) { return fit(x).transform(x); }
  /// y · scale + mean, recorded: what was transformed into y. Throws as transform.
  Tensor inverse_transform(const Tensor& y) const;

  Tensor forward(const Tensor& x) override { return transform(x); }
  std::string extra_repr() const override;

  Tensor mean;   ///< (…), float64; undefined before fit() if no number was given
  Tensor scale;  ///< the same
  XGRAD_FIELDS(mean, scale)

 private:
  template <class Formula>
  Tensor apply(const char* op, const Tensor& x, Formula formula) const;

  StandardScalerOptions options_;
};

}  // namespace xgrad::nn

namespace xgrad::data {
using nn::StandardScaler;
using nn::StandardScalerOptions;
}  // namespace xgrad::data
