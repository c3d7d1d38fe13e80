#pragma once

#include "tensor/creation.hpp"
