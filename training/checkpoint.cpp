#include "checkpoint.hpp"

#include <utility>

#include "../autograd/io/file.hpp"
#include "../autograd/io/safetensors.hpp"
#include "../autograd/support/str.hpp"
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
constexpr const char* stopping_prefix = "early_stopping.";
constexpr const char* best_prefix = "best.";
constexpr const char* averaged_prefix = "averaged.";
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

/// What the parts are now. The module's values are shared.
Safetensors collect(const CheckpointParts& parts) {
  Safetensors file;
  add_prefixed(file.tensors, module_prefix, parts.module.state_dict());
  file.tensors.emplace(rng_key, get_rng_state());
  if (parts.optimizer) {
    const Safetensors optimizer = optim::to_safetensors(parts.optimizer->state_dict());
    add_prefixed(file.tensors, optimizer_prefix, optimizer.tensors);
    add_prefixed(file.metadata, optimizer_prefix, optimizer.metadata);
  }
  if (parts.scheduler) add_prefixed(file.metadata, scheduler_prefix, parts.scheduler->state_dict());
  if (parts.early_stopping)
    add_prefixed(file.metadata, stopping_prefix, parts.early_stopping->state_dict());
  if (parts.best) {
    const Safetensors best = parts.best->state_dict();
    add_prefixed(file.tensors, best_prefix, best.tensors);
    add_prefixed(file.metadata, best_prefix, best.metadata);
  }
  if (parts.averaged) add_prefixed(file.tensors, averaged_prefix, parts.averaged->state_dict());
  return file;
}

constexpr nn::LoadStateDictOptions exactly{.strict = true, .same_dtype = true};

/// Takes a part out of the file. Throws IoError if the file does not have it.
Safetensors take_part(Safetensors& file, const char* prefix, const char* what,
                      const std::string& path) {
  Safetensors part{.tensors = take_prefixed(file.tensors, prefix),
                   .metadata = take_prefixed(file.metadata, prefix)};
  if (part.tensors.empty() && part.metadata.empty())
    throw IoError(str(path, ": the checkpoint was saved without ", what));
  return part;
}

/// Loads all parts but the modules, and takes them out of the file. Where one does not fit, those
/// before it have been loaded.
void distribute(Safetensors& file, const CheckpointParts& parts, const std::string& path) {
  const auto take = [&](const char* prefix, const char* what) {
    return take_part(file, prefix, what, path);
  };
  if (parts.optimizer)
    parts.optimizer->load_state_dict(
        optim::to_state_dict(take(optimizer_prefix, "an optimizer"), path));
  if (parts.scheduler)
    parts.scheduler->load_state_dict(take(scheduler_prefix, "a scheduler").metadata);
  if (parts.early_stopping)
    parts.early_stopping->load_state_dict(take(stopping_prefix, "early stopping").metadata);
  if (parts.best) parts.best->load_state_dict(take(best_prefix, "the best weights"));
  set_rng_state(file.tensors[rng_key]);
}

CheckpointInfo take_info(Safetensors& file, const std::string& path) {
  const auto found = file.metadata.find(version_key);
  if (found == file.metadata.end())
    throw IoError(str(path, ": not a checkpoint; its metadata has no '", version_key, "'"));
  if (found->second != version)
    throw IoError(
        str(path, ": a checkpoint of version '", found->second, "'; expected '", version, "'"));
  CheckpointInfo info;
  OptionTexts epoch;
  epoch.insert(file.metadata.extract("epoch"));
  optim::from_texts(epoch, list_epoch(info.epoch), path);
  info.metadata = take_prefixed(file.metadata, metadata_prefix);
  return info;
}

}  // namespace

void save_checkpoint(const std::string& path, const CheckpointParts& parts,
                     const CheckpointInfo& info) {
  detail::check_path("save_checkpoint", path);
  detail::with_memory(path, [&] {
    if (parts.module.state_dict().empty())
      throw ValueError(str("save_checkpoint: ", parts.module.class_name(),
                           " has no parameters to write to ", path,
                           "; name its fields with XGRAD_FIELDS"));
    Safetensors file = collect(parts);
    std::int64_t epoch = info.epoch;
    file.metadata.merge(optim::to_texts(list_epoch(epoch)));
    file.metadata.emplace(version_key, version);
    add_prefixed(file.metadata, metadata_prefix, info.metadata);
    save_safetensors(path, file.tensors, file.metadata);
  });
}

CheckpointInfo load_checkpoint(const std::string& path, const CheckpointParts& parts) {
  detail::check_path("load_checkpoint", path);
  const auto load = [&] {
    Safetensors file = detail::load_all_safetensors(path);
    CheckpointInfo info = take_info(file, path);
    // The modules are checked before everything else is loaded, and changed last: what cannot be
    // loaded does not count up the versions of parameters.
    const nn::StateDict module = take_prefixed(file.tensors, module_prefix);
    nn::detail::check_state_dict(parts.module, module, exactly);
    Safetensors before = collect(parts);
    before.tensors = nn::copy_of(before.tensors);
    bool changed = false;
    try {
      distribute(file, parts, path);
      nn::StateDict averaged;
      if (parts.averaged) {
        averaged = take_part(file, averaged_prefix, "an averaged module", path).tensors;
        nn::detail::check_state_dict(*parts.averaged, averaged, exactly);
      }
      parts.module.load_state_dict(module, exactly);
      changed = true;
      if (parts.averaged) parts.averaged->load_state_dict(averaged, exactly);
    } catch (...) {
      if (changed) parts.module.load_state_dict(take_prefixed(before.tensors, module_prefix));
      distribute(before, parts, path);
      throw;
    }
    return info;
  };
  try {
    return detail::with_memory(path, load);
  } catch (const Error& error) {
    const std::string text = error.what();
    throw IoError(text.starts_with(path + ": ") ? text : path + ": " + text);
  }
}

}  // namespace xgrad::training
