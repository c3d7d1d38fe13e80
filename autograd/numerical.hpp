#pragma once

#include "check/numerical.hpp"
