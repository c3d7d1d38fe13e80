#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include "../autograd/tensor/tensor.hpp"

/// @file
/// Module, the base of layers and networks, and XGRAD_FIELDS, by which a class names its fields.

namespace xgrad::nn {

class Module;
namespace detail {
struct StandIns;
}

/// Tensors by their dotted names, as state_dict() gives and load_state_dict() takes them.
using StateDict = std::map<std::string, Tensor>;
/// Tensors with their dotted names, in field order.
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// Options of `load_state_dict`.
struct LoadStateDictOptions {
  bool strict = true;       ///< refuse missing and unexpected names
  bool same_dtype = false;  ///< refuse entries of another dtype instead of converting them
};

/// Names that `load_state_dict` did not find, and found without having a place for them.
struct LoadStateDictResult {
  std::vector<std::string> missing;     ///< of the module, not in the state
  std::vector<std::string> unexpected;  ///< in the state, not of the module
};

/// A field of a module, as XGRAD_FIELDS names it, or one of its elements ("layers.0"). Undefined
/// tensors, such as the bias of a layer without one, are left out.
struct Field {
  std::string_view name;     ///< without those of the modules around it
  Tensor* tensor = nullptr;  ///< a tensor, or
  Module* module = nullptr;  ///< a module
  std::size_t index = 0;     ///< of the field, among those of its class
};

/// Is shown the fields of a module, one by one, in the order in which XGRAD_FIELDS names them.
/// Whatever a Module can do with its fields (names, training mode, conversion, copying, printing)
/// is one of these.
using FieldVisitor = const std::function<void(const Field&)>;

namespace detail {

/// What XGRAD_FIELDS says of a class.
struct ClassFields {
  struct Memory {
    std::uintptr_t begin;  ///< from the address of the module
    std::size_t size;
    bool contains(std::uintptr_t offset) const { return offset - begin < size; }
  };
  const std::type_info& type;
  Memory whole;  ///< of a module of the class
  std::vector<Memory> memory;
  std::vector<std::string_view> names;
};

}  // namespace detail

/// A function with parameters: base class of every layer and network.
///
///     struct Net : nn::Module {
///       nn::Linear hidden{784, 100}, output{100, 10};
///       XGRAD_FIELDS(hidden, output)
///       Tensor forward(const Tensor& x) { return output(relu(hidden(x))); }
///     };
///
/// A parameter is a Tensor field that requires gradients, or did so before it was frozen; any other
/// defined Tensor field is a buffer. Change a parameter in place, under NoGrad: `weight *= 0.5`,
/// `weight.copy_(values)`. If a tensor that is no parameter was assigned instead, as in `weight =
/// clamp(weight, -1, 1)`, optimizers would train what is not used: the next call of the module, or
/// of what visits its fields, throws ValueError. (The module knows the parameters of its last call,
/// the library's layers also those of their construction.) A new leaf that requires gradients may
/// be assigned; make the optimizer afterwards: one that was made before throws ValueError at its
/// first step after the module has found the new parameter. Names are dotted paths:
/// `hidden.weight`. Copies share their parameters; clone() makes a copy that trains independently.
///
/// Layers compute in the dtype of their parameters, or else of their float buffers: an input of
/// another dtype, floats or integers, is converted first, which is recorded. Indices stay integers.
/// Losses convert their targets and weights to the prediction's dtype. Operations convert nothing
/// between floats. Source: the interface is that of PyTorch's torch.nn.Module.
class Module {
 public:
  Module();  ///< in training mode
  /// Copies and moves: a module that has been moved from is still a module.
  /// @{
  Module(const Module& other) noexcept;
  Module(Module&& other) noexcept;
  Module& operator=(const Module& other) noexcept;
  Module& operator=(Module&& other) noexcept;
  /// @}
  virtual ~Module();

