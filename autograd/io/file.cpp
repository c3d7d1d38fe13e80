#include "file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <string_view>
#include <utility>

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
/// What a temporary file's name may have beside the target's: the mark and two numbers.
constexpr std::size_t mark_bytes = 32;

/// What the temporary files of a target begin with.
std::string temporary_prefix(const std::string& name) {
  return name.substr(0, NAME_MAX - mark_bytes) + temporary_mark;
}

/// Where a symbolic link leads to; nothing for what is none.
std::string read_link(int directory, const std::string& name) {
  std::array<char, PATH_MAX> target{};
  const ssize_t length = ::readlinkat(directory, name.c_str(), target.data(), target.size());
  return {target.data(), length == -1 ? 0 : static_cast<std::size_t>(length)};
}

/// Removes a file unless somebody holds its lock.
void remove_unlocked(int directory, const char* name) {
  const int descriptor = retry(
      [&] { return ::openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC); });
  if (descriptor == -1) return;
  if (retry([&] { return ::flock(descriptor, LOCK_EX | LOCK_NB); }) == 0)
    ::unlinkat(directory, name, 0);
  ::close(descriptor);
}

/// Brings a rename in a directory to the disk. The file is in its place already, so that a
/// directory which cannot be synchronised is no failure.
void sync_directory(int directory) {
  const int descriptor =
      retry([&] { return ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (descriptor == -1) return;
  retry([&] { return ::fsync(descriptor); });
  ::close(descriptor);
}

}  // namespace

void check_path(const char* operation, const std::string& path) {
  if (path.empty())
    throw IoError(message(operation, ": the path is empty; expected a file's name"));
  const std::size_t nul = path.find('\0');
  if (nul == std::string::npos) return;
  std::string shown = path;
  for (std::size_t at = nul; at != std::string::npos; at = shown.find('\0', at))
    shown.replace(at, 1, "\\0");
  throw IoError(message(operation, ": the path '", shown, "' holds a NUL character at index ", nul,
                        "; no file's name does"));
}

// Not blocking, for a pipe nobody writes to would be waited for.
InputFile::InputFile(const std::string& path) : path_(path) {
  check_path("open", path);
  descriptor_ =
      retry([&] { return ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC); });
  // ENXIO is what opening a socket gives.
  if (descriptor_ == -1 && errno != ENXIO)
    throw IoError(message(path, ": cannot be opened: ", std::strerror(errno)));
  struct stat status {};
  if (descriptor_ == -1 || ::fstat(descriptor_, &status) == -1 || !S_ISREG(status.st_mode)) {
    if (descriptor_ != -1) ::close(descriptor_);
    throw IoError(path + ": is not a regular file");
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() {
  if (descriptor_ != -1) ::close(descriptor_);
}

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

void InputFile::skip(std::uint64_t bytes) {
  offset_ += bytes;
  if (::lseek(descriptor_, static_cast<off_t>(offset_), SEEK_SET) == -1)
    throw IoError(message(path_, ": passing over ", bytes, " bytes fails: ", std::strerror(errno)));
}

AtomicFile::AtomicFile(const std::string& path) : path_(path) {
  check_path("open", path);
  try {
    open_target();
  } catch (...) {
    close_all();
    throw;
  }
}

AtomicFile::~AtomicFile() { close_all(); }

void AtomicFile::open_target() {
  struct stat old {};
  const bool exists = ::stat(path_.c_str(), &old) == 0;
  if (!exists && errno != ENOENT) fail("cannot be opened for writing");
  if (exists && (S_ISFIFO(old.st_mode) || S_ISSOCK(old.st_mode)))
    throw IoError(path_ + ": is not a regular file");
  if (exists && !S_ISREG(old.st_mode)) {
    descriptor_ = retry([&] { return ::open(path_.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC); });
  } else if (find_target()) {
    remove_abandoned();
    create_temporary();
    if (descriptor_ != -1 && exists) ::fchmod(descriptor_, old.st_mode & 0777U);
  }
  if (descriptor_ == -1) fail("cannot be opened for writing");
}

/// Follows links to the directory and the name of what is replaced; false with errno set where
/// there is no such directory. A link counts from the directory that it lies in, and may lead to
/// nothing.
bool AtomicFile::find_target() {
  constexpr int max_links = 40;  // Linux's own; it has refused more
  std::string rest = path_;
  for (int links = 0; !rest.empty() && links <= max_links; ++links) {
    const std::size_t begin = rest.rfind('/') + 1;  // of the name; 0 without a slash
    const std::string parent = begin == 0 ? "." : rest.substr(0, begin);
    name_ = begin == rest.size() ? "." : rest.substr(begin);
    const int from = directory_ == -1 ? AT_FDCWD : directory_;
    const int next =
        retry([&] { return ::openat(from, parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC); });
    if (directory_ != -1) ::close(directory_);
    directory_ = next;
    if (directory_ == -1) return false;
    rest = read_link(directory_, name_);
  }
  return true;
}

/// Makes a file that did not exist before, opened for writing and locked; the descriptor is -1 with
/// errno set where that fails. The lock says that its process lives: remove_abandoned may come
/// between the two steps, and the file is then made once more.
void AtomicFile::create_temporary() {
  static std::atomic<unsigned> counter{0};
  const std::string prefix = temporary_prefix(name_);
  for (;;) {
    const std::string name = message(prefix, ::getpid(), '-', counter++);
    descriptor_ = retry([&] {
      return ::openat(directory_, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    });
    if (descriptor_ == -1) {
      if (errno == EEXIST) continue;
      return;
    }
    retry([&] { return ::flock(descriptor_, LOCK_EX); });
    struct stat status {};
    if (::fstat(descriptor_, &status) == 0 && status.st_nlink > 0) {
      temporary_ = name;
      return;
    }
    ::close(descriptor_);
  }
}

/// Removes the temporary files of the target that processes left behind which were killed before
/// their commit.
void AtomicFile::remove_abandoned() const {
  const std::string prefix = temporary_prefix(name_);
  const int descriptor =
      retry([&] { return ::openat(directory_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (descriptor == -1) return;
  DIR* const list = ::fdopendir(descriptor);
  if (!list) {
    ::close(descriptor);
    return;
  }
  while (const dirent* const file = ::readdir(list)) {
    const std::string_view name = file->d_name;
    if (name.starts_with(prefix) && name.size() > prefix.size() &&
        name.find_first_not_of("0123456789-", prefix.size()) == std::string_view::npos)
      remove_unlocked(directory_, file->d_name);
  }
  ::closedir(list);
}

void AtomicFile::close_all() noexcept {
  if (descriptor_ != -1) ::close(descriptor_);
  if (!temporary_.empty()) ::unlinkat(directory_, temporary_.c_str(), 0);
  if (directory_ != -1) ::close(directory_);
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
    if (::renameat(directory_, temporary_.c_str(), directory_, name_.c_str()) == -1)
      fail("cannot be replaced");
    temporary_.clear();
    sync_directory(directory_);
  }
  const int closed = ::close(std::exchange(descriptor_, -1));
  if (closed == -1 && errno != EINTR) fail("cannot be written");
}

void AtomicFile::fail(const char* what) const {
  throw IoError(message(path_, ": ", what, ": ", std::strerror(errno)));
}

}  // namespace xgrad::detail
