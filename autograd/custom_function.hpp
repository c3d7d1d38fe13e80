#pragma once

#include "op/custom_function.hpp"
