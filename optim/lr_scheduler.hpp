#pragma once

/// @file
/// All learning rate schedulers.

#include "optim/lr_scheduler/cosine.hpp"     // CosineAnnealingLR, CosineAnnealingWarmRestarts
#include "optim/lr_scheduler/decay.hpp"      // StepLR, MultiStepLR, ExponentialLR, LinearLR, …
#include "optim/lr_scheduler/lambda.hpp"     // LambdaLR, MultiplicativeLR
#include "optim/lr_scheduler/one_cycle.hpp"  // OneCycleLR
#include "optim/lr_scheduler/plateau.hpp"    // ReduceLROnPlateau
#include "optim/lr_scheduler/scheduler.hpp"  // LRScheduler, the base
#include "optim/lr_scheduler/sequence.hpp"   // SequentialLR, ChainedScheduler
