#include "nn/module.hpp"

#include "autograd/support/str.hpp"
#include "nn/activation.hpp"
#include "nn/dropout.hpp"
#include "nn/linear.hpp"
#include "nn/sequential.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {

/// A network as the README shows it. Not in the unnamed namespace, whose name would be printed.
struct Net : nn::Module {
  nn::Linear hidden{3, 4};
  nn::Dropout dropout{0.25};
  nn::Linear output{4, 2, {.bias = false}};
  XGRAD_FIELDS(hidden, dropout, output)

  // Unmarked, as users may write it.  NOLINTNEXTLINE(modernize-use-override)
  Tensor forward(const Tensor& x) { return output(dropout(relu(hidden(x)))); }
};

template <class T>
struct Box : nn::Module {
  T content;
  XGRAD_FIELDS(content)
};

namespace {

/// Parameters, a buffer of floats and one of integers, lists and optional fields.
struct Everything : nn::Module {
  Tensor scale = ones({2}, {.requires_grad = true});
  Tensor running_mean = zeros({2});
  Tensor steps = zeros({}, i64);
  Tensor nothing;
  std::vector<nn::Linear> layers{{2, 2}, {2, 1, {.bias = false}}};
  std::optional<nn::Linear> skip = nn::Linear(2, 1);
  std::optional<nn::Linear> absent;
  Tensors coefficients{ones({1}, {.requires_grad = true}), zeros({1})};
  std::vector<nn::AnyModule> mixed{nn::ReLU(), nn::Linear(1, 1)};
  XGRAD_FIELDS(scale, running_mean, steps, nothing, layers, skip, absent, coefficients, mixed)
};

using Names = std::vector<std::string>;

template <class Named>
Names names_of(const Named& named) {
  Names names;
  for (const auto& [name, tensor] : named) names.push_back(name);
  return names;
}

double sum_of(const Tensor& t) { return sum(t.detach()).item<double>(); }

/// One step of gradient descent on the sum of the outputs.
template <class M>
void train_a_little(M& module) {
  sum(module(ones({1, 3}))).backward();
  NoGrad guard;
  for (Tensor& parameter : module.parameters())
    if (parameter.has_grad()) parameter.add_(parameter.grad(), -0.5);
}

TEST(Module, NamesParametersByPathInFieldOrder) {
  const Net net;
  EXPECT_EQ(names_of(net.named_parameters()),
            (Names{"hidden.weight", "hidden.bias", "output.weight"}));
  EXPECT_EQ(net.parameters().size(), 3U);
  EXPECT_TRUE(net.parameters()[2].is(net.output.weight));
  EXPECT_EQ(net.num_parameters(), 12U + 4U + 8U);
  EXPECT_TRUE(net.named_buffers().empty());
}

TEST(Module, ListsOptionalFieldsAndBuffers) {
  const Everything all;
  EXPECT_EQ(names_of(all.named_parameters()),
            (Names{"scale", "layers.0.weight", "layers.0.bias", "layers.1.weight", "skip.weight",
                   "skip.bias", "coefficients.0", "mixed.1.weight", "mixed.1.bias"}));
  EXPECT_EQ(names_of(all.named_buffers()), (Names{"running_mean", "steps", "coefficients.1"}));
  EXPECT_EQ(all.state_dict().size(), 12U);
}

TEST(Module, TakesAnyNumberOfFields) {
  struct None : nn::Module {
    XGRAD_FIELDS()
  };
  EXPECT_TRUE(None().state_dict().empty());

  struct Forty : nn::Module {
    Tensor a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9;
    Tensor c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9;
    XGRAD_FIELDS(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, c0,
                 c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9)
  };
  Forty forty;
  forty.a0 = zeros({1});
  forty.c5 = zeros({2});
  forty.d9 = zeros({3});
  EXPECT_EQ(names_of(forty.named_buffers()), (Names{"a0", "c5", "d9"}));
  EXPECT_EQ(forty.state_dict().at("d9").shape(), Shape{3});
}

TEST(Module, FrozenParametersStayParameters) {
  Net net;
  net.requires_grad_(false);
  EXPECT_EQ(net.parameters().size(), 3U);
  for (const Tensor& parameter : net.parameters()) EXPECT_FALSE(parameter.requires_grad());
  EXPECT_FALSE(net(ones({1, 3})).requires_grad());
  net.requires_grad_();
  for (const Tensor& parameter : net.parameters()) EXPECT_TRUE(parameter.requires_grad());

  Everything all;
  all.requires_grad_(false).requires_grad_(true);
  EXPECT_FALSE(all.running_mean.requires_grad());
}

TEST(Module, ZeroGradForgetsGradients) {
  Net net;
  sum(net(ones({1, 3}))).backward();
  EXPECT_TRUE(net.hidden.weight.has_grad());
  net.zero_grad();
  for (const Tensor& parameter : net.parameters()) EXPECT_FALSE(parameter.has_grad());
}

TEST(Module, CopiesShareTheirParameters) {
  Net net;
  net.eval();
  Net copy = net;
  EXPECT_TRUE(copy.hidden.weight.is(net.hidden.weight));
  const double before = sum_of(net.output.weight);
  train_a_little(copy);
  EXPECT_NE(sum_of(net.output.weight), before);
  EXPECT_EQ(sum_of(net.output.weight), sum_of(copy.output.weight));
  EXPECT_FALSE(copy.is_training());
}

TEST(Module, ClonesTrainIndependently) {
  Net net;
  net.eval();
  net.output.weight.requires_grad_(false);
  sum(net(ones({1, 3}))).backward();
  auto copy = net.clone();
  static_assert(std::is_same_v<decltype(copy), Net>);
  EXPECT_EQ(copy.hidden.weight.to_vector<float>(), net.hidden.weight.to_vector<float>());
  EXPECT_FALSE(copy.is_training());
  EXPECT_FALSE(copy.hidden.weight.has_grad());
  EXPECT_TRUE(copy.hidden.weight.is_leaf());
  EXPECT_FALSE(copy.output.weight.requires_grad());
  EXPECT_EQ(copy.parameters().size(), 3U);

  copy.requires_grad_();
  const double before = sum_of(net.output.weight);
  train_a_little(copy);
  EXPECT_EQ(sum_of(net.output.weight), before);
  EXPECT_NE(sum_of(copy.output.weight), before);
}

TEST(Module, ClonesReachListsOptionalFieldsAndBuffers) {
  Everything all;
  auto copy = all.clone();
  EXPECT_EQ(names_of(copy.state_dict()), names_of(all.state_dict()));
  NoGrad guard;
  for (auto& [name, tensor] : copy.state_dict()) Tensor(tensor).fill_(7);
  for (const auto& [name, tensor] : copy.state_dict())
    EXPECT_EQ(sum_of(tensor), 7.0 * static_cast<double>(tensor.numel())) << name;
  for (const auto& [name, tensor] : all.state_dict())
    EXPECT_NE(sum_of(tensor), 7.0 * static_cast<double>(tensor.numel())) << name;
}

TEST(Module, SharedTensorsAreCountedOnceAndStayShared) {
  struct Tied : nn::Module {
    nn::Linear encoder{2, 2};
    nn::Linear decoder = encoder;
    XGRAD_FIELDS(encoder, decoder)
  };
  Tied tied;
  EXPECT_EQ(names_of(tied.named_parameters()), (Names{"encoder.weight", "encoder.bias"}));
  EXPECT_EQ(tied.num_parameters(), 6U);
  EXPECT_EQ(tied.state_dict().size(), 4U) << "every name has its entry, as in PyTorch";

  auto copy = tied.clone();
  EXPECT_TRUE(copy.encoder.weight.is(copy.decoder.weight));
  EXPECT_FALSE(copy.encoder.weight.is(tied.encoder.weight));
  copy.to(float64);
  EXPECT_TRUE(copy.encoder.bias.is(copy.decoder.bias));
  EXPECT_EQ(copy.num_parameters(), 6U);
}

TEST(Module, TrainAndEvalReachEveryChild) {
  struct Outer : nn::Module {
    std::vector<Net> nets{1};
    std::optional<nn::Sequential> head = nn::Sequential{nn::ReLU(), nn::Sequential{nn::Dropout()}};
    XGRAD_FIELDS(nets, head)
  };
  Outer outer;
  const auto innermost = [&]() -> nn::Module& {
    return dynamic_cast<nn::Sequential&>((*outer.head)[1])[0];
  };
  EXPECT_TRUE(outer.is_training());
  EXPECT_TRUE(innermost().is_training());
  outer.eval();
  EXPECT_FALSE(outer.is_training());
  EXPECT_FALSE(outer.nets[0].dropout.is_training());
  EXPECT_FALSE(innermost().is_training());
  outer.train();
  EXPECT_TRUE(outer.nets[0].dropout.is_training());
  EXPECT_TRUE(innermost().is_training());
}

TEST(Module, ConvertsFloatsAndKeepsRoles) {
  Everything all;
  all.coefficients[0].requires_grad_(false);
  const Names parameters = names_of(all.named_parameters());
  const std::vector<float> weight = all.layers[0].weight.to_vector<float>();
  all.to(float64);
  EXPECT_EQ(names_of(all.named_parameters()), parameters);
  for (const auto& [name, tensor] : all.state_dict())
    EXPECT_EQ(tensor.dtype(), name == "steps" ? int64 : float64) << name;
  EXPECT_TRUE(all.scale.requires_grad());
  EXPECT_TRUE(all.scale.is_leaf());
  EXPECT_FALSE(all.coefficients[0].requires_grad());
  EXPECT_EQ(all.layers[0].weight.to_vector<float>(), weight);

  const Tensor same = all.scale;
  all.to(float64);
  EXPECT_TRUE(all.scale.is(same));
  EXPECT_EQ(ERROR_OF(DTypeError, all.to(int64)),
            "to: a module cannot be converted to int64; expected float32 or float64");
}

TEST(Module, StateDictSharesMemoryOutsideTheGraph) {
  Net net;
  auto state = net.state_dict();
  EXPECT_FALSE(state.at("hidden.bias").requires_grad());
  state.at("hidden.bias").fill_(3);
  expect_values(net.hidden.bias, Doubles(4, 3));
}

TEST(Module, LoadsAStateDict) {
  Net source;
  Net target;
  const Tensor weight = target.hidden.weight;
  const auto result = target.load_state_dict(source.to(float64).state_dict());
  EXPECT_TRUE(result.missing.empty());
  EXPECT_TRUE(result.unexpected.empty());
  EXPECT_TRUE(target.hidden.weight.is(weight)) << "in place, so that optimizers keep hold of it";
  EXPECT_EQ(target.hidden.weight.dtype(), float32);
  EXPECT_EQ(target.hidden.weight.to_vector<float>(), source.hidden.weight.to_vector<float>());
  EXPECT_TRUE(target.hidden.weight.requires_grad());
}

TEST(Module, ListsAllThatDoesNotFitAndChangesNothing) {
  Net net;
  auto state = Net().state_dict();
  state.erase("hidden.bias");
  state["output.weight"] = zeros({5, 4});
  state["extra"] = zeros({2}, i64);
  const std::vector<float> before = net.hidden.weight.to_vector<float>();
  EXPECT_EQ(ERROR_OF(ValueError, net.load_state_dict(state)),
            "load_state_dict: the state does not fit Net:\n"
            "  missing: hidden.bias (4,) float32\n"
            "  output.weight: expected (2, 4) float32, found (5, 4) float32\n"
            "  unexpected: extra (2,) int64");
  EXPECT_EQ(net.hidden.weight.to_vector<float>(), before);

  // Not strict: names may differ, shapes may not.
  EXPECT_EQ(ERROR_OF(ValueError, net.load_state_dict(state, {.strict = false})),
            "load_state_dict: the state does not fit Net:\n"
            "  output.weight: expected (2, 4) float32, found (5, 4) float32");
  EXPECT_EQ(net.hidden.weight.to_vector<float>(), before);
  state.erase("output.weight");
  const auto result = net.load_state_dict(state, {.strict = false});
  EXPECT_EQ(result.missing, (Names{"hidden.bias", "output.weight"}));
  EXPECT_EQ(result.unexpected, (Names{"extra"}));
  EXPECT_EQ(net.hidden.weight.to_vector<float>(), state.at("hidden.weight").to_vector<float>());

  auto doubles = Net().to(float64).state_dict();
  EXPECT_EQ(ERROR_OF(ValueError, net.load_state_dict(doubles, {.same_dtype = true})),
            "load_state_dict: the state does not fit Net:\n"
            "  hidden.bias: expected (4,) float32, found (4,) float64\n"
            "  hidden.weight: expected (4, 3) float32, found (4, 3) float64\n"
            "  output.weight: expected (2, 4) float32, found (2, 4) float64");
  doubles["hidden.bias"] = Tensor();
  EXPECT_EQ(ERROR_OF(ValueError, net.load_state_dict(doubles)),
            "load_state_dict: the state does not fit Net:\n"
            "  hidden.bias: expected (4,) float32, found an undefined tensor");
}

TEST(Module, ForwardMayTakeWhatItLikes) {
  struct Pair : nn::Module {
    nn::Linear layer{3, 1};
    XGRAD_FIELDS(layer)
    using Module::forward;
    Tensor forward(const Tensor& a, const Tensor& b) { return layer(a) + 2 * layer(b); }
    std::vector<std::size_t> forward(const Tensors& list) { return {list.size()}; }
  };
  Pair pair;
  const Tensor x = ones({1, 3});
  EXPECT_EQ(pair(x, x).item<float>(), 3 * pair.layer(x).item<float>());
  EXPECT_EQ(pair.forward({x, x, x}), (std::vector<std::size_t>{3}));
  EXPECT_EQ(ERROR_OF(Error, pair(x)), "forward: Pair defines no Tensor forward(const Tensor&)");
  EXPECT_EQ(ERROR_OF(Error, pair(x, x, x)),
            "forward: Pair defines no Tensor forward(of 3 tensors)");

  struct Sum : nn::Module {
    XGRAD_FIELDS()
    using Module::forward;
    Tensor forward(const Tensor& a, const Tensor& b, const Tensor& c, const Tensor& d) {
      return a + b + c + d;
    }
  };
  expect_values(Sum()(x, x, x, x), Doubles(3, 4));
}

TEST(Module, WithoutForwardOrFields) {
  struct Bare : nn::Module {
    XGRAD_FIELDS()
  };
  EXPECT_EQ(ERROR_OF(Error, Bare()(ones({1}))),
            "forward: Bare defines no Tensor forward(const Tensor&)");

  struct Square : nn::Module {
    Tensor forward(const Tensor& x) override { return x * x; }
  };
  Square square;
  EXPECT_EQ(square(full({1}, 3)).item<float>(), 9);
  EXPECT_TRUE(square.parameters().empty());
  nn::Sequential twice(Square{}, Square{});
  EXPECT_EQ(twice(full({1}, 3)).item<float>(), 81);
}

TEST(Module, PrintsAsATree) {
  Net net;
  net.output.weight.requires_grad_(false);
  EXPECT_EQ(str(net),
            "Net, 24 parameters\n"
            "  hidden: Linear, 16 parameters\n"
            "    weight: (4, 3) float32\n"
            "    bias: (4,) float32\n"
            "  dropout: Dropout(p=0.25)\n"
            "  output: Linear, 8 parameters\n"
            "    weight: (2, 4) float32, frozen\n");

  struct Tied : nn::Module {
    Tensor gain = ones({}, {.requires_grad = true});
    std::vector<nn::AnyModule> parts{Box<Tensor>(), nn::Linear(1, 1, {.bias = false})};
    Tensor count = zeros({1}, i64);
    Tensor again = gain;
    XGRAD_FIELDS(gain, parts, count, again)
  };
  EXPECT_EQ(str(Tied()),
            "Tied, 2 parameters\n"
            "  gain: () float32\n"
            "  parts.0: Box<xgrad::Tensor>\n"
            "  parts.1: Linear, 1 parameter\n"
            "    weight: (1, 1) float32\n"
            "  count: (1,) int64, buffer\n"
            "  again: () float32, the same as gain\n");
}

}  // namespace
}  // namespace xgrad::test
