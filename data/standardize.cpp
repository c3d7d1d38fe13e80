#include "standardize.hpp"

#include <algorithm>

#include "../autograd/ops/arithmetic.hpp"
#include "../autograd/ops/elementwise.hpp"
#include "../autograd/ops/logic.hpp"
#include "../autograd/ops/reduction.hpp"
#include "../autograd/ops/statistics.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/expect.hpp"

namespace xgrad::data {
namespace {

void expect_rows(const char* what, const Tensor& x) {
  expect_floating("standardize", what, x);
  if (x.ndim() == 0 || x.size(0) == 0)
    throw ShapeError(
        str("standardize: ", what, " has shape ", x.shape(), "; expected rows (N, …) with N >= 1"));
}

}  // namespace

Tensor standardize(const Tensor& x) { return standardize(x, x); }

Tensor standardize(const Tensor& x, const Tensor& reference) {
  expect_rows("x", x);
  expect_rows("reference", reference);
  const Shape &rows = x.shape(), &others = reference.shape();
  if (!std::equal(rows.begin() + 1, rows.end(), others.begin() + 1, others.end()))
    throw ShapeError(str("standardize: x of shape ", rows, " and reference of shape ", others,
                         "; they may differ in their first extent only"));
  expect_same_dtype("standardize", "x", x, "reference", reference);
  // The mean of float32 values takes more than 24 bits.
  if (x.dtype() == float32) return standardize(x.to(float64), reference.to(float64)).to(float32);

  // Moments do not change by a shift or, but for that factor, by a scale. Near the mean, and with
  // the range for a unit, nothing cancels, overflows or underflows (Chan, Golub & LeVeque 1983,
  // "Algorithms for computing the sample variance", The American Statistician 37).
  const Tensor known = reference.detach();
  const Tensor lowest = min(known, 0, true);
  const Tensor span = max(known, 0, true) - lowest;
  const Tensor constant = span == 0;
  const Tensor center = where(constant, lowest, mean(known, 0, true));
  const Tensor range = where(constant, 1.0, span);
  const Tensor moved = (reference - center) / range;
  const Tensor deviation = where(constant, 1.0, std(moved, 0, true, 0));
  return ((x - center) / range - mean(moved, 0, true)) / deviation;
}

}  // namespace xgrad::data
