#pragma once

#include "../autograd/tensor/tensor.hpp"

/// @file
/// Initial values. Each function fills a tensor in place, outside the graph, and returns it; random
/// values come from the thread's generator. Names, arguments and defaults are those of
/// torch.nn.init. Each throws GradError for the result of an operation; where the values are
/// random, DTypeError for a tensor of integers.
///
/// fan_in and fan_out of a tensor (out, in, k…) are in·k… and out·k…; functions of them throw
/// ShapeError below two dimensions. Functions throw ValueError for a gain or slope that is not
/// finite, for a negative gain of xavier_*, and if the numbers that elements are drawn from are
/// beyond the range of the dtype.

namespace xgrad::nn::init {

/// Which of the two numbers kaiming_* divides by.
enum class FanMode { fan_in, fan_out };
/// The function that follows the layer.
enum class Nonlinearity { linear, sigmoid, tanh, relu, leaky_relu, selu };

/// The factor that makes up for the nonlinearity's shrinking of the standard deviation: 1 (linear,
/// sigmoid), 5/3 (tanh), sqrt 2 (relu), sqrt(2 / (1 + slope^2)) (leaky_relu), 3/4 (selu).
double calculate_gain(Nonlinearity nonlinearity, double slope = 0.01);

Tensor zeros_(Tensor tensor);  ///< every element is 0
Tensor ones_(Tensor tensor);   ///< every element is 1
/// Every element is `value`. Throws ValueError if the dtype does not hold it.
Tensor constant_(Tensor tensor, double value);
/// Uniform on [low, high). Throws ValueError unless low <= high and both are finite.
Tensor uniform_(Tensor tensor, double low = 0, double high = 1);
/// Normal. Throws ValueError for a negative std and numbers that are not finite.
Tensor normal_(Tensor tensor, double mean = 0, double std = 1);
/// Uniform on ±gain sqrt(6 / (fan_in + fan_out)): Glorot & Bengio 2010, "Understanding the
/// difficulty of training deep feedforward neural networks".
Tensor xavier_uniform_(Tensor tensor, double gain = 1);
/// Normal with standard deviation gain sqrt(2 / (fan_in + fan_out)); the same source.
Tensor xavier_normal_(Tensor tensor, double gain = 1);
/// Uniform on ±gain sqrt(3 / fan), the gain being that of the nonlinearity with slope a: He et al.
/// 2015, "Delving deep into rectifiers".
Tensor kaiming_uniform_(Tensor tensor, double a = 0, FanMode mode = FanMode::fan_in,
                        Nonlinearity nonlinearity = Nonlinearity::leaky_relu);
/// Normal with standard deviation gain / sqrt(fan); the same source.
Tensor kaiming_normal_(Tensor tensor, double a = 0, FanMode mode = FanMode::fan_in,
                       Nonlinearity nonlinearity = Nonlinearity::leaky_relu);
/// gain times an orthogonal matrix, drawn evenly from all of them (Mezzadri 2007, "How to generate
/// random matrices from the classical compact groups"). A tensor (n, k…) is taken for the matrix
/// (n, prod k) and has orthonormal rows, or columns where these are fewer. Throws ShapeError below
/// two dimensions. Source: Saxe et al. 2014, "Exact solutions to the nonlinear dynamics of learning
/// in deep linear neural networks".
Tensor orthogonal_(Tensor tensor, double gain = 1);

}  // namespace xgrad::nn::init
