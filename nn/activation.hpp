#pragma once

#include "../autograd/ops.hpp"
#include "../autograd/tensor/expect.hpp"
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
class Identity : public ModuleOf<Identity, detail::identity> {};
/// max(x, 0).
class ReLU : public ModuleOf<ReLU, relu> {};
/// 1 / (1 + e^-x).
class Sigmoid : public ModuleOf<Sigmoid, sigmoid> {};
/// Hyperbolic tangent.
class Tanh : public ModuleOf<Tanh, tanh> {};
/// x times the normal distribution's share below x, by erf.
class GELU : public ModuleOf<GELU, gelu> {};
/// x sigmoid(x).
class SiLU : public ModuleOf<SiLU, silu> {};

/// x where it is positive, else negative_slope x. Throws ValueError unless that is finite.
class LeakyReLU : public ModuleOf<LeakyReLU, leaky_relu, double> {
 public:
  /// Negative_slope: any number that is finite.
  explicit LeakyReLU(double negative_slope = 0.01) : ModuleOf({"negative_slope", negative_slope}) {
    expect_finite("LeakyReLU", "negative_slope", negative_slope);
  }
};

/// x where it is positive, else alpha (e^x - 1). Throws ValueError unless alpha is finite.
class ELU : public ModuleOf<ELU, elu, double> {
 public:
  /// Alpha: any number that is finite.
  explicit ELU(double alpha = 1) : ModuleOf({"alpha", alpha}) {
    expect_finite("ELU", "alpha", alpha);
  }
};

/// log(1 + e^(beta x)) / beta, which does not overflow. Exact everywhere: there is no threshold
/// beyond which it is x, as in PyTorch, where the two differ by less than e^-20 / beta. Throws
/// ValueError unless beta > 0 and finite.
class Softplus : public ModuleOf<Softplus, detail::softplus, double> {
 public:
  /// Beta: above 0 and finite.
  explicit Softplus(double beta = 1) : ModuleOf({"beta", beta}) {
    expect_positive("Softplus", "beta", beta);
  }
};

/// e^x / sum e^x along the axis `dim`. forward throws ShapeError if x has no such axis.
class Softmax : public ModuleOf<Softmax, softmax, int> {
 public:
  /// Dim: an axis of x, from the end if negative.
  explicit Softmax(int dim = -1) : ModuleOf({"dim", dim}) {}
};

/// x - log sum e^x along the axis `dim`. forward throws ShapeError if x has no such axis.
class LogSoftmax : public ModuleOf<LogSoftmax, log_softmax, int> {
 public:
  /// Dim: an axis of x, from the end if negative.
  explicit LogSoftmax(int dim = -1) : ModuleOf({"dim", dim}) {}
};

}  // namespace xgrad::nn
