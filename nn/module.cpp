#include "module.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <ostream>
#include <set>

#include "../autograd/graph/grad_mode.hpp"
#include "../autograd/support/str.hpp"

namespace xgrad::nn {
namespace {

bool is_parameter(const Tensor& t) { return xgrad::detail::impl(t).is_parameter; }

/// Calls on_tensor(dotted name, tensor) and on_module(module) for all fields of a module and of its
/// children, in field order. visit_fields is not const because to() and clone() replace tensors;
/// the visitors of const modules only read.
template <class OnTensor, class OnModule = decltype([](Module&) {})>
void walk(const Module& module, OnTensor on_tensor, OnModule on_module = {}) {
  struct Visitor final : FieldVisitor {
    Visitor(OnTensor& t, OnModule& m) : on_tensor(t), on_module(m) {}
    void tensor(std::string_view name, Tensor& field) override {
      on_tensor(path + std::string(name), field);
    }
    void module(std::string_view name, Module& child) override {
      on_module(child);
      enter(name, child);
    }
    OnTensor& on_tensor;
    OnModule& on_module;
  } visitor(on_tensor, on_module);
  const_cast<Module&>(module).visit_fields(visitor);
}

/// The parameters, or the buffers, each once under its first name.
std::vector<std::pair<std::string, Tensor>> distinct(const Module& module, bool parameters) {
  std::set<const xgrad::detail::TensorImpl*> seen;
  std::vector<std::pair<std::string, Tensor>> list;
  walk(module, [&](std::string name, const Tensor& t) {
    if (seen.insert(xgrad::detail::get(t)).second && is_parameter(t) == parameters)
      list.emplace_back(std::move(name), t);
  });
  return list;
}

/// `values` as a leaf that is a parameter, a frozen one or a buffer just as `model` is.
Tensor in_the_role_of(const Tensor& model, Tensor values) {
  xgrad::detail::impl(values).is_parameter = is_parameter(model);
  xgrad::detail::impl(values).requires_grad = model.is_leaf() && model.requires_grad();
  return values;
}

/// Puts f(tensor) in the place of every tensor; one that occurs twice is replaced by one.
template <class F>
void replace_tensors(Module& module, F f) {
  struct Replaced {
    Tensor original;  // kept, so that no new tensor can take its address
    Tensor replacement;
  };
  const NoGrad guard;
  std::map<const xgrad::detail::TensorImpl*, Replaced> done;
  walk(module, [&](const std::string&, Tensor& field) {
    auto [entry, is_new] = done.try_emplace(xgrad::detail::get(field));
    if (is_new) entry->second = {field, f(field)};
    field = entry->second.replacement;
  });
}

std::string class_name_of(const std::type_info& type) {
  const std::unique_ptr<char, decltype(&std::free)> demangled(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, nullptr), &std::free);
  // xgrad::nn::Linear -> Linear; the template arguments of the class stay as they are.
  std::string name;
  int depth = 0;
  for (const char c : std::string_view(demangled ? demangled.get() : type.name())) {
    depth += (c == '<' || c == '(') - (c == '>' || c == ')');
    if (depth == 0 && c == ':')
      name.clear();
    else
      name += c;
  }
  return name;
}

std::string describe(const Tensor& t) {
  return t.defined() ? str(t.shape(), ' ', t.dtype()) : "an undefined tensor";
}

/// The addresses of all modules there are, by which those inside of another one are found.
struct LiveModules {
  std::mutex mutex;
  std::set<std::uintptr_t> addresses;
};
std::uintptr_t address_of(const Module& m) { return reinterpret_cast<std::uintptr_t>(&m); }
LiveModules& live_modules() {
  static LiveModules& modules = *new LiveModules;  // never destroyed: modules may be static
  return modules;
}

}  // namespace

void FieldVisitor::begin(Module& module, const detail::ClassFields& named, detail::Memory whole,
                         std::initializer_list<detail::Memory> fields) {
  detail::check_class("XGRAD_FIELDS", module, named.type);
  module.check_parameters(false, path);

  const std::lock_guard guard(live_modules().mutex);
  const auto& all = live_modules().addresses;
  for (auto at = all.lower_bound(whole.begin); at != all.end() && whole.contains(*at); ++at)
    if (*at != address_of(module) &&
        std::ranges::none_of(fields, [at](auto field) { return field.contains(*at); }))
      throw Error(str(module.class_name(), ": its member of class ",
                      reinterpret_cast<const Module*>(*at)->class_name(),
                      " is not named in XGRAD_FIELDS, which has to name every Tensor and Module; "
                      "hold by pointer what shall be none of its fields"));
}

