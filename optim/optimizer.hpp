#pragma once

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
  const char* name;     ///< as in the state_dict()
  bool scalar = false;  ///< 0-d and float64; otherwise of the parameter's shape and dtype
  const double* initial = nullptr;  ///< where its first value is read, such as an option; 0 if null
  bool any_shape = false;  ///< of the parameter's dtype, of no element before the first step
};

/// The state of one parameter: named tensors, each created when it is first needed.
class State {
 public:
  /// The tensor of that name, created with its initial value if it is not there yet. Writing to it
  /// (`optimizer.state(x)["sum"].fill_(1)`) presets what the next step reads. Throws ValueError if
  /// the optimizer has no tensor of that name.
  Tensor& operator[](std::string_view name);
  /// Whether the tensor of that name is there.
  bool contains(std::string_view name) const;
  /// The tensors that are there, by name.
  std::map<std::string, Tensor> tensors() const;

  /// @name For the update of an optimizer
  /// Tensors are counted in the order of the rule, and created as above.
  /// @{
  Tensor& parameter() noexcept { return parameter_; }  ///< whose state it is
  Tensor& tensor(std::size_t index);                   ///< one of the tensors
  /// The number in a 0-d one.
  double& scalar(std::size_t index) { return tensor(index).data<double>()[0]; }
  /// @}

 private:
  friend class Optimizer;

  State(Optimizer& owner, std::size_t group, Tensor parameter, std::size_t count)
      : owner_(&owner), group_(group), parameter_(std::move(parameter)), tensors_(count) {}

  std::size_t index_of(std::string_view name) const;
  /// The shape and dtype of the tensor of that index. One of any shape has x's, if it is defined.
  std::pair<const Shape&, DType> form(std::size_t index, const Tensor& x = {}) const;

  Optimizer* owner_;
  std::size_t group_;
  Tensor parameter_;
  std::vector<Tensor> tensors_;  ///< undefined where not there yet
};

/// All that later steps depend on, beside the parameters and their gradients.
struct StateDict {
  std::string optimizer;  ///< name of the class, as "Adam"
  /// For each group the options by name, as text that gives the same bits when read back, and under
  /// "params" the shapes of the parameters; also "initial_lr" once there was a scheduler.
  std::vector<OptionTexts> param_groups;
  /// The state: "2.exp_avg" is that of the third parameter, counted through all groups.
  std::map<std::string, Tensor> state;
};

/// What an optimizer does with the parameters of a group. The functions and pointers refer to the
/// options of the group, an aggregate of double, std::int64_t, bool, enumerations and arrays.
struct Rule {
  const char* name;                ///< of the class
  std::vector<StateTensor> state;  ///< of each parameter
  /// Lists the fields of the options: the only source for checking, printing, saving and loading.
  std::vector<Option> fields;
  /// One step of a parameter, as update.hpp helps to write it.
  std::function<void(State& state)> update = {};
  /// Throws ValueError if several options do not fit together.
  std::function<void()> check = [] {};
  std::span<const std::byte> bytes = {};      ///< the options, by which a change is noticed
  std::vector<std::byte> checked_bytes = {};  ///< those that were allowed last
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
  /// option has been set to a value that is not allowed or a module has another parameter in the
  /// place of one of these (Module); nothing is changed then.
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
  /// dropped. Throws ValueError, ShapeError or DTypeError, beginning with `origin`, saying what
  /// differs; nothing is changed then.
  void load_state_dict(const StateDict& saved, const std::string& origin = "load_state_dict");
  /// Writes the state_dict() in the safetensors format, options as metadata. Throws IoError if the
  /// file cannot be written.
  void save(const std::string& path) const;
  /// Reads it. Throws IoError if the file cannot be read or holds no optimizer's state; otherwise
  /// as load_state_dict, the message beginning with the path.
  void load(const std::string& path);

  /// Name of the class, as "Adam".
  const char* name() const noexcept { return name_; }
  /// Number of parameter groups.
  std::size_t num_param_groups() const noexcept { return rules_.size(); }
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
  /// Of this class; without groups.
  explicit Optimizer(const char* name) : name_(name) {}

