#include "serialization.hpp"

#include <utility>

#include "../autograd/support/message.hpp"

namespace xgrad::optim {

Safetensors to_safetensors(const StateDict& state) {
  Safetensors file{.tensors = state.state, .metadata = {{"optimizer", state.optimizer}}};
  for (std::size_t group = 0; group < state.param_groups.size(); ++group)
    for (const auto& [name, text] : state.param_groups[group])
      file.metadata[message(group, '.', name)] = text;
  return file;
}

StateDict to_state_dict(Safetensors file, const std::string& origin) {
  const auto optimizer = file.metadata.find("optimizer");
  if (optimizer == file.metadata.end())
    throw IoError(
        message(origin, ": not the state of an optimizer; its metadata has no 'optimizer'"));
  StateDict state{.optimizer = optimizer->second, .param_groups = {}, .state = {}};
  for (std::size_t group = 0;; ++group) {
    OptionTexts options = take_prefixed(file.metadata, message(group, '.'));
    if (options.empty()) break;
    state.param_groups.push_back(std::move(options));
  }
  state.state = std::move(file.tensors);
  return state;
}

}  // namespace xgrad::optim
