#pragma once

#include "graph/observer.hpp"
