#include "optimizer.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <cstring>
#include <ostream>

#include "../autograd/graph/calls.hpp"
#include "../autograd/graph/grad_mode.hpp"
#include "../autograd/io/file.hpp"
#include "../autograd/io/safetensors.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"
#include "arguments.hpp"

namespace xgrad::optim {
namespace {

using detail::describe;

/// Throws ShapeError or DTypeError, in which x is called what(), unless x has the shape and dtype.
template <class Origin, class What>
void expect_form(const Origin& origin, const Tensor& x, std::pair<const Shape&, DType> form,
                 What what) {
  const auto& [shape, dtype] = form;
  if (x.shape() != shape)
    throw ShapeError(str(origin, ": ", what(), " has shape ", x.shape(), "; expected ", shape));
  if (x.dtype() != dtype)
    throw DTypeError(
        str(origin, ": ", what(), " is ", x.dtype(), "; expected ", dtype, convert_one(dtype)));
}

/// Throws ValueError if an option has been set to a value that is not allowed.
void check_options(Rule& rule) {
  const auto bytes = rule.bytes;
  std::vector<std::byte>& checked = rule.checked_bytes;
  if (bytes.size() == checked.size() && !std::memcmp(bytes.data(), checked.data(), bytes.size()))
    return;
  check_ranges(rule.name, rule.fields);
  rule.check();
  checked.assign(bytes.begin(), bytes.end());
}

/// The calling thread treats denormal numbers as 0, in operands and in results, until the end of
/// the scope, which restores its floating-point mode. Flags of errors (invalid, division by 0,
/// overflow) that are raised in between stay. Does nothing where the processor cannot.
struct FlushDenormal {
#if defined(__SSE2__)
  static constexpr unsigned flush = _MM_FLUSH_ZERO_ON | 0x0040U;  // and denormals are zero
  static constexpr unsigned errors = _MM_EXCEPT_INVALID | _MM_EXCEPT_DIV_ZERO | _MM_EXCEPT_OVERFLOW;

  const unsigned before = _mm_getcsr();

