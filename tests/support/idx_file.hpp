#pragma once

#include <zlib.h>

#include <bit>
#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "tests/support/temporary_directory.hpp"

/// @file
/// Writes files as data::load_idx and data::load_mnist read them.

namespace xgrad::test {

/// Appends v, most significant byte first.
template <class T>
  requires std::is_arithmetic_v<T>
void append_big_endian(std::string& out, T v) {
  using Bits = std::conditional_t<
      sizeof(T) == 8, std::uint64_t,
      std::conditional_t<sizeof(T) == 4, std::uint32_t,
                         std::conditional_t<sizeof(T) == 2, std::uint16_t, std::uint8_t>>>;
  const std::uint64_t bits = std::bit_cast<Bits>(v);
  for (std::size_t byte = sizeof(T); byte-- > 0;)
    out.push_back(static_cast<char>(bits >> (8 * byte) & 0xFF));
}

/// The bytes of an IDX file: element type, extents and values as they are given.
template <class T>
std::string idx_bytes(std::uint8_t type, const std::vector<std::uint32_t>& extents,
                      const std::vector<T>& values) {
  std::string bytes("\0\0", 2);
  bytes.push_back(static_cast<char>(type));
  bytes.push_back(static_cast<char>(extents.size()));
  for (const std::uint32_t extent : extents) append_big_endian(bytes, extent);
  for (const T value : values) append_big_endian(bytes, value);
  return bytes;
}

inline void write_gzip(const std::string& path, const std::string& content) {
  const gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
  gzclose(file);
}

/// `count` images of side x side pixels with labels 0, 1, …, 9, 0, …, written under the four names
/// of MNIST's files. A bright bar at a place of its own tells each class from the others, so that a
/// small network learns them; `seed` varies the noise around it.
inline void write_mnist_part(const std::string& directory, const std::string& prefix,
                             std::uint32_t count, std::uint32_t side, std::uint32_t seed) {
  std::vector<std::uint8_t> images;
  std::vector<std::uint8_t> labels;
  std::uint32_t noise = seed;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t label = i % 10;
    labels.push_back(static_cast<std::uint8_t>(label));
    for (std::uint32_t pixel = 0; pixel < side * side; ++pixel) {
      noise = noise * 1664525U + 1013904223U;  // Numerical Recipes' generator
      const bool bar = pixel * 10 / (side * side) == label;
      images.push_back(static_cast<std::uint8_t>((bar ? 160 : 0) + (noise >> 26)));
    }
  }
  write_file(directory + "/" + prefix + "-images-idx3-ubyte",
             idx_bytes(0x08, {count, side, side}, images));
  write_file(directory + "/" + prefix + "-labels-idx1-ubyte", idx_bytes(0x08, {count}, labels));
}

inline void write_mnist(const std::string& directory, std::uint32_t train = 200,
                        std::uint32_t test = 100, std::uint32_t side = 6) {
  write_mnist_part(directory, "train", train, side, 1);
  write_mnist_part(directory, "t10k", test, side, 2);
}

}  // namespace xgrad::test
