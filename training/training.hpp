#pragma once

/// @file
/// Everything in xgrad::training: comforts around a training loop that remains the user's own.

#include "training/average.hpp"
#include "training/best.hpp"
#include "training/best_checkpoint.hpp"
#include "training/checkpoint.hpp"
#include "training/early_stopping.hpp"
#include "training/progress.hpp"
