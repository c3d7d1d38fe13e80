#include "module.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <ostream>
#include <set>

#include "../autograd/support/str.hpp"

namespace xgrad::nn {
namespace {

bool is_parameter(const Tensor& t) { return xgrad::detail::impl(t).is_parameter; }

/// Calls on_tensor(dotted name, tensor) and on_module(module) for all fields of a module and of its
/// children, in field order. visit_fields is not const because to() and clone() replace tensors;
/// the visitors of const modules only read.
template <class OnTensor, class OnModule>
void walk(const Module& module, OnTensor on_tensor, OnModule on_module) {
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

template <class OnTensor>
void each_tensor(const Module& module, OnTensor on_tensor) {
  walk(module, on_tensor, [](Module&) {});
}

/// The parameters, or the buffers, each once under its first name.
std::vector<std::pair<std::string, Tensor>> distinct(const Module& module, bool parameters) {
  std::set<const xgrad::detail::TensorImpl*> seen;
  std::vector<std::pair<std::string, Tensor>> list;
  each_tensor(module, [&](std::string name, const Tensor& t) {
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
  each_tensor(module, [&](const std::string&, Tensor& field) {
    auto [entry, is_new] = done.try_emplace(xgrad::detail::get(field));
    if (is_new) entry->second = {field, f(field)};
    field = entry->second.replacement;
  });
}

std::string class_name_of(const std::type_info& type) {
  const std::unique_ptr<char, decltype(&std::free)> demangled(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, nullptr), &std::free);
  // xgrad::nn::Linear -> Linear; the template arguments of the class stay as they are.
  std::string name = demangled ? demangled.get() : type.name();
  std::size_t start = 0;
  int depth = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '<' || name[i] == '(') ++depth;
    if (name[i] == '>' || name[i] == ')') --depth;
    if (depth == 0 && name[i] == ':') start = i + 1;
  }
  return name.substr(start);
}

class Printer final : public FieldVisitor {
 public:
  explicit Printer(std::ostream& out) : out_(out) {}

  void print(Module& module) {
    describe(module);
    module.visit_fields(*this);
  }
  void describe(const Module& module) {
    out_ << module.class_name();
    if (const std::string extra = module.extra_repr(); !extra.empty()) out_ << '(' << extra << ')';
    if (const std::size_t n = module.num_parameters())
      out_ << ", " << n << (n == 1 ? " parameter" : " parameters");
  }
  void module(std::string_view name, Module& child) override {
    begin(name);
    describe(child);
    indentation_ += "  ";
    enter(name, child);
    indentation_.resize(indentation_.size() - 2);
  }
  void tensor(std::string_view name, Tensor& field) override {
    begin(name);
    out_ << field.shape() << ' ' << field.dtype();
    if (!is_parameter(field))
      out_ << ", buffer";
    else if (!field.requires_grad())
      out_ << ", frozen";
    const auto [first, is_new] =
        printed_.try_emplace(xgrad::detail::get(field), path + std::string(name));
    if (!is_new) out_ << ", the same as " << first->second;
  }

 private:
  void begin(std::string_view name) { out_ << '\n' << indentation_ << name << ": "; }

