#pragma once

#include "support/library.hpp"
