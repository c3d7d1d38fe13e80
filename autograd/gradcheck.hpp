#pragma once

#include "check/gradcheck.hpp"
