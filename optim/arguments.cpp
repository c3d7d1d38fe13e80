#include "arguments.hpp"

#include <cmath>
#include <map>

#include "../autograd/support/str.hpp"
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
  if (x0.numel() == 0) throw ValueError(str(op, ": x0 of shape ", x0.shape(), " has no elements"));
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

}  // namespace xgrad::optim::detail
