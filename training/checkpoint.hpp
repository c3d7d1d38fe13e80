#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "../nn/module.hpp"
#include "../optim/lr_scheduler/scheduler.hpp"
#include "../optim/optimizer.hpp"
#include "best_checkpoint.hpp"
#include "early_stopping.hpp"

/// @file
/// Everything that a training run depends on in one file, so that a run that was killed continues
/// as if it had not been:
///
///     const training::CheckpointParts run{
///         .module = net, .optimizer = &adam, .early_stopping = &stopping, .best = &best};
///     std::int64_t epoch = 0;
///     if (std::filesystem::exists(path)) epoch = training::load_checkpoint(path, run).epoch;
///     while (epoch < 100) {
///       train(net, adam);
///       training::save_checkpoint(path, run, {.epoch = ++epoch});
///     }
///
/// The weights at the end are those of an uninterrupted run, bit for bit, if all random numbers
/// come from the generator of the thread that saves and loads, as those of DataLoader and Dropout
/// do, and if the data set was made before loading, not by random choice after it.

namespace xgrad::training {

/// What is saved and loaded. The random generator of the calling thread always is.
struct CheckpointParts {
  nn::Module& module;                         ///< parameters and buffers
  optim::Optimizer* optimizer = nullptr;      ///< its state and options
  optim::SchedulerBase* scheduler = nullptr;  ///< make it before loading, it changes the optimizer
  EarlyStopping* early_stopping = nullptr;    ///< its best metric and its count
  BestCheckpoint* best = nullptr;  ///< its metric and weights; not the file that it may write
  nn::Module* averaged = nullptr;  ///< an AveragedModel, or any further module
};

/// What else a checkpoint holds.
struct CheckpointInfo {
  std::int64_t epoch = 0;                            ///< epochs that are done
  std::map<std::string, std::string> metadata = {};  ///< text of your own, by name
};

/// Writes a checkpoint in the safetensors format. An existing file is replaced as a whole or left
/// alone, so that there is always one that can be loaded, whenever the process is killed. Throws
/// IoError if the file cannot be written, and ValueError for a module without parameters or buffers
/// and for metadata that is not UTF-8.
void save_checkpoint(const std::string& path, const CheckpointParts& parts,
                     const CheckpointInfo& info = {});

/// Restores all parts in place; they have to be made as for save_checkpoint before. Parts of the
/// file that `parts` does not name are ignored. Throws IoError, beginning with the path, for a file
/// that cannot be read, holds no checkpoint or not all of the parts, or does not fit one of them.
/// Nothing is changed then.
CheckpointInfo load_checkpoint(const std::string& path, const CheckpointParts& parts);

}  // namespace xgrad::training
