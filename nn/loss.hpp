#pragma once

/// @file
/// Losses: as functions, and as modules that are called with (input, target). Semantics and
/// defaults are those of torch.nn.functional. All can be differentiated twice.

#include "classification_loss.hpp"
#include "distribution_loss.hpp"
#include "regression_loss.hpp"
