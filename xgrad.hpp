#pragma once

/// @file
/// All of xgrad but what is left to whoever wants it: <autograd/xtensor.hpp>, the bridge to
/// xtensor, <autograd/dual.hpp>, dual numbers, and <autograd/apply.hpp>, formulas of one's own,
/// which needs xsimd.

#include "autograd/anomaly.hpp"
#include "autograd/check_graph.hpp"
#include "autograd/creation.hpp"
#include "autograd/custom_function.hpp"
#include "autograd/dot.hpp"
#include "autograd/dtype.hpp"
#include "autograd/engine.hpp"
#include "autograd/error.hpp"
#include "autograd/functional.hpp"
#include "autograd/grad_mode.hpp"
#include "autograd/gradcheck.hpp"
#include "autograd/library.hpp"
#include "autograd/numerical.hpp"
#include "autograd/ops.hpp"
#include "autograd/random.hpp"
#include "autograd/safetensors.hpp"
#include "autograd/shape.hpp"
#include "autograd/tensor.hpp"
#include "data/data.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"
#include "training/training.hpp"
