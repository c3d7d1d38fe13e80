#pragma once

#include "support/error.hpp"