  std::ostream& out_;
  std::string indentation_ = "  ";
  std::map<const xgrad::detail::TensorImpl*, std::string> printed_{};
};

std::string describe(const Tensor& t) { return str(t.shape(), ' ', t.dtype()); }

/// The addresses of all modules there are, by which those inside of another one are found.
struct LiveModules {
  std::mutex mutex;
  std::set<const void*> addresses;
};
LiveModules& live_modules() {
  static LiveModules& modules = *new LiveModules;  // never destroyed: modules may be static
  return modules;
}

bool contains(detail::Memory memory, const void* p) {
  const void* const end = static_cast<const char*>(memory.begin) + memory.size;
  return !std::less<>()(p, memory.begin) && std::less<>()(p, end);
}

}  // namespace

void FieldVisitor::enter(std::string_view name, Module& child) {
  const std::size_t outer = path.size();
  path.append(name) += '.';
  child.visit_fields(*this);
  path.resize(outer);
}

Module::Module() {
  const std::lock_guard guard(live_modules().mutex);
  live_modules().addresses.insert(this);
}
Module::Module(const Module& other) noexcept : Module() { *this = other; }
Module::~Module() {
  const std::lock_guard guard(live_modules().mutex);
  live_modules().addresses.erase(this);
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
  each_tensor(*this, [&](const std::string& name, Tensor& t) { state.emplace(name, t.detach()); });
  return state;
}

LoadStateDictResult Module::load_state_dict(const StateDict& state,
                                            const LoadStateDictOptions& options) {
  std::map<std::string, Tensor> own;
  each_tensor(*this, [&](const std::string& name, Tensor& t) { own.emplace(name, t); });

  LoadStateDictResult result;
  std::string mismatch;
  const auto refuse = [&](const auto&... parts) { mismatch += str("\n  ", parts...); };
  for (const auto& [name, tensor] : own) {
    const auto found = state.find(name);
    if (found == state.end()) {
      result.missing.push_back(name);
      if (options.strict) refuse("missing: ", name, ' ', describe(tensor));
    } else if (!found->second.defined()) {
      refuse(name, ": expected ", describe(tensor), ", found an undefined tensor");
    } else if (found->second.shape() != tensor.shape() ||
               (options.same_dtype && found->second.dtype() != tensor.dtype())) {
      refuse(name, ": expected ", describe(tensor), ", found ", describe(found->second));
    } else if (!tensor.is_leaf()) {
      refuse(name, ": is the result of '", tensor.op_name(), "' and cannot be written to");
    }
  }
  for (const auto& [name, tensor] : state) {
    if (own.contains(name)) continue;
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
  walk(
      *this, [](const std::string&, Tensor&) {}, [on](Module& child) { child.training_ = on; });
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

std::ostream& operator<<(std::ostream& out, const Module& module) {
  Printer(out).print(const_cast<Module&>(module));
  return out;
}

namespace detail {

std::string_view FieldNames::operator[](std::size_t i) const noexcept {
  std::string_view names = list;
  for (; i > 0; --i) names.remove_prefix(std::min(names.find(','), names.size() - 1) + 1);
  names = names.substr(0, names.find(','));
  names.remove_prefix(std::min(names.size(), names.find_first_not_of(" \t\n")));
  return names.substr(0, names.find_last_not_of(" \t\n") + 1);
}

std::uint64_t ParameterFields::inherit(const Module& module, const FieldNames& names) const {
  const FieldNames* const base = names_;
  // A larger class was looked at last if this module is a copy of part of another one.
  if (!base || base->size_of_class > names.size_of_class) return 0;
  for (std::size_t i = 0; i < 64; ++i) {
    if (!((bits_ >> i) & 1U)) continue;
    std::size_t at = 0;
    while (!names[at].empty() && names[at] != (*base)[i]) ++at;
    if (names[at].empty())
      throw Error(str(module.class_name(), ": its inherited field '", (*base)[i],
                      "' is not named in XGRAD_FIELDS, which has to name those of the base "
                      "class again"));
  }
  return 0;
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

void RefuseOthers::tensor(std::string_view name, Tensor& field) {
  if (is_parameter(field)) return;
  throw ValueError(str(module_.class_name(), ": ", path, name,
                       " was a parameter, but a tensor of shape ", field.shape(),
                       " has been assigned to it that is none",
                       field.is_leaf() ? "" : str(" (the result of '", field.op_name(), "')"),
                       "; change parameters in place, as by ", name,
                       ".copy_(values) under NoGrad, or assign a leaf that requires gradients"));
}

void check_all_named(const Module& module, Memory whole, std::initializer_list<Memory> fields) {
  const std::lock_guard guard(live_modules().mutex);
  const auto& all = live_modules().addresses;
  for (auto at = all.lower_bound(whole.begin); at != all.end() && contains(whole, *at); ++at) {
    const auto* found = static_cast<const Module*>(*at);
    if (found == &module ||
        std::ranges::any_of(fields, [=](Memory field) { return contains(field, found); }))
      continue;
    throw Error(str(module.class_name(), ": its member of class ", found->class_name(),
                    " is not named in XGRAD_FIELDS, which has to name every Tensor and "
                    "Module; hold by pointer what shall be none of its fields"));
  }
}

void copy_tensors(Module& module) {
  replace_tensors(module, [](const Tensor& t) { return in_the_role_of(t, t.clone()); });
}

}  // namespace detail
}  // namespace xgrad::nn
