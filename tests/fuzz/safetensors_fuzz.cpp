#include "autograd/safetensors.hpp"
#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  xgrad::test::read_bytes(data, size,
                          [](const std::string& path) { xgrad::load_safetensors(path); });
  return 0;
}
