#pragma once

/// @file
/// All of xgrad but <autograd/xtensor.hpp>, the bridge to xtensor, which is left to whoever wants
/// it.

#include "autograd/creation.hpp"
#include "autograd/dtype.hpp"
#include "autograd/engine.hpp"
#include "autograd/error.hpp"
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
