#pragma once

/// @file
/// All of xgrad::optim.

#include "optim/adam.hpp"
#include "optim/optimizer.hpp"
#include "optim/sgd.hpp"
