#pragma once

/// @file
/// Includes all of xgrad but three headers: <autograd/xtensor.hpp>, the bridge to xtensor;
/// <autograd/dual.hpp>, dual numbers; <autograd/apply.hpp>, formulas of your own, which needs
/// xsimd.

/// @namespace xgrad
/// Tensors, operations on them, and derivatives.
/// @namespace xgrad::linalg
/// Linear algebra by the names of torch.linalg and numpy.linalg.
/// @namespace xgrad::random
/// Random numbers, one by one.
/// @namespace xgrad::reads
/// What the gradient of an operation reads.
/// @namespace xgrad::formula
/// Elementwise operations of your own.
/// @namespace xgrad::nn
/// Modules, layers, losses and metrics.
/// @namespace xgrad::nn::init
/// Initial values of parameters.
/// @namespace xgrad::optim
/// Optimizers, schedules, minimisation and fitting.
/// @namespace xgrad::optim::lr_scheduler
/// Learning rate schedules, also by their names in xgrad::optim.
/// @namespace xgrad::data
/// Files, tables, data sets and loaders.
/// @namespace xgrad::data::transforms
/// Changes of images.
/// @namespace xgrad::training
/// What training loops consist of.

// clang-format off: it refuses what cannot compile the others
#include "autograd/support/version.hpp"
// clang-format on
#include "autograd/check/anomaly.hpp"
#include "autograd/check/check_graph.hpp"
#include "autograd/check/gradcheck.hpp"
#include "autograd/check/numerical.hpp"
#include "autograd/graph/capture.hpp"
#include "autograd/graph/dot.hpp"
#include "autograd/graph/engine.hpp"
#include "autograd/graph/functional.hpp"
#include "autograd/graph/grad_mode.hpp"
#include "autograd/io/safetensors.hpp"
#include "autograd/op/custom_function.hpp"
#include "autograd/ops.hpp"
#include "autograd/support/error.hpp"
#include "autograd/support/library.hpp"
#include "autograd/tensor/creation.hpp"
#include "autograd/tensor/dtype.hpp"
#include "autograd/tensor/index.hpp"
#include "autograd/tensor/print.hpp"
#include "autograd/tensor/random.hpp"
#include "autograd/tensor/shape.hpp"
#include "autograd/tensor/tensor.hpp"
#include "data/data.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"
#include "training/training.hpp"
