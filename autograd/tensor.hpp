#pragma once

#include "tensor/tensor.hpp"
