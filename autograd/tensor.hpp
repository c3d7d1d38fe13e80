#pragma once

#include "support/version.hpp"  // refuses what cannot compile the others
#include "tensor/index.hpp"
#include "tensor/tensor.hpp"
