#pragma once

#include "io/safetensors.hpp"
