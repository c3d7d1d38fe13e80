#include "autograd/ops.hpp"
#include "fuzz.hpp"
#include "module_net.hpp"
#include "nn/serialization.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xgrad;
  nn::Sequential net = test::make_net();
  const nn::StateDict before = nn::copy_of(net.state_dict());
  if (test::read_bytes(data, size, [&](const std::string& path) { nn::load(net, path); })) return 0;
  // What is refused changes nothing.
  for (const auto& [name, tensor] : net.state_dict())
    if (!array_equal(tensor, before.at(name))) std::abort();
  return 0;
}
