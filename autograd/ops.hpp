#pragma once

/// @file
/// Every operation, by family.

/// @defgroup arithmetic Arithmetic
/// See autograd/ops/arithmetic.hpp for what all of them throw.
/// @defgroup convolution Convolution
/// See autograd/ops/convolution.hpp for what all of them throw.
/// @defgroup counting Counting and searching
/// See autograd/ops/counting.hpp for what all of them throw.
/// @defgroup decomposition Equations and triangular decompositions
/// See autograd/ops/decomposition.hpp for what all of them throw.
/// @defgroup einsum Einstein sums
/// See autograd/ops/einsum.hpp for what all of them throw.
/// @defgroup elementwise Functions of one tensor
/// See autograd/ops/elementwise.hpp for what all of them throw.
/// @defgroup indexing Indexing and sorting
/// See autograd/ops/indexing.hpp for what all of them throw.
/// @defgroup linalg Products of matrices
/// See autograd/ops/linalg.hpp for what all of them throw.
/// @defgroup logic Comparisons and logic
/// See autograd/ops/logic.hpp for what all of them throw.
/// @defgroup matrix_functions Functions of matrices
/// See autograd/ops/matrix_functions.hpp for what all of them throw.
/// @defgroup pooling Pooling and resizing
/// See autograd/ops/pooling.hpp for what all of them throw.
/// @defgroup rearranging Order and repetition
/// See autograd/ops/rearranging.hpp for what all of them throw.
/// @defgroup recurrent Recurrent cells
/// See autograd/ops/recurrent.hpp for what all of them throw.
/// @defgroup reduction Reductions, scans and softmax
/// See autograd/ops/reduction.hpp for what all of them throw.
/// @defgroup shaping Shape
/// See autograd/ops/shaping.hpp for what all of them throw.
/// @defgroup slicing Parts and padding
/// See autograd/ops/slicing.hpp for what all of them throw.
/// @defgroup spectral Singular values and eigenvalues
/// See autograd/ops/spectral.hpp for what all of them throw.
/// @defgroup statistics Statistics
/// See autograd/ops/statistics.hpp for what all of them throw.

#include "ops/arithmetic.hpp"
#include "ops/convolution.hpp"
#include "ops/counting.hpp"
#include "ops/decomposition.hpp"
#include "ops/einsum.hpp"
#include "ops/elementwise.hpp"
#include "ops/indexing.hpp"
#include "ops/linalg.hpp"
#include "ops/logic.hpp"
#include "ops/matrix_functions.hpp"
#include "ops/pooling.hpp"
#include "ops/rearranging.hpp"
#include "ops/recurrent.hpp"
#include "ops/reduction.hpp"
#include "ops/shaping.hpp"
#include "ops/slicing.hpp"
#include "ops/spectral.hpp"
#include "ops/statistics.hpp"
