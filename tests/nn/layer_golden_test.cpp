// The layers against PyTorch's values: outputs, gradients and running statistics
// (tests/golden/nn_layers.py).

#include "golden.hpp"
#include "nn/activation.hpp"
#include "nn/embedding.hpp"
#include "nn/flatten.hpp"
#include "nn/linear.hpp"
#include "nn/normalization.hpp"
#include "nn/sequential.hpp"

namespace xgrad::test {
namespace {

using nlohmann::json;

template <class Layer>
nn::AnyModule without_options(const json&, const json&) {
  return Layer();
}

/// A layer of one number, the option `name`.
template <class Layer, class T, const char* name>
nn::AnyModule with_option(const json&, const json& options) {
  return Layer(options[name].get<T>());
}
constexpr char slope[] = "negative_slope", alpha[] = "alpha", beta[] = "beta", dim[] = "dim";

/// An option that Python calls None where there is none.
template <class T>
std::optional<T> optional(const json& value) {
  return value.is_null() ? std::optional<T>() : std::optional<T>(value.get<T>());
}

nn::AnyModule flatten(const json& arguments, const json&) {
  return nn::Flatten(arguments.empty() ? 1 : arguments[0].get<int>(),
                     arguments.size() < 2 ? -1 : arguments[1].get<int>());
}

nn::AnyModule linear(const json& arguments, const json& options) {
  return nn::Linear(arguments[0].get<int>(), arguments[1].get<int>(), {.bias = options["bias"]});
}

nn::AnyModule batch_norm(const json& arguments, const json& options) {
  return nn::BatchNorm1d(arguments[0].get<int>(),
                         {.eps = options["eps"],
                          .momentum = optional<double>(options["momentum"]),
                          .affine = options["affine"],
                          .track_running_stats = options["track_running_stats"]});
}

nn::AnyModule layer_norm(const json& arguments, const json& options) {
  return nn::LayerNorm(
      Shape(arguments[0].get<std::vector<std::size_t>>()),
      {.eps = options["eps"], .elementwise_affine = options["elementwise_affine"]});
}

nn::AnyModule embedding(const json& arguments, const json& options) {
  return nn::Embedding(arguments[0].get<int>(), arguments[1].get<int>(),
                       {.padding_idx = optional<std::int64_t>(options["padding_idx"])});
}

nn::AnyModule make(const json& golden) {
  static const std::map<std::string, nn::AnyModule (*)(const json&, const json&)> makers = {
      {"Identity", without_options<nn::Identity>},
      {"ReLU", without_options<nn::ReLU>},
      {"Sigmoid", without_options<nn::Sigmoid>},
      {"Tanh", without_options<nn::Tanh>},
      {"GELU", without_options<nn::GELU>},
      {"SiLU", without_options<nn::SiLU>},
      {"LeakyReLU", with_option<nn::LeakyReLU, double, slope>},
      {"ELU", with_option<nn::ELU, double, alpha>},
      {"Softplus", with_option<nn::Softplus, double, beta>},
      {"Softmax", with_option<nn::Softmax, int, dim>},
      {"LogSoftmax", with_option<nn::LogSoftmax, int, dim>},
      {"Flatten", flatten},
      {"Linear", linear},
      {"BatchNorm1d", batch_norm},
      {"LayerNorm", layer_norm},
      {"Embedding", embedding},
  };
  return makers.at(golden["layer"])(golden["arguments"], golden["options"]);
}

void expect_pass(nn::AnyModule& layer, const json& expected, bool integers, DType dtype) {
  const Tensor x =
      golden_tensor(expected["x"], {.dtype = integers ? int64 : dtype, .requires_grad = !integers});
  layer->train(expected["training"]);
  layer->zero_grad();
  const Tensor output = layer(x);
  expect_golden(output, expected["output"]);

  output.backward(golden_seed(output));
  auto parameters = layer->named_parameters();
  if (!integers) parameters.emplace_back("x", x);
  EXPECT_EQ(parameters.size(), expected["gradients"].size());
  for (const auto& [name, parameter] : parameters) {
    SCOPED_TRACE(name);
    expect_golden(parameter.grad(), expected["gradients"][name]);
  }
  const auto buffers = layer->named_buffers();
  EXPECT_EQ(buffers.size(), expected["buffers"].size());
  for (const auto& [name, buffer] : buffers) {
    SCOPED_TRACE(name);
    expect_golden(buffer, expected["buffers"][name]);
  }
}

TEST(LayerGolden, EveryCombinationOfOptionsAsInPyTorch) {
  const json golden = read_golden("nn_layers.json");
  ASSERT_EQ(golden["cases"].size(), 99U);
  for (const json& test : golden["cases"])
    for (const DType dtype : {float64, float32}) {
      SCOPED_TRACE(test["layer"].dump() + test["arguments"].dump() + test["options"].dump() +
                   name(dtype));
      nn::AnyModule layer = make(test);
      layer->to(dtype);
      nn::StateDict parameters;
      for (const auto& [name, values] : test["parameters"].items())
        parameters[name] = golden_tensor(values, {.dtype = dtype});
      layer->load_state_dict(parameters, {.strict = false});
      for (const json& pass : test["passes"]) expect_pass(layer, pass, test["integers"], dtype);
    }
}

}  // namespace
}  // namespace xgrad::test
