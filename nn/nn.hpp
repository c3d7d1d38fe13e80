#pragma once

// Modules, losses, initialisation, persistence, metrics.
#include "activation.hpp"
#include "convolution.hpp"
#include "dropout.hpp"
#include "embedding.hpp"
#include "flatten.hpp"
#include "init.hpp"
#include "linear.hpp"
#include "loss.hpp"
#include "metrics.hpp"
#include "module.hpp"
#include "normalization.hpp"
#include "pooling.hpp"
#include "recurrent.hpp"
#include "sequential.hpp"
#include "serialization.hpp"
#include "standard_scaler.hpp"
