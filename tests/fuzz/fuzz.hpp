#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "autograd/error.hpp"

/// @file
/// What the fuzz targets share.

/// The entry of a target: libFuzzer, or main.cpp, calls it with bytes that it has made up.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace xgrad::test {

/// A file in memory that holds the bytes.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* data, std::size_t size)
      : descriptor_(memfd_create("fuzz", MFD_CLOEXEC)) {
    if (descriptor_ == -1 || ::write(descriptor_, data, size) != static_cast<ssize_t>(size))
      std::abort();
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(descriptor_); }

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

/// Calls read(path) with the path of a file that holds the bytes, and returns whether it was read.
/// Anything thrown but IoError ends the program.
template <class Read>
bool read_bytes(const std::uint8_t* data, std::size_t size, Read read) {
  const MemoryFile file(data, size);
  try {
    read(file.path());
    return true;
  } catch (const IoError&) {
    return false;
  }
}

}  // namespace xgrad::test
