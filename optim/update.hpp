#pragma once

#include <type_traits>

/// @file
/// What the loops of the optimizers have in common.

namespace xgrad::optim {

/// The gradient an update works with: g, or -g to maximize, plus the L2 penalty's λ θ.
template <class T>
class PenalizedGradient {
 public:
  /// Reads the options weight_decay, λ, and maximize.
  template <class Options>
  explicit PenalizedGradient(const Options& options)
      : sign_(options.maximize ? T(-1) : T(1)), decay_(static_cast<T>(options.weight_decay)) {}

  T operator()(T grad, T param) const {
    const T g = sign_ * grad;
    return decay_ != 0 ? g + decay_ * param : g;  // without a penalty an infinite θ stays infinite
  }

 private:
  T sign_;
  T decay_;
};

/// Calls f(std::true_type{}) or f(std::false_type{}): the loop within f is compiled for either.
template <class F>
void visit_flag(bool flag, F&& f) {
  if (flag)
    f(std::true_type{});
  else
    f(std::false_type{});
}

}  // namespace xgrad::optim