  FlushDenormal() noexcept { _mm_setcsr(before | flush); }
  ~FlushDenormal() { _mm_setcsr(before | (_mm_getcsr() & errors)); }
#endif
};

}  // namespace

// ---- State

std::size_t State::index_of(std::string_view name) const {
  const auto names = owner_->state_tensors();
  for (std::size_t i = 0; i < names.size(); ++i)
    if (name == names[i].name) return i;
  throw ValueError(
      str(owner_->name(), ": no state tensor '", name, "'; there are ", join_names(names)));
}

std::pair<const Shape&, DType> State::form(std::size_t index, const Tensor& x) const {
  static const Shape of_scalar, of_nothing{0};
  const StateTensor& state = owner_->state_tensors()[index];
  if (state.scalar) return {of_scalar, float64};
  const Shape& any = x.defined() ? x.shape() : of_nothing;
  return {state.any_shape ? any : parameter_.shape(), parameter_.dtype()};
}

Tensor& State::tensor(std::size_t index) {
  if (index >= tensors_.size())
    throw ValueError(str(owner_->name(), ": state tensor ", index, " asked for; there are ",
                         tensors_.size(), ": ", join_names(owner_->state_tensors())));
  Tensor& tensor = tensors_[index];
  if (!tensor.defined()) {
    const auto [shape, dtype] = form(index);
    const double* initial = owner_->rules_[group_].state[index].initial;
    tensor = full(shape, initial ? *initial : 0, {.dtype = dtype});
  }
  return tensor;
}

Tensor& State::operator[](std::string_view name) { return tensor(index_of(name)); }

bool State::contains(std::string_view name) const { return tensors_[index_of(name)].defined(); }

std::map<std::string, Tensor> State::tensors() const {
  std::map<std::string, Tensor> result;
  for (std::size_t i = 0; i < tensors_.size(); ++i)
    if (tensors_[i].defined()) result[owner_->state_tensors()[i].name] = tensors_[i];
  return result;
}

// ---- steps

void Optimizer::check_step() {
  for (Rule& rule : rules_) check_options(rule);
  for (std::size_t i = 0; const State& state : states_) {
    const Tensor& parameter = state.parameter_;
    const std::size_t number = i++;
    if (const char* place = xgrad::detail::impl(parameter).replaced)
      throw ValueError(str(name(), ": ", describe(number, parameter), " and dtype ",
                           parameter.dtype(),
                           " is used no longer, since another one has been "
                           "assigned to its place (",
                           place,
                           "), as by to(dtype); make the "
                           "optimizer afterwards, from the module's parameters()"));
    if (!parameter.has_grad()) continue;
    expect_form(name(), parameter.grad(), {parameter.shape(), parameter.dtype()},
                [&] { return "gradient of " + describe(number, parameter); });
    for (std::size_t k = 0; k < state.tensors_.size(); ++k)
      if (const Tensor& tensor = state.tensors_[k]; tensor.defined())
        expect_form(name(), tensor, state.form(k, tensor), [&] {
          return str("state tensor '", state_tensors()[k].name, "' of a parameter of shape ",
                     parameter.shape());
        });
  }
}

void Optimizer::step() {
  if (xgrad::detail::mode.noting) [[unlikely]]
    return xgrad::detail::note_whole([this] { step(); });
  check_step();
  const NoGrad guard;
  [[maybe_unused]] const FlushDenormal flush{};
  for (State& state : states_) {
    Tensor& parameter = state.parameter_;
    if (!parameter.has_grad()) continue;
    // The update reads the gradient through a pointer that is not aliased.
    if (xgrad::detail::impl(parameter.grad()).storage == xgrad::detail::impl(parameter).storage)
      parameter.set_grad(parameter.grad().clone());
    xgrad::detail::begin_in_place(parameter, name());
    rules_[state.group_].update(state);
  }
}

Tensor Optimizer::step(const Closure& closure) {
  Tensor loss = call(closure);
  step();
  return loss;
}

Tensor Optimizer::call(const Closure& closure) const {
  if (!closure)
    throw ValueError(str(name(),
                         ": the closure is empty; give a function that computes the "
                         "loss, calls backward() on it and returns it"));
  const EnableGrad guard;
  return closure();
}

void Optimizer::zero_grad() {
  for (State& state : states_) state.parameter_.zero_grad();
}

// ---- groups and options

void Optimizer::add_parameters(const std::vector<Tensor>& params, std::vector<Rule> rules) {
  check_options(rules.back());
  std::vector<Tensor> all;
  for (const State& state : states_) all.push_back(state.parameter_);
  all.insert(all.end(), params.begin(), params.end());
  detail::check_distinct(name(), all);

  std::vector<State> added;
  for (std::size_t i = states_.size(); i < all.size(); ++i) {
    if (!all[i].is_leaf())
      throw GradError(str(name(), ": ", describe(i, all[i]), " is the result of '",
                          all[i].op_name(), "'; only leaves can be optimized"));
    if (!is_floating(all[i].dtype()))
      throw DTypeError(str(name(), ": ", describe(i, all[i]), " is ", all[i].dtype(),
                           "; expected float32 or float64, as from to(float32)"));
    added.push_back(State(*this, rules_.size(), all[i], rules.back().state.size()));
  }
  initial_lrs_.reserve(rules.size());
  states_.insert(states_.end(), added.begin(), added.end());
  initial_lrs_.emplace_back();
  rules_ = std::move(rules);
}

void Optimizer::expect_parameters() const {
  if (states_.empty())
    throw ValueError(str(name(),
                         ": the list of parameters is empty; give at least one. A module's "
                         "parameters() are those of the fields that its XGRAD_FIELDS names"));
}

State& Optimizer::state(const Tensor& parameter) {
  for (State& state : states_)
    if (state.parameter_.is(parameter)) return state;
  throw ValueError(str(name(), ": state of a tensor of shape ", parameter.shape(),
                       " that is not one of the parameters; pass one of those the optimizer "
                       "was given"));
}

void Optimizer::expect_group(std::size_t group, std::string_view option) const {
  if (group >= num_param_groups())
    throw ValueError(str(name(), ": option '", option, "' of group ", group, "; there are ",
                         num_param_groups(), " groups, counted from 0"));
}

double* Optimizer::find_option(std::size_t group, std::string_view name) {
  expect_group(group, name);
  for (const Option& option : rules_[group].fields)
    if (option.name == name)
      if (double* const* value = std::get_if<double*>(&option.value)) return *value;
  return nullptr;
}

double& Optimizer::option(std::size_t group, std::string_view name) {
  if (double* value = find_option(group, name)) return *value;
  throw ValueError(str(this->name(), ": no numeric option '", name, "' among ",
                       join_names(rules_[group].fields)));
}

std::optional<double>& Optimizer::initial_lr(std::size_t group) {
  expect_group(group, "initial_lr");
  return initial_lrs_[group];
}

std::ostream& operator<<(std::ostream& out, const Optimizer& optimizer) {
  out << optimizer.name() << " (\n";
  for (std::size_t i = 0; i < optimizer.num_param_groups(); ++i) {
    out << "Parameter Group " << i << '\n';
    for (const auto& [name, text] : to_texts(optimizer.rules_[i].fields))
      out << "    " << name << ": " << text << '\n';
  }
  return out << ')';
}

// ---- saving and loading

std::vector<Option> Optimizer::saved_options(std::size_t group) const {
  std::vector<Option> all = rules_[group].fields;
  if (const auto& initial_lr = initial_lrs_[group])
    all.push_back({"initial_lr", const_cast<double*>(&*initial_lr), Allowed::non_negative});
  return all;
}

std::vector<OptionTexts> Optimizer::group_texts() const {
  std::vector<OptionTexts> texts;
  for (std::size_t group = 0; group < num_param_groups(); ++group) {
    texts.push_back(to_texts(saved_options(group)));
    texts[group]["params"];
  }
  for (const State& state : states_) {
    std::string& shapes = texts[state.group_]["params"];
    shapes += (shapes.empty() ? "" : ", ") + to_string(state.parameter_.shape());
  }
  return texts;
}

StateDict Optimizer::state_dict() const {
  const NoGrad guard;
  StateDict saved{.optimizer = name(), .param_groups = group_texts(), .state = {}};
  for (std::size_t i = 0; i < states_.size(); ++i)
    for (const auto& [name, tensor] : states_[i].tensors())
      saved.state[str(i, '.', name)] = tensor.clone();
  return saved;
}

void Optimizer::read_groups(std::vector<OptionTexts> groups, const std::string& origin) {
  for (std::size_t group = 0; group < groups.size(); ++group) {
    groups[group].erase("params");
    initial_lrs_[group].reset();
    if (groups[group].contains("initial_lr")) initial_lrs_[group] = 0;
    from_texts(groups[group], saved_options(group), origin);
  }
}

std::deque<State> Optimizer::read_state(const StateDict& saved, const std::string& origin) {
  const NoGrad guard;
  std::map<std::string, Tensor> unread = saved.state;
  std::deque<State> states = states_;
  for (std::size_t i = 0; i < states.size(); ++i)
    for (std::size_t k = 0; k < state_tensors().size(); ++k) {
      Tensor& tensor = states[i].tensors_[k];
      tensor = Tensor();
      const auto found = unread.extract(str(i, '.', state_tensors()[k].name));
      if (found.empty()) continue;
      const Tensor& x = found.mapped();
      expect_defined(origin, "state tensor '" + found.key() + '\'', x);
      const auto form = states[i].form(k, x);
      if (!is_floating(x.dtype()))
        throw DTypeError(str(origin, ": state tensor '", found.key(), "' is ", x.dtype(),
                             "; expected ", form.second));
      tensor = x.detach().to(form.second).clone();
      expect_form(origin, tensor, form, [&] { return "state tensor '" + found.key() + "'"; });
    }
  if (!unread.empty())
    throw ValueError(str(origin, ": unknown state tensor '", unread.begin()->first, "'; ", name(),
                         " has ", join_names(state_tensors()), " of the parameters 0 to ",
                         states.size() - 1));
  check_loaded(states.front(), origin);
  return states;
}

void Optimizer::load_state_dict(const StateDict& saved, const std::string& origin) {
  const std::vector<OptionTexts> before = group_texts();
  const std::vector<OptionTexts>& groups = saved.param_groups;
  if (saved.optimizer != name())
    throw ValueError(
        str(origin, ": the state is that of '", saved.optimizer, "'; expected '", name(), "'"));
  if (groups.size() != before.size())
    throw ValueError(str(origin, ": the state has ", groups.size(), " parameter groups; expected ",
                         before.size()));
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const std::string found = OptionTexts(groups[i])["params"];
    const std::string& expected = before[i].at("params");
    if (found != expected)
      throw ShapeError(str(origin, ": the parameters of group ", i, " have shapes [", found,
                           "]; expected [", expected, "]"));
  }
  std::deque<State> states = read_state(saved, origin);
  try {
    read_groups(groups, origin);
    for (std::size_t group = 0; group < groups.size(); ++group)
      with_origin(origin, [&] {
        check_ranges(name(), saved_options(group));
        check_options(rules_[group]);
      });
  } catch (...) {
    read_groups(before, origin);
    throw;
  }
  std::ranges::swap_ranges(states, states_);  // needs no memory
}

