#pragma once

// Modules, losses, initialisation, persistence, metrics.
#include "nn/activation.hpp"
#include "nn/dropout.hpp"
#include "nn/embedding.hpp"
#include "nn/flatten.hpp"
#include "nn/init.hpp"
#include "nn/linear.hpp"
#include "nn/loss.hpp"
#include "nn/metrics.hpp"
#include "nn/module.hpp"
#include "nn/normalization.hpp"
#include "nn/sequential.hpp"
#include "nn/serialization.hpp"
