#pragma once

#include <vector>

#include "../autograd/tensor/tensor.hpp"

/// @file
/// Bounds on gradients, to be set between backward() and step(). They are changed in place, which
/// every handle to them sees; memory that several of them share is changed once. Parameters without
/// a gradient are skipped.

namespace xgrad::optim {

struct ClipGradOptions {
  /// Whether to throw when a gradient cannot be clipped, rather than to return what comes out.
  /// PyTorch's default is false, which spreads one NaN over all parameters.
  bool error_if_nonfinite = true;
};

/// Scales the gradients of all parameters, taken together as one vector g, to a norm of at most
/// max_norm:
///
///     ‖g‖ = (Σ |gᵢ|ᵖ)^(1/p),  or max |gᵢ| for p = infinity
///     g ← g · min(1, max_norm / (‖g‖ + 1e-6))
///
/// with p = norm_type > 0, computed in double and without overflow. Returns ‖g‖ as it was before;
/// a max_norm of infinity only computes it.
///
/// Errors: GradError naming the first parameter with a NaN or an infinity in its gradient, unless
/// error_if_nonfinite is false: gradients are then scaled all the same, as PyTorch does. ValueError
/// for max_norm < 0, norm_type <= 0, NaN for either, and a parameter that is undefined or listed
/// twice. Nothing is changed when an error is thrown.
///
/// Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks.
double clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm, double norm_type = 2,
                       const ClipGradOptions& options = {});
double clip_grad_norm_(const Tensor& parameter, double max_norm, double norm_type = 2,
                       const ClipGradOptions& options = {});

/// Limits every element of every gradient to [-clip_value, clip_value], infinities included.
///
/// Errors: GradError naming the first parameter with a NaN in its gradient, unless
/// error_if_nonfinite is false: NaN then stays. ValueError for clip_value < 0 or NaN, and a
/// parameter that is undefined or listed twice. Nothing is changed when an error is thrown.
void clip_grad_value_(const std::vector<Tensor>& parameters, double clip_value,
                      const ClipGradOptions& options = {});
void clip_grad_value_(const Tensor& parameter, double clip_value,
                      const ClipGradOptions& options = {});

}  // namespace xgrad::optim
