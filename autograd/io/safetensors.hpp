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

/// What such a file holds: tensors by name and, under the header's "__metadata__", further text.
struct Safetensors {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
  /// What was not read, by name, and why: {"scale", "F8_E4M3 of shape (2,), …"}.
  std::map<std::string, std::string> unread = {};

  /// A tensor by its name. Errors: ValueError naming it, with the reason if it was not read.
  const Tensor& at(const std::string& name) const;
};

/// Writes tensors (float32, float64, int64, uint8) and metadata. An existing file is replaced as a
/// whole or, on failure, left alone.
/// Errors: IoError when the file cannot be written; ValueError for an undefined tensor and for text
/// that is not UTF-8 or a tensor named "__metadata__".
void save_safetensors(const std::string& path, const std::map<std::string, Tensor>& tensors,
                      const std::map<std::string, std::string>& metadata = {});

/// Reads a file that any safetensors writer made. Elements and what they become, exactly: F32, F16
/// and BF16: float32; F64: float64; I8, I16, I32, I64, U16, U32 and U64: int64; U8 and BOOL: uint8.
/// Tensors of other elements (F8, F6, F4, C64), and of U64 beyond 2^63 - 1, are listed as unread.
/// Everything the header says is checked before memory for values is taken, which is never more
/// than eight times what the file holds. Errors: IoError, naming the file and the offset or tensor,
/// for a missing or malformed file.
Safetensors load_safetensors(const std::string& path);

namespace detail {

/// load_safetensors, where every tensor is needed: errors also with IoError naming what is unread.
Safetensors load_all_safetensors(const std::string& path);

}  // namespace detail
}  // namespace xgrad
