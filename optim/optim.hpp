#pragma once

/// @file
/// All of xgrad::optim.

#include "optim/adadelta.hpp"
#include "optim/adagrad.hpp"
#include "optim/adam.hpp"
#include "optim/adamax.hpp"
#include "optim/adamw.hpp"
#include "optim/asgd.hpp"
#include "optim/clip_grad.hpp"
#include "optim/find_root.hpp"
#include "optim/lbfgs.hpp"
#include "optim/lr_scheduler.hpp"
#include "optim/minimize.hpp"
#include "optim/nadam.hpp"
#include "optim/optimizer.hpp"
#include "optim/radam.hpp"
#include "optim/rmsprop.hpp"
#include "optim/rprop.hpp"
#include "optim/sgd.hpp"
