// Training steps that are captured: each leaves the same bits as the step itself.

#include "autograd/capture.hpp"

#include "autograd/library.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

struct Net : nn::Module {
  nn::Linear a{6, 16}, b{16, 16}, c{16, 3};
  nn::Dropout dropout{0.3};
  nn::BatchNorm1d norm{16};
  nn::LayerNorm layer_norm{Shape{16}};
  nn::Embedding embedding{6, 16};
  nn::Conv2d first{1, 8, 2, {.padding = 1}}, second{8, 16, {3, 2}};
  XGRAD_FIELDS(a, b, c, dropout, norm, layer_norm, embedding, first, second)
};

using Forward = std::function<Tensor(Net&, const Tensor&)>;
using MakeOptimizer = std::function<std::unique_ptr<optim::Optimizer>(Net&)>;

struct Case {
  std::string name;
  Forward forward;
  MakeOptimizer optimizer;
  double clip = 0;
};

template <class Optimizer, class Options>
MakeOptimizer with(Options options) {
  return [=](Net& net) { return std::make_unique<Optimizer>(net.parameters(), options); };
}

std::vector<Case> cases() {
  const Forward dense = [](Net& n, const Tensor& x) { return n.c(relu(n.b(relu(n.a(x))))); };
  const auto sgd = with<optim::SGD>(optim::SGDOptions{.lr = 0.05, .momentum = 0.9});
  return {
      {"dense", dense, sgd},
      {"dense_adam", dense, with<optim::Adam>(optim::AdamOptions{.lr = 0.01})},
      {"clipped", dense, sgd, 0.1},
      {"dropout", [](Net& n, const Tensor& x) { return n.c(n.dropout(tanh(n.a(x)))); }, sgd},
      {"batch_norm", [](Net& n, const Tensor& x) { return n.c(relu(n.norm(n.a(x)))); },
       with<optim::AdamW>(optim::AdamWOptions{.lr = 0.01})},
      {"layer_norm",
       [](Net& n, const Tensor& x) { return n.c(gelu(n.layer_norm(n.a(x) + n.b(n.a(x))))); }, sgd},
      {"shared_weights",
       [](Net& n, const Tensor& x) {
         Tensor h = tanh(n.a(x));
         for (int i = 0; i < 3; ++i) h = tanh(n.b(h) + n.a(x));
         return n.c(h);
       },
       sgd},
      {"convolutions",
       [](Net& n, const Tensor& x) {
         const Tensor images = max_pool2d(relu(n.first(reshape(x, {-1, 1, 2, 3}))), {1, 2});
         return n.c(flatten(relu(n.second(images)), 1));
       },
       sgd},
      {"parts",
       [](Net& n, const Tensor& x) {
         const Tensor h = n.embedding(argmax(x, 1)) + n.a(x);
         const Tensor parts = concatenate({slice(h, 1, 4, 12), slice(h, 1, 0, 8)}, 1);
         return n.c(relu(n.b(parts * take(h, argmax(x, 0), 0).sum(0))));
       },
       with<optim::RMSprop>(optim::RMSpropOptions{.lr = 0.001})},
  };
}

// A network and its training; two of the same seed are equal.
struct Training {
  explicit Training(const Case& c) : test(c) {
    manual_seed(3);
    net = std::make_shared<Net>();
    optimizer = c.optimizer(*net);
  }
  Tensor operator()(const Tensor& x, const Tensor& y) {
    optimizer->zero_grad();
    const Tensor loss = nn::cross_entropy(test.forward(*net, x), y);
    loss.backward();
    if (test.clip > 0) {
      optim::clip_grad_value_(net->parameters(), test.clip / 2);
      optim::clip_grad_norm_(net->parameters(), test.clip);
    }
    optimizer->step();
    return loss;
  }
  // All that training changes.
  std::vector<std::vector<double>> state() const {
    std::vector<std::vector<double>> all;
    for (const auto& [name, t] : net->state_dict()) all.push_back(t.to_vector<double>());
    for (const auto& [name, t] : optimizer->state_dict().state)
      all.push_back(t.to_vector<double>());
    return all;
  }
  const Case& test;
  std::shared_ptr<Net> net;
  std::unique_ptr<optim::Optimizer> optimizer;
};

