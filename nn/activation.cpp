#include "activation.hpp"

#include "../autograd/tensor/expect.hpp"
#include "flatten.hpp"

namespace xgrad::nn {

LeakyReLU::LeakyReLU(double negative_slope) : ModuleOf({"negative_slope", negative_slope}) {
  expect_finite("LeakyReLU", "negative_slope", negative_slope);
}
ELU::ELU(double alpha) : ModuleOf({"alpha", alpha}) { expect_finite("ELU", "alpha", alpha); }
Softplus::Softplus(double beta) : ModuleOf({"beta", beta}) {
  expect_positive("Softplus", "beta", beta);
}
Softmax::Softmax(int dim) : ModuleOf({"dim", dim}) {}
LogSoftmax::LogSoftmax(int dim) : ModuleOf({"dim", dim}) {}
Flatten::Flatten(int start_dim, int end_dim)
    : ModuleOf({"start_dim", start_dim}, {"end_dim", end_dim}) {}

}  // namespace xgrad::nn
