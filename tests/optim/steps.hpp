#pragma once

#include <string>

#include "autograd/creation.hpp"
#include "optim/optimizer.hpp"
#include "tests/support/expect_error.hpp"

/// @file
/// Steps of a single number, which can be computed by hand.

namespace xgrad::test {

/// A step with this gradient of x, which holds one float64.
inline void step(optim::Optimizer& optimizer, Tensor& x, double gradient) {
  x.set_grad(tensor(gradient));
  optimizer.step();
}

/// The one number in that state tensor of x.
inline double state(optim::Optimizer& optimizer, const Tensor& x, const char* name) {
  return optimizer.state(x)[name].item<double>();
}

/// What the ValueError says with which Optimizer refuses the options.
template <class Optimizer, class Options>
std::string refusal(const Options& options) {
  return error_of<ValueError>(
      [&] { Optimizer refused({tensor(1.0, {.requires_grad = true})}, options); });
}

}  // namespace xgrad::test
