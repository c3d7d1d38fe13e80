#include "module_of.hpp"

#include "../autograd/support/str.hpp"

namespace xgrad::nn::detail {

std::string repr(std::span<const Option<>> options) {
  std::string text;
  for (const auto& [name, value] : options) text += str(text.empty() ? "" : ", ", name, '=', value);
  return text;
}

}  // namespace xgrad::nn::detail
