#include "examples/support/text.hpp"

#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "autograd/error.hpp"
#include "autograd/support/str.hpp"

namespace xgrad::examples {
namespace {

struct Close {
  void operator()(gzFile file) const { gzclose(file); }
};

}  // namespace

std::string read_text(const std::string& path) {
  if (path == foldoc && !std::filesystem::exists(path))
    throw IoError(str(path,
                      " is missing: install the dictionary (apt-get install dict-foldoc) or name "
                      "another text with --text"));
  const std::unique_ptr<gzFile_s, Close> file(gzopen(path.c_str(), "rb"));
  if (!file) throw IoError(str(path, ": ", std::strerror(errno)));
  std::string text;
  std::array<char, 1 << 16> part;
  int count = 0;
  while ((count = gzread(file.get(), part.data(), part.size())) > 0)
    text.append(part.data(), static_cast<std::size_t>(count));
  int code = Z_OK;
  const char* const reason = gzerror(file.get(), &code);
  if (code != Z_OK && code != Z_STREAM_END)
    throw IoError(str(path, ": ", code == Z_ERRNO ? std::strerror(errno) : reason));
  return text;
}

}  // namespace xgrad::examples
