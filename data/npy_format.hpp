#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "../autograd/support/error.hpp"
#include "bytes.hpp"

namespace xgrad::data::detail {

/// Fills the span it is given and returns how much of it; less than all only at the end.
using ReadBytes = std::function<std::size_t(std::span<Byte>)>;

/// An array of elements that no dtype holds: nothing is wrong with its file.
class OtherElements : public IoError {
 public:
  using IoError::IoError;
};

/// The array that comes from `read`, to whose end it reads. Errors: IoError beginning with
/// `origin`; OtherElements, where not all has been read.
Tensor read_npy(const ReadBytes& read, const std::string& origin);

/// What precedes the values of a tensor.
std::string npy_header(const Tensor& tensor);

/// The values of a tensor, as they are written.
std::span<const Byte> value_bytes(const Tensor& tensor);

}  // namespace xgrad::data::detail
