#pragma once

#include "op/formula.hpp"
