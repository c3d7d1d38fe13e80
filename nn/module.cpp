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
#include "../autograd/support/message.hpp"

namespace xgrad::nn {
namespace {

/// The fields of a module, children not entered. visit_fields is not const because to() and clone()
/// replace tensors; the visitors of const modules only read.
template <class OnTensor, class OnModule>
void each_field(const Module& module, OnTensor on_tensor, OnModule on_module,
                std::string_view path = {}) {
  struct Visitor final : FieldVisitor {
    Visitor(OnTensor& t, OnModule& m) : on_tensor(t), on_module(m) {}
    void tensor(std::string_view name, Tensor& field) override { on_tensor(name, field); }
    void module(std::string_view name, Module& field) override { on_module(name, field); }
    OnTensor& on_tensor;
    OnModule& on_module;
  } visitor(on_tensor, on_module);
  visitor.path = path;
  const_cast<Module&>(module).visit_fields(visitor);
}

/// Calls f(dotted name, tensor) for every tensor of a module and its children, in field order.
template <class F>
void each_tensor(const Module& module, F& f, const std::string& prefix = "") {
  each_field(
      module, [&](std::string_view name, Tensor& field) { f(prefix + std::string(name), field); },
      [&](std::string_view name, Module& child) {
        each_tensor(child, f, prefix + std::string(name) + ".");
      },
      prefix);
}

/// The same, each tensor once, under its first name.
template <class F>
void each_distinct_tensor(const Module& module, F f) {
  std::set<const xgrad::detail::TensorImpl*> seen;
  auto once = [&](std::string name, Tensor& field) {
    if (seen.insert(xgrad::detail::get(field)).second) f(std::move(name), field);
  };
  each_tensor(module, once);
}

/// Puts f(tensor) in the place of every tensor; one that occurs twice is replaced by one.
template <class F>
void replace_tensors(Module& module, F f) {
  struct Replaced {
    Tensor original;  // kept, so that no new tensor can take its address
    Tensor replacement;
  };
  std::map<const xgrad::detail::TensorImpl*, Replaced> done;
  auto replace = [&](const std::string&, Tensor& field) {
    auto [entry, is_new] = done.try_emplace(xgrad::detail::get(field));
    if (is_new) entry->second = {field, f(field)};
    field = entry->second.replacement;
  };
  each_tensor(module, replace);
}

/// `values` as a leaf that is a parameter, a frozen one or a buffer just as `model` is.
Tensor in_the_role_of(const Tensor& model, Tensor values) {
  xgrad::detail::impl(values).is_parameter = xgrad::detail::impl(model).is_parameter;
  xgrad::detail::impl(values).requires_grad = model.is_leaf() && model.requires_grad();
  return values;
}

/// xgrad::nn::Linear -> Linear; the template arguments of the class stay as they are.
std::string without_namespaces(const std::string& name) {
  std::size_t start = 0;
  int depth = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '<' || name[i] == '(') ++depth;
    if (name[i] == '>' || name[i] == ')') --depth;
    if (depth == 0 && name[i] == ':') start = i + 1;
  }
  return name.substr(start);
}

std::string class_name_of(const std::type_info& type) {
  const std::unique_ptr<char, decltype(&std::free)> demangled(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, nullptr), &std::free);
  return without_namespaces(demangled ? demangled.get() : type.name());
}

struct Printer {
  std::ostream& out;
  std::map<const xgrad::detail::TensorImpl*, std::string> printed{};

  void module(const Module& module, const std::string& path, const std::string& indent) {
    const std::string extra = module.extra_repr();
    out << module.class_name();
    if (!extra.empty()) out << '(' << extra << ')';
    if (const std::size_t n = module.num_parameters())
      out << ", " << n << (n == 1 ? " parameter" : " parameters");
    const std::string deeper = indent + "  ";
    each_field(
        module,
        [&](std::string_view name, Tensor& field) {
          out << '\n' << deeper << name << ": ";
          tensor(field, path + std::string(name));
        },
        [&](std::string_view name, Module& child) {
          out << '\n' << deeper << name << ": ";
          this->module(child, path + std::string(name) + ".", deeper);
        },
        path);
  }

