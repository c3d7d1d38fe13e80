#pragma once

#include "graph/engine.hpp"