class CaptureTraining : public testing::TestWithParam<Case> {};

TEST_P(CaptureTraining, LeavesTheSameBits) {
  for (const std::size_t threads : {1U, 2U}) {
    set_num_threads(threads);
    Training eager(GetParam()), captured(GetParam());
    auto step = capture([&](const Tensor& x, const Tensor& y) { return captured(x, y); });
    std::vector<double> losses[2];
    manual_seed(5);
    Tensor random = get_rng_state();
    for (int i = 0; i < 100; ++i) {
      const std::size_t batch = i % 7 == 6 ? 5 : 8;  // the last of an epoch is smaller
      const Tensor x = randn({batch, 6}), y = randint(0, 3, {batch});
      for (double* lr :
           {eager.optimizer->find_option(0, "lr"), captured.optimizer->find_option(0, "lr")})
        *lr *= 0.99;
      random = get_rng_state();
      losses[0].push_back(eager(x, y).item<double>());
      set_rng_state(random);
      losses[1].push_back(step(x, y).item<double>());
    }
    EXPECT_EQ(step.fallback_reason(), "");
    EXPECT_EQ(losses[0], losses[1]);
    EXPECT_EQ(eager.state(), captured.state());
  }
  set_num_threads(1);
}

INSTANTIATE_TEST_SUITE_P(Optim, CaptureTraining, testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.name; });

TEST(CaptureTraining, WrongLabelsAreRefusedEachTime) {
  const Case test = cases()[0];
  Training training(test);
  auto step = capture([&](const Tensor& x, const Tensor& y) { return training(x, y); });
  const Tensor x = ones({4, 6}), y = zeros({4}, int64);
  for (int i = 0; i < 3; ++i) step(x, y);
  const auto before = training.state();
  expect_contains(ERROR_OF(ValueError, step(x, full({4}, 3, int64))),
                  {"cross_entropy", "label 0 is 3"});
  expect_contains(ERROR_OF(ValueError, step(x, full({4}, -100, int64))),
                  {"cross_entropy", "ignored", "captured"});
  EXPECT_EQ(training.state(), before);
  step(x, y);
  EXPECT_EQ(step.fallback_reason(), "");
}

TEST(CaptureTraining, OtherLosses) {
  for (const auto& loss : std::vector<std::function<Tensor(const Tensor&, const Tensor&)>>{
           [](const Tensor& p, const Tensor& y) { return nn::mse_loss(p, y); },
           [](const Tensor& p, const Tensor& y) { return nn::l1_loss(p, y); },
           [](const Tensor& p, const Tensor& y) { return nn::huber_loss(p, y); },
           [](const Tensor& p, const Tensor& y) {
             return nn::binary_cross_entropy_with_logits(p, sigmoid(y));
           },
           [](const Tensor& p, const Tensor& y) {
             return nn::binary_cross_entropy(sigmoid(p), sigmoid(y));
           }}) {
    std::vector<double> values[2];
    for (const bool captures : {false, true}) {
      manual_seed(1);
      nn::Linear layer(3, 2);
      optim::Adam adam(layer.parameters(), {.lr = 0.1});
      const auto f = [&](const Tensor& x, const Tensor& y) {
        adam.zero_grad();
        const Tensor l = loss(layer(x), y);
        l.backward();
        adam.step();
        return l;
      };
      auto step = capture(f);
      for (int i = 0; i < 10; ++i) {
        const Tensor x = randn({4, 3}), y = randn({4, 2});
        values[captures].push_back((captures ? step(x, y) : f(x, y)).item<double>());
      }
      EXPECT_EQ(step.fallback_reason(), "");
    }
    EXPECT_EQ(values[0], values[1]);
  }
}

}  // namespace
}  // namespace xgrad::test
