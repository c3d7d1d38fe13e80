// Runs a target without libFuzzer: with every file of the directories given, and with mutations of
// it.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <random>
#include <vector>

#include "fuzz.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

constexpr int mutations = 100;  // of each file

/// Flips a bit, overwrites or inserts a byte, or cuts off the end.
void mutate(std::string& bytes, std::mt19937& random) {
  const std::size_t at = random() % (bytes.size() + 1);
  const auto byte = static_cast<char>(random());
  switch (random() % 4) {
    case 0:
      if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ 1 << random() % 8);
      break;
    case 1:
      if (at < bytes.size()) bytes[at] = byte;
      break;
    case 2: bytes.insert(at, 1, byte); break;
    default: bytes.resize(std::max(at, bytes.size() / 2)); break;
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i)
    if (std::filesystem::exists(argv[i]))
      for (const auto& entry : std::filesystem::directory_iterator(argv[i]))
        files.push_back(entry.path());
  std::ranges::sort(files);
  for (const auto& file : files) {
    const std::string content = xgrad::test::read_file(file);
    std::mt19937 random;
    for (int i = 0; i <= mutations; ++i) {
      std::string bytes = content;
      for (int changes = i % 4; i > 0 && changes >= 0; --changes) mutate(bytes, random);
      try {
        LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
      } catch (const std::exception& error) {
        std::cerr << file << ", mutation " << i << ": " << error.what() << '\n';
        return 1;
      }
    }
  }
  return files.empty() ? 2 : 0;
}
