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
#include "../autograd/tensor/expect.hpp"
#include "serialization.hpp"

namespace xgrad::nn {
namespace {

bool is_parameter(const Tensor& t) { return xgrad::detail::impl(t).is_parameter; }

/// The addresses of all modules there are, by which those inside of another one are found.
struct LiveModules {
  std::mutex mutex;
  std::set<std::uintptr_t> addresses;
  std::set<std::string> replaced;  ///< names of fields whose parameters were replaced
};
LiveModules& live_modules() {
  static LiveModules& modules = *new LiveModules;  // never destroyed: modules may be static
  return modules;
}
std::uintptr_t address_of(const Module& m) { return reinterpret_cast<std::uintptr_t>(&m); }

/// Throws Error if the class of a module does not name its fields itself, or if a Module within
/// its memory is in none of them; ValueError as check_parameters does.
void check_fields(Module& module, std::string_view path) {
  const detail::ClassFields* const fields = module.class_fields();
  if (!fields) return;
  detail::check_class("XGRAD_FIELDS", module, fields->type);
  module.check_parameters(false, path);

  const std::lock_guard guard(live_modules().mutex);
  const auto& all = live_modules().addresses;
  const std::uintptr_t here = address_of(module);
  for (auto at = all.lower_bound(here + fields->whole.begin);
       at != all.end() && fields->whole.contains(*at - here); ++at)
    if (*at != here && std::ranges::none_of(fields->memory, [&](const auto& field) {
          return field.contains(*at - here);
        }))
      throw Error(str(module.class_name(), ": its member of class ",
                      reinterpret_cast<const Module*>(*at)->class_name(),
                      " is not named in XGRAD_FIELDS, which has to name every Tensor and Module; "
                      "hold by pointer what shall be none of its fields"));
}

/// Calls f(field, dotted name, depth) for all fields of a module and of its children, in field
/// order. visit_fields is not const because to() and clone() replace tensors; other callers only
/// read.
template <class F>
void walk(const Module& of, const F& f, const std::string& path = "", std::size_t depth = 1) {
  auto& module = const_cast<Module&>(of);
  check_fields(module, path);
  module.visit_fields([&](const Field& field) {
    const std::string name = path + std::string(field.name);
    f(field, name, depth);
    if (field.module) walk(*field.module, f, name + '.', depth + 1);
  });
}

template <class F>
void each_tensor(const Module& module, const F& f) {
  walk(module, [&](const Field& field, const std::string& name, std::size_t) {
    if (field.tensor) f(name, *field.tensor);
  });
}

/// The parameters, or the buffers, each once under its first name.
NamedTensors distinct(const Module& module, bool parameters) {
  std::set<const xgrad::detail::TensorImpl*> seen;
  NamedTensors list;
  each_tensor(module, [&](const std::string& name, const Tensor& t) {
    if (seen.insert(xgrad::detail::get(t)).second && is_parameter(t) == parameters)
      list.emplace_back(name, t);
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
  const NoGrad guard;
  // With the original, so that no new tensor can take its address.
  std::map<const xgrad::detail::TensorImpl*, std::pair<Tensor, Tensor>> done;
  each_tensor(module, [&](const std::string&, Tensor& field) {
    auto [entry, is_new] = done.try_emplace(xgrad::detail::get(field));
    if (is_new) entry->second = {field, f(field)};
    field = entry->second.second;
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

}  // namespace

Module::Module() {
  const std::lock_guard guard(live_modules().mutex);
  live_modules().addresses.insert(address_of(*this));
}
Module::Module(const Module& other) noexcept : Module() { *this = other; }
Module::Module(Module&& other) noexcept : Module() { *this = std::move(other); }
Module& Module::operator=(Module&& other) noexcept {
  *this = std::as_const(other);
  if (this == &other) return *this;
  other.hold({});
  other.addresses_ = 0;
  return *this;
}
Module& Module::operator=(const Module& other) noexcept {
  training_ = other.training_;
  fields_ = other.fields_.load();
  parameters_ = other.parameters_.load();
  addresses_ = other.addresses_.load();
  std::unique_lock lock(live_modules().mutex);
  NamedTensors parameters = other.held_;
  lock.unlock();
  hold(std::move(parameters));
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

NamedTensors Module::named_parameters() const { return distinct(*this, true); }
NamedTensors Module::named_buffers() const { return distinct(*this, false); }

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

LoadStateDictResult detail::check_state_dict(Module& module, const StateDict& state,
                                             const LoadStateDictOptions& options) {
  std::map<std::string, Tensor> own;
  each_tensor(module, [&](const std::string& name, Tensor& t) { own.emplace(name, t); });

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
      if (options.strict) refuse("unexpected: ", name, ' ', describe(tensor));
    }
  expect<ValueError>(mismatch.empty(), "load_state_dict: the state does not fit ",
                     module.class_name(), ":", mismatch);
  return result;
}

LoadStateDictResult Module::load_state_dict(const StateDict& state,
                                            const LoadStateDictOptions& options) {
  LoadStateDictResult result = detail::check_state_dict(*this, state, options);
  NoGrad guard;
  std::vector<std::pair<Tensor, Tensor>> changes;  // all that needs memory, before the first one
  each_tensor(*this, [&](const std::string& name, Tensor& t) {
    if (const auto found = state.find(name); found != state.end())
      changes.emplace_back(t, found->second.to(t.dtype()));
  });
  for (auto& [t, values] : changes) t.copy_(values);
  return result;
}

Module& Module::train(bool on) {
  training_ = on;
  walk(*this, [on](const Field& field, const std::string&, std::size_t) {
    if (field.module) field.module->training_ = on;
  });
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
  expect<DTypeError>(is_floating(dtype), "to: a module cannot be converted to ", dtype,
                     "; expected float32 or float64");
  replace_tensors(*this, [dtype](const Tensor& t) {
    if (!is_floating(t.dtype()) || t.dtype() == dtype) return t;
    return in_the_role_of(t, t.to(dtype));
  });
  each_tensor(*this, [](const std::string&, const Tensor&) {});  // finds what has been replaced
  return *this;
}

std::string Module::class_name() const { return class_name_of(typeid(*this)); }

void Module::hold(NamedTensors parameters, std::string_view path) {
  LiveModules& live = live_modules();
  const std::lock_guard guard(live.mutex);
  held_.swap(parameters);
  for (const auto& [name, t] : held_)
    if (const char*& place = xgrad::detail::impl(t).replaced) place = nullptr;
  const auto has = [](const NamedTensors& list, const auto& proj, const auto& value) {
    return std::ranges::find(list, value, proj) != list.end();
  };
  for (const auto& [name, t] : parameters) {
    if (!has(held_, &NamedTensors::value_type::first, name)) continue;  // removed, not replaced
    const auto address = [](const auto& held) { return xgrad::detail::get(held.second); };
    if (std::ranges::none_of(live.addresses, [&, &t = t](std::uintptr_t at) {
          return has(reinterpret_cast<const Module*>(at)->held_, address, xgrad::detail::get(t));
        }))
      xgrad::detail::impl(t).replaced =
          live.replaced.insert(str(class_name(), ": ", path, name)).first->c_str();
  }
}

void Module::check_parameters(bool in_call, std::string_view path) {
  const detail::ClassFields* const fields = class_fields();
  // Without gradients, any may stand in.
  if (!fields || standing_in_ || (in_call && !is_grad_enabled())) return;
  const detail::ClassFields* const last = fields_;
  std::uint64_t before = last ? parameters_.load() : 0, now = 0, others = 0, addresses = 0;
  bool any_stands_in = false;
  if (last && last != fields) {
    // The constructor of a base class looked last, unless this is a copy of part of a larger class.
    for (std::size_t i = 0; i < last->names.size() && last->whole.size <= fields->whole.size; ++i)
      if ((before >> i) & 1U && std::ranges::count(fields->names, last->names[i]) == 0)
        throw Error(str(class_name(), ": its inherited field '", last->names[i],
                        "' is not named in XGRAD_FIELDS, which has to name those of the base class "
                        "again"));
    before = 0;
  }
  const auto look = [&](const Field& field) {
    if (!field.tensor) return;
    const Tensor& t = *field.tensor;
    const std::uint64_t bit = std::uint64_t{1} << field.index;
    if (is_parameter(t)) {
      now |= bit;
      addresses = 31 * addresses + reinterpret_cast<std::uintptr_t>(xgrad::detail::get(t));
    } else if (in_call && t.requires_grad())
      any_stands_in = true;
    else if (before & bit)
      throw ValueError(
          str(class_name(), ": ", path, field.name, " was a parameter, but a tensor of shape ",
              t.shape(), " has been assigned to it that is none",
              t.is_leaf() ? "" : str(" (the result of '", t.op_name(), "')"),
              "; change parameters in place, as by ", field.name,
              ".copy_(values) under NoGrad, or assign a leaf that requires gradients"));
    else
      others |= bit;
  };
  visit_fields(std::ref(look));  // of two words, which a std::function holds without allocating
  now &= ~others;
  if (any_stands_in || (last == fields && parameters_ == now && addresses_ == addresses)) return;
  NamedTensors parameters;
  visit_fields([&](const Field& field) {
    if (field.tensor && is_parameter(*field.tensor))
      parameters.emplace_back(field.name, *field.tensor);
  });
  hold(std::move(parameters), path);
  parameters_ = now;
  addresses_ = addresses;
  fields_ = fields;
}

std::ostream& operator<<(std::ostream& out, const Module& module) {
  const auto describe_module = [&out](const Module& m) {
    out << m.class_name();
    if (const std::string extra = m.extra_repr(); !extra.empty()) out << '(' << extra << ')';
    if (const std::size_t n = m.num_parameters())
      out << ", " << n << (n == 1 ? " parameter" : " parameters");
    out << '\n';
  };
  describe_module(module);
  std::map<const xgrad::detail::TensorImpl*, std::string> printed;
  walk(module, [&](const Field& field, const std::string& name, std::size_t depth) {
    out << std::string(2 * depth, ' ') << field.name << ": ";
    if (field.module) return describe_module(*field.module);
    const Tensor& t = *field.tensor;
    out << describe(t);
    if (!is_parameter(t))
      out << ", buffer";
    else if (!t.requires_grad())
      out << ", frozen";
    const auto [first, is_new] = printed.try_emplace(xgrad::detail::get(t), name);
    if (!is_new) out << ", the same as " << first->second;
    out << '\n';
  });
  return out;
}

namespace detail {

std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> names;
  for (; !list.empty(); list.remove_prefix(names.back().size())) {
    list.remove_prefix(std::min(list.find_first_not_of(" ,"), list.size()));
    names.push_back(list.substr(0, list.find_first_of(" ,")));
  }
  return names;
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

StandIns::StandIns(Module& module, const StateDict& tensors) {
  struct StandIn {
    std::string name;
    Tensor tensor;
  };
  StateDict unknown = tensors;
  std::map<const xgrad::detail::TensorImpl*, StandIn> stand_ins;  // by what they stand for
  each_tensor(module, [&](const std::string& name, const Tensor& t) {
    const auto found = tensors.find(name);
    if (found == tensors.end()) return;
    unknown.erase(name);
    expect_defined("functional_call", name, found->second);
    const auto [entry, is_new] =
        stand_ins.try_emplace(xgrad::detail::get(t), StandIn{name, found->second});
    expect<ValueError>(is_new || entry->second.tensor.is(found->second),
                       "functional_call: ", entry->second.name, " and ", name,
                       " are one tensor of the module, but two were given; expected the same for "
                       "both, or one of the names alone");
  });
  expect<ValueError>(unknown.empty(), "functional_call: ", module.class_name(),
                     " has no parameter or buffer named '",
                     unknown.empty() ? "" : unknown.begin()->first,
                     "'; expected names as in its state_dict()");

  modules.emplace_back(&module, module.standing_in_);
  walk(module, [&](const Field& field, const std::string&, std::size_t) {
    if (field.module) modules.emplace_back(field.module, field.module->standing_in_);
    if (!field.tensor) return;
    if (const auto found = stand_ins.find(xgrad::detail::get(*field.tensor));
        found != stand_ins.end())
      originals.emplace_back(field.tensor, found->second.tensor);
  });
  for (const auto& [each, before] : modules) each->standing_in_ = true;
  for (auto& [field, tensor] : originals) field->swap(tensor);
}

StandIns::~StandIns() {
  for (auto& [field, tensor] : originals) field->swap(tensor);
  for (const auto& [each, before] : modules) each->standing_in_ = before;
}

void copy_tensors(Module& module) {
  replace_tensors(module, [](const Tensor& t) { return in_the_role_of(t, t.clone()); });
}

}  // namespace detail
}  // namespace xgrad::nn
