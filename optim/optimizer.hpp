#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <iosfwd>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../autograd/tensor/tensor.hpp"
#include "option.hpp"

namespace xgrad {
struct Safetensors;
}

/// @file
/// What all optimizers share: groups of parameters with options of their own, the state of each
/// parameter, saving and loading. An optimizer adds a Rule: its options, its state and its step.

namespace xgrad::optim {

class Optimizer;

/// Computes the loss and calls backward() on it.
using Closure = std::function<Tensor()>;

/// One of the tensors an optimizer keeps for every parameter.
struct StateTensor {
  const char* name;
  bool scalar = false;     ///< 0-d and float64; otherwise of the parameter's shape and dtype
  bool any_shape = false;  ///< of the parameter's dtype, of no element before the first step
};

/// The state of one parameter: named tensors, each created when it is first needed.
class State {
 public:
  State(Optimizer& owner, std::size_t group, Tensor parameter);

  /// The tensor of that name, created with its initial value if it is not there yet. Writing to it
  /// (`optimizer.state(x)["sum"].fill_(1)`) presets what the next step reads. Throws ValueError if
  /// the optimizer has no tensor of that name.
  Tensor& operator[](std::string_view name);
  /// Whether the tensor of that name is there.
  bool contains(std::string_view name) const;
  /// The tensors that are there, by name.
  std::map<std::string, Tensor> tensors() const;

  /// @name For the update of an optimizer
  /// T is the parameter's element type; tensors are counted in the order of the rule.
  /// @{
  const Tensor& parameter() const noexcept { return parameter_; }
  std::size_t numel() const { return parameter_.numel(); }
  template <class T>
  T* values() {
    return parameter_.data<T>().data();
  }
  template <class T>
  const T* gradient() const {
    return parameter_.grad().template data<T>().data();
  }
  template <class T>
  T* tensor(std::size_t index) {
    return ensure(index).template data<T>().data();
  }
  double& scalar(std::size_t index) { return *tensor<double>(index); }
  /// @}

 private:
  friend class Optimizer;

  std::size_t index_of(std::string_view name) const;
  Tensor& ensure(std::size_t index);
  /// The shape and dtype of the tensor of that index. One of any shape has x's, if it is defined.
  std::pair<const Shape&, DType> form(std::size_t index, const Tensor& x = {}) const;

  Optimizer* owner_;
  std::size_t group_;
  Tensor parameter_;
  std::vector<Tensor> tensors_;  ///< undefined where not there yet
};

/// All that later steps depend on, beside the parameters and their gradients.
struct StateDict {
  /// Name of the class, as "Adam".
  std::string optimizer;
  /// For each group the options by name, as text that gives the same bits when read back, and under
  /// "params" the shapes of the parameters; also "initial_lr" once there was a scheduler.
  std::vector<OptionTexts> param_groups;
  /// The state: "2.exp_avg" is that of the third parameter, counted through all groups.
  std::map<std::string, Tensor> state;
};

/// Base of all optimizers. An optimizer changes its parameters in place; it holds handles to them,
/// so they outlive the module they came from. It can be neither copied nor moved, since learning
/// rate schedulers refer to it.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Updates every parameter that has a gradient and skips those that have none. Throws ShapeError
  /// or DTypeError if a gradient or a state tensor does not fit its parameter, and ValueError if an
  /// option has been set to a value that is not allowed; nothing is changed then.
  ///
  /// Denormal numbers count as 0 meanwhile, in gradients and in state, so that averages that decay
  /// end at 0: arithmetic with denormals is some 20 times slower, and 0.9 × the smallest of them is
  /// itself again. A denormal parameter keeps its value where its step is 0 and its decay none. The
  /// caller's floating-point mode is restored.
  virtual void step();
  /// Calls the closure with gradients recorded, then step(); returns the closure's loss. Throws
  /// ValueError if the closure is empty.
  virtual Tensor step(const Closure& closure);

  /// Drops the gradients of all parameters: they become undefined, not zero, so that a parameter
  /// the next backward pass does not reach is skipped (PyTorch's behaviour from version 2.0).
  void zero_grad();

  /// The state of a parameter, to inspect and to preset. Throws ValueError if the tensor is not one
  /// of the parameters.
  State& state(const Tensor& parameter);

