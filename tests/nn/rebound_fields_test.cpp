// A parameter that is changed stays the parameter of its module and optimizer, or the module
// reports that it no longer is.

#include <optional>

#include "autograd/support/str.hpp"
#include "nn/activation.hpp"
#include "nn/embedding.hpp"
#include "nn/linear.hpp"
#include "nn/normalization.hpp"
#include "nn/sequential.hpp"
#include "optim/sgd.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

struct Net : nn::Module {
  nn::Linear hidden{2, 3}, output{3, 1};
  XGRAD_FIELDS(hidden, output)
  Tensor forward(const Tensor& x) override { return output(tanh(hidden(x))); }
};

// ---- a op= b

TEST(ReboundFields, OpAssignmentsWithoutRecordingAreInPlace) {
  using Change = void (*)(Tensor&);
  const std::vector<std::pair<Change, double>> changes{{[](Tensor& w) { w += 2; }, 8},
                                                       {[](Tensor& w) { w -= ones({1}); }, 5},
                                                       {[](Tensor& w) { w *= 0.5; }, 3},
                                                       {[](Tensor& w) { w /= full({2}, 2.0); }, 3}};
  for (const auto& [change, expected] : changes) {
    Tensor w = full({2}, 6.0, {.requires_grad = true});
    const Tensor other = w;
    const auto version = w.version();
    const NoGrad guard;
    change(w);
    EXPECT_TRUE(w.is(other));
    EXPECT_TRUE(w.requires_grad());
    EXPECT_GT(w.version(), version);
    expect_values(other, {expected, expected});
  }
}

TEST(ReboundFields, OpAssignmentsOfFrozenParametersAreInPlace) {
  Net net;
  net.requires_grad_(false);
  net.hidden.weight *= 0;
  EXPECT_EQ(net.parameters().size(), 4U);
  expect_values(net.parameters()[0], Doubles(6, 0));
}

TEST(ReboundFields, OpAssignmentsElsewhereRebind) {
  Tensor w = full({2}, 6.0, {.requires_grad = true});
  const Tensor leaf = w;
  w *= 2;  // recorded
  EXPECT_FALSE(w.is_leaf());
  expect_values(leaf, {6, 6});
  Tensor plain = full({2}, 1.0);
  const Tensor before = plain;
  plain += 1;
  expect_values(before, {1, 1});
  Tensor frozen = full({2}, 1.0, {.requires_grad = true});
  frozen.requires_grad_(false);
  frozen *= leaf;
  EXPECT_FALSE(frozen.is_leaf());
}

TEST(ReboundFields, OpAssignmentsKeepShapeAndDtype) {
  Tensor w = full({2}, 6.0, {.requires_grad = true});
  const NoGrad guard;
  EXPECT_EQ(ERROR_OF(ShapeError, w += ones({3, 2})),
            "+=: a parameter of shape (2,) is changed in place, but the result has shape (3, 2); "
            "expected an operand that broadcasts to the parameter");
  expect_values(w, {6, 6});
}

TEST(ReboundFields, TrainingGoesOnAfterAnOpAssignment) {
  Net net;
  optim::SGD sgd(net.parameters(), {.lr = 0.1});
  {
    const NoGrad guard;
    net.hidden.weight *= 0.5;
  }
  const Tensor before = net.hidden.weight.clone().detach();
  sum(square(net(ones({4, 2})))).backward();
  sgd.step();
  EXPECT_GT(max(abs(net.hidden.weight.detach() - before)).item<double>(), 0);
}

// ---- a = b

const auto clamped = [](nn::Linear& layer) {
  const NoGrad guard;
  layer.weight = clamp(layer.weight, -0.1, 0.1);
};

