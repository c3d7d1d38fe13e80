#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "../nn/module.hpp"
#include "../optim/lr_scheduler/scheduler.hpp"
#include "../optim/optimizer.hpp"

/// @file
/// All that a training run depends on in one file, so that a run that was killed continues as if
/// nothing had happened:
///
///     const training::CheckpointParts run{.module = net, .optimizer = &adam};
///     std::int64_t epoch = 0;
///     if (std::filesystem::exists(path)) epoch = training::load_checkpoint(path, run).epoch;
///     while (epoch < 100) {
///       train(net, adam);
///       training::save_checkpoint(path, run, {.epoch = ++epoch});
///     }
///
/// The weights at the end are those of a run that was left alone, bit for bit, if all randomness
/// comes from the generator of the thread that saves and loads, as that of DataLoader and Dropout
/// does, and if the data set was made before (and not by random choice after) loading.

namespace xgrad::training {

/// What is saved and loaded. The random generator of the calling thread always is.
struct CheckpointParts {
  nn::Module& module;
  optim::Optimizer* optimizer = nullptr;
  optim::SchedulerBase* scheduler = nullptr;  ///< make it before loading, it changes the optimizer
};

/// What a checkpoint says beside.
struct CheckpointInfo {
  std::int64_t epoch = 0;  ///< epochs that are done
  std::map<std::string, std::string> metadata = {};
};

/// Writes a checkpoint in the safetensors format. An existing file is replaced as a whole or left
/// alone, so that there is always one that can be loaded, whenever the process is killed.
/// Errors: IoError; ValueError for a module without parameters or buffers and for metadata that is
/// not UTF-8.
void save_checkpoint(const std::string& path, const CheckpointParts& parts,
                     const CheckpointInfo& info = {});

/// Restores all parts, which have been made as they were for save_checkpoint, in place. Parts that
/// the file has and `parts` has not are left out.
/// Errors: IoError, beginning with the path, for a file that cannot be read, holds no checkpoint or
/// not all of the parts, or does not fit one of them. Nothing is changed then.
CheckpointInfo load_checkpoint(const std::string& path, const CheckpointParts& parts);

}  // namespace xgrad::training