  void tensor(const Tensor& field, const std::string& path) {
    out << field.shape() << ' ' << name(field.dtype());
    if (!xgrad::detail::impl(field).is_parameter)
      out << ", buffer";
    else if (!field.requires_grad())
      out << ", frozen";
    const auto [first, is_new] = printed.try_emplace(xgrad::detail::get(field), path);
    if (!is_new) out << ", the same as " << first->second;
  }
};

/// What keeps `state` from being loaded, one line an entry.
class Mismatch {
 public:
  template <class... Parts>
  void add(const Parts&... parts) {
    lines_ += message("\n  ", parts...);
  }
  void check(const Module& module) const {
    if (!lines_.empty())
      throw ValueError("load_state_dict: the state does not fit " + module.class_name() + ":" +
                       lines_);
  }

 private:
  std::string lines_;
};

/// The addresses of all modules there are, by which those inside of another one are found.
class LiveModules {
 public:
  static void add(const Module* module) {
    const std::lock_guard guard(instance().mutex_);
    instance().addresses_.insert(module);
  }
  static void remove(const Module* module) {
    const std::lock_guard guard(instance().mutex_);
    instance().addresses_.erase(module);
  }
  /// The first module from `begin` on, before `end`, for which f is true; or none.
  template <class F>
  static const Module* find(const void* begin, const void* end, F f) {
    const std::lock_guard guard(instance().mutex_);
    const auto& all = instance().addresses_;
    const auto before = std::less<const void*>();
    for (auto at = all.lower_bound(begin); at != all.end() && before(*at, end); ++at)
      if (const auto* module = static_cast<const Module*>(*at); f(module)) return module;
    return nullptr;
  }

 private:
  // Never destroyed: modules may be static.
  static LiveModules& instance() {
    static LiveModules& modules = *new LiveModules;
    return modules;
  }

  std::mutex mutex_;
  std::set<const void*> addresses_;
};

std::string describe(const Tensor& t) { return message(t.shape(), ' ', name(t.dtype())); }

}  // namespace

Module::Module() { LiveModules::add(this); }
Module::Module(const Module& other)
    : parameter_fields_(other.parameter_fields_), training_(other.training_) {
  LiveModules::add(this);
}
Module::Module(Module&& other) noexcept
    : parameter_fields_(other.parameter_fields_), training_(other.training_) {
  LiveModules::add(this);
}
Module::~Module() { LiveModules::remove(this); }

Tensor Module::forward(const Tensor&) { detail::throw_no_forward(*this, 1); }

Tensor Module::call_forward(std::span<const Tensor* const> arguments) {
  if (arguments.size() != 1) detail::throw_no_forward(*this, arguments.size());
  return forward(*arguments[0]);
}

std::vector<Tensor> Module::parameters() const {
  std::vector<Tensor> list;
  each_distinct_tensor(*this, [&](const std::string&, Tensor& t) {
    if (xgrad::detail::impl(t).is_parameter) list.push_back(t);
  });
  return list;
}

std::vector<std::pair<std::string, Tensor>> Module::named_parameters() const {
  std::vector<std::pair<std::string, Tensor>> list;
  each_distinct_tensor(*this, [&](std::string name, Tensor& t) {
    if (xgrad::detail::impl(t).is_parameter) list.emplace_back(std::move(name), t);
  });
  return list;
}

std::vector<std::pair<std::string, Tensor>> Module::named_buffers() const {
  std::vector<std::pair<std::string, Tensor>> list;
  each_distinct_tensor(*this, [&](std::string name, Tensor& t) {
    if (!xgrad::detail::impl(t).is_parameter) list.emplace_back(std::move(name), t);
  });
  return list;
}

std::size_t Module::num_parameters() const {
  std::size_t n = 0;
  for (const Tensor& parameter : parameters()) n += parameter.numel();
  return n;
}

StateDict Module::state_dict() const {
  StateDict state;
  auto add = [&](const std::string& name, Tensor& t) { state.emplace(name, t.detach()); };
  each_tensor(*this, add);
  return state;
}

