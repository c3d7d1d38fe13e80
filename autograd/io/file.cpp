#include "file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

namespace xgrad::detail {
namespace {

// Repeats a system call that a signal interrupted.
template <class Call>
auto retry(Call call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

Descriptor open_at(int directory, const std::string& name, int flags) {
  return Descriptor(
      retry([&] { return ::openat(directory, name.c_str(), flags | O_CLOEXEC, 0666); }));
}

// What the names of a target's temporary files begin with; 32 bytes are left for the mark and two
// numbers.
std::string temporary_prefix(const std::string& name) {
  return name.substr(0, NAME_MAX - 32) + ".tmp-";
}

}  // namespace

void check_path(const char* operation, const std::string& path) {
  if (path.empty()) throw IoError(str(operation, ": the path is empty; expected a file's name"));
  const std::size_t nul = path.find('\0');
  if (nul == std::string::npos) return;
  std::string shown = path;
  for (std::size_t at = nul; at != std::string::npos; at = shown.find('\0', at))
    shown.replace(at, 1, "\\0");
  throw IoError(str(operation, ": the path '", shown, "' holds a NUL character at index ", nul,
                    "; no file's name does"));
}

Descriptor::~Descriptor() {
  if (number_ != -1) ::close(number_);
}

// Opens without blocking: a pipe might have no writer.
InputFile::InputFile(const std::string& path) : path_(path) {
  check_path("open", path);
  descriptor_ = open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!descriptor_ && errno != ENXIO)  // the error for a socket
    throw IoError(str(path, ": cannot be opened: ", std::strerror(errno)));
  struct stat status {};
  if (!descriptor_ || ::fstat(descriptor_.get(), &status) == -1 || !S_ISREG(status.st_mode))
    throw IoError(path + ": is not a regular file");
  size_ = static_cast<std::uint64_t>(status.st_size);
}

void InputFile::read(void* target, std::size_t bytes) {
  char* next = static_cast<char*>(target);
  while (bytes > 0) {
    const ssize_t got = retry([&] { return ::read(descriptor_.get(), next, bytes); });
    if (got == -1)
      throw IoError(str(path_, ": reading fails at offset ", offset_, ": ", std::strerror(errno)));
    if (got == 0)
      throw IoError(
          str(path_, ": ends at offset ", offset_, "; ", bytes, " more bytes are expected"));
    next += got;
    bytes -= static_cast<std::size_t>(got);
    offset_ += static_cast<std::uint64_t>(got);
  }
}

void InputFile::skip(std::uint64_t bytes) {
  offset_ += bytes;
  if (::lseek(descriptor_.get(), static_cast<off_t>(offset_), SEEK_SET) == -1)
    throw IoError(str(path_, ": passing over ", bytes, " bytes fails: ", std::strerror(errno)));
}

AtomicFile::AtomicFile(const std::string& path) : path_(path) {
  check_path("open", path);
  struct stat old {};
  const bool exists = ::stat(path_.c_str(), &old) == 0;
  if (!exists && errno != ENOENT) fail("cannot be opened for writing");
  if (exists && (S_ISFIFO(old.st_mode) || S_ISSOCK(old.st_mode)))
    throw IoError(path_ + ": is not a regular file");
  if (exists && !S_ISREG(old.st_mode)) {
    descriptor_ = open_at(AT_FDCWD, path_, O_WRONLY | O_NOCTTY);
  } else if (find_target()) {
    remove_abandoned();
    create_temporary();
    if (descriptor_ && exists) ::fchmod(descriptor_.get(), old.st_mode & 0777U);
  }
  if (!descriptor_) fail("cannot be opened for writing");
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlinkat(directory_.get(), temporary_.c_str(), 0);
}

// Follows links to the directory and the name of the file to replace; returns false, with errno
// set, if there is no such directory. A link is relative to its own directory and may lead to
// nothing.
bool AtomicFile::find_target() {
  std::filesystem::path target = path_;
  std::error_code ignored;
  for (int links = 0; links < 40 && std::filesystem::is_symlink(target, ignored); ++links)
    target = target.parent_path() / std::filesystem::read_symlink(target, ignored);
  name_ = target.filename();
  directory_ = open_at(AT_FDCWD, (target.parent_path() / ".").string(), O_PATH | O_DIRECTORY);
  return static_cast<bool>(directory_);
}

// Makes a new file, opened for writing and locked; there is no descriptor, and errno is set, if
// that fails. The lock shows that the process lives. If another writer's remove_abandoned comes
// between the two steps, the file is made once more.
void AtomicFile::create_temporary() {
  static std::atomic<unsigned> counter{0};
  for (;;) {
    std::string name = str(temporary_prefix(name_), ::getpid(), '-', counter++);
    descriptor_ = open_at(directory_.get(), name, O_WRONLY | O_CREAT | O_EXCL);
    if (!descriptor_ && errno == EEXIST) continue;
    if (!descriptor_) return;
    retry([&] { return ::flock(descriptor_.get(), LOCK_EX); });
    struct stat status {};
    if (::fstat(descriptor_.get(), &status) == 0 && status.st_nlink > 0) {
      temporary_ = std::move(name);
      return;
    }
  }
}

// Removes the temporary files of the target whose processes were killed before their commit: those
// that nobody has locked.
void AtomicFile::remove_abandoned() const {
  const std::string prefix = temporary_prefix(name_);
  Descriptor directory = open_at(directory_.get(), ".", O_RDONLY | O_DIRECTORY);
  DIR* const list = directory ? ::fdopendir(directory.get()) : nullptr;
  if (!list) return;
  directory.release();
  while (const dirent* const entry = ::readdir(list)) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with(prefix) || name.size() == prefix.size() ||
        name.find_first_not_of("0123456789-", prefix.size()) != std::string_view::npos)
      continue;
    const Descriptor file =
        open_at(directory_.get(), entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (file && retry([&] { return ::flock(file.get(), LOCK_EX | LOCK_NB); }) == 0)
      ::unlinkat(directory_.get(), entry->d_name, 0);
  }
  ::closedir(list);
}

void AtomicFile::write(const void* data, std::size_t bytes) {
  const char* next = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t written = retry([&] { return ::write(descriptor_.get(), next, bytes); });
    if (written == -1) fail("cannot be written");
    next += written;
    bytes -= static_cast<std::size_t>(written);
  }
}

void AtomicFile::commit() {
  // Devices and pipes have nothing to synchronise and return EINVAL.
  if (retry([&] { return ::fsync(descriptor_.get()); }) == -1 && errno != EINVAL && errno != EROFS)
    fail("cannot be written");
  // Renames the file while it is open: closing gives up the lock that keeps others from removing
  // it. The file is then in its place, so that a directory which cannot be synchronised is no
  // failure.
  if (!temporary_.empty()) {
    if (::renameat(directory_.get(), temporary_.c_str(), directory_.get(), name_.c_str()) == -1)
      fail("cannot be replaced");
    temporary_.clear();
    if (const Descriptor directory = open_at(directory_.get(), ".", O_RDONLY | O_DIRECTORY))
      retry([&] { return ::fsync(directory.get()); });
  }
  if (::close(descriptor_.release()) == -1 && errno != EINTR) fail("cannot be written");
}

void AtomicFile::fail(const char* what) const {
  throw IoError(str(path_, ": ", what, ": ", std::strerror(errno)));
}

}  // namespace xgrad::detail
