#pragma once

// The namespace xgrad::linalg.
#include "ops/decomposition.hpp"
#include "ops/matrix_functions.hpp"
#include "ops/spectral.hpp"
