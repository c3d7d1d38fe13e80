#pragma once

#include "tensor/shape.hpp"
