#pragma once

#include <string>

#include "module.hpp"

/// @file
/// Modules in files of the safetensors format (autograd/safetensors.hpp), under the names and with
/// the values of their state_dict(). PyTorch's safetensors package reads and writes the same.

namespace xgrad::nn {

/// Writes the parameters and buffers. An existing file is replaced as a whole or left alone.
/// Throws IoError if the file cannot be written; ValueError for a module without any tensors, in
/// which XGRAD_FIELDS was probably forgotten.
void save(const Module& module, const std::string& path);

/// Reads them back, all or nothing. Names, shapes and dtypes have to be the module's, after the
/// conversions of load_safetensors.
/// Throws IoError, naming the file and every parameter that does not fit, with what was expected,
/// or every one that cannot be read, with its element type.
void load(Module& module, const std::string& path);

namespace detail {

/// What module.load_state_dict(state, options) returns or throws, without loading anything.
LoadStateDictResult check_state_dict(Module& module, const StateDict& state,
                                     const LoadStateDictOptions& options);

}  // namespace detail

/// The values of a state_dict() as they are now: tensors that share nothing with the module.
StateDict copy_of(const StateDict& state);

}  // namespace xgrad::nn
