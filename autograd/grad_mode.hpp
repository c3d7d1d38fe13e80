#pragma once

#include "graph/grad_mode.hpp"
