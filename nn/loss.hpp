#pragma once

/// @file
/// Losses: as functions, and as modules that are called with (input, target). Semantics and
/// defaults are those of torch.nn.functional. All can be differentiated twice.

#include "nn/classification_loss.hpp"
#include "nn/distribution_loss.hpp"
#include "nn/regression_loss.hpp"
