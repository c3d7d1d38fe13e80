#pragma once

#include <map>
#include <string>

#include "autograd/tensor.hpp"

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
};

/// Writes tensors (float32, float64, int64, uint8) and metadata. An existing file is replaced as a
/// whole or, on failure, left alone.
/// Errors: IoError when the file cannot be written; ValueError for an undefined tensor and for text
/// that is not UTF-8 or a tensor named "__metadata__".
void save_safetensors(const std::string& path, const std::map<std::string, Tensor>& tensors,
                      const std::map<std::string, std::string>& metadata = {});

/// Reads a file that any safetensors writer made. Everything the header says is checked before
/// memory for values is taken, which is never more than the file holds.
/// Errors: IoError, naming the file and the offset or tensor, for a missing or malformed file and
/// for other dtypes.
Safetensors load_safetensors(const std::string& path);

}  // namespace xgrad
