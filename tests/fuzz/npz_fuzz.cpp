#include "data/npy.hpp"
#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  xgrad::test::read_bytes(data, size, [](const std::string& path) { xgrad::data::load_npz(path); });
  return 0;
}
