#pragma once

/// @file
/// Everything in xgrad::data.

#include "data/dataloader.hpp"
#include "data/dataset.hpp"
#include "data/idx.hpp"
