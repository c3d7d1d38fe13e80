#include "optimizer.hpp"

#include <cstring>
#include <ostream>

#include "../autograd/graph/grad_mode.hpp"
#include "../autograd/io/safetensors.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/creation.hpp"
#include "arguments.hpp"
#include "flush_denormal.hpp"

namespace xgrad::optim {
namespace {

using detail::describe;

void check_parameter(const char* optimizer, std::size_t i, const Tensor& parameter) {
  if (!parameter.is_leaf())
    throw GradError(str(optimizer, ": ", describe(i, parameter), " is the result of '",
                        parameter.op_name(), "'; only leaves can be optimized"));
  if (!is_floating(parameter.dtype()))
    throw DTypeError(str(optimizer, ": ", describe(i, parameter), " is ", parameter.dtype(),
                         "; expected float32 or float64"));
}

/// Throws ShapeError or DTypeError, in which x is called what(), unless x has the shape and dtype.
template <class Origin, class What>
void expect_form(const Origin& origin, const Tensor& x, const Shape& shape, DType dtype,
                 What what) {
  if (x.shape() != shape)
    throw ShapeError(str(origin, ": ", what(), " has shape ", x.shape(), "; expected ", shape));
  if (x.dtype() != dtype)
    throw DTypeError(str(origin, ": ", what(), " is ", x.dtype(), "; expected ", dtype));
}

}  // namespace

// ---- State

State::State(Optimizer& owner, std::size_t group, Tensor parameter)
    : owner_(&owner),
      group_(group),
      parameter_(std::move(parameter)),
      tensors_(owner.state_tensors().size()) {}

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

Tensor& State::ensure(std::size_t index) {
  Tensor& tensor = tensors_[index];
  if (!tensor.defined()) {
    const auto [shape, dtype] = form(index);
    tensor = full(shape, owner_->initial_value(group_, index), {.dtype = dtype});
  }
  return tensor;
}

Tensor& State::operator[](std::string_view name) { return ensure(index_of(name)); }

bool State::contains(std::string_view name) const { return tensors_[index_of(name)].defined(); }

std::map<std::string, Tensor> State::tensors() const {
  std::map<std::string, Tensor> result;
  for (std::size_t i = 0; i < tensors_.size(); ++i)
    if (tensors_[i].defined()) result[owner_->state_tensors()[i].name] = tensors_[i];
  return result;
}

// ---- steps

void Optimizer::check_step() {
  for (std::size_t group = 0; group < checked_.size(); ++group) {
    const auto bytes = option_bytes(group);
    std::vector<std::byte>& checked = checked_[group];
    if (bytes.size() == checked.size() && !std::memcmp(bytes.data(), checked.data(), bytes.size()))
      continue;
    check_options(group);
    checked.assign(bytes.begin(), bytes.end());
  }
  for (std::size_t i = 0; const State& state : states_) {
    const Tensor& parameter = state.parameter_;
    const std::vector<Tensor>& tensors = state.tensors_;
    const std::size_t number = i++;
    if (!parameter.has_grad()) continue;
    expect_form(name(), parameter.grad(), parameter.shape(), parameter.dtype(),
                [&] { return "gradient of " + describe(number, parameter); });
    for (std::size_t k = 0; k < tensors.size(); ++k) {
      if (!tensors[k].defined()) continue;
      const auto [shape, dtype] = state.form(k, tensors[k]);
      expect_form(name(), tensors[k], shape, dtype, [&] {
        return str("state tensor '", state_tensors_[k].name, "' of a parameter of shape ",
                   parameter.shape());
      });
    }
  }
}

void Optimizer::step() {
  check_step();
  const NoGrad guard;
  const FlushDenormal flush;
  for (State& state : states_) {
    Tensor& parameter = state.parameter_;
    if (!parameter.has_grad()) continue;
    // The update reads the gradient through a pointer that is not aliased.
    if (xgrad::detail::impl(parameter.grad()).storage == xgrad::detail::impl(parameter).storage)
      parameter.set_grad(parameter.grad().clone());
    xgrad::detail::begin_in_place(parameter, name());
    update_parameter(state, state.group_);
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

void Optimizer::add_parameters(const std::vector<Tensor>& params) {
  std::vector<Tensor> all;
  for (const State& state : states_) all.push_back(state.parameter_);
  const std::size_t known = all.size();
  all.insert(all.end(), params.begin(), params.end());
  detail::check_distinct(name(), all);

  std::vector<State> added;
  for (std::size_t i = known; i < all.size(); ++i) {
    check_parameter(name(), i, all[i]);
    added.emplace_back(*this, num_param_groups(), all[i]);
  }
  states_.insert(states_.end(), added.begin(), added.end());
  initial_lrs_.emplace_back();
  checked_.emplace_back();
}

void Optimizer::throw_empty() const {
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
  for (const Option& option : options(group))
    if (option.name == name)
      if (double* const* value = std::get_if<double*>(&option.value)) return *value;
  return nullptr;
}

double& Optimizer::option(std::size_t group, std::string_view name) {
  if (double* value = find_option(group, name)) return *value;
  throw ValueError(
      str(this->name(), ": no numeric option '", name, "' among ", join_names(options(group))));
}

std::optional<double>& Optimizer::initial_lr(std::size_t group) {
  expect_group(group, "initial_lr");
  return initial_lrs_[group];
}

std::ostream& operator<<(std::ostream& out, const Optimizer& optimizer) {
  out << optimizer.name() << " (\n";
  for (std::size_t i = 0; i < optimizer.num_param_groups(); ++i) {
    out << "Parameter Group " << i << '\n';
    for (const auto& [name, text] : to_texts(optimizer.options(i)))
      out << "    " << name << ": " << text << '\n';
  }
  return out << ')';
}

// ---- saving and loading

std::string Optimizer::shapes(std::size_t group) const {
  std::string text;
  for (const State& state : states_)
    if (state.group_ == group)
      text += (text.empty() ? "" : ", ") + to_string(state.parameter_.shape());
  return text;
}

std::vector<Option> Optimizer::saved_options(std::size_t group) const {
  std::vector<Option> all = options(group);
  if (const auto& initial_lr = initial_lrs_[group])
    all.push_back({"initial_lr", const_cast<double*>(&*initial_lr), Allowed::non_negative});
  return all;
}

std::vector<OptionTexts> Optimizer::option_texts() const {
  std::vector<OptionTexts> texts;
  for (std::size_t group = 0; group < num_param_groups(); ++group)
    texts.push_back(to_texts(saved_options(group)));
  return texts;
}

StateDict Optimizer::state_dict() const {
  const NoGrad guard;
  StateDict saved{.optimizer = name(), .param_groups = option_texts(), .state = {}};
  for (std::size_t group = 0; group < num_param_groups(); ++group)
    saved.param_groups[group]["params"] = shapes(group);
  for (std::size_t i = 0; i < states_.size(); ++i)
    for (const auto& [name, tensor] : states_[i].tensors())
      saved.state[str(i, '.', name)] = tensor.clone();
  return saved;
}

void Optimizer::check_groups(const StateDict& saved, const std::string& origin) const {
  if (saved.optimizer != name())
    throw ValueError(
        str(origin, ": the state is that of '", saved.optimizer, "'; expected '", name(), "'"));
  if (saved.param_groups.size() != num_param_groups())
    throw ValueError(str(origin, ": the state has ", saved.param_groups.size(),
                         " parameter groups; expected ", num_param_groups()));
  for (std::size_t i = 0; i < num_param_groups(); ++i) {
    const auto params = saved.param_groups[i].find("params");
    const std::string found = params == saved.param_groups[i].end() ? "" : params->second;
    if (found != shapes(i))
      throw ShapeError(str(origin, ": the parameters of group ", i, " have shapes [", found,
                           "]; expected [", shapes(i), "]"));
  }
}

void Optimizer::read_options(std::vector<OptionTexts> groups, const std::string& origin) {
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
    for (std::size_t k = 0; k < state_tensors_.size(); ++k) {
      Tensor& tensor = states[i].tensors_[k];
      tensor = Tensor();
      const auto found = unread.extract(str(i, '.', state_tensors_[k].name));
      if (found.empty()) continue;
      const Tensor& x = found.mapped();
      const auto [shape, dtype] = states[i].form(k, x);
      if (!x.defined() || !is_floating(x.dtype()))
        throw DTypeError(str(origin, ": state tensor '", found.key(), "' is ",
                             x.defined() ? to_string(x.dtype()) : "undefined", "; expected ",
                             dtype));
      tensor = x.detach().to(dtype).clone();
      expect_form(origin, tensor, shape, dtype,
                  [&] { return "state tensor '" + found.key() + "'"; });
    }
  if (!unread.empty())
    throw ValueError(str(origin, ": unknown state tensor '", unread.begin()->first, "'; ", name(),
                         " has ", join_names(state_tensors()), " of the parameters 0 to ",
                         states.size() - 1));
  check_loaded(states.front(), origin);
  return states;
}

void Optimizer::restore(const StateDict& saved, const std::string& origin) {
  check_groups(saved, origin);
  const std::deque<State> states = read_state(saved, origin);
  const std::vector<OptionTexts> before = option_texts();
  try {
    read_options(saved.param_groups, origin);
    for (std::size_t group = 0; group < num_param_groups(); ++group)
      with_origin(origin, [&] {
        check_ranges(name(), saved_options(group));
        check_options(group);
      });
  } catch (...) {
    read_options(before, origin);
    throw;
  }
  std::ranges::copy(states, states_.begin());
}

void Optimizer::load_state_dict(const StateDict& saved) { restore(saved, "load_state_dict"); }

void Optimizer::save(const std::string& path) const {
  const Safetensors file = to_safetensors(state_dict());
  save_safetensors(path, file.tensors, file.metadata);
}

void Optimizer::load(const std::string& path) {
  restore(to_state_dict(xgrad::detail::load_all_safetensors(path), path), path);
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
