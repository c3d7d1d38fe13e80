#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "../autograd/tensor/tensor.hpp"

namespace xgrad::optim::detail {

/// "parameter 2 of shape (3, 4)", as messages have it.
std::string describe(std::size_t i, const Tensor& parameter);

/// A list of parameters, of which none may be undefined or occur twice.
class DistinctParameters {
 public:
  explicit DistinctParameters(const char* op) : op_(op) {}

  /// Counts one more. Errors: ValueError, beginning with `op`.
  void add(const Tensor& parameter);
  std::size_t size() const noexcept { return numbers_.size(); }

 private:
  const char* op_;
  std::map<const xgrad::detail::TensorImpl*, std::size_t> numbers_;
};

}  // namespace xgrad::optim::detail
