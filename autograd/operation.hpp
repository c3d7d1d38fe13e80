#pragma once

#include "op/operation.hpp"
