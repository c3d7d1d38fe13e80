#pragma once

/// @file
/// Everything in xgrad::data.

#include "data/csv.hpp"
#include "data/dataloader.hpp"
#include "data/dataset.hpp"
#include "data/idx.hpp"
#include "data/npy.hpp"
#include "data/standardize.hpp"
