#include <zlib.h>

#include <vector>

#include "data/image.hpp"
#include "fuzz.hpp"

namespace {

std::size_t big_endian(const std::uint8_t* bytes) {
  return std::size_t{bytes[0]} << 24 | std::size_t{bytes[1]} << 16 | std::size_t{bytes[2]} << 8 |
         bytes[3];
}

/// Makes the sum at the end of each chunk right: no change at random would be.
void correct_sums(std::vector<std::uint8_t>& file) {
  for (std::size_t at = 8; at + 12 <= file.size();) {
    const std::size_t length = big_endian(&file[at]);
    if (length > file.size() - at - 12) return;
    const uLong sum = crc32(0, &file[at + 4], static_cast<uInt>(length + 4));
    at += 8 + length;
    for (int shift = 24; shift >= 0; shift -= 8)
      file[at++] = static_cast<std::uint8_t>(sum >> shift);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint8_t> file(data, data + size);
  correct_sums(file);
  xgrad::test::read_bytes(file.data(), file.size(),
                          [](const std::string& path) { xgrad::data::load_png(path); });
  return 0;
}
