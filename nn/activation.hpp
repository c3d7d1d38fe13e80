#pragma once

#include "../autograd/ops.hpp"
#include "module_of.hpp"

/// @file
/// Functions without parameters, as modules: those of the same name in autograd/ops.

namespace xgrad::nn {
namespace detail {

inline Tensor identity(const Tensor& x) { return x; }
inline Tensor softplus(const Tensor& x, double beta) {
  return beta == 1 ? xgrad::softplus(x) : xgrad::softplus(beta * x) / beta;
}

}  // namespace detail

/// x itself.
class Identity : public ModuleOf<detail::identity> {
  XGRAD_FIELDS()
};

/// max(x, 0).
class ReLU : public ModuleOf<relu> {
  XGRAD_FIELDS()
};

/// x where it is positive, else negative_slope x. Throws ValueError unless that is finite.
class LeakyReLU : public ModuleOf<leaky_relu, double> {
 public:
  explicit LeakyReLU(double negative_slope = 0.01);
  XGRAD_FIELDS()
};

/// x where it is positive, else alpha (e^x - 1). Throws ValueError unless alpha is finite.
class ELU : public ModuleOf<elu, double> {
 public:
  explicit ELU(double alpha = 1);
  XGRAD_FIELDS()
};

/// 1 / (1 + e^-x).
class Sigmoid : public ModuleOf<sigmoid> {
  XGRAD_FIELDS()
};

/// Hyperbolic tangent.
class Tanh : public ModuleOf<tanh> {
  XGRAD_FIELDS()
};

/// x times the normal distribution's share below x, by erf.
class GELU : public ModuleOf<gelu> {
  XGRAD_FIELDS()
};

/// x sigmoid(x).
class SiLU : public ModuleOf<silu> {
  XGRAD_FIELDS()
};

/// log(1 + e^(beta x)) / beta, which does not overflow. Exact everywhere: there is no threshold
/// beyond which it is x, as in PyTorch, where the two differ by less than e^-20 / beta. Throws
/// ValueError unless beta > 0 and finite.
class Softplus : public ModuleOf<detail::softplus, double> {
 public:
  explicit Softplus(double beta = 1);
  XGRAD_FIELDS()
};

/// e^x / sum e^x along the axis `dim`. forward throws ShapeError if x has no such axis.
class Softmax : public ModuleOf<softmax, int> {
 public:
  explicit Softmax(int dim = -1);
  XGRAD_FIELDS()
};

/// x - log sum e^x along the axis `dim`. forward throws ShapeError if x has no such axis.
class LogSoftmax : public ModuleOf<log_softmax, int> {
 public:
  explicit LogSoftmax(int dim = -1);
  XGRAD_FIELDS()
};

}  // namespace xgrad::nn