void FieldVisitor::enter(std::string_view name, Module& child) {
  const std::size_t outer = path.size();
  path.append(name) += '.';
  child.visit_fields(*this);
  path.resize(outer);
}

Module::Module() {
  const std::lock_guard guard(live_modules().mutex);
  live_modules().addresses.insert(address_of(*this));
}
Module::Module(const Module& other) noexcept : Module() { *this = other; }
Module& Module::operator=(const Module& other) noexcept {
  training_ = other.training_;
  fields_ = other.fields_.load();
  parameters_ = other.parameters_.load();
  return *this;
}
Module::~Module() {
  const std::lock_guard guard(live_modules().mutex);
  live_modules().addresses.erase(address_of(*this));
}

Tensor Module::forward(const Tensor&) { detail::throw_no_forward(*this, 1); }

Tensor Module::call_forward(std::span<const Tensor* const> arguments) {
  if (arguments.size() != 1) detail::throw_no_forward(*this, arguments.size());
  return forward(*arguments[0]);
}

std::vector<Tensor> Module::parameters() const {
  std::vector<Tensor> list;
  for (auto& [name, parameter] : named_parameters()) list.push_back(std::move(parameter));
  return list;
}

std::vector<std::pair<std::string, Tensor>> Module::named_parameters() const {
  return distinct(*this, true);
}

std::vector<std::pair<std::string, Tensor>> Module::named_buffers() const {
  return distinct(*this, false);
}

std::size_t Module::num_parameters() const {
  std::size_t n = 0;
  for (const Tensor& parameter : parameters()) n += parameter.numel();
  return n;
}

StateDict Module::state_dict() const {
  StateDict state;
  walk(*this, [&](const std::string& name, Tensor& t) { state.emplace(name, t.detach()); });
  return state;
}

LoadStateDictResult Module::load_state_dict(const StateDict& state,
                                            const LoadStateDictOptions& options) {
  std::map<std::string, Tensor> own;
  walk(*this, [&](const std::string& name, Tensor& t) { own.emplace(name, t); });

  LoadStateDictResult result;
  std::string mismatch;
  const auto refuse = [&](const auto&... parts) { mismatch += str("\n  ", parts...); };
  for (const auto& [name, tensor] : own) {
    const auto found = state.find(name);
    if (found == state.end()) {
      result.missing.push_back(name);
      if (options.strict) refuse("missing: ", name, ' ', describe(tensor));
    } else if (const Tensor& t = found->second;
               !t.defined() || t.shape() != tensor.shape() ||
               (options.same_dtype && t.dtype() != tensor.dtype())) {
      refuse(name, ": expected ", describe(tensor), ", found ", describe(t));
    } else if (!tensor.is_leaf()) {
      refuse(name, ": is the result of '", tensor.op_name(), "' and cannot be written to");
    }
  }
  for (const auto& [name, tensor] : state)
    if (!own.contains(name)) {
      result.unexpected.push_back(name);
      if (options.strict)
        refuse("unexpected: ", name, tensor.defined() ? " " + describe(tensor) : "");
    }
  if (!mismatch.empty())
    throw ValueError(str("load_state_dict: the state does not fit ", class_name(), ":", mismatch));

  NoGrad guard;
  for (auto& [name, tensor] : own)
    if (const auto found = state.find(name); found != state.end()) tensor.copy_(found->second);
  return result;
}

Module& Module::train(bool on) {
  training_ = on;
  const auto set = [on](Module& child) { child.training_ = on; };
  walk(
      *this, [](const std::string&, Tensor&) {}, set);
  return *this;
}

void Module::zero_grad() {
  for (Tensor& parameter : parameters()) parameter.zero_grad();
}

Module& Module::requires_grad_(bool value) {
  for (Tensor& parameter : parameters()) parameter.requires_grad_(value);
  return *this;
}

Module& Module::to(DType dtype) {
  if (!is_floating(dtype))
    throw DTypeError(
        str("to: a module cannot be converted to ", dtype, "; expected float32 or float64"));
  replace_tensors(*this, [dtype](const Tensor& t) {
    if (!is_floating(t.dtype()) || t.dtype() == dtype) return t;
    return in_the_role_of(t, t.to(dtype));
  });
  return *this;
}

std::string Module::class_name() const { return class_name_of(typeid(*this)); }

