// Invalid options, missing arguments and moved-from objects: every layer, loss, metric and
// initialization refuses them and says which.

#include "autograd/support/str.hpp"
#include "nn/nn.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

struct Option {
  std::string begins;  ///< of the message: operation and option
  std::function<void(double)> use;
  Doubles wrong;
  Doubles right;
};

TEST(Options, OutOfRange) {
  const Tensor x = ones({2, 3}), y = ones({2, 3}), square = ones({2, 2}), labels = zeros({2}, i64);
  const Doubles none{}, not_finite{nan, inf, -inf}, below_0{nan, inf, -inf, -1e-9, -1},
      up_to_0{nan, inf, -inf, -1, 0}, no_share{nan, inf, -inf, -1e-9, 1.0000001, 5};
  const std::vector<Option> options{
      {"batch_norm: eps",
       [&](double v) { nn::batch_norm(x, {}, {}, {}, {}, true, 0.1, v); },
       below_0,
       {0, 1e-5, 1}},
      {"batch_norm: momentum",
       [&](double v) { nn::batch_norm(x, {}, {}, {}, {}, true, v); },
       no_share,
       {0, 0.1, 1}},
      {"BatchNorm1d: eps", [](double v) { nn::BatchNorm1d(3, {.eps = v}); }, below_0, {0, 1}},
      {"BatchNorm1d: momentum",
       [](double v) { nn::BatchNorm1d(3, {.momentum = v}); },
       no_share,
       {0, 1}},
      {"layer_norm: eps", [&](double v) { nn::layer_norm(x, {3}, {}, {}, v); }, below_0, {0, 1}},
      {"LayerNorm: eps", [](double v) { nn::LayerNorm(3, {.eps = v}); }, below_0, {0, 1}},
      {"dropout: p", [&](double v) { nn::dropout(x, v); }, no_share, {0, 0.5, 1}},
      {"Dropout: p", [](double v) { nn::Dropout{v}; }, no_share, {0, 0.5, 1}},
      {"LeakyReLU: negative_slope", [](double v) { nn::LeakyReLU{v}; }, not_finite, {-1, 0, 2}},
      {"ELU: alpha", [](double v) { nn::ELU{v}; }, not_finite, {-1, 0, 2}},
      {"Softplus: beta", [](double v) { nn::Softplus{v}; }, up_to_0, {0.1, 10}},
      {"huber_loss: delta", [&](double v) { nn::huber_loss(x, y, {.delta = v}); }, up_to_0, {0.1}},
      {"huber_loss: delta", [](double v) { nn::HuberLoss({.delta = v}); }, up_to_0, {0.1}},
      {"smooth_l1_loss: beta",
       [&](double v) { nn::smooth_l1_loss(x, y, {.beta = v}); },
       below_0,
       {0, 1}},
      {"smooth_l1_loss: beta", [](double v) { nn::SmoothL1Loss({.beta = v}); }, below_0, {0, 1}},
      {"cross_entropy: label_smoothing",
       [&](double v) { nn::cross_entropy(x, labels, {.label_smoothing = v}); },
       no_share,
       {0, 1}},
      {"cross_entropy: label_smoothing",
       [](double v) { nn::CrossEntropyLoss({.label_smoothing = v}); },
       no_share,
       {0, 1}},
      {"hinge_embedding_loss: margin",
       [&](double v) { nn::hinge_embedding_loss(x, y, {.margin = v}); },
       not_finite,
       {-1, 0, 2}},
      {"hinge_embedding_loss: margin",
       [](double v) { nn::HingeEmbeddingLoss({.margin = v}); },
       not_finite,
       {-1, 0, 2}},
      {"uniform_: low", [](double v) { nn::init::uniform_(ones({2}), v, 1); }, not_finite, {0, 1}},
      {"uniform_: high", [](double v) { nn::init::uniform_(ones({2}), 0, v); }, not_finite, {0, 1}},
      {"uniform_: ", [](double v) { nn::init::uniform_(ones({2}), 0, v); }, {-1, 1e300}, {1e38}},
      {"uniform_: ", [](double v) { nn::init::uniform_(ones({2}, f64), -v, v); }, {1e308}, {1e307}},
      {"normal_: mean", [](double v) { nn::init::normal_(ones({2}), v); }, not_finite, {-1, 0}},
      {"normal_: std", [](double v) { nn::init::normal_(ones({2}), 0, v); }, below_0, {0, 1}},
      {"xavier_uniform_: gain",
       [&](double v) { nn::init::xavier_uniform_(square, v); },
       below_0,
       {0, 1}},
      {"xavier_normal_: gain",
       [&](double v) { nn::init::xavier_normal_(square, v); },
       below_0,
       {0, 1}},
      {"kaiming_uniform_: a",
       [&](double v) { nn::init::kaiming_uniform_(square, v); },
       not_finite,
       {-1, 0, 1}},
      {"kaiming_normal_: a",
       [&](double v) { nn::init::kaiming_normal_(square, v); },
       not_finite,
       {-1, 0, 1}},
      {"orthogonal_: gain",
       [&](double v) { nn::init::orthogonal_(square, v); },
       not_finite,
       {-1, 0, 1}},
      {"calculate_gain: slope",
       [](double v) { nn::init::calculate_gain(nn::init::Nonlinearity::leaky_relu, v); },
       not_finite,
       {-1, 0, 1}},
  };
  for (const Option& option : options) {
    const std::string& begins = option.begins;
    for (const double v : option.wrong) {
      const std::string text = ERROR_OF(ValueError, option.use(v));
      EXPECT_EQ(text.rfind(begins, 0), 0U) << text << "\nbegins otherwise than: " << begins;
      expect_contains(text, {str(v)});
    }
    for (const double v : option.right) EXPECT_NO_THROW(option.use(v)) << begins << ' ' << v;
  }
}

