#pragma once

#include <bit>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../autograd/io/decode.hpp"
#include "../autograd/support/error.hpp"
#include "../autograd/support/str.hpp"

/// @file
/// Reads array files. No memory is taken on the word of a header.

namespace xgrad::data::detail {

using xgrad::detail::Byte;

/// An element type of a file format.
struct ElementType {
  std::string_view name;
  std::size_t bytes;
  Tensor (*decode)(std::span<const Byte> bytes, const Shape& shape, std::endian order);
};
template <class From, class To>
constexpr ElementType element_type(std::string_view name) {
  return {name, sizeof(From), &xgrad::detail::decode<From, To>};
}

/// A file or a part of one, read from start to end. Errors are IoError and begin with `origin`.
struct Source {
  std::string origin;
  /// Reads some bytes into the span and returns how many; 0 only at the end.
  std::function<std::size_t(std::span<Byte>)> read_some;

  template <class E = IoError, class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    throw E(str(origin, ": ", parts...));
  }
  /// Up to `count` bytes, fewer only where the source ends before. Memory doubles with what has
  /// really been read.
  std::vector<Byte> read_up_to(std::size_t count) const;
  /// Exactly `count` bytes of what is called `what`; `problem` begins the text of the error.
  std::vector<Byte> read(std::size_t count, const std::string& what,
                         const char* problem = "truncated") const;
  /// The bytes of all elements, which extend to the end of the source; `where` tells where they
  /// begin. Throws IoError where there are fewer or more than the shape says.
  std::vector<Byte> read_elements(const ElementType& type, const Shape& shape,
                                  const std::string& where = "") const;
};

/// What `read` makes of a file, read as it is. Throws as check_path, InputFile and `reading`.
Tensor read_file(const char* operation, const std::string& path, Tensor (*read)(const Source&));

/// An array of elements that no dtype holds: nothing is wrong with its file.
struct OtherElements : IoError {
  using IoError::IoError;
};
/// The array of a .npy file or of a member of a .npz file. Throws OtherElements where not
/// everything has been read.
Tensor read_npy(const Source& source);
/// The bytes of such a file before the values of the tensor, and the values.
std::string npy_header(const Tensor& tensor);
std::span<const Byte> value_bytes(const Tensor& tensor);

}  // namespace xgrad::data::detail
