#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
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

/// @file
/// What all optimizers share: groups of parameters with options of their own, the state kept for
/// each parameter, saving and loading. An optimizer class adds to it its options, the names of its
/// state tensors and its update of one parameter; sgd.hpp and sgd.cpp are the shortest example.

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

/// What an optimizer keeps for one parameter: named tensors, each created when it is first needed.
class State {
 public:
  State(Optimizer& owner, std::size_t group, Tensor parameter);

  /// The tensor of that name, created with its initial value if it is not there yet. Writing to it
  /// (`optimizer.state(x)["sum"].fill_(1)`) presets what the next step reads.
  /// Errors: ValueError for a name the optimizer has no tensor of.
  Tensor& operator[](std::string_view name);
  /// Whether the tensor of that name is there.
  bool contains(std::string_view name) const;
  /// The tensors that are there, by name.
  std::map<std::string, Tensor> tensors() const;

  /// @name For the update of an optimizer
  /// T is the parameter's element type; tensors are counted in the order of state_tensors().
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
  /// Errors: ShapeError, DTypeError unless `tensor` can be the one of that index.
  void check(std::size_t index, const Tensor& tensor) const;

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

  /// Updates every parameter that has a gradient and skips those that have none. Nothing is
  /// changed when an error is thrown.
  ///
  /// Denormal numbers count as 0 meanwhile, in gradients and in state, so that averages that decay
  /// end at 0: arithmetic with denormals is some 20 times slower, and 0.9 × the smallest of them is
  /// itself again. A denormal parameter keeps its value where its step is 0 and its decay none. The
  /// caller's floating-point mode is put back.
  /// Errors: ShapeError, DTypeError for a gradient or a state tensor that does not fit; ValueError
  /// for options that have been set out of range.
  virtual void step();
  /// Calls the closure with gradients recorded, then step(); returns the closure's loss.
  /// Errors: ValueError for an empty closure.
  virtual Tensor step(const Closure& closure);

  /// Forgets the gradients of all parameters: they become undefined, not zero, so that a parameter
  /// the next backward pass does not reach is skipped (PyTorch's behaviour from version 2.0).
  void zero_grad();

  /// What the optimizer keeps for a parameter, to inspect and to preset.
  /// Errors: ValueError for a tensor that is not one of the parameters.
  State& state(const Tensor& parameter);

  /// A copy of the state and the options; later steps do not change it.
  StateDict state_dict() const;
  /// Takes over state (converted to the parameters' dtype) and options from a state_dict() of the
  /// same class with as many groups and parameters of the same shapes. State that is not in `saved`
  /// is dropped. Errors: ValueError, ShapeError, DTypeError saying what differs; nothing is
  /// changed.
  void load_state_dict(const StateDict& saved);
  /// Writes the state_dict() in the safetensors format, options as metadata. Errors: IoError.
  void save(const std::string& path) const;
  /// Errors: IoError for a file that cannot be read or holds no optimizer's state; otherwise as
  /// load_state_dict, the message beginning with the path.
  void load(const std::string& path);

  /// Name of the class, as "Adam".
  virtual const char* name() const noexcept = 0;
  std::size_t num_param_groups() const noexcept { return states_.size(); }
  /// A numeric option of a group by name, to read and to set whatever the optimizer's class:
  /// `optimizer.option(0, "lr") *= 0.1`. The next step checks it.
  /// Errors: ValueError for a group or name there is none of.
  double& option(std::size_t group, std::string_view name);
  /// The same, but null when there is no such option. Errors: ValueError for a group there is none
  /// of.
  double* find_option(std::size_t group, std::string_view name);
  /// The learning rate that the schedulers of a group compute from: what it was when the first of
  /// them was made, which sets it. Errors: ValueError for a group there is none of.
  std::optional<double>& initial_lr(std::size_t group);

 protected:
  Optimizer() = default;

  /// The tensors kept for every parameter.
  virtual std::span<const StateTensor> state_tensors() const noexcept = 0;

  /// Errors: ShapeError, DTypeError for a gradient or a state tensor that does not fit; ValueError
  /// for options out of range.
  void check_step();
  /// Calls the closure with gradients recorded. Errors: ValueError for an empty one.
  Tensor call(const Closure& closure) const;

  /// Adds a group of parameters without state. Errors: as OptimizerOf::add_param_group.
  void add_parameters(const std::vector<Tensor>& params);

 private:
  friend class State;
  friend std::ostream& operator<<(std::ostream& out, const Optimizer& optimizer);

