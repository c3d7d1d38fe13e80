#pragma once

/// @file
/// All learning rate schedulers.

#include "lr_scheduler/cosine.hpp"     // CosineAnnealingLR, CosineAnnealingWarmRestarts
#include "lr_scheduler/decay.hpp"      // StepLR, ExponentialLR, LinearLR, LambdaLR, …
#include "lr_scheduler/one_cycle.hpp"  // OneCycleLR
#include "lr_scheduler/plateau.hpp"    // ReduceLROnPlateau
#include "lr_scheduler/scheduler.hpp"  // LRScheduler, the base
#include "lr_scheduler/sequence.hpp"   // SequentialLR, ChainedScheduler
