#pragma once

/// @file
/// Everything in xgrad::training: checkpoints, progress, averages (of metrics and of weights) and
/// early stopping, for training loops that users write themselves.

#include "average.hpp"
#include "averaged_model.hpp"
#include "best.hpp"
#include "best_checkpoint.hpp"
#include "checkpoint.hpp"
#include "early_stopping.hpp"
#include "progress.hpp"