TEST(Options, ThatRoundToTheirLimitAreShownInFull) {
  EXPECT_EQ(ERROR_OF(ValueError, nn::Dropout{1.0000001}),
            "Dropout: p is 1.0000001; a probability from 0 to 1 is expected");
  EXPECT_EQ(ERROR_OF(ValueError,
                     nn::binary_cross_entropy(tensor({0.5F, std::nextafter(1.F, 2.F)}), ones({2}))),
            "binary_cross_entropy: input 1 is 1.0000001; expected a probability from 0 to 1, as "
            "from sigmoid");
  EXPECT_EQ(ERROR_OF(ValueError, nn::init::uniform_(ones({2}), 0, -1e-10)),
            "uniform_: from 0 to -1e-10; expected low <= high");
}

TEST(Options, NegativeSizes) {
  EXPECT_THROW(nn::Linear(-1, 3), ValueError);
  EXPECT_THROW(nn::Linear(3, -1), ValueError);
  EXPECT_THROW(nn::Linear(static_cast<std::size_t>(-1), 3), ValueError);
  EXPECT_THROW(nn::Embedding(-1, 3), ValueError);
  EXPECT_THROW(nn::BatchNorm1d(-1), ValueError);
  EXPECT_THROW(nn::LayerNorm(-1), Error);
  EXPECT_THROW(nn::Linear(std::size_t{1} << 40, std::size_t{1} << 40), Error);
}

// ---- undefined tensors

