#include "distinct_parameters.hpp"

#include "../autograd/support/error.hpp"
#include "../autograd/support/message.hpp"

namespace xgrad::optim::detail {

std::string describe(std::size_t i, const Tensor& parameter) {
  return message("parameter ", i, " of shape ", parameter.shape());
}

void DistinctParameters::add(const Tensor& parameter) {
  const std::size_t i = size();
  if (!parameter.defined())
    throw ValueError(
        message(op_, ": parameter ", i, " is an undefined tensor; assign it a value first"));
  const auto [first, added] = numbers_.emplace(xgrad::detail::get(parameter), i);
  if (!added)
    throw ValueError(message(op_, ": ", describe(i, parameter),
                             " is listed twice, first as parameter ", first->second,
                             "; list every parameter once"));
}

}  // namespace xgrad::optim::detail