TEST(ReboundFields, ThatWereParametersAreRefusedByEveryUse) {
  using Use = void (*)(Net&);
  const Use uses[] = {[](Net& n) { n.parameters(); },
                      [](Net& n) { n.named_parameters(); },
                      [](Net& n) { n.named_buffers(); },
                      [](Net& n) { n.num_parameters(); },
                      [](Net& n) { n.state_dict(); },
                      [](Net& n) { n.load_state_dict({}, {.strict = false}); },
                      [](Net& n) { n.zero_grad(); },
                      [](Net& n) { n.requires_grad_(); },
                      [](Net& n) { n.to(float64); },
                      [](Net& n) { n.clone(); },
                      [](Net& n) { n.train(); },
                      [](Net& n) { n.eval(); },
                      [](Net& n) { str(n); },
                      [](Net& n) {
                        n(ones({1, 2}));
                      },
                      [](Net& n) {
                        nn::Sequential(n, nn::ReLU())(ones({1, 2}));
                      },
                      [](Net& n) { std::move(n).parameters(); }};
  for (const Use use : uses) {
    Net net;
    clamped(net.output);
    expect_contains(ERROR_OF(ValueError, use(net)),
                    {"Linear: ", "weight was a parameter", "(1, 3)", "copy_", "NoGrad"});
  }
}

TEST(ReboundFields, AreNamedByTheirPath) {
  struct Deep : nn::Module {
    std::vector<Net> nets{Net(), Net()};
    XGRAD_FIELDS(nets)
  };
  Deep deep;
  clamped(deep.nets[1].output);
  EXPECT_EQ(ERROR_OF(ValueError, deep.parameters()),
            "Linear: nets.1.output.weight was a parameter, but a tensor of shape (1, 3) has been "
            "assigned to it that is none; change parameters in place, as by "
            "weight.copy_(values) under NoGrad, or assign a leaf that requires gradients");
}

TEST(ReboundFields, OfEveryLayerAreFound) {
  const auto refused = [](nn::Module& module, Tensor& field) {
    field = field.detach();
    EXPECT_THROW(module.parameters(), ValueError) << module.class_name();
  };
  nn::Linear linear(2, 2);
  refused(linear, linear.bias);
  nn::Embedding embedding(2, 2);
  refused(embedding, embedding.weight);
  nn::BatchNorm1d batch_norm(2);
  refused(batch_norm, batch_norm.bias);
  nn::LayerNorm layer_norm(2);
  refused(layer_norm, layer_norm.weight);
}

struct Own : nn::Module {
  Tensors list{zeros({2}, {.requires_grad = true}), ones({2}, {.requires_grad = true})};
  std::optional<Tensor> maybe = ones({3}, {.requires_grad = true});
  Tensor buffer = zeros({2});
  XGRAD_FIELDS(list, maybe, buffer)
  Tensor forward(const Tensor& x) override { return x * list[0] + list[1]; }
};

TEST(ReboundFields, InListsAndOptionalsAreFoundOnceTheyHaveBeenSeen) {
  Own own;
  own(ones({2}));
  own.list[1] = ones({2});
  expect_contains(ERROR_OF(ValueError, own(ones({2}))), {"list.1 was"});
  Own other;
  other.parameters();
  other.maybe = ones({4});
  expect_contains(ERROR_OF(ValueError, other.parameters()), {"maybe was"});
}

TEST(ReboundFields, ThatMayBeAssigned) {
  Own own;
  EXPECT_EQ(own.parameters().size(), 3U);
  own.buffer = ones({2});  // a buffer
  own.maybe = ones({3}, {.requires_grad = true});
  own.list.push_back(ones({1}, {.requires_grad = true}));
  EXPECT_EQ(own.parameters().size(), 4U);
  own.maybe.reset();
  own.list.clear();
  EXPECT_EQ(own.parameters().size(), 0U);

  nn::BatchNorm1d norm(2);
  norm.running_mean = ones({2});
  EXPECT_EQ(norm.named_buffers().size(), 3U);
  nn::Linear linear(2, 2);
  linear.bias = Tensor();
  EXPECT_EQ(linear.parameters().size(), 1U);
  linear.weight = ones({2, 2}, {.requires_grad = true});
  linear.requires_grad_(false);
  EXPECT_EQ(linear.parameters().size(), 1U);
  expect_values(linear(ones({1, 2})), {2, 2});
}