TEST(Undefined, ArgumentsAreNamed) {
  const Tensor none, x = ones({2, 3}), labels = zeros({2}, i64);
  const std::vector<std::pair<std::string, std::function<void()>>> calls{
      {"linear: x ", [&] { linear(none, x); }},
      {"linear: weight ", [&] { linear(x, none); }},
      {"linear: x ", [&] { nn::Linear(3, 2)(none); }},
      {"embedding: indices ", [&] { nn::embedding(none, x); }},
      {"embedding: weight ", [&] { nn::embedding(labels, none); }},
      {"batch_norm: x ", [&] { nn::batch_norm(none, {}, {}, {}, {}, true); }},
      {"BatchNorm1d: x ", [&] { nn::BatchNorm1d(3)(none); }},
      {"layer_norm: x ", [&] { nn::layer_norm(none, {3}); }},
      {"layer_norm: x ", [&] { nn::LayerNorm(3)(none); }},
      {"dropout: x ", [&] { nn::dropout(none); }},
      {"dropout: x ", [&] { nn::dropout(none, 0.5, false); }},
      {"mse_loss: input ", [&] { nn::mse_loss(none, x); }},
      {"mse_loss: target ", [&] { nn::mse_loss(x, none); }},
      {"l1_loss: input ", [&] { nn::l1_loss(none, x); }},
      {"l1_loss: target ", [&] { nn::l1_loss(x, none); }},
      {"huber_loss: input ", [&] { nn::huber_loss(none, x); }},
      {"huber_loss: target ", [&] { nn::huber_loss(x, none); }},
      {"smooth_l1_loss: input ", [&] { nn::smooth_l1_loss(none, x); }},
      {"smooth_l1_loss: target ", [&] { nn::smooth_l1_loss(x, none); }},
      {"binary_cross_entropy: input ", [&] { nn::binary_cross_entropy(none, x); }},
      {"binary_cross_entropy: target ", [&] { nn::binary_cross_entropy(x, none); }},
      {"binary_cross_entropy_with_logits: input ",
       [&] { nn::binary_cross_entropy_with_logits(none, x); }},
      {"binary_cross_entropy_with_logits: target ",
       [&] { nn::binary_cross_entropy_with_logits(x, none); }},
      {"kl_div: input ", [&] { nn::kl_div(none, x); }},
      {"kl_div: target ", [&] { nn::kl_div(x, none); }},
      {"cross_entropy: logits ", [&] { nn::cross_entropy(none, labels); }},
      {"cross_entropy: target ", [&] { nn::cross_entropy(x, none); }},
      {"nll_loss: log_probabilities ", [&] { nn::nll_loss(none, labels); }},
      {"nll_loss: labels ", [&] { nn::nll_loss(x, none); }},
      {"hinge_embedding_loss: input ", [&] { nn::hinge_embedding_loss(none, x); }},
      {"hinge_embedding_loss: target ", [&] { nn::hinge_embedding_loss(x, none); }},
      {"accuracy: logits ", [&] { nn::accuracy(none, labels); }},
      {"accuracy: labels ", [&] { nn::accuracy(x, none); }},
      {"confusion_matrix: logits ", [&] { nn::confusion_matrix(none, labels, 3); }},
      {"confusion_matrix: labels ", [&] { nn::confusion_matrix(x, none, 3); }},
      {"zeros_: tensor ", [&] { nn::init::zeros_(none); }},
      {"ones_: tensor ", [&] { nn::init::ones_(none); }},
      {"constant_: tensor ", [&] { nn::init::constant_(none, 1); }},
      {"uniform_: tensor ", [&] { nn::init::uniform_(none); }},
      {"normal_: tensor ", [&] { nn::init::normal_(none); }},
      {"xavier_uniform_: tensor ", [&] { nn::init::xavier_uniform_(none); }},
      {"xavier_normal_: tensor ", [&] { nn::init::xavier_normal_(none); }},
      {"kaiming_uniform_: tensor ", [&] { nn::init::kaiming_uniform_(none); }},
      {"kaiming_normal_: tensor ", [&] { nn::init::kaiming_normal_(none); }},
      {"orthogonal_: tensor ", [&] { nn::init::orthogonal_(none); }},
  };
  for (const auto& [begins, call] : calls)
    EXPECT_EQ(error_of<ValueError>(call),
              begins + "is an undefined tensor; assign it a value first");
}

// ---- no classes

