#pragma once

/// @file
/// All of xgrad::optim.

#include "adadelta.hpp"
#include "adagrad.hpp"
#include "adam.hpp"
#include "adamax.hpp"
#include "adamw.hpp"
#include "asgd.hpp"
#include "clip_grad.hpp"
#include "find_root.hpp"
#include "lbfgs.hpp"
#include "least_squares.hpp"
#include "lr_scheduler.hpp"
#include "minimize.hpp"
#include "nadam.hpp"
#include "optimizer.hpp"
#include "radam.hpp"
#include "rmsprop.hpp"
#include "rprop.hpp"
#include "sgd.hpp"