  /// The function itself. A class may instead have a forward of other arguments and results (and
  /// say `using Module::forward;` to compilers that warn of hidden functions). Throws Error, naming
  /// the class, unless the class defines it.
  virtual Tensor forward(const Tensor& x);
  /// Calls the class's forward with these tensors, at most six, if it takes them and returns one;
  /// any other forward is called by its name. Throws Error, naming the class, if it does not.
  template <std::same_as<Tensor>... Tensors>
  Tensor operator()(const Tensor& x, const Tensors&... more) {
    const Tensor* const arguments[] = {&x, &more...};
    check_parameters(true);
    return call_forward(arguments);
  }

  /// @name Tensors, in field order
  /// One that occurs twice is listed once, under its first name.
  /// @{
  std::vector<Tensor> parameters() const;  ///< what optimizers train
  NamedTensors named_parameters() const;   ///< the same with names
  NamedTensors named_buffers() const;      ///< tensors that are no parameters
  /// Elements of all parameters together, frozen ones too.
  std::size_t num_parameters() const;
  /// @}

  /// Parameters and buffers by name (all names of a tensor that occurs twice): detached, sharing
  /// their values with the module, whichever of the two is changed in place.
  StateDict state_dict() const;
  /// Copies the values of `state` into the parameters and buffers of those names, converted to
  /// their dtype. All or nothing: everything is checked before anything is copied.
  /// Throws ValueError listing missing and unexpected names (unless not strict) and entries of
  /// other shapes (or, if asked for, dtypes).
  LoadStateDictResult load_state_dict(const StateDict& state,
                                      const LoadStateDictOptions& options = {});

  /// Training mode, here and in all children. Modules start in it.
  Module& train(bool on = true);
  /// Evaluation mode: train(false).
  Module& eval() { return train(false); }
  /// Whether it is in training mode.
  bool is_training() const noexcept { return training_; }

  /// Drops the gradients of all parameters.
  void zero_grad();
  /// Thaws or freezes all parameters. They stay parameters.
  Module& requires_grad_(bool value = true);
  /// Converts every float parameter and buffer; integers stay as they are. Converted ones are new
  /// tensors: make the optimizer afterwards, one that was made before throws ValueError at its next
  /// step. Throws DTypeError unless `dtype` is a float.
  Module& to(DType dtype);

  /// The name of the class, without namespaces.
  std::string class_name() const;
  /// What printing adds to the class name, between parentheses: "p=0.5".
  virtual std::string extra_repr() const { return ""; }

  /// Shows the visitor every field. XGRAD_FIELDS defines it; without, there are none.
  virtual void visit_fields(FieldVisitor&) {}
  /// The fields of the class. XGRAD_FIELDS defines it; without, there is no such list.
  virtual const detail::ClassFields* class_fields() const { return nullptr; }
  /// Throws ValueError, naming the field after `path`, if a field of the class itself was a
  /// parameter and no longer is; Error if the class does not name an inherited parameter. In a
  /// call, a recorded tensor may stand in for a parameter, since its gradient goes on to where it
  /// came from, and under NoGrad any.
  void check_parameters(bool in_call, std::string_view path = {});

 protected:
  /// What operator() does. XGRAD_FIELDS defines it for the forward of its class.
  virtual Tensor call_forward(std::span<const Tensor* const> arguments);

 private:
  friend struct detail::StandIns;

  /// Takes over the parameters of the fields, and marks those which no module has any longer, so
  /// that optimizers notice.
  void hold(NamedTensors parameters, std::string_view path = {});

  bool training_ = true;
  bool standing_in_ = false;  ///< in functional_call: the fields are not checked
  // What check_parameters() found last: the class, a bit for each field that held parameters, the
  // parameters, which a mutex guards, and a number of their addresses. Several threads may call one
  // module.
  std::atomic<const detail::ClassFields*> fields_ = nullptr;
  std::atomic<std::uint64_t> parameters_ = 0, addresses_ = 0;
  NamedTensors held_;
};

namespace detail {

/// Puts tensors in the place of those fields of a module, until the end of the scope.
struct StandIns {
  StandIns(Module& module, const StateDict& tensors);
  ~StandIns();
  StandIns(const StandIns&) = delete;
  StandIns& operator=(const StandIns&) = delete;