void Optimizer::save(const std::string& path) const {
  xgrad::detail::check_path("save", path);
  xgrad::detail::with_memory(path, [&] {
    const Safetensors file = to_safetensors(state_dict());
    save_safetensors(path, file.tensors, file.metadata);
  });
}

void Optimizer::load(const std::string& path) {
  xgrad::detail::check_path("load", path);
  xgrad::detail::with_memory(path, [&] {
    load_state_dict(to_state_dict(xgrad::detail::load_all_safetensors(path), path), path);
  });
}

Safetensors to_safetensors(const StateDict& state) {
  Safetensors file{.tensors = state.state, .metadata = {{"optimizer", state.optimizer}}};
  for (std::size_t group = 0; group < state.param_groups.size(); ++group)
    for (const auto& [name, text] : state.param_groups[group])
      file.metadata[str(group, '.', name)] = text;
  return file;
}

StateDict to_state_dict(Safetensors file, const std::string& origin) {
  const auto optimizer = file.metadata.find("optimizer");
  if (optimizer == file.metadata.end())
    throw IoError(str(origin, ": not the state of an optimizer; its metadata has no 'optimizer'"));
  StateDict state{.optimizer = optimizer->second, .param_groups = {}, .state = {}};
  for (std::size_t group = 0;; ++group) {
    OptionTexts options = take_prefixed(file.metadata, str(group, '.'));
    if (options.empty()) break;
    state.param_groups.push_back(std::move(options));
  }
  state.state = std::move(file.tensors);
  return state;
}

}  // namespace xgrad::optim
