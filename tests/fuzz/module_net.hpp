#pragma once

#include "nn/linear.hpp"
#include "nn/normalization.hpp"
#include "nn/sequential.hpp"

namespace xgrad::test {

/// The network of which the corpus of modules is.
inline nn::Sequential make_net() { return nn::Sequential(nn::Linear(2, 3), nn::BatchNorm1d(3)); }

}  // namespace xgrad::test
