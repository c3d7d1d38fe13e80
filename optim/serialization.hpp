#pragma once

#include <string>

#include "../autograd/io/safetensors.hpp"
#include "optimizer.hpp"

namespace xgrad::optim {

/// The form that a state_dict() has in a file. Its metadata is
/// {"optimizer": "Adam", "0.lr": "0.001", "0.params": "(2, 3)", …}.
Safetensors to_safetensors(const StateDict& state);

/// The state_dict() in a file. Errors: IoError, beginning with `origin`, for a file without.
StateDict to_state_dict(Safetensors file, const std::string& origin);

}  // namespace xgrad::optim
