#pragma once

#include <concepts>
#include <cstdint>
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
/// off, and any error at all in gradients below 1e-5, as a mean over a batch has them. Here
/// - rtol bounds the error of the gradient itself, with a factor 2 for safety: with the default, an
///   error of 0.1 % in any element is twice what is allowed;
/// - atol limits the inexactness of n, which is measured. The rounding of values of the size that
///   occurs, divided by the step, is r = 16 epsilon max(1, |x|, |y|) / eps, about 4e-9. If a and n
///   differ by more than rtol |n| / 2 - r, n is measured again with steps of 4, 16, … 4096 eps and
///   extrapolated to step 0. The estimate of smallest inexactness is used: of its share of r plus
///   the difference to the estimate of the next step, about 1e-11 for smooth functions.
///
/// So an error of 0.1 % is found in gradients down to 1e-7 of the values of f. At a kink (relu at
/// 0) the two one-sided derivatives differ and the check fails: check beside it.

namespace xgrad {

/// Options of gradcheck and gradgradcheck.
struct GradcheckOptions {
  double eps = 1e-6;   ///< step of the central differences
  double atol = 1e-5;  ///< upper limit of what is granted to the inexactness of a difference
  double rtol = 1e-3;  ///< error of a gradient, relative to its size, that is never accepted
  /// Compares one number for each input and output, the derivative of a random weighting of the
  /// output in a random direction of the input, instead of every element: two evaluations and one
  /// backward pass. It can miss a single wrong element among very many.
  bool fast = false;
  /// Whether the check passes if all gradients are zero, as they also are when a graph is lost.
  bool allow_zero = false;
};

/// The result, and the worst element: that of the largest error / allowed. Its indices are empty in
/// fast mode.
struct GradcheckReport {
  bool ok = false;                      ///< whether every compared element passed
  std::size_t input = 0;                ///< which input; gradgradcheck numbers the seeds after them
  std::vector<std::size_t> index = {};  ///< the element of that input
  std::size_t output = 0;               ///< which output; in gradgradcheck, the gradient of which
  std::vector<std::size_t> output_index = {};  ///< the element of that output
  double analytic = 0;       ///< d output[output_index] / d input[index], by autograd
  double numerical = 0;      ///< the same by differences
  double error = 0;          ///< |analytic - numerical|
  double allowed = 0;        ///< the bound above
  std::size_t compared = 0;  ///< number of elements that were compared
  std::size_t wrong = 0;     ///< number of those that did not pass
  std::string message = {};  ///< all of it in words

  explicit operator bool() const noexcept { return ok; }  ///< the same as ok
};

/// Prints the message.
std::ostream& operator<<(std::ostream& out, const GradcheckReport& report);

namespace detail {

/// Throws ValueError, naming `op`, for options out of range.
void check_options(const char* op, const GradcheckOptions& options);

/// Compares the derivatives of f's only result by the only input that requires gradients. If they
/// are more than `max_elements`, they are compared in 64 windows, each along random directions;
/// `locate` then searches the window that fails for its wrong element. Throws ValueError if f gives
/// different values for the same inputs.
GradcheckReport compare_windows(const char* op, const TensorFunction& f,
                                const std::vector<Tensor>& inputs, std::size_t max_elements,
                                bool locate, const GradcheckOptions& options);

/// error / allowed; infinite if the error is not finite.
double error_ratio(const GradcheckReport& report);

/// Values of size 0.5 to 1.5 with random signs: no weight is near 0. A generator of their own
/// leaves the caller's sequence alone and makes every check repeatable.
std::vector<double> random_weights(std::size_t count, std::uint64_t seed);

GradcheckReport gradcheck(const TensorFunction& f, const std::vector<Tensor>& inputs,
                          const GradcheckOptions& options);
GradcheckReport gradgradcheck(const TensorFunction& f, const std::vector<Tensor>& inputs,
                              const GradcheckOptions& options);
const Tensor& only_input(const std::vector<Tensor>& inputs);

// These try first whether f takes what it is given: with another argument, a generic f may not
// compile.
template <class F, class Inputs>
concept Checkable = (std::same_as<Inputs, Tensor> || std::same_as<Inputs, std::vector<Tensor>>)&&(
    std::invocable<F&, const Inputs&> || std::invocable<F&, const std::vector<Tensor>&> ||
    std::invocable<F&, const Tensor&> || std::invocable<F&>);
template <class F, class Inputs>
concept TakesList =
    (!std::same_as<Inputs, Tensor> ||
     !std::invocable<F&, const Tensor&>)&&std::invocable<F&, const std::vector<Tensor>&>;

template <class Inputs, class F>
TensorFunction checked_function(const char* op, F& f) {
  expect_function(op, f);
  return [&f](const std::vector<Tensor>& inputs) {
    if constexpr (TakesList<F, Inputs>)
      return as_list(f(inputs));
    else if constexpr (std::invocable<F&, const Tensor&>)
      return as_list(f(only_input(inputs)));
    else
      return as_list(f());
  };
}

}  // namespace detail

/// Compares the gradients of f with central differences. f takes a vector<Tensor>, one Tensor
/// (there must then be one input), or nothing (it has captured the inputs, a network's parameters),
/// and returns a Tensor or a vector<Tensor>. `inputs` is a Tensor or a list of them. Inputs that do
/// not require gradients are passed to f but not checked; results of integers are left out. The
/// inputs are restored bit for bit.
///
/// f is evaluated with gradients recorded, for the differences too, so that it may itself call
/// grad() with create_graph.
///
/// The check fails also on NaN and infinity, if f gives different
/// values for the same inputs (dropout), and, unless allowed, if every gradient is zero. Throws
/// GradError if no input requires gradients; DTypeError unless inputs and results are float64;
/// ValueError for an empty f, an undefined tensor, no results and options out of range; what f
/// throws. Source:
/// PyTorch's torch.autograd.gradcheck; HIPS autograd's test_util for the strictness.
template <class F, class Inputs = std::vector<Tensor>>
  requires detail::Checkable<F, Inputs>
GradcheckReport gradcheck(F&& f, const Inputs& inputs, const GradcheckOptions& options = {}) {
  return detail::gradcheck(detail::checked_function<Inputs>("gradcheck", f),
                           detail::as_list(inputs), options);
}

/// Compares the gradients of the gradients with differences: gradcheck of the function of the
/// inputs of f and a seed for each output, (x, v) -> grad(f(x), x, v), recorded with create_graph.
/// The seeds are random, the same at every call. The first order is not checked: use both. Throws
/// as gradcheck.
template <class F, class Inputs = std::vector<Tensor>>
  requires detail::Checkable<F, Inputs>
GradcheckReport gradgradcheck(F&& f, const Inputs& inputs, const GradcheckOptions& options = {}) {
  return detail::gradgradcheck(detail::checked_function<Inputs>("gradgradcheck", f),
                               detail::as_list(inputs), options);
}

}  // namespace xgrad
