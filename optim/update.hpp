#pragma once

#include <initializer_list>
#include <type_traits>
#include <vector>

#include "option.hpp"

/// @file
/// What the updates of the optimizers have in common.

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

/// θ − d. Where d is 0, θ stays as it is, even if it is denormal.
template <class T>
T stepped(T param, T d) {
  return d == 0 ? param : param - d;
}

/// What is left of θ after decay by the factor `kept`: θ as it is, even if denormal, where that
/// is 1.
template <class T>
T decayed(T param, T kept) {
  return kept == 1 ? param : kept * param;
}

/// A running average, a ← β a + (1 − β) x.
template <class T>
class RunningAverage {
 public:
  explicit RunningAverage(double beta)
      : kept_(static_cast<T>(beta)), rest_(static_cast<T>(1 - beta)) {}

  T next(T a, T x) const { return kept_ * a + rest_ * x; }
  /// With x² in the place of x.
  T next_of_square(T a, T x) const { return kept_ * a + rest_ * x * x; }
  /// The next variance, (average of x²) − (average of x)², from the one before and x's deviation
  /// from the average before. As a difference of the two averages it would be rounding, at times
  /// below 0, where x hardly varies.
  T next_variance(T variance, T deviation) const {
    return kept_ * (variance + rest_ * deviation * deviation);
  }

 private:
  T kept_;
  T rest_;
};

/// The options that Adam and its kin have in common, and then those that they have not.
template <class Options>
std::vector<Option> list_with_betas(Options& o, std::initializer_list<Option> more) {
  std::vector<Option> all{{"lr", &o.lr, Range::non_negative},
                          {"betas[0]", &o.betas[0], Range::fraction},
                          {"betas[1]", &o.betas[1], Range::fraction},
                          {"eps", &o.eps, Range::non_negative},
                          {"weight_decay", &o.weight_decay, Range::non_negative}};
  all.insert(all.end(), more);
  return all;
}

/// Calls f(std::true_type{}) or f(std::false_type{}): the loop within f is compiled for either.
template <class F>
void visit_flag(bool flag, F&& f) {
  if (flag)
    f(std::true_type{});
  else
    f(std::false_type{});
}

}  // namespace xgrad::optim
