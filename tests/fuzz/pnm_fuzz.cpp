#include <filesystem>

#include "data/image.hpp"
#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The format is told by the ending of the name.
  const auto link =
      std::filesystem::temp_directory_path() / ("xgrad-fuzz-" + std::to_string(getpid()) + ".pgm");
  xgrad::test::read_bytes(data, size, [&](const std::string& path) {
    std::filesystem::remove(link);
    std::filesystem::create_symlink(path, link);
    xgrad::data::load_image(link);
  });
  std::filesystem::remove(link);
  return 0;
}
