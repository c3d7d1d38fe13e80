#pragma once

/// @file
/// Everything in xgrad::data.

#include "csv.hpp"
#include "dataloader.hpp"
#include "dataset.hpp"
#include "idx.hpp"
#include "image.hpp"
#include "npy.hpp"
#include "sampler.hpp"
#include "standardize.hpp"
#include "subset.hpp"
#include "table.hpp"
#include "transforms.hpp"
