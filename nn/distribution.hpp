#pragma once

#include "../autograd/tensor/tensor.hpp"

/// @file
/// Normal distributions, element by element, given by means and standard deviations: what
/// torch.distributions.Normal computes of them. The logarithm of a Bernoulli distribution's
/// probability is -binary_cross_entropy_with_logits (loss.hpp), and normal() draws.
///
/// Arguments are floats of one dtype that broadcast, and numbers in the place of some; all can be
/// differentiated by, twice. What belongs to several elements, as to a vector of independent
/// numbers, is their sum. The functions throw ValueError for an undefined tensor and unless each
/// standard deviation is finite and above 0, and what arithmetic throws: ShapeError for shapes that
/// do not broadcast, DTypeError for float32 with float64.

namespace xgrad::nn {

/// The logarithm of the normal density at x:
///     -((x - mean) / std)^2 / 2 - log std - log(2 pi) / 2.
/// Throws DTypeError for an x of integers.
Tensor normal_log_prob(const Tensor& x, const TensorOrScalar& mean = 0,
                       const TensorOrScalar& std = 1);

/// The Kullback-Leibler divergence of the normal distribution q from p, which without q is that of
/// the standard normal distribution, as in a variational autoencoder:
///     log(std_q / std_p) + ((std_p / std_q)^2 + ((mean_p - mean_q) / std_q)^2 - 1) / 2.
/// Throws DTypeError for a mean_p or std_p of integers.
/// Source: Kingma & Welling 2014, "Auto-encoding variational Bayes", appendix B.
Tensor kl_normal(const Tensor& mean_p, const Tensor& std_p, const TensorOrScalar& mean_q = 0,
                 const TensorOrScalar& std_q = 1);

}  // namespace xgrad::nn
