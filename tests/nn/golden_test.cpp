// The layers and losses against PyTorch's values: outputs, gradients and running statistics
// (tests/golden/nn_layers.py and nn_losses.py).

#include "nn/nn.hpp"
#include "tests/nn/nn_golden.hpp"

namespace xgrad::test {
namespace {

// ---- layers

/// An option that Python calls None where there is none.
template <class T>
std::optional<T> optional(const json& value) {
  return value.is_null() ? std::optional<T>() : std::optional<T>(value.get<T>());
}

nn::AnyModule make(const json& golden) {
  const json &arguments = golden["arguments"], &options = golden["options"];
  const auto extent = [&](std::size_t i) { return arguments[i].get<int>(); };
  const std::string layer = golden["layer"];
  if (layer == "Identity") return nn::Identity();
  if (layer == "ReLU") return nn::ReLU();
  if (layer == "Sigmoid") return nn::Sigmoid();
  if (layer == "Tanh") return nn::Tanh();
  if (layer == "GELU") return nn::GELU();
  if (layer == "SiLU") return nn::SiLU();
  if (layer == "LeakyReLU") return nn::LeakyReLU(options["negative_slope"].get<double>());
  if (layer == "ELU") return nn::ELU(options["alpha"].get<double>());
  if (layer == "Softplus") return nn::Softplus(options["beta"].get<double>());
  if (layer == "Softmax") return nn::Softmax(options["dim"].get<int>());
  if (layer == "LogSoftmax") return nn::LogSoftmax(options["dim"].get<int>());
  if (layer == "Flatten")
    return nn::Flatten(arguments.empty() ? 1 : extent(0), arguments.size() < 2 ? -1 : extent(1));
  if (layer == "Linear") return nn::Linear(extent(0), extent(1), {.bias = options["bias"]});
  if (layer == "BatchNorm1d")
    return nn::BatchNorm1d(extent(0), {.eps = options["eps"],
                                       .momentum = optional<double>(options["momentum"]),
                                       .affine = options["affine"],
                                       .track_running_stats = options["track_running_stats"]});
  if (layer == "LayerNorm")
    return nn::LayerNorm(
        golden_shape(arguments[0]),
        {.eps = options["eps"], .elementwise_affine = options["elementwise_affine"]});
  const auto size = [](const json& value) { return Size2d(value[0], value[1]); };
  if (layer == "BatchNorm2d")
    return nn::BatchNorm2d(extent(0), {.eps = options["eps"],
                                       .momentum = optional<double>(options["momentum"]),
                                       .affine = options["affine"],
                                       .track_running_stats = options["track_running_stats"]});
  if (layer == "InstanceNorm2d")
    return nn::InstanceNorm2d(extent(0), {.eps = options["eps"], .affine = options["affine"]});
  if (layer == "GroupNorm")
    return nn::GroupNorm(extent(0), extent(1),
                         {.eps = options["eps"], .affine = options["affine"]});
  if (layer == "Conv1d")
    return nn::Conv1d(extent(0), extent(1), extent(2),
                      {.stride = options["stride"],
                       .padding = options["padding"],
                       .dilation = options["dilation"],
                       .groups = options["groups"],
                       .bias = options["bias"]});
  if (layer == "Conv2d")
    return nn::Conv2d(extent(0), extent(1), size(arguments[2]),
                      {.stride = size(options["stride"]),
                       .padding = size(options["padding"]),
                       .dilation = size(options["dilation"]),
                       .groups = options["groups"],
                       .bias = options["bias"]});
  if (layer == "ConvTranspose1d")
    return nn::ConvTranspose1d(extent(0), extent(1), extent(2),
                               {.stride = options["stride"],
                                .padding = options["padding"],
                                .output_padding = options["output_padding"],
                                .dilation = options["dilation"],
                                .groups = options["groups"],
                                .bias = options["bias"]});
  if (layer == "ConvTranspose2d")
    return nn::ConvTranspose2d(extent(0), extent(1), size(arguments[2]),
                               {.stride = size(options["stride"]),
                                .padding = size(options["padding"]),
                                .output_padding = size(options["output_padding"]),
                                .dilation = size(options["dilation"]),
                                .groups = options["groups"],
                                .bias = options["bias"]});
  if (layer == "MaxPool1d") return nn::MaxPool1d(extent(0));
  if (layer == "AvgPool1d") return nn::AvgPool1d(extent(0));
  if (layer == "MaxPool2d") return nn::MaxPool2d(size(arguments[0]));
  if (layer == "AvgPool2d") return nn::AvgPool2d(size(arguments[0]));
  if (layer == "AdaptiveAvgPool2d") return nn::AdaptiveAvgPool2d(size(arguments[0]));
  if (layer == "AdaptiveMaxPool2d") return nn::AdaptiveMaxPool2d(size(arguments[0]));
  if (layer == "Upsample")
    return nn::Upsample(
        {.scale_factor = Scale2d(options["scale_factor"][0], options["scale_factor"][1]),
         .mode = options["mode"] == "nearest" ? nn::InterpolateMode::nearest
                                              : nn::InterpolateMode::bilinear});
  if (layer == "Unflatten")
    return nn::Unflatten(extent(0), {arguments[1][0].get<int>(), arguments[1][1].get<int>()});
  if (layer == "Embedding")
    return nn::Embedding(extent(0), extent(1),
                         {.padding_idx = optional<std::int64_t>(options["padding_idx"])});
  throw ValueError("no layer is called " + layer);
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
  ASSERT_EQ(golden["cases"].size(), 142U);
  for (const json& test : golden["cases"])
    for (const DType dtype : {float64, float32}) {
      SCOPED_TRACE(test["layer"].dump() + test["arguments"].dump() + test["options"].dump() +
                   to_string(dtype));
      nn::AnyModule layer = make(test);
      layer->to(dtype);
      nn::StateDict parameters;
      for (const auto& [name, values] : test["parameters"].items())
        parameters[name] = golden_tensor(values, {.dtype = dtype});
      layer->load_state_dict(parameters, {.strict = false});
      for (const json& pass : test["passes"]) expect_pass(layer, pass, test["integers"], dtype);
    }
}

// ---- losses

/// A case, and its weights in the dtype of the scores.
struct Case {
  const json& golden;
  const json& tensors;
  DType dtype;

