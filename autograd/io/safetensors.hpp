#pragma once

#include <map>
#include <string>

#include "../tensor/tensor.hpp"

/// @file
/// Named tensors in a file, in the safetensors format: 8 bytes, little-endian, the length of a JSON
/// header; the header, which gives each name a dtype, a shape and the place of its values; the
/// values, row-major, little-endian.
/// Source: https://huggingface.co/docs/safetensors, format.

namespace xgrad {

/// The content of such a file: tensors by name and, under the header's "__metadata__", further
/// text.
struct Safetensors {
  std::map<std::string, Tensor> tensors;        ///< by name
  std::map<std::string, std::string> metadata;  ///< further text, by name
  /// Tensors that were not read, by name, and the reason: {"scale", "F8_E4M3 of shape (2,), …"}.
  std::map<std::string, std::string> unread = {};

  /// A tensor by its name. Throws ValueError, naming it, if there is none or it was not read.
  const Tensor& at(const std::string& name) const;
};

/// Writes tensors (float32, float64, int64, uint8, boolean) and metadata. An existing file is
/// replaced as a whole or, on failure, left as it was. Throws IoError if the file cannot be
/// written, and ValueError for an undefined tensor, text that is not UTF-8, and a tensor named
/// "__metadata__".
void save_safetensors(const std::string& path, const std::map<std::string, Tensor>& tensors,
                      const std::map<std::string, std::string>& metadata = {});

/// Reads a file of any safetensors writer. Elements are converted exactly: F32, F16 and BF16 to
/// float32; F64 to float64; I8, I16, I32, I64, U16, U32 and U64 to int64; U8 to uint8; BOOL to
/// boolean. Tensors of other elements (F8, F6, F4, C64), and of U64 beyond 2^63 - 1, are listed as
/// unread. The whole header is checked before memory is allocated for values, at most eight times
/// the size of the file. Throws IoError, naming the file and the offset or tensor, for a missing or
/// malformed file.
Safetensors load_safetensors(const std::string& path);

namespace detail {

/// load_safetensors for files of which every tensor is needed. Throws also IoError, naming them, if
/// some are unread.
Safetensors load_all_safetensors(const std::string& path);

}  // namespace detail
}  // namespace xgrad
