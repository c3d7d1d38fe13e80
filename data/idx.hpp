#pragma once

#include <string>

#include "../autograd/tensor/tensor.hpp"

namespace xgrad::data {

/// Reads a file in the IDX format of the MNIST database (LeCun, Cortes & Burges,
/// http://yann.lecun.com/exdb/mnist), plain or compressed by gzip; which of the two is seen from
/// the content, not from the name.
///
/// Element types and what they become: 0x08 unsigned byte: uint8; 0x09 signed byte, 0x0B 16-bit and
/// 0x0C 32-bit integer: int64; 0x0D float: float32; 0x0E double: float64. The shape is the one in
/// the header, of at most 8 dimensions.
///
/// Memory grows with what the file really contains, whatever its header announces.
///
/// Errors: IoError, naming the file and the offset, when it cannot be opened or read, when the
/// header is not IDX, when the gzip data is corrupt or ends early, and when fewer or more bytes
/// follow the header than its extents call for.
Tensor load_idx(const std::string& path);

}  // namespace xgrad::data
