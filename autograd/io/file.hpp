#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "../support/error.hpp"
#include "../support/str.hpp"

/// @file
/// Files that are read exactly and replaced as a whole.

namespace xgrad::detail {

/// Throws IoError, naming the operation, for a path that is empty or holds a NUL, at which the
/// system would cut it off.
void check_path(const char* operation, const std::string& path);

/// Calls a function that reads or writes a file. Throws IoError, beginning with `origin`, if there
/// is not enough memory; a file that is being written is then left as it was.
template <class Call>
auto with_memory(const std::string& origin, Call call) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    throw IoError(str(origin, ": does not fit into memory"));
  } catch (const std::length_error&) {
    throw IoError(str(origin, ": does not fit into memory"));
  } catch (const MemoryError& error) {
    throw IoError(str(origin, ": does not fit into memory: ", error.what()));
  }
}

/// The same for a function that reads. Other errors become IoError too: the file gives a shape that
/// no tensor can have.
template <class Read>
auto reading(const std::string& origin, Read read) {
  try {
    return with_memory(origin, read);
  } catch (const IoError&) {
    throw;
  } catch (const Error& error) {
    throw IoError(str(origin, ": ", error.what()));
  }
}

/// Owns an open file of the system; -1 is none.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) noexcept : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();

  explicit operator bool() const noexcept { return number_ != -1; }
  int get() const noexcept { return number_; }
  int release() noexcept { return std::exchange(number_, -1); }

 private:
  int number_;
};

/// A regular file, read from start to end.
class InputFile {
 public:
  /// Throws as check_path, and IoError, naming the path, unless it can be opened and is a regular
  /// file.
  explicit InputFile(const std::string& path);

  /// Bytes in the file when it was opened.
  std::uint64_t size() const noexcept { return size_; }
  /// Reads that many bytes. Throws IoError, with the offset, if the file ends before.
  void read(void* target, std::size_t bytes);
  /// Passes over that many bytes, which must be there.
  void skip(std::uint64_t bytes);

  /// For libraries that read by themselves; release() when they own the descriptor.
  int descriptor() const noexcept { return descriptor_.get(); }
  void release() noexcept { descriptor_.release(); }

 private:
  std::string path_;
  Descriptor descriptor_;
  std::uint64_t size_ = 0;
  std::uint64_t offset_ = 0;
};

/// A file that replaces another as a whole or not at all. Its content goes to a temporary file in
/// the same directory, "<name>.tmp-<process>-<number>" (a long name is cut). commit() brings that
/// to the disk and renames it; without commit() it is removed. If the process is killed, the next
/// writer of that name removes it. A symbolic link stays one: the file it names is replaced or
/// made. A device is written directly.
class AtomicFile {
 public:
  /// Throws as check_path, and IoError if the directory is missing or not writable, if links form a
  /// circle, and unless the path names a regular file, a device, or nothing.
  explicit AtomicFile(const std::string& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  /// Throws IoError, for instance if the disk is full.
  void write(const void* data, std::size_t bytes);
  void commit();

 private:
  bool find_target();
  void create_temporary();
  void remove_abandoned() const;
  [[noreturn]] void fail(const char* what) const;

  std::string path_;       // as given, for messages
  Descriptor directory_;   // of what is replaced: path_ with links resolved
  std::string name_;       // in it
  std::string temporary_;  // what is written, in it; empty if the target is written directly
  Descriptor descriptor_;
};

}  // namespace xgrad::detail
