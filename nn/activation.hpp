#pragma once

#include "module.hpp"

/// @file
/// Functions without parameters, as modules: those of the same name in autograd/ops.

namespace xgrad::nn {

/// x itself.
class Identity : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  XGRAD_FIELDS()
};

/// max(x, 0).
class ReLU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  XGRAD_FIELDS()
};

/// x where it is positive, else negative_slope x. Errors: ValueError unless that is finite.
class LeakyReLU : public Module {
 public:
  explicit LeakyReLU(double negative_slope = 0.01);
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;
  XGRAD_FIELDS()

 private:
  double negative_slope_;
};

/// x where it is positive, else alpha (e^x - 1). Errors: ValueError unless alpha is finite.
class ELU : public Module {
 public:
  explicit ELU(double alpha = 1);
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;
  XGRAD_FIELDS()

 private:
  double alpha_;
};

/// 1 / (1 + e^-x).
class Sigmoid : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  XGRAD_FIELDS()
};

/// Hyperbolic tangent.
class Tanh : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  XGRAD_FIELDS()
};

/// x times the normal distribution's share below x, by erf.
class GELU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  XGRAD_FIELDS()
};

/// x sigmoid(x).
class SiLU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
  XGRAD_FIELDS()
};

/// log(1 + e^(beta x)) / beta, which does not overflow. Exact everywhere: there is no threshold
/// beyond which it is x, as in PyTorch, where the two differ by less than e^-20 / beta.
/// Errors: ValueError unless beta > 0 and finite.
class Softplus : public Module {
 public:
  explicit Softplus(double beta = 1);
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;
  XGRAD_FIELDS()

 private:
  double beta_;
};

/// e^x / sum e^x along the axis `dim`. Errors: forward: ShapeError when x has no such axis.
class Softmax : public Module {
 public:
  explicit Softmax(int dim = -1) : dim_(dim) {}
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;
  XGRAD_FIELDS()

 private:
  int dim_;
};

/// x - log sum e^x along the axis `dim`. Errors: forward: ShapeError when x has no such axis.
class LogSoftmax : public Module {
 public:
  explicit LogSoftmax(int dim = -1) : dim_(dim) {}
  Tensor forward(const Tensor& x) override;
  std::string extra_repr() const override;
  XGRAD_FIELDS()

 private:
  int dim_;
};

}  // namespace xgrad::nn
