#pragma once

#include "op/apply.hpp"
