#pragma once

/// @file
/// Includes all of xgrad but three headers: <autograd/xtensor.hpp>, the bridge to xtensor;
/// <autograd/dual.hpp>, dual numbers; <autograd/apply.hpp>, formulas of your own, which needs
/// xsimd.

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