  /// A copy of the state and the options; later steps do not change it.
  StateDict state_dict() const;
  /// Loads state (converted to the parameters' dtype) and options from a state_dict() of the same
  /// class with as many groups and parameters of the same shapes. State that is not in `saved` is
  /// dropped. Throws ValueError, ShapeError or DTypeError saying what differs; nothing is changed
  /// then.
  void load_state_dict(const StateDict& saved);
  /// Writes the state_dict() in the safetensors format, options as metadata. Throws IoError if the
  /// file cannot be written.
  void save(const std::string& path) const;
  /// Reads it. Throws IoError if the file cannot be read or holds no optimizer's state; otherwise
  /// as load_state_dict, the message beginning with the path.
  void load(const std::string& path);

  /// Name of the class, as "Adam".
  const char* name() const noexcept { return name_; }
  std::size_t num_param_groups() const noexcept { return initial_lrs_.size(); }
  /// A numeric option of a group by name, to read and to set in an optimizer of any class:
  /// `optimizer.option(0, "lr") *= 0.1`. The next step checks it. Throws ValueError if there is no
  /// such group or option.
  double& option(std::size_t group, std::string_view name);
  /// The same, but null if there is no such option.
  double* find_option(std::size_t group, std::string_view name);
  /// The learning rate that the schedulers of a group compute from: what it was when the first of
  /// them was made, which sets it. Throws ValueError if there is no such group.
  std::optional<double>& initial_lr(std::size_t group);

 protected:
  Optimizer(const char* name, std::vector<StateTensor> state_tensors)
      : name_(name), state_tensors_(std::move(state_tensors)) {}

  /// The tensors kept for every parameter.
  std::span<const StateTensor> state_tensors() const noexcept { return state_tensors_; }

  /// Throws what step() throws.
  void check_step();
  /// Calls the closure with gradients recorded. Throws ValueError if it is empty.
  Tensor call(const Closure& closure) const;
  /// Adds a group of parameters without state. Throws as OptimizerOf::add_param_group.
  void add_parameters(const std::vector<Tensor>& params);
  [[noreturn]] void throw_empty() const;

 private:
  friend class State;
  friend std::ostream& operator<<(std::ostream& out, const Optimizer& optimizer);

  /// The options of a group, those of a constant optimizer to be read only.
  virtual std::vector<Option> options(std::size_t group) const = 0;
  /// The options as bytes, by which a change is noticed.
  virtual std::span<const std::byte> option_bytes(std::size_t group) const = 0;
  /// Throws ValueError if the options have a value that is not allowed.
  virtual void check_options(std::size_t group) const = 0;
  virtual double initial_value(std::size_t group, std::size_t index) const = 0;
  virtual void update_parameter(State& state, std::size_t group) = 0;
  /// Throws ShapeError or ValueError, beginning with `origin`, if no step can continue from the
  /// loaded state of the first parameter, whose tensors have their dtypes.
  virtual void check_loaded(const State& /*first*/, const std::string& /*origin*/) const {}

  void expect_group(std::size_t group, std::string_view option) const;
  std::string shapes(std::size_t group) const;
  /// The options of a group and its initial learning rate, if it has one.
  std::vector<Option> saved_options(std::size_t group) const;
  std::vector<OptionTexts> option_texts() const;
  void check_groups(const StateDict& saved, const std::string& origin) const;
  void read_options(std::vector<OptionTexts> groups, const std::string& origin);
  std::deque<State> read_state(const StateDict& saved, const std::string& origin);
  void restore(const StateDict& saved, const std::string& origin);

  const char* name_;
  std::vector<StateTensor> state_tensors_;
  std::deque<State> states_;                        ///< one a parameter, in the order of groups
  std::vector<std::optional<double>> initial_lrs_;  ///< by group
  std::vector<std::vector<std::byte>> checked_;     ///< option_bytes that were allowed, by group
};

/// Prints the options of every group.
std::ostream& operator<<(std::ostream& out, const Optimizer& optimizer);

/// Parameters that share their options.
template <class Options>
class ParamGroup {
 public:
  /// With the optimizer's default options.
  ParamGroup(std::vector<Tensor> params)  // NOLINT(*-explicit-*)
      : params_(std::move(params)), has_options_(false) {}
  /// With these options; those not named have the class's defaults, not the optimizer's.
  ParamGroup(std::vector<Tensor> params, Options group_options)
      : options(std::move(group_options)), params_(std::move(params)) {}