TEST(ReboundFields, RecordedTensorsMayBeCalledWithButAreNoParameters) {
  nn::Linear linear(2, 2, {.bias = false});
  const Tensor weight = linear.weight;
  linear.weight = 2 * linear.weight;
  sum(linear(ones({1, 2}))).backward();
  expect_values(weight.grad(), {2, 2, 2, 2});
  expect_contains(ERROR_OF(ValueError, linear.parameters()), {"(the result of 'mul')"});
}

TEST(ReboundFields, AnyTensorMayBeCalledWithUnderNoGrad) {
  nn::Linear linear(2, 2, {.bias = false});
  const NoGrad guard;
  linear.weight = 2 * ones({2, 2});
  expect_values(linear(ones({1, 2})), {4, 4});
}

TEST(ReboundFields, AreRememberedByCopiesAndMovedModules) {
  Own own;
  own.parameters();
  Own copy = own, moved = std::move(own), assigned;
  assigned = copy;
  for (Own* each : {&copy, &moved, &assigned}) {
    each->maybe = ones({4});
    EXPECT_THROW(each->parameters(), ValueError);
  }
  Own clone = moved;
  clone.maybe = ones({3}, {.requires_grad = true});
  EXPECT_EQ(clone.clone().parameters().size(), 3U);
}

// ---- shared values

TEST(SharedValues, StateDictsFollowTheModuleWhateverIsReshaped) {
  nn::Linear linear(2, 2);
  const Tensor reshaped_before = reshape(linear.weight, {4});
  nn::StateDict state = linear.state_dict();
  const Tensor reshaped = reshape(linear.weight, {4}), of_state = reshape(state["weight"], {1, 4});
  const std::vector<float> old = linear.weight.to_vector<float>();
  const NoGrad guard;
  linear.weight.fill_(1);
  expect_values(state["weight"], {1, 1, 1, 1});
  state["weight"].fill_(2);
  expect_values(linear.weight, {2, 2, 2, 2});
  const Tensor late = reshape(linear.weight, {4});
  linear.weight *= 2;
  expect_values(state["weight"], {4, 4, 4, 4});
  expect_values(late, {2, 2, 2, 2});
  for (const Tensor& view : {reshaped_before, reshaped, of_state})
    EXPECT_EQ(view.to_vector<float>(), old);
}

TEST(SharedValues, AReshapedTensorIsWrittenToAlone) {
  Tensor x = tensor({1.F, 2.F});
  Tensor column = reshape(x, {2, 1}), row = reshape(column, {1, 2}), alias = column.detach();
  column.fill_(5);
  expect_values(x, {1, 2});
  expect_values(row, {1, 2});
  expect_values(alias, {5, 5});
  row.data<float>()[0] = 7;
  expect_values(x, {1, 2});
  x = Tensor();
  row.fill_(8);
  expect_values(column, {5, 5});
  expect_values(row, {8, 8});
}

TEST(SharedValues, OutliveEachOther) {
  Tensor view, second;
  {
    Tensor x = tensor({1.F, 2.F});
    view = reshape(x, {2, 1});
    x.fill_(3);
    second = reshape(x, {1, 2});
    x.fill_(4);
  }
  expect_values(view, {1, 2});
  expect_values(second, {3, 3});
  view.fill_(6);
  expect_values(view, {6, 6});
}

TEST(SharedValues, OfOptimizersAndBuffers) {
  nn::BatchNorm1d norm(2);
  const nn::StateDict state = norm.state_dict();
  optim::SGD sgd(norm.parameters(), {.lr = 0.1});
  for (int i = 0; i < 3; ++i) {
    const Tensor y = norm(randn({8, 2}));
    const Tensor seen = reshape(norm.weight, {2, 1}), mean = reshape(norm.running_mean, {2, 1});
    sum(square(y) * tensor({1.F, 2.F})).backward();
    sgd.step();
  }
  for (const auto& [name, value] : norm.state_dict())
    EXPECT_EQ(value.to(float64).to_vector<double>(), state.at(name).to(float64).to_vector<double>())
        << name;
}

}  // namespace
}  // namespace xgrad::test
