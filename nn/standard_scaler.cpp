#include "standard_scaler.hpp"

#include <algorithm>
#include <limits>

#include "../autograd/graph/grad_mode.hpp"
#include "../autograd/ops/arithmetic.hpp"
#include "../autograd/ops/elementwise.hpp"
#include "../autograd/ops/logic.hpp"
#include "../autograd/ops/reduction.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"

namespace xgrad::nn {

StandardScaler::StandardScaler(Extent num_features, StandardScalerOptions options)
    : options_(options) {
  expect<ValueError>(num_features.value >= 0, "StandardScaler: ", num_features.value,
                     " features; expected 0 or more");
  mean = zeros({num_features}, {.dtype = float64});
  scale = ones({num_features}, {.dtype = float64});
}

StandardScaler& StandardScaler::fit(const Tensor& x) {
  const NoGrad guard;
  expect_defined("StandardScaler: fit", "x", x);
  expect<ShapeError>(x.ndim() > 0 && x.size(0) > 0, "StandardScaler: fit: x has shape ", x.shape(),
                     "; expected rows (N, …) with N >= 1");
  const Tensor wide = x.to(float64);
  expect<ValueError>(!any(isinf(wide)).item<bool>(),
                     "StandardScaler: fit: x has infinite values; expected finite ones or NaN");
  const Tensor known = logical_not(isnan(wide));
  const Tensor n = sum(known, 0).to(float64);
  mean = sum(where(known, wide, 0.0), 0) / n;
  // The sum of the deviations is not quite 0 (Chan, Golub & LeVeque 1983, "Algorithms for computing
  // the sample variance", The American Statistician 37).
  const Tensor deviations = where(known, wide - mean, 0.0);
  const Tensor variance = (sum(square(deviations), 0) - square(sum(deviations, 0)) / n) / n;
  constexpr double eps = std::numeric_limits<double>::epsilon();
  const Tensor constant = variance <= n * eps * variance + square(n * mean * eps);
  scale = where(constant, 1.0, sqrt(variance));
  if (!options_.with_mean) mean = zeros_like(mean);
  if (!options_.with_std) scale = ones_like(scale);
  return *this;
}

template <class Formula>
Tensor StandardScaler::apply(const char* op, const Tensor& x, Formula formula) const {
  expect_defined(op, "x", x);
  expect<ValueError>(mean.defined() && scale.defined(), op,
                     ": neither mean nor scale; expected fit(x) before");
  const Shape &found = x.shape(), &columns = mean.shape();
  expect<ShapeError>(
      x.ndim() > 0 && std::equal(found.begin() + 1, found.end(), columns.begin(), columns.end()),
      op, ": x of shape ", found, " for moments of shape ", columns,
      "; expected (N, …) with as many columns");
  const Tensor result = formula(x.to(float64), mean.to(float64), scale.to(float64));
  return is_floating(x.dtype()) ? result.to(x.dtype()) : result;
}

Tensor StandardScaler::transform(const Tensor& x) const {
  return apply("StandardScaler: transform", x,
               [](const Tensor& wide, const Tensor& m, const Tensor& s) { return (wide - m) / s; });
}

Tensor StandardScaler::inverse_transform(const Tensor& y) const {
  return apply("StandardScaler: inverse_transform", y,
               [](const Tensor& wide, const Tensor& m, const Tensor& s) { return wide * s + m; });
}

std::string StandardScaler::extra_repr() const { return mean.defined() ? str(mean.shape()) : ""; }

}  // namespace xgrad::nn
