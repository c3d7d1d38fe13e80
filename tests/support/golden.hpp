#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "tests/support/constants.hpp"

/// @file
/// Reads the files that the scripts in tests/golden wrote.

namespace xgrad::test {

using nlohmann::json;

/// The content of tests/golden/<name>.
inline json read_golden(const std::string& name) {
  std::ifstream file(XGRAD_SOURCE_DIR "/tests/golden/" + name);
  if (!file) throw std::runtime_error("cannot open tests/golden/" + name);
  return json::parse(file);
}

/// A number, or one of "inf", "-inf" and "nan".
inline double golden_number(const json& value) {
  return value.is_number() ? value.get<double>() : std::stod(value.get<std::string>());
}

inline Doubles golden_numbers(const json& values) {
  Doubles numbers;
  for (const json& value : values) numbers.push_back(golden_number(value));
  return numbers;
}

inline Shape golden_shape(const json& extents) {
  return Shape(extents.get<std::vector<std::size_t>>());
}

inline DType golden_dtype(const json& value) {
  for (const DType dtype : {float32, float64, int64, uint8, boolean})
    if (value == to_string(dtype)) return dtype;
  throw std::runtime_error("unknown dtype " + value.dump());
}

/// The bytes of hexadecimal digits.
inline std::string from_hex(const std::string& digits) {
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  return bytes;
}

}  // namespace xgrad::test
