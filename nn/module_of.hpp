#pragma once

#include <ostream>
#include <string>
#include <tuple>
#include <vector>

#include "../autograd/support/str.hpp"
#include "module.hpp"

/// @file
/// Functions as modules: the templates from which a module without parameters of its own, an
/// activation or a loss, is declared in a few lines (docs/nn.md).

namespace xgrad::nn {
namespace detail {

/// A number that a function takes, or a structure of options, and its name when it is printed.
template <class Number = double>
struct Option {
  const char* name;
  Number value;
};

/// "name=value, name=value", without those that have no name.
template <class... Values>
std::string repr(const Option<Values>&... options) {
  std::vector<std::string> shown;
  [[maybe_unused]] const auto show = [&](const auto& option) {
    if constexpr (requires(std::ostream& out) { out << option.value; })
      if (*option.name) shown.push_back(str(option.name, '=', option.value));
  };
  (show(options), ...);
  return joined(shown);
}

}  // namespace detail

/// f(x), or f(x, options…) with values of these types, as the module Self; printing names the
/// options that have a name. It has no fields.
///
///     class ReLU : public ModuleOf<ReLU, relu> {};
template <class Self, auto f, class... Numbers>
class ModuleOf : public Module {
 public:
  /// The values that f takes, and their names.
  explicit ModuleOf(detail::Option<Numbers>... options) : options_(options...) {}
  /// A copy, as XGRAD_FIELDS makes it.
  Self clone() const { return detail::deep_copy(static_cast<const Self&>(*this)); }
  /// f(x, options…). Throws what f throws.
  Tensor forward(const Tensor& x) override {
    return std::apply([&](const auto&... options) { return Tensor(f(x, options.value...)); },
                      options_);
  }
  /// @name As XGRAD_FIELDS() says
  /// @{

  /// No fields.
  void visit_fields(FieldVisitor&) override {}
  /// No fields.
  const detail::ClassFields* class_fields() const override {
    return detail::class_fields("", static_cast<const Self&>(*this));
  }
  /// @}
  /// The options that have a name.
  std::string extra_repr() const override { return std::apply(detail::repr<Numbers...>, options_); }

 private:
  std::tuple<detail::Option<Numbers>...> options_;
};

/// loss(input, target, options) as a module that is called with (input, target). The options are
/// its members; their weights are constants, to be named as fields: buffers. Options may have the
/// functions check(), which throws ValueError if they make no sense, and shown(), the option that
/// printing names.
///
///     class MSELoss : public ModuleOfLoss<MSELossOptions, mse_loss> {
///       using ModuleOfLoss::ModuleOfLoss;
///       XGRAD_FIELDS()
///     };
template <class Options, Tensor (*loss)(const Tensor&, const Tensor&, const Options&)>
class ModuleOfLoss : public Module, public Options {
 public:
  /// The options, checked; their weights are detached.
  explicit ModuleOfLoss(const Options& options = {}) : Options(options) {
    [[maybe_unused]] const auto hold_constant = [](Tensor& t) { t = t.defined() ? t.detach() : t; };
    if constexpr (requires { this->check(); }) this->check();
    if constexpr (requires { this->weight; }) hold_constant(this->weight);
    if constexpr (requires { this->pos_weight; }) hold_constant(this->pos_weight);
  }
  using Module::forward;
  /// The loss. Throws what the function throws.
  Tensor forward(const Tensor& input, const Tensor& target) { return loss(input, target, *this); }
  /// The option that is shown, if any.
  std::string extra_repr() const override {
    if constexpr (requires { this->shown(); }) return detail::repr(this->shown());
    return "";
  }
};

}  // namespace xgrad::nn