LoadStateDictResult Module::load_state_dict(const StateDict& state,
                                            const LoadStateDictOptions& options) {
  std::map<std::string, Tensor> own;
  auto collect = [&](const std::string& name, Tensor& t) { own.emplace(name, t); };
  each_tensor(*this, collect);

  LoadStateDictResult result;
  Mismatch mismatch;
  for (const auto& [name, tensor] : own) {
    const auto found = state.find(name);
    if (found == state.end()) {
      result.missing.push_back(name);
      if (options.strict) mismatch.add("missing: ", name, ' ', describe(tensor));
    } else if (!found->second.defined()) {
      mismatch.add(name, ": expected ", describe(tensor), ", found an undefined tensor");
    } else if (found->second.shape() != tensor.shape() ||
               (options.same_dtype && found->second.dtype() != tensor.dtype())) {
      mismatch.add(name, ": expected ", describe(tensor), ", found ", describe(found->second));
    } else if (!tensor.is_leaf()) {
      mismatch.add(name, ": is the result of '", tensor.op_name(), "' and cannot be written to");
    }
  }
  for (const auto& [name, tensor] : state) {
    if (own.contains(name)) continue;
    result.unexpected.push_back(name);
    if (options.strict)
      mismatch.add("unexpected: ", name, tensor.defined() ? " " + describe(tensor) : "");
  }
  mismatch.check(*this);

  NoGrad guard;
  for (auto& [name, tensor] : own)
    if (const auto found = state.find(name); found != state.end()) tensor.copy_(found->second);
  return result;
}

Module& Module::train(bool on) {
  training_ = on;
  each_field(
      *this, [](std::string_view, Tensor&) {},
      [&](std::string_view, Module& child) { child.train(on); });
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
    throw DTypeError(message("to: a module cannot be converted to ", name(dtype),
                             "; expected float32 or float64"));
  NoGrad guard;
  replace_tensors(*this, [dtype](const Tensor& t) {
    if (!is_floating(t.dtype()) || t.dtype() == dtype) return t;
    return in_the_role_of(t, t.to(dtype));
  });
  return *this;
}

std::string Module::class_name() const { return class_name_of(typeid(*this)); }

std::ostream& operator<<(std::ostream& out, const Module& module) {
  Printer{out}.module(module, "", "");
  return out;
}

namespace detail {

std::string_view next_name(std::string_view& names) {
  const std::size_t comma = names.find(',');
  const std::string_view name = names.substr(0, comma);
  names.remove_prefix(
      comma == std::string_view::npos ? names.size() : names.find_first_not_of(" \t\n", comma + 1));
  return name.substr(0, name.find_last_not_of(" \t\n") + 1);
}

void throw_no_forward(const Module& module, std::size_t arguments) {
  throw Error(message("forward: ", module.class_name(), " defines no Tensor forward(",
                      arguments == 1 ? "const Tensor&" : message("of ", arguments, " tensors"),
                      ")"));
}

void check_class(const char* op, const Module& module, const std::type_info& named) {
  if (typeid(module) != named)
    throw Error(message(op, ": ", module.class_name(), " inherits the XGRAD_FIELDS of ",
                        class_name_of(named), "; it has to name its fields itself"));
}

void ParameterVisitor::tensor(std::string_view name, Tensor& field) {
  if (xgrad::detail::impl(field).is_parameter) return;
  throw ValueError(
      message(module_.class_name(), ": ", path, name, " was a parameter, but a tensor of shape ",
              field.shape(), " has been assigned to it that is none",
              field.is_leaf() ? "" : message(" (the result of '", field.op_name(), "')"),
              "; change parameters in place, as by ", name,
              ".copy_(values) under NoGrad, or assign a leaf that requires gradients"));
}

bool MemoryRange::contains(const void* p) const noexcept {
  const auto before = std::less<const void*>();
  return !before(p, begin) && before(p, begin + size);
}

void check_all_named(const Module& module, MemoryRange whole,
                     std::initializer_list<MemoryRange> fields) {
  const Module* const forgotten =
      LiveModules::find(whole.begin, whole.begin + whole.size, [&](const Module* found) {
        return found != &module && std::ranges::none_of(fields, [&](const MemoryRange& field) {
                 return field.contains(found);
               });
      });
  if (forgotten)
    throw Error(message(module.class_name(), ": its member of class ", forgotten->class_name(),
                        " is not named in XGRAD_FIELDS, which has to name every Tensor and "
                        "Module; hold by pointer what shall be none of its fields"));
}

void copy_tensors(Module& module) {
  NoGrad guard;
  replace_tensors(module, [](const Tensor& t) { return in_the_role_of(t, t.clone()); });
}

}  // namespace detail
}  // namespace xgrad::nn
