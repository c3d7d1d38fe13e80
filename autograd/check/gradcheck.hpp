#pragma once

#include <concepts>
#include <iosfwd>
#include <string>
#include <vector>

#include "../graph/tensor_function.hpp"

/// @file
/// Gradients checked against finite differences, element by element.
///
/// An analytic derivative a passes beside the numerical one n when
///
///     |a - n| <= rtol |n| / 2 + min(atol, inexactness of n).
///
/// PyTorch's |a - n| <= atol + rtol |n| with the same defaults accepts a gradient that is 0.1 %
/// off, and any error at all in gradients below 1e-5, as a mean over a batch has them. A central
/// difference in float64 is far better than that, so here
/// - rtol bounds the error of the gradient itself, with a factor 2 for safety: with the default, an
///   error of 0.1 % is twice what is allowed, in whichever element it is;
/// - atol is the most that may be put down to the numerical derivative, which is granted only what
///   it is seen to need. The rounding of values of the size that occurs, divided by the step, is
///   r = 16 epsilon max(1, |x|, |y|) / eps, about 4e-9. Where a and n differ by more than
///   rtol |n| / 2 - r, n is measured again with steps of 4, 16, … 4096 eps and extrapolated to step
///   0; the judge is then the estimate of least inexactness, which is its share of r plus the
///   difference to the estimate of the next step. Smooth functions come down to about 1e-11.
///
/// So an error of 0.1 % is found in gradients down to 1e-7 of the values of f. At a kink (relu at
/// 0) the two one-sided derivatives differ and the check fails: check beside it.

namespace xgrad {

/// What gradcheck and gradgradcheck may be told.
struct GradcheckOptions {
  double eps = 1e-6;   ///< step of the central differences
  double atol = 1e-5;  ///< most that is put down to the inexactness of a difference
  double rtol = 1e-3;  ///< error of a gradient, relative to its size, that is never accepted
  /// Compares one number for each input and output, the derivative of a random weighting of the
  /// output in a random direction of the input, instead of every element: two evaluations and one
  /// backward pass. A single wrong element among very many can escape it.
  bool fast = false;
  /// Whether gradients that are all zero pass. A graph that was lost looks like that too.
  bool allow_zero = false;
};

/// The verdict, and the element that comes out worst: the one of greatest error / allowed. Its
/// indices are empty in fast mode.
struct GradcheckReport {
  bool ok = false;
  std::size_t input = 0;                ///< which input; gradgradcheck counts on with the seeds
  std::vector<std::size_t> index = {};  ///< the element of that input
  std::size_t output = 0;               ///< which output; in gradgradcheck, the gradient of which
  std::vector<std::size_t> output_index = {};  ///< the element of that output
  double analytic = 0;       ///< d output[output_index] / d input[index], by autograd
  double numerical = 0;      ///< the same by differences
  double error = 0;          ///< |analytic - numerical|
  double allowed = 0;        ///< the bound above
  std::size_t compared = 0;  ///< how many elements were compared
  std::size_t wrong = 0;     ///< how many of them did not pass
  std::string message = {};  ///< all of it in words

  explicit operator bool() const noexcept { return ok; }
};

/// Prints the message.
std::ostream& operator<<(std::ostream& out, const GradcheckReport& report);

namespace detail {

/// Throws ValueError, naming `op`, for options out of range.
void check_options(const char* op, const GradcheckOptions& options);

GradcheckReport gradcheck(const TensorFunction& f, const std::vector<Tensor>& inputs,
                          const GradcheckOptions& options);
GradcheckReport gradgradcheck(const TensorFunction& f, const std::vector<Tensor>& inputs,
                              const GradcheckOptions& options);
const Tensor& only_input(const std::vector<Tensor>& inputs);

// What f is given is asked first: with the wrong argument, a generic f may not even compile.
template <class F, class Input>
concept CheckableWithTensor =
    std::same_as<Input, Tensor> &&
    (std::invocable<F&, const Tensor&> || std::invocable<F&, const std::vector<Tensor>&> ||
     std::invocable<F&>);
template <class F, class Inputs>
concept CheckableWithList =
    std::same_as<Inputs, std::vector<Tensor>> &&
    (std::invocable<F&, const Inputs&> || std::invocable<F&, const Tensor&> || std::invocable<F&>);

template <class F>
TensorFunction of_list(F& f) {
  return [&f](const std::vector<Tensor>& inputs) {
    if constexpr (std::invocable<F&, const std::vector<Tensor>&>)
      return as_list(f(inputs));
    else if constexpr (std::invocable<F&, const Tensor&>)
      return as_list(f(only_input(inputs)));
    else
      return as_list(f());
  };
}
template <class F>
TensorFunction of_tensor(F& f) {
  if constexpr (std::invocable<F&, const Tensor&>)
    return [&f](const std::vector<Tensor>& inputs) { return as_list(f(only_input(inputs))); };
  else
    return of_list(f);
}

}  // namespace detail

/// Whether the gradients of f agree with central differences. f takes a vector<Tensor>, one Tensor
/// (there must then be one input), or nothing (it closes over the inputs, a network's parameters),
/// and returns a Tensor or a vector<Tensor>. Inputs that do not require gradients are handed to f
/// but not checked, results of integers are left out. The inputs are restored bit for bit.
/// Fails also on NaN and infinity, when f gives different values for the same inputs (dropout),
/// and, unless allowed, when every gradient is zero. Errors: GradError when no input requires
/// gradients; DTypeError unless inputs and results are float64; ValueError for an undefined tensor,
/// no results, or options out of range; what f throws. Source: PyTorch's torch.autograd.gradcheck;
/// HIPS autograd's test_util for the strictness.
template <class F, class List = std::vector<Tensor>>
  requires detail::CheckableWithList<F, List>
GradcheckReport gradcheck(F&& f, const List& inputs, const GradcheckOptions& options = {}) {
  return detail::gradcheck(detail::of_list(f), inputs, options);
}
template <class F, class T>
  requires detail::CheckableWithTensor<F, T>
GradcheckReport gradcheck(F&& f, const T& input, const GradcheckOptions& options = {}) {
  return detail::gradcheck(detail::of_tensor(f), {input}, options);
}

/// Whether the gradients of the gradients agree with differences: gradcheck of the function that
/// takes the inputs of f and a seed for each output to the gradients of the inputs,
/// (x, v) -> grad(f(x), x, v), recorded with create_graph. The seeds are random, the same at every
/// call. It says nothing of the first order: use both.
template <class F, class List = std::vector<Tensor>>
  requires detail::CheckableWithList<F, List>
GradcheckReport gradgradcheck(F&& f, const List& inputs, const GradcheckOptions& options = {}) {
  return detail::gradgradcheck(detail::of_list(f), inputs, options);
}
template <class F, class T>
  requires detail::CheckableWithTensor<F, T>
GradcheckReport gradgradcheck(F&& f, const T& input, const GradcheckOptions& options = {}) {
  return detail::gradgradcheck(detail::of_tensor(f), {input}, options);
}

}  // namespace xgrad
