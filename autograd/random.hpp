#pragma once

#include "tensor/random.hpp"
