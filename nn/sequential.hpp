#pragma once

#include <memory>
#include <utility>

#include "../autograd/support/str.hpp"
#include "module.hpp"

namespace xgrad::nn {

/// A module of any class, held as a value: copying it copies the module (which then shares its
/// parameters, as with any other copy). `std::vector<AnyModule>` is a list of different modules and
/// may be a field. One that has been moved from throws ValueError in every function.
class AnyModule {
 public:
  /// The module's forward has to take one Tensor and return one.
  template <std::derived_from<Module> M>
    requires requires(M& module, const Tensor& x) { Tensor(module.forward(x)); }
  AnyModule(M module)  // NOLINT(*-explicit-*)
      : module_(std::make_unique<M>(std::move(module))),
        copy_([](const Module& m) -> std::unique_ptr<Module> {
          return std::make_unique<M>(static_cast<const M&>(m));
        }),
        // Not Module's: a class's own forward may take its argument by value.
        forward_([](Module& m, const Tensor& x) { return Tensor(static_cast<M&>(m).forward(x)); }) {
    detail::check_names_fields<M>();
  }
  /// Copies and moves.
  /// @{
  AnyModule(const AnyModule& other)
      : module_(other.copy_(*other)), copy_(other.copy_), forward_(other.forward_) {}
  AnyModule(AnyModule&&) noexcept = default;
  AnyModule& operator=(AnyModule&&) noexcept = default;
  AnyModule& operator=(const AnyModule& other) { return *this = AnyModule(other); }
  /// @}

  /// The module's forward. Throws what it throws.
  /// @{
  Tensor forward(const Tensor& x) { return (*this)(x); }
  Tensor operator()(const Tensor& x) {
    (**this).check_parameters(true);
    return forward_(*module_, x);
  }
  /// @}
  /// The module itself.
  /// @{
  Module& operator*() const {
    if (module_) return *module_;
    throw ValueError(
        "AnyModule: its module has been moved to another one; assign it a module first");
  }
  Module* operator->() const { return &**this; }
  /// @}

 private:
  std::unique_ptr<Module> module_;
  std::unique_ptr<Module> (*copy_)(const Module&);
  Tensor (*forward_)(Module&, const Tensor&);
};

/// Shows the visitor the module.
inline void visit_field(FieldVisitor& visitor, std::string_view name, AnyModule& field) {
  visitor({.name = name, .module = &*field});
}

/// Modules applied one after another, each to the result of the one before; none gives x itself.
///
///     nn::Sequential net{nn::Flatten(), nn::Linear(784, 100), nn::ReLU(), nn::Linear(100, 10)};
///
/// Their names are their numbers: `1.weight`. C++ makes them from first to last within braces, in
/// any order within parentheses, so that one seed then gives each compiler other initial values.
class Sequential : public Module {
 public:
  Sequential() = default;  ///< no modules
  /// Takes the modules over, in this order.
  template <std::derived_from<Module>... Modules>
    requires(sizeof...(Modules) > 0)
  explicit Sequential(Modules... modules) {
    modules_.reserve(sizeof...(Modules));
    (modules_.emplace_back(std::move(modules)), ...);
  }
  /// Copies and moves.
  /// @{
  Sequential(const Sequential&) = default;
  Sequential(Sequential&&) noexcept = default;
  Sequential& operator=(Sequential other) noexcept {
    Module::operator=(other);
    modules_.swap(other.modules_);
    return *this;
  }
  /// @}
  Tensor forward(const Tensor& x) override {
    Tensor y = x;
    for (AnyModule& module : modules_) y = module(y);
    return y;
  }

  /// Adds one at the end.
  void push_back(AnyModule module) { modules_.push_back(std::move(module)); }
  std::size_t size() const noexcept { return modules_.size(); }  ///< number of modules
  /// Throws ValueError for an index out of range.
  Module& operator[](std::size_t i) {
    if (i < size()) return *modules_[i];
    throw ValueError(str("Sequential: module ", i, " asked for; there are ", size()));
  }

  /// A copy that shares nothing, as XGRAD_FIELDS makes it.
  Sequential clone() const { return detail::deep_copy(*this); }
  void visit_fields(FieldVisitor& visitor) override {
    for (std::size_t i = 0; i < size(); ++i) visit_field(visitor, std::to_string(i), modules_[i]);
  }

 private:
  std::vector<AnyModule> modules_;
};

}  // namespace xgrad::nn
