#pragma once

#include "check/anomaly.hpp"
