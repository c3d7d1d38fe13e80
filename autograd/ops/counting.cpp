#include "counting.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../kernels/ordering.hpp"
#include "arithmetic.hpp"
#include "axes.hpp"
#include "indexing.hpp"
#include "logic.hpp"
#include "reduction.hpp"
#include "slicing.hpp"

namespace xgrad {
namespace {

using detail::values;

// The dtype of x; float64 for integers.
DType float_of(const Tensor& x) { return is_floating(x.dtype()) ? x.dtype() : float64; }

void expect_weights(const char* op, const Tensor& x, const Tensor& weights) {
  if (weights.defined()) expect_same_shape(op, "weights", weights, "x", x);
}

// Tells observers of tensors that were computed from x unobserved.
void tell(const char* op, const Tensor& x, std::initializer_list<const Tensor*> results) {
  const Tensor* in[] = {&x};
  for (const Tensor* each : results)
    if (detail::mode.observer) Observer::notify(&Observer::computed, op, *each, in);
}

// The bin of each value between the first and the last of edges that are equally far apart: the one
// that the distance from the first edge tells, or one beside it, as the edges are rounded.
Tensor even_bins(const Tensor& edges, const Tensor& x) {
  Tensor bins = empty(x.shape(), int64);
  visit_floating(x.dtype(), [&]<class T>(T) {
    const T *edge = values<T>(edges), *value = values<T>(x);
    std::int64_t* bin = values<std::int64_t>(bins);
    const auto last = static_cast<std::int64_t>(edges.numel()) - 2;
    const double first = edge[0],
                 per_unit = static_cast<double>(last + 1) / (edge[last + 1] - first);
    for (std::size_t i = 0; i < x.numel(); ++i) {
      const double distance = (value[i] - first) * per_unit;
      std::int64_t k = distance < static_cast<double>(last) ? static_cast<std::int64_t>(distance)
                                                            : last;  // of NaN too
      while (k > 0 && value[i] < edge[k]) --k;
      while (k < last && value[i] >= edge[k + 1]) ++k;
      bin[i] = k;
    }
  });
  return bins;
}

// The histogram of x in bins with the edges that make_edges() returns, which are floats.
template <class F>
Histogram count(const Tensor& x, const HistogramOptions& options, bool even, F make_edges) {
  constexpr const char* op = "histogram";
  expect_weights(op, x, options.weights);
  Tensor counts, edges;
  {
    const detail::Unobserved guard(op);
    edges = make_edges();
    const auto bins = static_cast<std::int64_t>(edges.numel()) - 1;
    const Tensor all = x.to(edges.dtype());
    const Tensor inside = logical_and(all >= select(edges, 0, 0), all <= select(edges, 0, bins));
    const Tensor counted = masked_select(all, inside);
    const Tensor bin = even ? even_bins(edges, counted)
                            : minimum(searchsorted(edges, counted, true) - 1, bins - 1);
    counts = bincount(
        bin, options.weights.defined() ? masked_select(options.weights, inside) : Tensor(), bins);
    if (options.density) {
      counts = counts.to(edges.dtype());
      counts = counts / sum(counts) / (slice(edges, 0, 1, bins + 1) - slice(edges, 0, 0, bins));
    }
  }
  tell(op, x, {&counts, &edges});
  return {counts, edges};
}

}  // namespace

Unique unique(const Tensor& x) {
  detail::require_defined("unique", x);
  Unique result;
  {
    const detail::Unobserved guard("unique");
    const Tensor flat = reshape(x, {-1}), order = argsort(flat), sorted = take(flat, order, 0);
    result.inverse = empty(x.shape(), int64);
    std::vector<std::int64_t> firsts, counts;
    visit_stored(x.dtype(), [&]<class T>(T) {
      const T* value = values<T>(sorted);
      const std::int64_t* place = values<std::int64_t>(order);
      std::int64_t* group = values<std::int64_t>(result.inverse);
      for (std::size_t i = 0; i < sorted.numel(); ++i) {
        if (i == 0 || kernels::less(value[i - 1], value[i])) {
          firsts.push_back(static_cast<std::int64_t>(i));
          counts.push_back(0);
        }
        ++counts.back();
        group[place[i]] = static_cast<std::int64_t>(counts.size()) - 1;
      }
    });
    result.values = take(sorted, tensor(firsts), 0);
    result.counts = tensor(counts);
  }
  tell("unique", x, {&result.values});
  return result;
}

Tensor bincount(const Tensor& x, const Tensor& weights, std::int64_t minlength) {
  constexpr const char* op = "bincount";
  expect_defined(op, "x", x);
  expect<DTypeError>(!is_floating(x.dtype()), op, ": x is ", x.dtype(),
                     "; expected int64, as from to(int64)");
  expect<ShapeError>(x.ndim() == 1, op, ": x of shape ", x.shape(),
                     "; expected 1 dimension, as from flatten(x)");
  expect_weights(op, x, weights);
  expect<ValueError>(minlength >= 0, op, ": minlength is ", minlength, "; expected 0 or more");
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  std::int64_t length = minlength;
  const Tensor whole = x.to(int64);
  for (const std::int64_t value : whole.data<std::int64_t>()) {
    if (value < 0 || value == most)
      throw ValueError(
          str(op, ": x contains ", value, "; ", expected_between<std::int64_t>(0, most - 1)));
    length = std::max(length, value + 1);
  }
  if (!weights.defined()) {
    Tensor counts;
    {
      const detail::Unobserved guard(op);
      counts = zeros(length, int64);
    }
    std::int64_t* const count = values<std::int64_t>(counts);
    for (const std::int64_t value : whole.data<std::int64_t>()) ++count[value];
    tell(op, x, {&counts});
    return counts;
  }
  const Tensor each = is_floating(weights.dtype()) ? weights : weights.to(float64);
  Tensor empty_bins;
  {
    const detail::Unobserved guard(op);
    empty_bins = zeros(length, each.dtype());
  }
  return scatter_add(empty_bins, 0, whole, each);
}

Tensor searchsorted(const Tensor& sorted, const TensorOrScalar& wanted, bool right) {
  constexpr const char* op = "searchsorted";
  expect_defined(op, "sorted", sorted);
  const detail::Unobserved guard(op);
  // A number is not rounded to float32 because of integers.
  const bool exact = wanted.tensor() || is_floating(sorted.dtype());
  const Tensor number =
      exact ? Tensor() : full({}, wanted.scalar(), wanted.scalar().is_integer ? int64 : float64);
  const TensorOrScalar first(sorted), second(exact ? wanted : TensorOrScalar(number));
  const detail::Operands<2> both(op, detail::Domain::numbers, {&first, &second}, true);
  const Shape &among = sorted.shape(), &shape = both.in[1]->shape();
  expect<ShapeError>(
      among.size() == 1 || (among.size() > 1 && among.size() == shape.size() &&
                            std::equal(among.begin(), among.end() - 1, shape.begin())),
      op, ": sorted of shape ", among, ", values of shape ", shape,
      "; expected a sorted vector, or the same extents except the last");
  Tensor places = empty(shape, int64);
  visit_stored(both.in[0]->dtype(), [&]<class T>(T) {
    const T *row = values<T>(*both.in[0]), *value = values<T>(*both.in[1]);
    const std::size_t n = among.back(), in_row = among.size() == 1 ? places.numel() : shape.back();
    std::int64_t* place = values<std::int64_t>(places);
    for (std::size_t i = 0; i < places.numel(); ++i) {
      const T* begin = row + i / in_row * n;
      place[i] = (right ? std::upper_bound(begin, begin + n, value[i], kernels::less<T>)
                        : std::lower_bound(begin, begin + n, value[i], kernels::less<T>)) -
                 begin;
    }
  });
  return places;
}

Histogram histogram(const Tensor& x, std::int64_t bins, const HistogramOptions& options) {
  constexpr const char* op = "histogram";
  expect_defined(op, "x", x);
  expect<ValueError>(bins >= 1, op, ": ", bins, " bins; expected 1 or more");
  return count(x, options, /*even=*/true, [&] {
    auto [first, last] = options.range    ? *options.range
                         : x.numel() == 0 ? std::pair(0., 1.)
                                          : std::pair(min(x).item<double>(), max(x).item<double>());
    expect<ValueError>(std::isfinite(first) && std::isfinite(last) && first <= last, op,
                       ": range from ", first, " to ", last,
                       "; expected finite numbers, the first not above the last");
    if (first == last) {
      first -= 0.5;
      last += 0.5;
    }
    return linspace(first, last, static_cast<std::size_t>(bins) + 1, float_of(x));
  });
}

Histogram histogram(const Tensor& x, const Tensor& edges, const HistogramOptions& options) {
  constexpr const char* op = "histogram";
  expect_defined(op, {{"x", &x}, {"edges", &edges}});
  expect<ShapeError>(edges.ndim() == 1, op, ": edges of shape ", edges.shape(),
                     "; expected 1 dimension");
  expect<ValueError>(!options.range, op, ": range and edges are given; expected one of them");
  if (is_floating(x.dtype()) && is_floating(edges.dtype()))
    expect_same_dtype(op, "edges", edges, "x", x);
  return count(x, options, /*even=*/false, [&] {
    const Tensor own = edges.to(float_of(is_floating(x.dtype()) ? x : edges));
    const auto n = static_cast<std::int64_t>(own.numel());
    expect<ValueError>(n >= 2 && all(slice(own, 0, 1, n) >= slice(own, 0, 0, n - 1)).item<bool>(),
                       op, ": edges of ", to_string(edges), "; expected two or more that ascend");
    return own;
  });
}

}  // namespace xgrad