void Module::check_parameters(bool in_call, std::string_view path) {
  if (in_call && !is_grad_enabled()) return;  // any tensor may stand in
  /// A field is a bit.
  struct Check final : FieldVisitor {
    explicit Check(bool call) : in_call(call) {}
    void begin(Module& of, const detail::ClassFields& named, detail::Memory,
               std::initializer_list<detail::Memory>) override {
      self = &of;
      fields = &named;
      const detail::ClassFields* const last = of.fields_;
      if (last == fields) before = of.parameters_;
      // Otherwise the constructor of a base class looked last, unless this is a copy of part of a
      // larger class.
      if (!last || last == fields || last->size > named.size) return;
      for (std::size_t i = 0; i < last->names.size(); ++i)
        if ((of.parameters_ >> i) & 1U && std::ranges::count(named.names, last->names[i]) == 0)
          throw Error(str(of.class_name(), ": its inherited field '", last->names[i],
                          "' is not named in XGRAD_FIELDS, which has to name those of the base "
                          "class again"));
    }
    void tensor(std::string_view name, Tensor& field) override {
      const std::uint64_t bit = std::uint64_t{1} << index;
      if (is_parameter(field))
        parameters |= bit;
      else if (in_call && field.requires_grad())
        parameters |= before & bit;
      else if (before & bit)
        throw ValueError(str(self->class_name(), ": ", path, name,
                             " was a parameter, but a tensor of shape ", field.shape(),
                             " has been assigned to it that is none",
                             field.is_leaf() ? "" : str(" (the result of '", field.op_name(), "')"),
                             "; change parameters in place, as by ", name,
                             ".copy_(values) under NoGrad, or assign a leaf that requires "
                             "gradients"));
      else
        others |= bit;
    }
    void module(std::string_view, Module&) override {}

    const bool in_call;
    const Module* self = nullptr;
    const detail::ClassFields* fields = nullptr;
    std::uint64_t before = 0, parameters = 0, others = 0;
  } check(in_call);
  check.path = path;
  visit_fields(check);
  const std::uint64_t parameters = check.parameters & ~check.others;
  if (fields_ == check.fields && parameters_ == parameters) return;
  parameters_ = parameters;
  fields_ = check.fields;
}

std::ostream& operator<<(std::ostream& out, const Module& module) {
  struct Printer final : FieldVisitor {
    explicit Printer(std::ostream& to) : out(to) {}
    void print(const Module& of) {
      out << of.class_name();
      if (const std::string extra = of.extra_repr(); !extra.empty()) out << '(' << extra << ')';
      if (const std::size_t n = of.num_parameters())
        out << ", " << n << (n == 1 ? " parameter" : " parameters");
    }
    void module(std::string_view name, Module& child) override {
      out << indentation << name << ": ";
      print(child);
      indentation += "  ";
      enter(name, child);
      indentation.resize(indentation.size() - 2);
    }
    void tensor(std::string_view name, Tensor& field) override {
      out << indentation << name << ": " << describe(field);
      if (!is_parameter(field))
        out << ", buffer";
      else if (!field.requires_grad())
        out << ", frozen";
      const auto [first, is_new] =
          printed.try_emplace(xgrad::detail::get(field), path + std::string(name));
      if (!is_new) out << ", the same as " << first->second;
    }

    std::ostream& out;
    std::string indentation = "\n  ";
    std::map<const xgrad::detail::TensorImpl*, std::string> printed{};
  } printer(out);
  printer.print(module);
  const_cast<Module&>(module).visit_fields(printer);
  return out;
}

namespace detail {

ClassFields::ClassFields(const std::type_info& class_type, std::size_t class_size,
                         std::string_view list)
    : type(class_type), size(class_size) {
  for (std::size_t i = 0; !list.empty(); ++i) {
    list.remove_prefix(std::min(list.find_first_not_of(" ,"), list.size()));
    names[i] = list.substr(0, list.find_first_of(" ,"));
    list.remove_prefix(names[i].size());
  }
}

void throw_no_forward(const Module& module, std::size_t arguments) {
  throw Error(str("forward: ", module.class_name(), " defines no Tensor forward(",
                  arguments == 1 ? "const Tensor&" : str("of ", arguments, " tensors"), ")"));
}

void check_class(const char* op, const Module& module, const std::type_info& named) {
  if (typeid(module) != named)
    throw Error(str(op, ": ", module.class_name(), " inherits the XGRAD_FIELDS of ",
                    class_name_of(named), "; it has to name its fields itself"));
}

void copy_tensors(Module& module) {
  replace_tensors(module, [](const Tensor& t) { return in_the_role_of(t, t.clone()); });
}

}  // namespace detail
}  // namespace xgrad::nn
