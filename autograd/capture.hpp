#pragma once

#include "graph/capture.hpp"
