#pragma once

// Every operation, by family.
#include "ops/arithmetic.hpp"
#include "ops/counting.hpp"
#include "ops/decomposition.hpp"
#include "ops/einsum.hpp"
#include "ops/elementwise.hpp"
#include "ops/indexing.hpp"
#include "ops/linalg.hpp"
#include "ops/logic.hpp"
#include "ops/matrix_functions.hpp"
#include "ops/rearranging.hpp"
#include "ops/reduction.hpp"
#include "ops/shaping.hpp"
#include "ops/slicing.hpp"
#include "ops/spectral.hpp"
#include "ops/statistics.hpp"
