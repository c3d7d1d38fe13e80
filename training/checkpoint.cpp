#include "checkpoint.hpp"

#include <optional>
#include <utility>

#include "../autograd/io/file.hpp"
#include "../autograd/io/safetensors.hpp"
#include "../autograd/support/message.hpp"
#include "../autograd/tensor/random.hpp"
#include "../nn/serialization.hpp"

namespace xgrad::training {
namespace {

using optim::OptionTexts;
using optim::take_prefixed;

// The names of a file's tensors and metadata begin with the part that they belong to.
constexpr const char* module_prefix = "module.";
constexpr const char* optimizer_prefix = "optimizer.";
constexpr const char* scheduler_prefix = "scheduler.";
constexpr const char* metadata_prefix = "metadata.";
constexpr const char* rng_key = "rng_state";
constexpr const char* version_key = "checkpoint";
constexpr const char* version = "1";

template <class Value>
void add_prefixed(std::map<std::string, Value>& all, const std::string& prefix,
                  const std::map<std::string, Value>& part) {
  for (const auto& [name, value] : part) all.emplace(prefix + name, value);
}

std::vector<optim::Option> list_epoch(std::int64_t& epoch) { return {{"epoch", &epoch}}; }

/// The state of all parts.
struct State {
  nn::StateDict module;
  std::optional<optim::StateDict> optimizer;
  std::optional<OptionTexts> scheduler;
  Tensor rng;

  /// What the parts are now. Values are shared with the module.
  static State of(const CheckpointParts& parts) {
    State state{.module = parts.module.state_dict(),
                .optimizer = std::nullopt,
                .scheduler = std::nullopt,
                .rng = get_rng_state()};
    if (parts.optimizer) state.optimizer = parts.optimizer->state_dict();
    if (parts.scheduler) state.scheduler = parts.scheduler->state_dict();
    return state;
  }

  void load_into(const CheckpointParts& parts) const {
    parts.module.load_state_dict(module, {.strict = true, .same_dtype = true});
    if (parts.optimizer) parts.optimizer->load_state_dict(*optimizer);
    if (parts.scheduler) parts.scheduler->load_state_dict(*scheduler);
    set_rng_state(rng);
  }
};

Safetensors to_file(State state, CheckpointInfo info) {
  Safetensors file;
  file.metadata = optim::to_texts(list_epoch(info.epoch));
  file.metadata.emplace(version_key, version);
  add_prefixed(file.metadata, metadata_prefix, info.metadata);
  add_prefixed(file.tensors, module_prefix, state.module);
  file.tensors.emplace(rng_key, state.rng);
  if (state.optimizer) {
    const Safetensors optimizer = optim::to_safetensors(*state.optimizer);
    add_prefixed(file.tensors, optimizer_prefix, optimizer.tensors);
    add_prefixed(file.metadata, optimizer_prefix, optimizer.metadata);
  }
  if (state.scheduler) add_prefixed(file.metadata, scheduler_prefix, *state.scheduler);
  return file;
}

/// Takes out of the file what the parts need.
State take_state(Safetensors& file, const CheckpointParts& parts, const std::string& path) {
  State state;
  state.module = take_prefixed(file.tensors, module_prefix);
  state.rng = file.tensors[rng_key];
  if (parts.optimizer) {
    Safetensors optimizer{.tensors = take_prefixed(file.tensors, optimizer_prefix),
                          .metadata = take_prefixed(file.metadata, optimizer_prefix)};
    if (optimizer.metadata.empty())
      throw IoError(path + ": the checkpoint was saved without an optimizer");
    state.optimizer = optim::to_state_dict(std::move(optimizer), path);
  }
  if (parts.scheduler) {
    state.scheduler = take_prefixed(file.metadata, scheduler_prefix);
    if (state.scheduler->empty())
      throw IoError(path + ": the checkpoint was saved without a scheduler");
  }
  return state;
}

CheckpointInfo take_info(Safetensors& file, const std::string& path) {
  const auto found = file.metadata.find(version_key);
  if (found == file.metadata.end())
    throw IoError(message(path, ": not a checkpoint; its metadata has no '", version_key, "'"));
  if (found->second != version)
    throw IoError(
        message(path, ": a checkpoint of version '", found->second, "'; expected '", version, "'"));
  CheckpointInfo info;
  OptionTexts epoch;
  epoch.insert(file.metadata.extract("epoch"));
  optim::from_texts(epoch, list_epoch(info.epoch), path);
  info.metadata = take_prefixed(file.metadata, metadata_prefix);
  return info;
}

/// Loads all parts or none: what was loaded before one that does not fit gets its old state back.
void load_all(const State& state, const CheckpointParts& parts) {
  State before = State::of(parts);
  before.module = nn::copy_of(before.module);
  try {
    state.load_into(parts);
  } catch (...) {
    before.load_into(parts);
    throw;
  }
}

}  // namespace

void save_checkpoint(const std::string& path, const CheckpointParts& parts,
                     const CheckpointInfo& info) {
  detail::check_path("save_checkpoint", path);
  State state = State::of(parts);
  if (state.module.empty())
    throw ValueError(message("save_checkpoint: ", parts.module.class_name(),
                             " has no parameters to write to ", path,
                             "; name its fields with XGRAD_FIELDS"));
  const Safetensors file = to_file(std::move(state), info);
  save_safetensors(path, file.tensors, file.metadata);
}

CheckpointInfo load_checkpoint(const std::string& path, const CheckpointParts& parts) {
  detail::check_path("load_checkpoint", path);
  Safetensors file = detail::load_all_safetensors(path);
  try {
    CheckpointInfo info = take_info(file, path);
    load_all(take_state(file, parts, path), parts);
    return info;
  } catch (const Error& error) {
    const std::string text = error.what();
    throw IoError(text.starts_with(path + ": ") ? text : path + ": " + text);
  }
}

}  // namespace xgrad::training
