#include "optimizer.hpp"

#include <ostream>

#include "../autograd/graph/grad_mode.hpp"
#include "../autograd/support/message.hpp"
#include "../autograd/tensor/creation.hpp"
#include "arguments.hpp"
#include "flush_denormal.hpp"
#include "serialization.hpp"

namespace xgrad::optim {
namespace {

using detail::describe;

void check_parameter(const char* optimizer, std::size_t i, const Tensor& parameter) {
  if (!parameter.is_leaf())
    throw GradError(message(optimizer, ": ", describe(i, parameter), " is the result of '",
                            parameter.op_name(), "'; only leaves can be optimized"));
  if (!is_floating(parameter.dtype()))
    throw DTypeError(message(optimizer, ": ", describe(i, parameter), " is ",
                             xgrad::name(parameter.dtype()), "; expected float32 or float64"));
}

/// The shape that `tensor` should have as that state of a parameter.
Shape expected_shape(const StateTensor& state, const Tensor& parameter, const Tensor& tensor) {
  if (state.scalar) return {};
  return state.any_shape ? tensor.shape() : parameter.shape();
}

/// What `tensor`, called `what`, is instead of one of that shape and dtype.
[[noreturn]] void throw_mismatch(const char* optimizer, const std::string& what,
                                 const Tensor& tensor, const Shape& shape, DType dtype) {
  if (tensor.shape() != shape)
    throw ShapeError(
        message(optimizer, ": ", what, " has shape ", tensor.shape(), "; expected ", shape));
  throw DTypeError(message(optimizer, ": ", what, " is ", xgrad::name(tensor.dtype()),
                           "; expected ", xgrad::name(dtype)));
}

std::vector<Option> list_initial_lr(double& value) {
  return {{"initial_lr", &value, Range::non_negative}};
}

/// Takes the initial learning rates, where there are any, out of the options of all groups.
std::vector<std::optional<double>> take_initial_lrs(std::vector<OptionTexts>& groups,
                                                    const std::string& origin) {
  std::vector<std::optional<double>> initial_lrs;
  for (OptionTexts& group : groups) {
    auto& initial_lr = initial_lrs.emplace_back();
    const auto found = group.extract("initial_lr");
    if (found.empty()) continue;
    const std::vector<Option> list = list_initial_lr(initial_lr.emplace());
    from_texts({{found.key(), found.mapped()}}, list, origin);
    check_ranges(origin.c_str(), list);
  }
  return initial_lrs;
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
      message(owner_->name(), ": no state tensor '", name, "'; there are ", join_names(names)));
}

Tensor& State::ensure(std::size_t index) {
  Tensor& tensor = tensors_[index];
  if (!tensor.defined()) {
    const auto [name, scalar, any_shape] = owner_->state_tensors()[index];
    const Shape shape = scalar ? Shape{} : any_shape ? Shape{0} : parameter_.shape();
    tensor = full(shape, owner_->initial_value(group_, index),
                  {.dtype = scalar ? float64 : parameter_.dtype()});
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

void State::check(std::size_t index, const Tensor& tensor) const {
  const StateTensor& expected = owner_->state_tensors()[index];
  const Shape shape = expected_shape(expected, parameter_, tensor);
  const DType dtype = expected.scalar ? float64 : parameter_.dtype();
  if (tensor.shape() != shape || tensor.dtype() != dtype)
    throw_mismatch(
        owner_->name(),
        message("state tensor '", expected.name, "' of a parameter of shape ", parameter_.shape()),
        tensor, shape, dtype);
}

// ---- steps

void Optimizer::check_step() {
  check_options();
  std::size_t i = 0;
  for (const auto& group : states_)
    for (const State& state : group) {
      const Tensor& parameter = state.parameter_;
      const Tensor& gradient = parameter.grad();
      if (gradient.defined()) {
        if (gradient.shape() != parameter.shape() || gradient.dtype() != parameter.dtype())
          throw_mismatch(name(), "gradient of " + describe(i, parameter), gradient,
                         parameter.shape(), parameter.dtype());
        for (std::size_t k = 0; k < state.tensors_.size(); ++k)
          if (state.tensors_[k].defined()) state.check(k, state.tensors_[k]);
      }
      ++i;
    }
}

void Optimizer::step() {
  check_step();
  const NoGrad guard;
  const FlushDenormal flush;
  for (std::size_t group = 0; group < states_.size(); ++group)
    for (State& state : states_[group]) {
      Tensor& parameter = state.parameter_;
      if (!parameter.has_grad()) continue;
      // The update reads the gradient through a pointer that it takes for unaliased.
      if (xgrad::detail::impl(parameter.grad()).storage == xgrad::detail::impl(parameter).storage)
        parameter.set_grad(parameter.grad().clone());
      xgrad::detail::begin_in_place(parameter, name());
      update_parameter(group, state);
    }
}

Tensor Optimizer::step(const Closure& closure) {
  Tensor loss = call(closure);
  step();
  return loss;
}

Tensor Optimizer::call(const Closure& closure) const {
  if (!closure)
    throw ValueError(message(name(),
                             ": the closure is empty; give a function that computes the "
                             "loss, calls backward() on it and returns it"));
  const EnableGrad guard;
  return closure();
}

void Optimizer::zero_grad() {
  for (auto& group : states_)
    for (State& state : group) state.parameter_.zero_grad();
}

// ---- groups and options

void Optimizer::add_parameters(const std::vector<Tensor>& params) {
  std::vector<Tensor> all;
  for (const auto& group : states_)
    for (const State& state : group) all.push_back(state.parameter_);
  const std::size_t known = all.size();
  all.insert(all.end(), params.begin(), params.end());
  detail::check_distinct(name(), all);

  std::vector<State> added;
  for (std::size_t i = known; i < all.size(); ++i) {
    check_parameter(name(), i, all[i]);
    added.emplace_back(*this, states_.size(), all[i]);
  }
  states_.push_back(std::move(added));
  initial_lrs_.resize(states_.size());
}

State& Optimizer::state(const Tensor& parameter) {
  for (auto& group : states_)
    for (State& state : group)
      if (state.parameter_.is(parameter)) return state;
  throw ValueError(message(name(), ": state of a tensor of shape ", parameter.shape(),
                           " that is not one of the parameters; pass one of those the optimizer "
                           "was given"));
}

void Optimizer::check_group(std::size_t group, std::string_view option) const {
  if (group >= states_.size())
    throw ValueError(message(name(), ": option '", option, "' of group ", group, "; there are ",
                             states_.size(), " groups, counted from 0"));
}

double* Optimizer::find_option(std::size_t group, std::string_view name) {
  check_group(group, name);
  for (const Option& option : options(group))
    if (option.name == name)
      if (double* const* value = std::get_if<double*>(&option.value)) return *value;
  return nullptr;
}

double& Optimizer::option(std::size_t group, std::string_view name) {
  if (double* value = find_option(group, name)) return *value;
  throw ValueError(
      message(this->name(), ": no numeric option '", name, "' among ", join_names(options(group))));
}

std::optional<double>& Optimizer::initial_lr(std::size_t group) {
  check_group(group, "initial_lr");
  return initial_lrs_[group];
}

std::ostream& operator<<(std::ostream& out, const Optimizer& optimizer) {
  out << optimizer.name() << " (\n";
  for (std::size_t i = 0; i < optimizer.states_.size(); ++i) {
    out << "Parameter Group " << i << '\n';
    for (const auto& [name, text] : optimizer.option_texts(i))
      out << "    " << name << ": " << text << '\n';
  }
  return out << ')';
}

// ---- saving and loading

std::string Optimizer::shapes(std::size_t group) const {
  std::string text;
  for (const State& state : states_[group])
    text += (text.empty() ? "" : ", ") + to_string(state.parameter_.shape());
  return text;
}

StateDict Optimizer::state_dict() const {
  NoGrad guard;
  StateDict saved{.optimizer = name(), .param_groups = {}, .state = {}};
  std::size_t i = 0;
  for (std::size_t group = 0; group < states_.size(); ++group) {
    OptionTexts& options = saved.param_groups.emplace_back(option_texts(group));
    options["params"] = shapes(group);
    if (auto initial_lr = initial_lrs_[group])
      options.merge(to_texts(list_initial_lr(*initial_lr)));
    for (const State& state : states_[group]) {
      for (const auto& [name, tensor] : state.tensors())
        saved.state[message(i, '.', name)] = tensor.clone();
      ++i;
    }
  }
  return saved;
}

void Optimizer::check_groups(const StateDict& saved, const std::string& origin) const {
  if (saved.optimizer != name())
    throw ValueError(
        message(origin, ": the state is that of '", saved.optimizer, "'; expected '", name(), "'"));
  if (saved.param_groups.size() != states_.size())
    throw ValueError(message(origin, ": the state has ", saved.param_groups.size(),
                             " parameter groups; expected ", states_.size()));
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const auto params = saved.param_groups[i].find("params");
    const std::string found = params == saved.param_groups[i].end() ? "" : params->second;
    if (found != shapes(i))
      throw ShapeError(message(origin, ": the parameters of group ", i, " have shapes [", found,
                               "]; expected [", shapes(i), "]"));
  }
}

std::vector<std::vector<State>> Optimizer::read_state(const StateDict& saved,
                                                      const std::string& origin) {
  std::vector<std::vector<State>> states;
  std::map<std::string, std::pair<State*, std::size_t>> places;
  std::size_t i = 0;
  for (std::size_t group = 0; group < states_.size(); ++group) {
    auto& added = states.emplace_back();
    added.reserve(states_[group].size());
    for (const State& old : states_[group]) {
      State& state = added.emplace_back(*this, group, old.parameter_);
      for (std::size_t k = 0; k < state_tensors().size(); ++k)
        places[message(i, '.', state_tensors()[k].name)] = {&state, k};
      ++i;
    }
  }
  NoGrad guard;
  for (const auto& [key, tensor] : saved.state) {
    const auto place = places.find(key);
    if (place == places.end())
      throw ValueError(message(origin, ": unknown state tensor '", key, "'; ", name(), " has ",
                               join_names(state_tensors()), " of the parameters 0 to ", i - 1));
    const auto [state, index] = place->second;
    const DType dtype = state_tensors()[index].scalar ? float64 : state->parameter_.dtype();
    if (!tensor.defined() || !is_floating(tensor.dtype()))
      throw DTypeError(message(origin, ": state tensor '", key, "' is ",
                               tensor.defined() ? xgrad::name(tensor.dtype()) : "undefined",
                               "; expected ", xgrad::name(dtype)));
    Tensor copy = tensor.detach().to(dtype).clone();
    const Shape expected = expected_shape(state_tensors()[index], state->parameter_, copy);
    if (copy.shape() != expected)
      throw ShapeError(message(origin, ": state tensor '", key, "' has shape ", copy.shape(),
                               "; expected ", expected));
    state->tensors_[index] = std::move(copy);
  }
  check_loaded(states.front().front(), origin);
  return states;
}

void Optimizer::restore(const StateDict& saved, const std::string& origin) {
  check_groups(saved, origin);
  auto states = read_state(saved, origin);
  std::vector<OptionTexts> groups = saved.param_groups;
  for (OptionTexts& group : groups) group.erase("params");
  auto initial_lrs = take_initial_lrs(groups, origin);
  set_options(groups, origin);  // the last that can fail, and it changes all or nothing
  initial_lrs_ = std::move(initial_lrs);
  for (std::size_t group = 0; group < states_.size(); ++group)
    for (std::size_t i = 0; i < states_[group].size(); ++i)
      states_[group][i].tensors_ = std::move(states[group][i].tensors_);
}

void Optimizer::load_state_dict(const StateDict& saved) { restore(saved, "load_state_dict"); }

void Optimizer::save(const std::string& path) const {
  const Safetensors file = to_safetensors(state_dict());
  save_safetensors(path, file.tensors, file.metadata);
}

void Optimizer::load(const std::string& path) {
  restore(to_state_dict(xgrad::detail::load_all_safetensors(path), path), path);
}

}  // namespace xgrad::optim