  /// What OptimizerOf knows of a group's options.
  virtual std::vector<Option> options(std::size_t group) = 0;
  virtual void check_options() {}
  virtual OptionTexts option_texts(std::size_t group) const = 0;
  virtual void set_options(const std::vector<OptionTexts>& groups, const std::string& origin) = 0;
  virtual double initial_value(std::size_t group, std::size_t index) const = 0;
  virtual void update_parameter(std::size_t group, State& state) = 0;
  /// Errors, beginning with `origin`: ShapeError, ValueError unless the state that was loaded for
  /// the first parameter, whose tensors have their dtypes, can be gone on with.
  virtual void check_loaded(const State& /*first*/, const std::string& /*origin*/) const {}

  void check_group(std::size_t group, std::string_view option) const;
  std::string shapes(std::size_t group) const;
  void check_groups(const StateDict& saved, const std::string& origin) const;
  std::vector<std::vector<State>> read_state(const StateDict& saved, const std::string& origin);
  void restore(const StateDict& saved, const std::string& origin);

  std::vector<std::vector<State>> states_;          ///< one a parameter, by group
  std::vector<std::optional<double>> initial_lrs_;  ///< by group
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

/// Base of the optimizers whose options are `Options`, an aggregate of double, std::int64_t, bool
/// and arrays of them. The constructor of a class calls add_param_group(s); the class says
/// - name() and state_tensors();
/// - list(): its options;
/// - update(): one step of one parameter, a single pass over its values, gradient and state;
/// - where needed check(), rules between several options, and initial_state(), 0 otherwise.
template <class Options>
class OptimizerOf : public Optimizer {
 public:
  using ParamGroup = optim::ParamGroup<Options>;

  /// Valid until the next add_param_group.
  std::span<ParamGroup> param_groups() noexcept { return groups_; }
  std::span<const ParamGroup> param_groups() const noexcept { return groups_; }

  /// Adds a group. Nothing is changed when an error is thrown. Errors: ValueError for an undefined
  /// tensor, one that is a parameter already and options out of range; GradError for the result of
  /// a recorded operation; DTypeError for integers.
  void add_param_group(ParamGroup group) {
    if (!group.has_options()) group.options = defaults_;
    validate(group.options);
    groups_.reserve(groups_.size() + 1);
    add_parameters(group.params());
    groups_.push_back(std::move(group));
  }

 protected:
  explicit OptimizerOf(Options defaults) : defaults_(std::move(defaults)) {}

  /// The groups an optimizer is made of. Errors: ValueError when there are no parameters; as
  /// add_param_group.
  void add_param_groups(std::vector<ParamGroup> groups) {
    std::size_t count = 0;
    for (const ParamGroup& group : groups) count += group.params().size();
    if (count == 0)
      throw ValueError(std::string(name()) +
                       ": the list of parameters is empty; give at least one. A module's "
                       "parameters() are those of the fields that its XGRAD_FIELDS names");
    for (ParamGroup& group : groups) add_param_group(std::move(group));
  }

 private:
  virtual std::vector<Option> list(Options& options) const = 0;
  virtual void check(const Options&) const {}
  virtual double initial_state(const Options&, std::size_t /*index*/) const { return 0; }
  virtual void update(const Options& options, State& state) = 0;

  /// Those that may have been changed since they were found in range; nothing is allocated for the
  /// others.
  void check_options() final {
    static_assert(std::is_trivially_copyable_v<Options>);
    checked_.resize(groups_.size());
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      const Options& now = groups_[i].options;
      Bytes bytes;
      std::memcpy(bytes.data(), &now, sizeof(Options));
      if (bytes == checked_[i]) continue;
      validate(now);
      checked_[i] = bytes;
    }
  }
  void validate(Options options) const {
    check_ranges(name(), list(options));
    check(options);
  }

  std::vector<Option> options(std::size_t group) final { return list(groups_[group].options); }
  OptionTexts option_texts(std::size_t group) const final {
    Options copy = groups_[group].options;
    return to_texts(list(copy));
  }
  void set_options(const std::vector<OptionTexts>& groups, const std::string& origin) final {
    std::vector<Options> loaded;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      loaded.push_back(groups_[i].options);
      from_texts(groups[i], list(loaded.back()), origin);
      try {
        validate(loaded.back());
      } catch (const ValueError& error) {
        throw ValueError(origin + ": " + error.what());
      }
    }
    for (std::size_t i = 0; i < loaded.size(); ++i) groups_[i].options = std::move(loaded[i]);
  }
  double initial_value(std::size_t group, std::size_t index) const final {
    return initial_state(groups_[group].options, index);
  }
  void update_parameter(std::size_t group, State& state) final {
    update(groups_[group].options, state);
  }

  using Bytes = std::array<std::byte, sizeof(Options)>;

  Options defaults_;
  std::vector<ParamGroup> groups_;
  std::vector<std::optional<Bytes>> checked_;  ///< options that were in range, by group
};

/// Calls f(T{}) with the element type of the state's parameter, float or double.
template <class F>
void visit_element(const State& state, F&& f) {
  visit_floating(state.parameter().dtype(), f);
}

}  // namespace xgrad::optim