  /// The tensors kept for every parameter.
  const std::vector<StateTensor>& state_tensors() const noexcept { return rules_[0].state; }

  /// Throws what step() throws.
  void check_step();
  /// Calls the closure with gradients recorded. Throws ValueError if it is empty.
  Tensor call(const Closure& closure) const;
  /// Adds a group of parameters; `rules` are those of all groups, this one the last. Throws as
  /// OptimizerOf::add_param_group.
  void add_parameters(const std::vector<Tensor>& params, std::vector<Rule> rules);
  /// Throws ValueError if there are none.
  void expect_parameters() const;

 private:
  friend class State;
  friend std::ostream& operator<<(std::ostream& out, const Optimizer& optimizer);

  /// Throws ShapeError or ValueError, beginning with `origin`, if no step can continue from the
  /// loaded state of the first parameter, whose tensors have their dtypes.
  virtual void check_loaded(const State& /*first*/, const std::string& /*origin*/) const {}

  void expect_group(std::size_t group, std::string_view option) const;
  /// The options of a group and its initial learning rate, if it has one.
  std::vector<Option> saved_options(std::size_t group) const;
  std::vector<OptionTexts> group_texts() const;
  void read_groups(std::vector<OptionTexts> groups, const std::string& origin);
  std::deque<State> read_state(const StateDict& saved, const std::string& origin);

  const char* name_;
  std::vector<Rule> rules_;                         ///< by group
  std::vector<std::optional<double>> initial_lrs_;  ///< by group
  std::deque<State> states_;                        ///< one a parameter, in the order of groups
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

  /// The parameters.
  const std::vector<Tensor>& params() const noexcept { return params_; }
  /// Whether it was made with options.
  bool has_options() const noexcept { return has_options_; }

  /// May be changed between steps: `adam.param_groups()[0].options.lr = 1e-4`.
  Options options;

 private:
  std::vector<Tensor> params_;
  bool has_options_ = true;
};

/// An optimizer with these options, of which Options::rule(options) makes the rule.
template <class Options>
class OptimizerOf : public Optimizer {
  static_assert(std::is_trivially_copyable_v<Options>);

 public:
  using ParamGroup = optim::ParamGroup<Options>;  ///< parameters with these options

  /// Throws ValueError if there are no parameters; otherwise as add_param_group.
  explicit OptimizerOf(std::vector<ParamGroup> groups, Options defaults = {})
      : Optimizer(Options::rule(defaults).name), defaults_(std::move(defaults)) {
    for (ParamGroup& group : groups) add_param_group(std::move(group));
    expect_parameters();
  }
  /// The same with one group.
  explicit OptimizerOf(std::vector<Tensor> params, Options options = {})
      : OptimizerOf(std::vector<ParamGroup>{std::move(params)}, std::move(options)) {}

  /// Valid until the next add_param_group.
  std::span<ParamGroup> param_groups() noexcept { return groups_; }
  /// The same for reading.
  std::span<const ParamGroup> param_groups() const noexcept { return groups_; }

  /// Adds a group. Throws ValueError if a tensor is undefined or is a parameter already, or if an
  /// option has a value that is not allowed; GradError if a tensor is the result of a recorded
  /// operation; DTypeError if it is one of integers. Nothing is changed then.
  void add_param_group(ParamGroup group) {
    if (!group.has_options()) group.options = defaults_;
    std::vector<ParamGroup> groups = groups_;
    groups.push_back(std::move(group));
    std::vector<Rule> rules;
    for (ParamGroup& each : groups) {
      rules.push_back(Options::rule(each.options));
      rules.back().bytes = std::as_bytes(std::span(&each.options, 1));
    }
    add_parameters(groups.back().params(), std::move(rules));
    groups_ = std::move(groups);
  }

 private:
  Options defaults_;
  std::vector<ParamGroup> groups_;
};

/// The form that a state_dict() has in a file. Its metadata is
/// {"optimizer": "Adam", "0.lr": "0.001", "0.params": "(2, 3)", …}.
Safetensors to_safetensors(const StateDict& state);
/// The state_dict() in a file. Throws IoError, beginning with `origin`, if it holds none.
StateDict to_state_dict(Safetensors file, const std::string& origin);

}  // namespace xgrad::optim
