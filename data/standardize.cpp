#include "data/standardize.hpp"

#include <algorithm>

#include "autograd/message.hpp"
#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/elementwise.hpp"
#include "autograd/ops/logic.hpp"
#include "autograd/ops/reduction.hpp"
#include "autograd/ops/statistics.hpp"

namespace xgrad::data {
namespace {

void check_rows(const char* what, const Tensor& x) {
  if (!is_floating(x.dtype()))
    throw DTypeError(message("standardize: ", what, " of shape ", x.shape(), " is ",
                             name(x.dtype()), "; expected floats: use .to(float32)"));
  if (x.ndim() == 0 || x.size(0) == 0)
    throw ShapeError(message("standardize: ", what, " has shape ", x.shape(),
                             "; expected rows (N, …) with N >= 1"));
}

}  // namespace

Tensor standardize(const Tensor& x) { return standardize(x, x); }

Tensor standardize(const Tensor& x, const Tensor& reference) {
  check_rows("x", x);
  check_rows("reference", reference);
  const Shape &rows = x.shape(), &others = reference.shape();
  if (!std::equal(rows.begin() + 1, rows.end(), others.begin() + 1, others.end()))
    throw ShapeError(message("standardize: x of shape ", rows, " and reference of shape ", others,
                             "; they may differ in their first extent only"));
  if (x.dtype() != reference.dtype())
    throw DTypeError(message("standardize: x is ", name(x.dtype()), " and reference ",
                             name(reference.dtype()), "; they must be equal"));
  // Of equal values the computed deviation need not be 0.
  const Tensor constant = max(reference, 0, true) == min(reference, 0, true);
  const Tensor deviation = where(constant, 1.0, std(reference, 0, true, 0));
  return (x - mean(reference, 0, true)) / deviation;
}

}  // namespace xgrad::data
