#include "activation.hpp"

#include "../autograd/ops/arithmetic.hpp"
#include "../autograd/ops/elementwise.hpp"
#include "../autograd/ops/reduction.hpp"
#include "../autograd/support/message.hpp"
#include "../autograd/tensor/expect.hpp"

namespace xgrad::nn {

Tensor Identity::forward(const Tensor& x) { return x; }
Tensor ReLU::forward(const Tensor& x) { return relu(x); }
Tensor Sigmoid::forward(const Tensor& x) { return sigmoid(x); }
Tensor Tanh::forward(const Tensor& x) { return tanh(x); }
Tensor GELU::forward(const Tensor& x) { return gelu(x); }
Tensor SiLU::forward(const Tensor& x) { return silu(x); }

LeakyReLU::LeakyReLU(double negative_slope) : negative_slope_(negative_slope) {
  expect_finite("LeakyReLU", "negative_slope", negative_slope);
}
Tensor LeakyReLU::forward(const Tensor& x) { return leaky_relu(x, negative_slope_); }
std::string LeakyReLU::extra_repr() const { return message("negative_slope=", negative_slope_); }

ELU::ELU(double alpha) : alpha_(alpha) { expect_finite("ELU", "alpha", alpha); }
Tensor ELU::forward(const Tensor& x) { return elu(x, alpha_); }
std::string ELU::extra_repr() const { return message("alpha=", alpha_); }

Softplus::Softplus(double beta) : beta_(beta) { expect_positive("Softplus", "beta", beta); }
Tensor Softplus::forward(const Tensor& x) {
  return beta_ == 1 ? softplus(x) : softplus(beta_ * x) / beta_;
}
std::string Softplus::extra_repr() const { return message("beta=", beta_); }

Tensor Softmax::forward(const Tensor& x) { return softmax(x, dim_); }
std::string Softmax::extra_repr() const { return message("dim=", dim_); }

Tensor LogSoftmax::forward(const Tensor& x) { return log_softmax(x, dim_); }
std::string LogSoftmax::extra_repr() const { return message("dim=", dim_); }

}  // namespace xgrad::nn
