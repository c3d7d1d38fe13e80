#pragma once

#include <vector>

#include "../autograd/tensor/tensor.hpp"

/// @file
/// Clips gradients, between backward() and step(). They are changed in place, for all handles to
/// them; memory that several share is changed once. Parameters without a gradient are skipped.

namespace xgrad::optim {

/// Options of clip_grad_norm_ and clip_grad_value_.
struct ClipGradOptions {
  /// Whether to throw if a gradient cannot be clipped. PyTorch's default is false, which spreads
  /// one NaN over all parameters.
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
/// Throws GradError naming the first parameter with a NaN or an infinity in its gradient, unless
/// error_if_nonfinite is false: gradients are then scaled all the same, as in PyTorch. Throws
/// ValueError for max_norm < 0, norm_type <= 0, NaN for either, and a parameter that is undefined
/// or listed twice. Nothing is changed then.
///
/// Pascanu, Mikolov & Bengio 2013, On the difficulty of training recurrent neural networks.
double clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm, double norm_type = 2,
                       const ClipGradOptions& options = {});
/// The same of one parameter.
inline double clip_grad_norm_(const Tensor& parameter, double max_norm, double norm_type = 2,
                              const ClipGradOptions& options = {}) {
  return clip_grad_norm_(std::vector{parameter}, max_norm, norm_type, options);
}

/// Limits every element of every gradient to [-clip_value, clip_value], infinities included.
///
/// Throws GradError naming the first parameter with a NaN in its gradient, unless
/// error_if_nonfinite is false: NaN then stays. Throws ValueError for clip_value < 0 or NaN, and a
/// parameter that is undefined or listed twice. Nothing is changed then.
void clip_grad_value_(const std::vector<Tensor>& parameters, double clip_value,
                      const ClipGradOptions& options = {});
/// The same of one parameter.
inline void clip_grad_value_(const Tensor& parameter, double clip_value,
                             const ClipGradOptions& options = {}) {
  clip_grad_value_(std::vector{parameter}, clip_value, options);
}

}  // namespace xgrad::optim
