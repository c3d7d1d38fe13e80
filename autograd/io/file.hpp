#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>

#include "../support/error.hpp"
#include "../support/message.hpp"

/// @file
/// Files read exactly and replaced whole: what the persistent formats stand on.

namespace xgrad::detail {

/// Errors: IoError, beginning with the operation, for a path that is empty or holds a NUL, at which
/// the system would cut it off.
void check_path(const char* operation, const std::string& path);

/// Calls what reads or writes a file. Where there is not enough memory, its IoError begins with
/// `origin`.
template <class Call>
auto with_memory(const std::string& origin, Call call) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    throw IoError(message(origin, ": does not fit into memory"));
  } catch (const std::length_error&) {
    throw IoError(message(origin, ": does not fit into memory"));
  }
}

/// The same for a reader: that no tensor can have a shape is the file's fault too.
template <class Read>
auto reading(const std::string& origin, Read read) {
  try {
    return with_memory(origin, read);
  } catch (const IoError&) {
    throw;
  } catch (const Error& error) {
    throw IoError(message(origin, ": ", error.what()));
  }
}

/// A regular file, read from start to end.
class InputFile {
 public:
  /// Errors: as check_path; IoError, naming the path, unless it can be opened and is a regular
  /// file.
  explicit InputFile(const std::string& path);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  /// Bytes in the file when it was opened.
  std::uint64_t size() const noexcept { return size_; }
  /// Reads that many bytes. Errors: IoError naming the offset when the file ends before.
  void read(void* target, std::size_t bytes);
  /// Passes over that many bytes, which have to be there.
  void skip(std::uint64_t bytes);

  /// For libraries that read on their own, with release() once they have taken it over.
  int descriptor() const noexcept { return descriptor_; }
  void release() noexcept { descriptor_ = -1; }

 private:
  std::string path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::uint64_t offset_ = 0;
};

/// A file that takes the place of another as a whole or not at all: what is written goes to a
/// temporary file in the same directory, commit() brings it to the disk and renames it, and without
/// commit() it is removed. A reader finds the old content or the new, whatever happens when. A
/// process that is killed leaves its temporary file behind, "<name>.tmp-<process>-<number>"; the
/// next writer of that name removes it. Long names are cut to leave room for the ending.
/// A symbolic link stays one, and what it names is replaced or made. A device cannot be replaced:
/// it is written to directly.
class AtomicFile {
 public:
  /// Errors: as check_path; IoError when the directory is missing or not writable, when links go
  /// round in a circle, and for what is neither a regular file nor a device: a directory, a pipe, a
  /// socket.
  explicit AtomicFile(const std::string& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  /// Errors: IoError, for instance when the disk is full.
  void write(const void* data, std::size_t bytes);
  void commit();

 private:
  void open_target();
  bool find_target();
  void create_temporary();
  void remove_abandoned() const;
  void close_all() noexcept;
  [[noreturn]] void fail(const char* what) const;

  std::string path_;       // as given, for messages
  int directory_ = -1;     // of what is replaced: path_ with links resolved
  std::string name_;       // in it
  std::string temporary_;  // what is written, in it; empty where the target is written to directly
  int descriptor_ = -1;
};

}  // namespace xgrad::detail
