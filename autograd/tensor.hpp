#pragma once

#include "tensor/index.hpp"
#include "tensor/tensor.hpp"