  std::vector<std::pair<Tensor*, Tensor>> originals;
  std::vector<std::pair<Module*, bool>> modules;  ///< and whether they had stand-ins before
};

}  // namespace detail

/// module.forward(arguments…), computed with these tensors in the place of the parameters and
/// buffers of their names (and of all names of a tensor that occurs twice). What is recorded leads
/// to these tensors, so that the result can be differentiated by them, and by what they were
/// computed from. Afterwards, also if forward throws, the module has its own tensors again; other
/// threads must not use it meanwhile. Buffers that forward changes in place are those given here.
///
///     // One step of gradient descent that can itself be differentiated.
///     Tensor g = grad({loss}, {layer.weight}, {.create_graph = true})[0];
///     Tensor y = nn::functional_call(layer, {{"weight", layer.weight - 0.1 * g}}, x);
///
/// Throws ValueError for an undefined tensor, for a name that the module does not have, and for two
/// tensors for one that occurs twice. Source: torch.func.functional_call.
template <std::derived_from<Module> M, class... Arguments>
auto functional_call(M& module, const StateDict& tensors, Arguments&&... arguments) {
  const detail::StandIns guard(module, tensors);
  if constexpr (std::same_as<M, Module>)
    return module(arguments...);
  else
    return module.forward(std::forward<Arguments>(arguments)...);
}

/// x in the dtype of `parameter`, recorded; x itself if one of the two is undefined. The forward of
/// a layer with parameters begins with it.
inline Tensor as_dtype_of(const Tensor& parameter, const Tensor& x) {
  return parameter.defined() && x.defined() ? x.to(parameter.dtype()) : x;
}

/// Prints the module as a tree: classes, counts of parameters, names, shapes and dtypes.
std::ostream& operator<<(std::ostream& out, const Module& module);

namespace detail {

template <class Class>
Class declaring_class(void (Class::*)(FieldVisitor&));

/// False for a module class with data members for which XGRAD_FIELDS was forgotten: the class that
/// declares its visit_fields is then a smaller one.
template <class M>
inline constexpr bool names_its_fields =
    sizeof(M) == sizeof(decltype(declaring_class(&M::visit_fields)));

template <class M>
constexpr void check_names_fields() {
  static_assert(names_its_fields<M>,
                "this module class has data members: name its fields with XGRAD_FIELDS(a, b, ...), "
                "or say XGRAD_FIELDS() if none of them is a Tensor or Module");
}

}  // namespace detail

/// Shows the visitor one field. Further kinds of fields are further overloads.
template <class T>
void visit_field(FieldVisitor& visitor, std::string_view name, T& field) {
  if constexpr (std::same_as<T, Tensor>) {
    if (field.defined()) visitor({.name = name, .tensor = &field});
  } else if constexpr (std::derived_from<T, Module>) {
    detail::check_names_fields<T>();
    visitor({.name = name, .module = &field});
  } else if constexpr (requires { field.has_value(); }) {
    if (field) visit_field(visitor, name, *field);
  } else if constexpr (requires { field.begin(); }) {
    std::size_t i = 0;
    for (auto& element : field)
      visit_field(visitor, std::string(name) + "." + std::to_string(i++), element);
  } else {
    static_assert(
        sizeof(T) == 0,
        "a field named in XGRAD_FIELDS is a Tensor, a Module (in a list of several types an "
        "AnyModule), or a std::vector or std::optional of these");
  }
}

namespace detail {

/// The names in a list, "a, b, c".
std::vector<std::string_view> split(std::string_view list);

template <class M, class... Fields>
const ClassFields* class_fields(std::string_view names, const M& module, const Fields&... fields) {
  static_assert(sizeof...(Fields) <= 64, "a module class has at most 64 fields");
  const auto memory = [here = static_cast<const Module*>(&module)](const auto& t) {
    return ClassFields::Memory{
        reinterpret_cast<std::uintptr_t>(&t) - reinterpret_cast<std::uintptr_t>(here), sizeof(t)};
  };
  static const auto* const of_class =
      new ClassFields{typeid(M), memory(module), {memory(fields)...}, split(names)};
  return of_class;
}

template <class... Fields>
void visit_all(FieldVisitor& visitor, const ClassFields& named, Fields&... fields) {
  std::size_t i = 0;
  FieldVisitor numbered = [&](Field field) {
    field.index = i;
    visitor(field);
  };
  ((visit_field(numbered, named.names[i], fields), ++i), ...);
}

/// Throws Error, naming `op`, unless `module` is of this very class: others name their fields
/// themselves, and a copy of less than all of a module is no clone.
void check_class(const char* op, const Module& module, const std::type_info& named);

[[noreturn]] void throw_no_forward(const Module& module, std::size_t arguments);

/// module.forward(*arguments[0], *arguments[1], …), for as many as there are: I… counts up to them.
template <class M, std::size_t... I>
Tensor call_forward(M& module, std::span<const Tensor* const> arguments,
                    std::index_sequence<I...>) {
  if constexpr (requires { Tensor(module.forward(*arguments[I]...)); })
    if (arguments.size() == sizeof...(I)) return module.forward(*arguments[I]...);
  if constexpr (sizeof...(I) < 6)
    return call_forward(module, arguments, std::make_index_sequence<sizeof...(I) + 1>());
  else
    throw_no_forward(module, arguments.size());
}

/// Replaces every tensor by a copy of its own; one that occurs twice still does.
void copy_tensors(Module& module);

template <class M>
M deep_copy(const M& module) {
  check_class("clone", module, typeid(M));
  M copy(module);
  copy_tensors(copy);
  return copy;
}

}  // namespace detail
}  // namespace xgrad::nn

