#pragma once

#include <string>

#include "../autograd/tensor/tensor.hpp"

namespace xgrad::data {

/// Reads a file in the IDX format of the MNIST database (LeCun, Cortes & Burges,
/// http://yann.lecun.com/exdb/mnist), plain or compressed by gzip, whatever its name.
///
/// Element types and their dtypes: 0x08 unsigned byte: uint8; 0x09 signed byte, 0x0B 16-bit and
/// 0x0C 32-bit integer: int64; 0x0D float: float32; 0x0E double: float64. The shape is that of the
/// header, of at most 8 dimensions. Memory grows with the content of the file, whatever its header
/// announces.
///
/// Throws IoError, naming the file and the offset, if it cannot be opened or read, if the header is
/// not IDX, if the gzip data is corrupt or ends early, and if fewer or more bytes follow the header
/// than its extents say.
Tensor load_idx(const std::string& path);

}  // namespace xgrad::data
