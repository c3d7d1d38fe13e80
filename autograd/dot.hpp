#pragma once

#include "graph/dot.hpp"
