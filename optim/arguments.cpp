#include "arguments.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "../autograd/support/str.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"
#include "option.hpp"

namespace xgrad::optim::detail {

std::string describe(std::size_t i, const Tensor& parameter) {
  return str("parameter ", i, " of shape ", parameter.shape());
}

void check_distinct(const char* op, const std::vector<Tensor>& parameters) {
  std::map<const xgrad::detail::TensorImpl*, std::size_t> numbers;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!parameters[i].defined()) expect_defined(op, str("parameter ", i), parameters[i]);
    const auto [first, added] = numbers.emplace(xgrad::detail::get(parameters[i]), i);
    if (!added)
      throw ValueError(str(op, ": ", describe(i, parameters[i]),
                           " is listed twice, first as parameter ", first->second,
                           "; list every parameter once"));
  }
}

void check_start(const char* op, const Tensor& x0) {
  expect_floating(op, "x0", x0);
  if (x0.numel() == 0)
    throw ValueError(
        str(op, ": x0 of shape ", x0.shape(), " has no elements; expected one or more"));
  const auto values = x0.to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      throw ValueError(
          str(op, ": element ", i, " of x0 is ", values[i], "; expected a finite start"));
}

void check_tol(const char* op, double tol) {
  check_ranges(op, {{"tol", &tol, Allowed::non_negative}});
}

void check_limit(const char* op, const char* name, std::int64_t limit) {
  if (limit < 1) throw ValueError(str(op, ": ", name, " is ", limit, "; expected at least 1"));
}

std::pair<Tensor, Tensor> read_bounds(const char* op,
                                      const std::vector<std::pair<double, double>>& bounds,
                                      const Tensor& x0) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const std::size_t n = x0.numel();
  if (bounds.size() > 1 && bounds.size() != n)
    throw ValueError(str(op, ": ", bounds.size(), " bounds for x0 of shape ", x0.shape(),
                         "; expected 1 or ", n));
  std::vector<double> lower(n, -infinity), upper(n, infinity);
  for (std::size_t i = 0; i < n && !bounds.empty(); ++i) {
    std::tie(lower[i], upper[i]) = bounds[bounds.size() == 1 ? 0 : i];
    if (!(lower[i] <= upper[i]) || lower[i] == infinity || upper[i] == -infinity)
      throw ValueError(str(op, ": the bounds of element ", i, " are (", lower[i], ", ", upper[i],
                           "); expected lower <= upper, with a number in between"));
  }
  return {tensor(lower, {n}), tensor(upper, {n})};
}

}  // namespace xgrad::optim::detail
