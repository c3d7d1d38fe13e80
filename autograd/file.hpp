#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

/// @file
/// Files read exactly and replaced whole: what the persistent formats stand on.

namespace xgrad::detail {

/// A regular file, read from start to end.
class InputFile {
 public:
  /// Errors: IoError, naming the path, unless it can be opened and is a regular file.
  explicit InputFile(const std::string& path);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  /// Bytes in the file when it was opened.
  std::uint64_t size() const noexcept { return size_; }
  /// Reads that many bytes. Errors: IoError naming the offset when the file ends before.
  void read(void* target, std::size_t bytes);

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
/// next writer of that name removes it.
/// A symbolic link stays one. What is no regular file (a device, a pipe) cannot be replaced: it is
/// written to directly.
class AtomicFile {
 public:
  /// Errors: IoError when the directory is missing or not writable.
  explicit AtomicFile(const std::string& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  /// Errors: IoError, for instance when the disk is full.
  void write(const void* data, std::size_t bytes);
  void commit();

 private:
  [[noreturn]] void fail(const char* what) const;

  std::string path_;       // as given, for messages
  std::string target_;     // what is replaced: path_ with links resolved
  std::string temporary_;  // what is written; empty where the target is written to directly
  int descriptor_ = -1;
};

}  // namespace xgrad::detail
