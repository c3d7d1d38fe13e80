#include "autograd/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
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

constexpr const char* temporary_mark = ".tmp-";

/// The directory of a file, with the slash at its end.
std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "./" : path.substr(0, slash + 1);
}

/// A file next to `target` that did not exist before, opened for writing and locked; -1 with errno
/// set. The lock says that its process lives: remove_abandoned may come between the two steps, and
/// the file is then made once more.
int create_beside(const std::string& target, std::string& name) {
  static std::atomic<unsigned> counter{0};
  for (;;) {
    name = message(target, temporary_mark, ::getpid(), '-', counter++);
    const int descriptor =
        retry([&] { return ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); });
    if (descriptor == -1) {
      if (errno == EEXIST) continue;
      return -1;
    }
    retry([&] { return ::flock(descriptor, LOCK_EX); });
    struct stat status {};
    if (::fstat(descriptor, &status) == 0 && status.st_nlink > 0) return descriptor;
    ::close(descriptor);
  }
}

/// Removes a file unless somebody holds its lock.
void remove_unlocked(const std::string& path) {
  const int descriptor =
      retry([&] { return ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC); });
  if (descriptor == -1) return;
  if (retry([&] { return ::flock(descriptor, LOCK_EX | LOCK_NB); }) == 0) ::unlink(path.c_str());
  ::close(descriptor);
}

/// Removes the temporary files of `target` that processes left behind which were killed before
/// their commit.
void remove_abandoned(const std::string& target) {
  const std::string prefix = target.substr(target.rfind('/') + 1) + temporary_mark;
  std::error_code error;
  const std::filesystem::directory_iterator end;
  for (std::filesystem::directory_iterator file(directory_of(target), error); !error && file != end;
       file.increment(error)) {
    const std::string name = file->path().filename();
    if (name.starts_with(prefix) && name.size() > prefix.size() &&
        name.find_first_not_of("0123456789-", prefix.size()) == std::string::npos)
      remove_unlocked(file->path());
  }
}

/// Brings a rename in `path`'s directory to the disk. The file is in its place already, so that a
/// directory which cannot be synchronised is no failure.
void sync_directory(const std::string& path) {
  const int descriptor =
      retry([&] { return ::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
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
    remove_abandoned(target_);
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
  // Renamed while it is open: closing gives up the lock that keeps others from removing it.
  if (!temporary_.empty()) {
    if (std::rename(temporary_.c_str(), target_.c_str()) == -1) fail("cannot be replaced");
    temporary_.clear();
    sync_directory(target_);
  }
  const int closed = ::close(std::exchange(descriptor_, -1));
  if (closed == -1 && errno != EINTR) fail("cannot be written");
}

void AtomicFile::fail(const char* what) const {
  throw IoError(message(path_, ": ", what, ": ", std::strerror(errno)));
}

}  // namespace xgrad::detail
