#pragma once

#include <string>
#include <vector>

#include "optim/optimizer.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/test.hpp"

/// @file
/// Runs the trajectories of tests/golden/optim.json; tests/golden/optim.py says what they are. And
/// what options an optimizer refuses.

namespace xgrad::test {

inline const json& golden_trajectories() {
  static const json golden = read_golden("optim.json");
  return golden;
}

inline Tensor golden_parameter(std::size_t j, DType dtype) {
  const Shape shape = golden_shape(golden_trajectories()["shapes"][j]);
  Doubles values(shape.numel());
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = 2 + static_cast<double>(i) / 4 + static_cast<double>(j) / 8;
  return tensor(values, shape, {.dtype = dtype, .requires_grad = true});
}

/// Of parameter j at step t, times `sign`.
inline Tensor golden_gradient(const Tensor& x, std::size_t j, std::size_t t, double sign) {
  if (j == 2 && t % 3 == 0) return Tensor();
  Doubles g = x.to_vector<double>();
  for (std::size_t i = 0; i < g.size(); ++i)
    g[i] = sign * ((g[i] - 3) / 2 + (static_cast<double>((7 * t + 5 * i + 3 * j) % 11) - 5) / 8);
  return tensor(g, x.shape(), {.dtype = x.dtype()});
}

/// Sets options of a group to the values that JSON gives them by name.
inline void set_options(optim::Optimizer& optimizer, std::size_t group, const json& options) {
  optim::StateDict dict = optimizer.state_dict();
  optim::OptionTexts& texts = dict.param_groups.at(group);
  for (const auto& [name, value] : options.items())
    if (value.is_array())
      for (std::size_t i = 0; i < value.size(); ++i)
        texts[name + "[" + std::to_string(i) + "]"] = value[i].dump();
    else
      texts[name] = value.dump();
  optimizer.load_state_dict(dict);
}

/// How closely a trajectory is followed: every value to `relative` of itself, or of `floor` where
/// it is smaller (an average of float32 gradients near 0 is as exact as the parameters near 3).
struct Tolerance {
  double relative;
  double floor = 0;
};

inline void expect_golden(const Tensor& found, const json& expected, Tolerance tolerance) {
  const auto a = found.to_vector<double>();
  const auto b = expected.get<Doubles>();
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_NEAR(a[i], b[i], tolerance.relative * std::max(std::abs(b[i]), tolerance.floor))
        << "element " << i;
}

/// Walks one trajectory, with `maximize` and the gradients negated if `sign` is -1.
template <class Optimizer>
void check_trajectory(const json& golden, double sign, DType dtype, Tolerance tolerance) {
  Tensors params;
  for (std::size_t j = 0; j < golden_trajectories()["shapes"].size(); ++j)
    params.push_back(golden_parameter(j, dtype));

  std::vector<typename Optimizer::ParamGroup> groups;
  for (const auto& group : golden["groups"]) {
    Tensors members;
    for (const std::size_t j : group["params"]) members.push_back(params[j]);
    groups.push_back(members);
  }
  Optimizer optimizer(std::move(groups));
  for (std::size_t g = 0; g < golden["groups"].size(); ++g) {
    set_options(optimizer, g, golden["groups"][g]["options"]);
    set_options(optimizer, g, {{"maximize", sign < 0}});
  }

  for (std::size_t t = 0; t < golden_trajectories()["steps"]; ++t) {
    for (const auto& change : golden["changes"])
      if (change["step"] == t) set_options(optimizer, change["group"], change["options"]);
    for (std::size_t j = 0; j < params.size(); ++j)
      params[j].set_grad(golden_gradient(params[j], j, t, sign));
    optimizer.step();
    const std::string steps = std::to_string(t + 1);
    if (!golden["checkpoints"].contains(steps)) continue;
    for (std::size_t j = 0; j < params.size(); ++j) {
      SCOPED_TRACE("parameter " + std::to_string(j) + " after step " + steps);
      expect_golden(params[j], golden["checkpoints"][steps][j], tolerance);
    }
  }

  for (const auto& [key, values] : golden["state"].items()) {
    SCOPED_TRACE("state " + key);
    const std::size_t j = std::stoul(key);
    expect_golden(optimizer.state(params[j])[key.substr(key.find('.') + 1)], values, tolerance);
  }
}

/// Optimizer has PyTorch's options with PyTorch's defaults, and `maximize`.
template <class Optimizer>
void check_defaults() {
  Optimizer optimizer({golden_parameter(0, float64)});
  const optim::OptionTexts found = optimizer.state_dict().param_groups[0];
  std::size_t options = 2;  // maximize, and what is no option: params
  for (const auto& value : golden_trajectories()["defaults"][optimizer.name()])
    options += value.is_array() ? value.size() : 1;
  EXPECT_EQ(found.size(), options);
  set_options(optimizer, 0, golden_trajectories()["defaults"][optimizer.name()]);
  set_options(optimizer, 0, {{"maximize", false}});
  EXPECT_EQ(found, optimizer.state_dict().param_groups[0]);
}

/// Optimizer follows PyTorch's of the same name: the defaults and all trajectories, in float64 to
/// 1e-12 and in float32 to 1e-5, whether minimizing or maximizing.
template <class Optimizer>
void check_follows_pytorch(std::size_t expected_cases) {
  check_defaults<Optimizer>();
  const std::string name = Optimizer({golden_parameter(0, float64)}).name();
  std::size_t cases = 0;
  for (const auto& golden : golden_trajectories()["cases"]) {
    if (golden["optimizer"] != name) continue;
    ++cases;
    SCOPED_TRACE(golden["groups"].dump());
    for (const double sign : {1, -1}) {
      check_trajectory<Optimizer>(golden, sign, float64, {1e-12});
      check_trajectory<Optimizer>(golden, sign, float32, {1e-5, 1});
    }
  }
  EXPECT_EQ(cases, expected_cases);
}

// ---- options that are refused

template <class Optimizer>
using OptionsOf =
    std::remove_cvref_t<decltype(std::declval<Optimizer&>().param_groups()[0].options)>;

/// Optimizer refuses these options with a ValueError: its name and this text.
template <class Optimizer>
void expect_refused(const OptionsOf<Optimizer>& options, const std::string& text) {
  const std::string name = Optimizer({leaf(1)}).name();
  EXPECT_EQ(ERROR_OF(ValueError, Optimizer refused({leaf(1)}, options)), name + ": " + text);
}

}  // namespace xgrad::test
