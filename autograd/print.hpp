#pragma once

#include "tensor/print.hpp"
