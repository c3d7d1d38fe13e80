#pragma once

#include "tensor/index.hpp"
