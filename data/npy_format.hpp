#pragma once

#include "../autograd/support/error.hpp"
#include "bytes.hpp"

/// @file
/// What .npy files and the members of .npz files have in common.

namespace xgrad::data::detail {

/// An array of elements that no dtype holds: nothing is wrong with its file.
class OtherElements : public IoError {
 public:
  using IoError::IoError;
};

/// The array that comes from `read`, to whose end it reads. Throws IoError beginning with `origin`;
/// OtherElements, where not everything has been read.
Tensor read_npy(const ReadBytes& read, const std::string& origin);

/// The bytes of a file before the values of the tensor.
std::string npy_header(const Tensor& tensor);

/// The values of a tensor, as they are written.
std::span<const Byte> value_bytes(const Tensor& tensor);

}  // namespace xgrad::data::detail
