#pragma once

#include "check/check_graph.hpp"
