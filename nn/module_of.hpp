#pragma once

#include <array>
#include <span>
#include <string>
#include <utility>

#include "module.hpp"

/// @file
/// Functions as modules: the templates from which a module without parameters of its own, an
/// activation or a loss, is declared in a few lines (docs/nn.md).

namespace xgrad::nn {
namespace detail {

/// A number that a function takes, and its name when it is printed.
struct Option {
  const char* name;
  double value;
};
template <class>
using OptionFor = Option;

/// "name=value, name=value".
std::string repr(std::span<const Option> options);

/// The tensor outside any graph; undefined where it is.
inline Tensor constant(const Tensor& t) { return t.defined() ? t.detach() : Tensor(); }

}  // namespace detail

/// f(x), or f(x, options…) with numbers of these types, as a module; printing names the options.
///
///     class ReLU : public ModuleOf<relu> {
///       XGRAD_FIELDS()
///     };
template <auto f, class... Numbers>
class ModuleOf : public Module {
 public:
  explicit ModuleOf(detail::OptionFor<Numbers>... options) : options_{options...} {}
  Tensor forward(const Tensor& x) override {
    return call(x, std::make_index_sequence<sizeof...(Numbers)>());
  }
  std::string extra_repr() const override { return detail::repr(options_); }

 protected:
  template <std::size_t... I>
  Tensor call(const Tensor& x, std::index_sequence<I...>) {
    return f(x, static_cast<Numbers>(options_[I].value)...);
  }

  std::array<detail::Option, sizeof...(Numbers)> options_;
};

/// loss(input, target, options) as a module that is called with (input, target). The options are
/// its members; their weights are constants, to be named as fields: buffers. Options may have a
/// function check(), which throws ValueError if they make no sense.
///
///     class MSELoss : public ModuleOfLoss<MSELossOptions, mse_loss> {
///       using ModuleOfLoss::ModuleOfLoss;
///       XGRAD_FIELDS()
///     };
template <class Options, Tensor (*loss)(const Tensor&, const Tensor&, const Options&)>
class ModuleOfLoss : public Module, public Options {
 public:
  explicit ModuleOfLoss(const Options& options = {}) : Options(options) {
    if constexpr (requires { this->check(); }) this->check();
    if constexpr (requires { this->weight; }) this->weight = detail::constant(this->weight);
    if constexpr (requires { this->pos_weight; })
      this->pos_weight = detail::constant(this->pos_weight);
  }
  using Module::forward;
  Tensor forward(const Tensor& input, const Tensor& target) { return loss(input, target, *this); }
};

}  // namespace xgrad::nn