  Tensor weight(const char* name) const {
    if (!golden["weights"].contains(name)) return {};
    return golden_tensor(tensors[golden["weights"][name].get<std::string>()], {.dtype = dtype});
  }
  template <class T>
  T option(const char* name) const {
    return golden["options"].at(name).get<T>();
  }
  nn::Reduction reduction() const {
    const auto name = option<std::string>("reduction");
    return name == "none"   ? nn::Reduction::none
           : name == "mean" ? nn::Reduction::mean
           : name == "sum"  ? nn::Reduction::sum
                            : nn::Reduction::batchmean;
  }
};

/// The loss as a function, and as a module.
struct Both {
  Tensor function;
  Tensor module;
};

template <class Module, class Options>
Both both(Tensor (*function)(const Tensor&, const Tensor&, const Options&), const Options& options,
          const Tensor& input, const Tensor& target) {
  return {function(input, target, options), Module(options)(input, target)};
}

Both loss_of(const Case& c, const Tensor& x, const Tensor& t) {
  const nn::Reduction reduction = c.reduction();
  const std::string name = c.golden["loss"];
  if (name == "cross_entropy") {
    const json& options = c.golden["options"];
    return both<nn::CrossEntropyLoss>(nn::cross_entropy,
                                      {.weight = c.weight("weight"),
                                       .label_smoothing = c.option<double>("label_smoothing"),
                                       .ignore_index = options.value("ignore_index", -100),
                                       .reduction = reduction},
                                      x, t);
  }
  if (name == "nll_loss")
    return both<nn::NLLLoss>(nn::nll_loss,
                             {.weight = c.weight("weight"),
                              .ignore_index = c.option<int>("ignore_index"),
                              .reduction = reduction},
                             x, t);
  if (name == "mse_loss") return both<nn::MSELoss>(nn::mse_loss, {.reduction = reduction}, x, t);
  if (name == "l1_loss") return both<nn::L1Loss>(nn::l1_loss, {.reduction = reduction}, x, t);
  if (name == "huber_loss")
    return both<nn::HuberLoss>(nn::huber_loss,
                               {.delta = c.option<double>("delta"), .reduction = reduction}, x, t);
  if (name == "smooth_l1_loss")
    return both<nn::SmoothL1Loss>(nn::smooth_l1_loss,
                                  {.beta = c.option<double>("beta"), .reduction = reduction}, x, t);
  if (name == "binary_cross_entropy")
    return both<nn::BCELoss>(nn::binary_cross_entropy,
                             {.weight = c.weight("weight"), .reduction = reduction}, x, t);
  if (name == "binary_cross_entropy_with_logits")
    return both<nn::BCEWithLogitsLoss>(nn::binary_cross_entropy_with_logits,
                                       {.weight = c.weight("weight"),
                                        .pos_weight = c.weight("pos_weight"),
                                        .reduction = reduction},
                                       x, t);
  if (name == "kl_div")
    return both<nn::KLDivLoss>(
        nn::kl_div, {.log_target = c.option<bool>("log_target"), .reduction = reduction}, x, t);
  if (name == "hinge_embedding_loss")
    return both<nn::HingeEmbeddingLoss>(
        nn::hinge_embedding_loss, {.margin = c.option<double>("margin"), .reduction = reduction}, x,
        t);
  throw ValueError("no loss is called " + name);
}

TEST(LossGolden, EveryCombinationOfOptionsAsInPyTorch) {
  const json golden = read_golden("nn_losses.json");
  const json& tensors = golden["tensors"];
  ASSERT_EQ(golden["cases"].size(), 342U);
  for (const json& test : golden["cases"])
    for (const DType dtype : {float64, float32}) {
      SCOPED_TRACE(test["loss"].dump() + test["options"].dump() + test["weights"].dump() +
                   test["input"].dump() + test["target"].dump() + to_string(dtype));
      const json& target = tensors[test["target"].get<std::string>()];
      const bool labels = target["integers"];
      const bool both_gradients = test["gradients"].size() == 2;
      const Tensor x = golden_tensor(tensors[test["input"].get<std::string>()],
                                     {.dtype = dtype, .requires_grad = true});
      const Tensor t =
          golden_tensor(target, {.dtype = labels ? int64 : dtype, .requires_grad = both_gradients});

      const Both loss = loss_of({test, tensors, dtype}, x, t);
      expect_golden(loss.function, test["value"]);
      EXPECT_EQ(loss.module.to_vector<double>(), loss.function.to_vector<double>());
      loss.function.backward(golden_seed(loss.function));
      expect_golden(x.grad(), test["gradients"][0]);
      if (both_gradients) expect_golden(t.grad(), test["gradients"][1]);
    }
}

}  // namespace
}  // namespace xgrad::test
