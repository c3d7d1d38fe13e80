#pragma once

// Every operation, by family.
#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/decomposition.hpp"
#include "autograd/ops/elementwise.hpp"
#include "autograd/ops/indexing.hpp"
#include "autograd/ops/linalg.hpp"
#include "autograd/ops/logic.hpp"
#include "autograd/ops/ordering.hpp"
#include "autograd/ops/rearranging.hpp"
#include "autograd/ops/reduction.hpp"
#include "autograd/ops/shaping.hpp"
#include "autograd/ops/slicing.hpp"
#include "autograd/ops/softmax.hpp"
#include "autograd/ops/statistics.hpp"
#include "autograd/ops/triangular.hpp"
