#pragma once

/// @file
/// Everything in xgrad::training: comforts around a training loop that remains the user's own.

#include "average.hpp"
#include "best.hpp"
#include "best_checkpoint.hpp"
#include "checkpoint.hpp"
#include "early_stopping.hpp"
#include "progress.hpp"
