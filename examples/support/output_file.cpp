#include "examples/support/output_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "autograd/error.hpp"
#include "autograd/support/str.hpp"

namespace xgrad::examples {

void check_writable(const std::string& option, const std::string& path) {
  std::error_code ignored;
  const std::filesystem::path file(path);
  const std::filesystem::path parent = file.has_parent_path() ? file.parent_path() : ".";
  if (!std::filesystem::is_directory(parent, ignored))
    throw IoError(str(option, " ", path, ": ", parent.string(), " is not a directory"));
  if (access(parent.c_str(), W_OK | X_OK) != 0)
    throw IoError(str(option, " ", path, ": ", parent.string(), ": ", std::strerror(errno)));
  if (!file.has_filename() ||
      (std::filesystem::exists(file, ignored) && !std::filesystem::is_regular_file(file, ignored)))
    throw IoError(str(option, " ", path, " is not a file"));
}

void check_writable(const Files& files) {
  if (!files.save.empty()) check_writable("--save", files.save);
  if (!files.checkpoint.empty()) check_writable("--checkpoint", files.checkpoint);
}

}  // namespace xgrad::examples
