#include "autograd/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "autograd/error.hpp"
#include "autograd/message.hpp"

namespace xgrad::detail {
namespace {

/// Repeats a system call that a signal interrupted.
template <class Call>
auto retry(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

/// A file next to `target` that did not exist before, opened for writing; -1 with errno set.
int create_beside(const std::string& target, std::string& name) {
  static std::atomic<unsigned> counter{0};
  int descriptor = -1;
  do {
    name = message(target, ".tmp-", ::getpid(), '-', counter++);
    descriptor =
        retry([&] { return ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); });
  } while (descriptor == -1 && errno == EEXIST);
  return descriptor;
}

/// Brings a rename in `path`'s directory to the disk. The file is in its place already, so that a
/// directory which cannot be synchronised is no failure.
void sync_directory(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int descriptor =
      retry([&] { return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (descriptor == -1) return;
  retry([&] { return ::fsync(descriptor); });
  ::close(descriptor);
}

}  // namespace

InputFile::InputFile(const std::string& path)
    : path_(path), descriptor_(retry([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); })) {
  if (descriptor_ == -1) throw IoError(message(path, ": cannot be opened: ", std::strerror(errno)));
  struct stat status {};
  if (::fstat(descriptor_, &status) == -1 || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    throw IoError(path + ": is not a regular file");
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() { ::close(descriptor_); }

void InputFile::read(void* target, std::size_t bytes) {
  char* next = static_cast<char*>(target);
  while (bytes > 0) {
    const ssize_t got = retry([&] { return ::read(descriptor_, next, bytes); });
    if (got == -1)
      throw IoError(
          message(path_, ": reading fails at offset ", offset_, ": ", std::strerror(errno)));
    if (got == 0)
      throw IoError(
          message(path_, ": ends at offset ", offset_, "; ", bytes, " more bytes are expected"));
    next += got;
    bytes -= static_cast<std::size_t>(got);
    offset_ += static_cast<std::uint64_t>(got);
  }
}

AtomicFile::AtomicFile(const std::string& path) : path_(path), target_(path) {
  if (char* resolved = ::realpath(path.c_str(), nullptr)) {
    target_ = resolved;
    std::free(resolved);
  }
  struct stat old {};
  const bool exists = ::stat(target_.c_str(), &old) == 0;
  if (exists && !S_ISREG(old.st_mode)) {
    descriptor_ = retry([&] { return ::open(target_.c_str(), O_WRONLY | O_CLOEXEC); });
  } else {
    descriptor_ = create_beside(target_, temporary_);
    if (descriptor_ != -1 && exists) ::fchmod(descriptor_, old.st_mode & 0777U);
  }
  if (descriptor_ == -1) {
    temporary_.clear();
    fail("cannot be opened for writing");
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ != -1) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(const void* data, std::size_t bytes) {
  const char* next = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t written = retry([&] { return ::write(descriptor_, next, bytes); });
    if (written == -1) fail("cannot be written");
    next += written;
    bytes -= static_cast<std::size_t>(written);
  }
}

void AtomicFile::commit() {
  // Devices and pipes have nothing to synchronise and say EINVAL.
  if (retry([&] { return ::fsync(descriptor_); }) == -1 && errno != EINVAL && errno != EROFS)
    fail("cannot be written");
  const int closed = ::close(std::exchange(descriptor_, -1));
  if (closed == -1 && errno != EINTR) fail("cannot be written");
  if (temporary_.empty()) return;
  if (std::rename(temporary_.c_str(), target_.c_str()) == -1) fail("cannot be replaced");
  temporary_.clear();
  sync_directory(target_);
}

void AtomicFile::fail(const char* what) const {
  throw IoError(message(path_, ": ", what, ": ", std::strerror(errno)));
}

}  // namespace xgrad::detail