TEST(Messages, WhereThereIsNothingToChooseFrom) {
  const Tensor label = zeros({1}, i64);
  EXPECT_EQ(ERROR_OF(ValueError, nn::cross_entropy(ones({1, 0}), label)),
            "cross_entropy: label 0 is 0 but there are 0 classes; none can be chosen, or -100 to "
            "ignore it");
  EXPECT_EQ(ERROR_OF(ValueError, nn::accuracy(ones({1, 0}), label)),
            "accuracy: label 0 is 0 but there are 0 classes; none can be chosen");
  EXPECT_EQ(ERROR_OF(ValueError, nn::embedding(label, ones({0, 2}))),
            "embedding: index 0 is 0 but there are 0 rows; none can be chosen");
  EXPECT_EQ(ERROR_OF(ValueError, nn::Embedding(0, 2, {.padding_idx = 0})),
            "Embedding: padding_idx is 0 but there are 0 rows; none can be chosen");
}

TEST(Messages, LinearSaysWhichExtentsDiffer) {
  EXPECT_EQ(ERROR_OF(ShapeError, linear(ones({5, 3}), ones({4, 7}))),
            "linear: x of shape (5, 3) has 3 features but weight of shape (4, 7) takes 7; expected "
            "x (…, in) and weight (out, in)");
  EXPECT_EQ(ERROR_OF(ShapeError, linear(ones({5, 3}), ones({4, 3}), ones({3}))),
            "linear: bias of shape (3,) with weight of shape (4, 3); expected (4,)");
}

// ---- moved from

TEST(MovedFrom, AnyModuleThrows) {
  nn::AnyModule a(nn::Linear(2, 2));
  nn::AnyModule b = std::move(a);
  const std::string text =
      "AnyModule: its module has been moved to another one; assign it a module first";
  EXPECT_EQ(ERROR_OF(ValueError, a(ones({2, 2}))), text);
  EXPECT_EQ(ERROR_OF(ValueError, a.forward(ones({2, 2}))), text);
  EXPECT_EQ(ERROR_OF(ValueError, a->eval()), text);
  EXPECT_EQ(ERROR_OF(ValueError, (*a).parameters()), text);
  EXPECT_EQ(ERROR_OF(ValueError, nn::AnyModule copy(a)), text);
  nn::Sequential net;
  net.push_back(b);
  EXPECT_EQ(ERROR_OF(ValueError, net.push_back(a)), text);
  EXPECT_EQ(net.size(), 1U);
  net.push_back(std::move(a));
  EXPECT_EQ(ERROR_OF(ValueError, net(ones({2, 2}))), text);
  EXPECT_EQ(ERROR_OF(ValueError, net.parameters()), text);
  a = b;
  EXPECT_EQ(a->parameters().size(), 2U);
  nn::AnyModule& self = a;
  a = std::move(self);
  EXPECT_EQ(a->parameters().size(), 2U);
}

TEST(MovedFrom, SequentialIsEmptyAndItselfAfterASelfMove) {
  nn::Sequential net{nn::Linear(2, 2), nn::ReLU()};
  nn::Sequential& self = net;
  net = std::move(self);
  EXPECT_EQ(net.size(), 2U);
  net = self;
  EXPECT_EQ(net.size(), 2U);
  const nn::Sequential other = std::move(net);
  EXPECT_EQ(net.size(), 0U);
  EXPECT_EQ(other.parameters().size(), 2U);
  expect_values(net(tensor({3.F})), {3});
  EXPECT_TRUE(net.state_dict().empty());
}

TEST(MovedFrom, LayersNameWhatIsMissing) {
  const auto moved = [](auto layer) {
    [[maybe_unused]] auto there = std::move(layer);
    EXPECT_TRUE(layer.parameters().empty());
    EXPECT_FALSE(str(layer).empty());
    return layer;
  };
  expect_contains(ERROR_OF(ValueError, moved(nn::Linear(3, 2))(ones({2, 3}))),
                  {"linear: weight is an undefined tensor"});
  expect_contains(ERROR_OF(ValueError, moved(nn::Embedding(3, 2))(zeros({2}, i64))),
                  {"embedding: weight is an undefined tensor"});
  expect_contains(ERROR_OF(ValueError, moved(nn::BatchNorm1d(3))(ones({2, 3}))),
                  {"BatchNorm1d: running_mean is an undefined tensor"});
}

}  // namespace
}  // namespace xgrad::test
