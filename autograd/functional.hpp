#pragma once

#include "graph/functional.hpp"
