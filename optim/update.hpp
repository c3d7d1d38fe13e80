#pragma once

#include <array>
#include <cstddef>
#include <tuple>
#include <vector>

#include "../autograd/support/parallel.hpp"
#include "optimizer.hpp"

/// @file
/// What the rules of optimizers are written with.

namespace xgrad::optim {

/// The fields that most optimizers have, as far as `o` has them, and between them `more`.
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

/// The update of a rule, of a lambda (T, state), where T is float or double as the parameter's
/// elements are.
template <class F>
auto of_dtype(F update) {
  return [update](State& state) {
    visit_floating(state.parameter().dtype(), [&](auto zero) { update(zero, state); });
  };
}

/// A running average, a ← β a + (1 − β) x.
template <class T>
struct RunningAverage {
  /// β = decay.
  explicit RunningAverage(double decay)
      : beta(static_cast<T>(decay)), rest(static_cast<T>(1 - decay)) {}

  /// The average after x.
  T next(T a, T x) const { return beta * a + rest * x; }
  /// With x² in the place of x.
  T next_of_square(T a, T x) const { return beta * a + rest * x * x; }

  T beta;  ///< β
  T rest;  ///< 1 − β
};

/// `changed`, or θ where `same` says that it does not change: even if it is denormal, which
/// `changed` would be 0 for. Of `same ? param : changed` clang makes a sum or product with 0 or 1
/// again, unless `changed` is read twice; that takes an eighth of the time of Adam, so GCC is
/// spared it.
template <class T>
T kept(bool same, T param, T changed) {
#ifdef __clang__
  same = same && changed == param;
#endif
  return same ? param : changed;
}

/// θ − d.
template <class T>
T stepped(T param, T d) {
  return kept(d == 0, param, param - d);
}

/// θ times decay_factor.
template <class T>
T decayed(T param, T decay_factor) {
  return kept(decay_factor == 1, param, decay_factor * param);
}

namespace detail {

/// The element is computed on copies: through references to it the compiler would no longer see
/// that the arrays do not overlap.
template <class T, class Element, class... S>
[[gnu::noinline]] void for_each_of_part(std::size_t n, const Element& element, T* __restrict param,
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

/// The same on the library's threads. An element takes about as long as to read what it consists
/// of.
template <class T, class Element, class... S>
void for_each_element(std::size_t n, const Element& element, T* param, const T* grad, S*... state) {
  constexpr double nanoseconds = 0.02 * sizeof(T) * (2 + sizeof...(S));
  if (static_cast<double>(n) * nanoseconds < 2 * xgrad::kernels::least_piece)
    return for_each_of_part(n, element, param, grad, state...);
  xgrad::kernels::parallel_ranges(n, nanoseconds, [&](std::size_t from, std::size_t to) {
    for_each_of_part(to - from, element, param + from, grad + from, (state + from)...);
  });
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
  Tensor& x = state.parameter();
  const auto values = x.data<T>();
  detail::for_each_element(
      values.size(), penalized, values.data(), std::as_const(x).grad().template data<T>().data(),
      state.tensor(static_cast<std::size_t>(indices)).template data<T>().data()...);
}

}  // namespace xgrad::optim
