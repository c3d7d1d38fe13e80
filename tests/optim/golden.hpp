#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "autograd/creation.hpp"

/// @file
/// Runs the trajectories of tests/golden/optim.json; tests/golden/optim.py says what they are.

namespace xgrad::test {

inline const nlohmann::json& golden_trajectories() {
  static const auto json = nlohmann::json::parse(
      std::ifstream(std::string(XGRAD_SOURCE_DIR) + "/tests/golden/optim.json"));
  return json;
}

inline Tensor golden_parameter(std::size_t j, DType dtype) {
  const Shape shape(golden_trajectories()["shapes"][j].get<std::vector<std::size_t>>());
  std::vector<double> values(shape.numel());
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = 2 + static_cast<double>(i) / 4 + static_cast<double>(j) / 8;
  return tensor(values, shape, {.dtype = dtype, .requires_grad = true});
}

inline Tensor golden_gradient(const Tensor& x, std::size_t j, std::size_t t, bool maximize) {
  std::vector<double> g = x.to_vector<double>();
  for (std::size_t i = 0; i < g.size(); ++i) {
    g[i] = (g[i] - 3) * 0.5 + (static_cast<double>((7 * t + 5 * i + 3 * j) % 11) - 5) / 8;
    if (maximize) g[i] = -g[i];
  }
  return tensor(g, x.shape(), {.dtype = x.dtype()});
}

/// How closely a trajectory is followed: every value to `relative` of itself, or of `floor` where
/// it is smaller (an average of float32 gradients near 0 is as exact as the parameters near 3).
struct Tolerance {
  double relative;
  double floor = 0;
};

inline void expect_near(const Tensor& found, const nlohmann::json& expected, Tolerance tolerance) {
  const auto a = found.to_vector<double>();
  const auto b = expected.get<std::vector<double>>();
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_NEAR(a[i], b[i], tolerance.relative * std::max(std::abs(b[i]), tolerance.floor))
        << "element " << i;
}

/// Walks one trajectory with Optimizer, whose options `read` takes from JSON.
template <class Optimizer, class Read>
void check_trajectory(const nlohmann::json& golden, Read read, DType dtype, Tolerance tolerance) {
  std::vector<Tensor> params;
  for (std::size_t j = 0; j < golden_trajectories()["shapes"].size(); ++j)
    params.push_back(golden_parameter(j, dtype));

  std::vector<typename Optimizer::ParamGroup> groups;
  for (const auto& group : golden["groups"]) {
    std::vector<Tensor> members;
    for (const auto& j : group["params"]) members.push_back(params[j.template get<std::size_t>()]);
    groups.push_back({members, read(group["options"])});
  }
  Optimizer optimizer(std::move(groups));

  for (std::size_t t = 0; t < golden_trajectories()["steps"]; ++t) {
    for (const auto& change : golden["changes"])
      if (change["step"] == t)
        for (const auto& [name, value] : change["options"].items())
          optimizer.option(change["group"], name) = value;
    for (std::size_t g = 0; g < golden["groups"].size(); ++g)
      for (const std::size_t j : golden["groups"][g]["params"])
        params[j].set_grad(
            j == 2 && t % 3 == 0
                ? Tensor()
                : golden_gradient(params[j], j, t, optimizer.param_groups()[g].options.maximize));
    optimizer.step();
    const std::string steps = std::to_string(t + 1);
    if (!golden["checkpoints"].contains(steps)) continue;
    for (std::size_t j = 0; j < params.size(); ++j) {
      SCOPED_TRACE("parameter " + std::to_string(j) + " after step " + steps);
      expect_near(params[j], golden["checkpoints"][steps][j], tolerance);
    }
  }

  for (const auto& [key, values] : golden["state"].items()) {
    SCOPED_TRACE("state " + key);
    const std::size_t j = std::stoul(key);
    expect_near(optimizer.state(params[j])[key.substr(key.find('.') + 1)], values, tolerance);
  }
}

/// All trajectories of the optimizer of that name, in float64 to 1e-12 and in float32 to 1e-5.
template <class Optimizer, class Read>
void check_trajectories(const std::string& name, std::size_t expected_cases, Read read) {
  std::size_t cases = 0;
  for (const auto& golden : golden_trajectories()["cases"]) {
    if (golden["optimizer"] != name) continue;
    ++cases;
    SCOPED_TRACE(golden["groups"].dump());
    check_trajectory<Optimizer>(golden, read, float64, {1e-12});
    check_trajectory<Optimizer>(golden, read, float32, {1e-5, 1});
  }
  EXPECT_EQ(cases, expected_cases);
}

}  // namespace xgrad::test
