#pragma once

#include <array>
#include <cstddef>
#include <tuple>
#include <vector>

#include "optimizer.hpp"

/// @file
/// What the rules of optimizers are written with.

namespace xgrad::optim {

/// The fields that optimizers have in common, those that `o` has, and `more`.
template <class Options>
std::vector<Option> common_fields(Options& o, std::vector<Option> more = {}) {
  std::vector<Option> all{{"lr", &o.lr, Allowed::non_negative}};
  if constexpr (requires { o.betas; }) {
    all.push_back({"betas[0]", &o.betas[0], Allowed::fraction});
    all.push_back({"betas[1]", &o.betas[1], Allowed::fraction});
  }
  if constexpr (requires { o.eps; }) all.push_back({"eps", &o.eps, Allowed::non_negative});
  if constexpr (requires { o.weight_decay; })
    all.push_back({"weight_decay", &o.weight_decay, Allowed::non_negative});
  all.insert(all.end(), more.begin(), more.end());
  if constexpr (requires { o.maximize; }) all.push_back({"maximize", &o.maximize});
  return all;
}

/// A running average, a ← β a + (1 − β) x.
template <class T>
class RunningAverage {
 public:
  explicit RunningAverage(double beta)
      : beta_(static_cast<T>(beta)), rest_(static_cast<T>(1 - beta)) {}

  T next(T a, T x) const { return beta_ * a + rest_ * x; }
  /// With x² in the place of x.
  T next_of_square(T a, T x) const { return beta_ * a + rest_ * x * x; }
  /// The next variance, (average of x²) − (average of x)², from the one before and x's deviation
  /// from the average before. As a difference of the two averages it would be rounding, at times
  /// below 0, where x hardly varies.
  T next_variance(T variance, T deviation) const {
    return beta_ * (variance + rest_ * deviation * deviation);
  }

 private:
  T beta_;
  T rest_;
};

/// θ − d. Where d is 0, θ stays as it is, even if it is denormal.
template <class T>
T stepped(T param, T d) {
  return d == 0 ? param : param - d;
}

/// θ times decay_factor. Where that is 1, θ stays as it is, even if it is denormal.
template <class T>
T decayed(T param, T decay_factor) {
  return decay_factor == 1 ? param : decay_factor * param;
}

namespace detail {

/// The element is computed on copies: through references to it the compiler would no longer see
/// that the arrays do not overlap.
template <class T, class Element, class... S>
void for_each_element(std::size_t n, const Element& element, T* __restrict param,
                      const T* __restrict grad, S* __restrict... state) {
  for (std::size_t i = 0; i < n; ++i) {
    T p = param[i];
    std::array<T, sizeof...(S)> s{state[i]...};
    std::apply([&, g = grad[i]](auto&... each) { element(p, g, each...); }, s);
    param[i] = p;
    std::size_t k = 0;
    ((state[i] = s[k++]), ...);
  }
}

}  // namespace detail

/// Calls element(T& parameter, T gradient, T&… state) for every element of a parameter and of the
/// state tensors of these indices. The gradient is g, or −g to maximize, plus the L2 penalty λ θ,
/// by the options `maximize` and `weight_decay`, where there are such.
template <class T, class Options, class Element, class... Index>
void for_each_element(const Options& o, State& state, const Element& element, Index... indices) {
  T sign = 1, decay = 0;
  if constexpr (requires { o.maximize; }) sign = o.maximize ? T(-1) : T(1);
  if constexpr (requires { o.weight_decay; }) decay = static_cast<T>(o.weight_decay);
  const auto penalized = [&](T& param, T grad, auto&... rest) {
    const T g = sign * grad;
    // Without a penalty an infinite θ stays infinite.
    element(param, decay != 0 ? g + decay * param : g, rest...);
  };
  detail::for_each_element(state.numel(), penalized, state.values<T>(), state.gradient<T>(),
                           state.tensor<T>(static_cast<std::size_t>(indices))...);
}

}  // namespace xgrad::optim
