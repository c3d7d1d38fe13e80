#pragma once

#include "tensor/dtype.hpp"