/// Names the fields of a module class (parameters, buffers and children), at most 64, once. Defines
/// visit_fields(), from which parameters(), state_dict(), train(), … follow; clone(), a deep copy
/// of the class's own type, without gradients; and what operator() calls, the class's forward.
/// Stands anywhere in the class; what follows it is public. A class derived from one that has
/// fields names all of them again, the inherited ones too.
///
/// Finds what is forgotten as far as C++ can: a class with members but without XGRAD_FIELDS does
/// not compile as a field; and the first call that visits the fields throws Error when a member
/// that is a Module, or holds one without going through a pointer, is not named, or an inherited
/// parameter of one of the library's layers. Other Tensors, and vectors, are not seen. Hold by a
/// pointer a module that shall not be a field.
#define XGRAD_FIELDS(...)                                                                      \
 public:                                                                                       \
  auto clone() const { return ::xgrad::nn::detail::deep_copy(*this); }                         \
  XGRAD_DETAIL_CLANG("clang diagnostic push")                                                  \
  XGRAD_DETAIL_CLANG("clang diagnostic ignored \"-Winconsistent-missing-override\"")           \
  void visit_fields(::xgrad::nn::FieldVisitor& xgrad_visitor) {                                \
    ::xgrad::nn::detail::visit_all(xgrad_visitor, *class_fields() __VA_OPT__(, ) __VA_ARGS__); \
  }                                                                                            \
  const ::xgrad::nn::detail::ClassFields* class_fields() const {                               \
    return ::xgrad::nn::detail::class_fields(#__VA_ARGS__, *this __VA_OPT__(, ) __VA_ARGS__);  \
  }                                                                                            \
  ::xgrad::Tensor call_forward(::std::span<const ::xgrad::Tensor* const> xgrad_arguments) {    \
    return ::xgrad::nn::detail::call_forward(*this, xgrad_arguments,                           \
                                             ::std::make_index_sequence<1>());                 \
  }                                                                                            \
  XGRAD_DETAIL_CLANG("clang diagnostic pop")

/// @cond
// A user's forward may be marked override or not; clang asks that all or none of a class's are.
#ifdef __clang__
#define XGRAD_DETAIL_CLANG(text) _Pragma(text)
#else
#define XGRAD_DETAIL_CLANG(text)
#endif
/// @endcond