  const std::vector<Tensor>& params() const noexcept { return params_; }
  bool has_options() const noexcept { return has_options_; }

  /// May be changed between steps: `adam.param_groups()[0].options.lr = 1e-4`.
  Options options;

 private:
  std::vector<Tensor> params_;
  bool has_options_ = true;
};

/// What an optimizer is, but for its groups. `Options` is an aggregate of double, std::int64_t,
/// bool, enumerations and arrays of them.
template <class Options>
struct Rule {
  using Update = void(const Options& options, State& state);

  const char* name;
  std::vector<StateTensor> state;
  /// Lists the fields of the options: the only source for checking, printing, saving and loading.
  std::vector<Option> (*fields)(Options& options);
  /// One step of a parameter of float32 and of float64, as update.hpp helps to write it.
  struct {
    Update *float32, *float64;
  } update = {};
  /// Throws ValueError if several options do not fit together.
  void (*check)(const Options& options) = [](const Options&) {};
  /// The value of the elements of a new state tensor.
  double (*initial_state)(const Options& options,
                          std::size_t index) = [](const Options&, std::size_t) { return 0.0; };
};

/// Makes `Class` an optimizer by its rule, which the function Class::rule() returns.
template <class Class, class Options>
class OptimizerOf : public Optimizer {
  static_assert(std::is_trivially_copyable_v<Options>);

 public:
  using ParamGroup = optim::ParamGroup<Options>;

  /// Throws ValueError if there are no parameters; otherwise as add_param_group.
  explicit OptimizerOf(std::vector<ParamGroup> groups, Options defaults = {})
      : OptimizerOf(Class::rule(), defaults) {
    if (std::ranges::all_of(groups, [](const auto& group) { return group.params().empty(); }))
      throw_empty();
    for (ParamGroup& group : groups) add_param_group(std::move(group));
  }
  /// The same with one group.
  explicit OptimizerOf(std::vector<Tensor> params, Options options = {})
      : OptimizerOf(std::vector<ParamGroup>{std::move(params)}, options) {}

  /// Valid until the next add_param_group.
  std::span<ParamGroup> param_groups() noexcept { return groups_; }
  std::span<const ParamGroup> param_groups() const noexcept { return groups_; }

  /// Adds a group. Throws ValueError if a tensor is undefined or is a parameter already, or if an
  /// option has a value that is not allowed; GradError if a tensor is the result of a recorded
  /// operation; DTypeError if it is one of integers. Nothing is changed then.
  void add_param_group(ParamGroup group) {
    if (!group.has_options()) group.options = defaults_;
    validate(group.options);
    groups_.reserve(groups_.size() + 1);
    add_parameters(group.params());
    groups_.push_back(std::move(group));
  }

 private:
  OptimizerOf(Rule<Options> rule, Options defaults)
      : Optimizer(rule.name, rule.state), rule_(std::move(rule)), defaults_(defaults) {}

  std::vector<Option> list(const Options& options) const {
    return rule_.fields(const_cast<Options&>(options));
  }
  void validate(const Options& options) const {
    check_ranges(name(), list(options));
    rule_.check(options);
  }

  std::vector<Option> options(std::size_t group) const final {
    return list(groups_[group].options);
  }
  std::span<const std::byte> option_bytes(std::size_t group) const final {
    return std::as_bytes(std::span(&groups_[group].options, 1));
  }
  void check_options(std::size_t group) const final { validate(groups_[group].options); }
  double initial_value(std::size_t group, std::size_t index) const final {
    return rule_.initial_state(groups_[group].options, index);
  }
  void update_parameter(State& state, std::size_t group) final {
    const auto [float32, float64] = rule_.update;
    (state.parameter().dtype() == DType::float32 ? float32 : float64)(groups_[group].options,
                                                                      state);
  }

  Rule<Options> rule_;
  Options defaults_;
  std::vector<ParamGroup> groups_;
};

/// The form that a state_dict() has in a file. Its metadata is
/// {"optimizer": "Adam", "0.lr": "0.001", "0.params": "(2, 3)", …}.
Safetensors to_safetensors(const StateDict& state);
/// The state_dict() in a file. Throws IoError, beginning with `origin`, if it holds none.
StateDict to_state_dict(Safetensors file, const std::string& origin);

}  // namespace xgrad::optim
