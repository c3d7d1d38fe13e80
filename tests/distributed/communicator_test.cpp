// Run by mpirun on several ranks, and alone: each rank runs all tests, in step with the others.

#include "distributed/communicator.hpp"

#include <xgrad.hpp>

#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using distributed::Communicator;

Communicator* ranks = nullptr;

std::int64_t rank() { return static_cast<std::int64_t>(ranks->rank()); }
std::int64_t size() { return static_cast<std::int64_t>(ranks->size()); }

// The rows of this rank.
Tensor share(const Tensor& x) {
  const auto rows = static_cast<std::int64_t>(x.size(0)) / size();
  return slice(x, 0, rank() * rows, (rank() + 1) * rows);
}

struct Net : nn::Module {
  nn::Conv2d convolution{1, 2, 3, {.padding = 1}};
  nn::Linear hidden{2 * 4 * 4, 5}, output{5, 3};
  XGRAD_FIELDS(convolution, hidden, output)

  Tensor forward(const Tensor& x) override {
    return output(tanh(hidden(flatten(convolution(x), 1))));
  }
};

struct Recipe {
  const char* name;
  std::size_t bucket_bytes;
  std::function<std::unique_ptr<optim::Optimizer>(const nn::Module&)> make;
};

class Training : public testing::TestWithParam<Recipe> {};

TEST_P(Training, OfSharesGivesTheWeightsOfWholeBatches) {
  manual_seed(7);  // the same data on all ranks
  const auto batch = static_cast<std::size_t>(4 * size());
  const Tensor x = randn({5, batch, 1, 4, 4}, f64);
  const Tensor labels = (rand({5, batch}, f64) * 3).to(int64);
  Net whole;
  whole.to(float64);
  manual_seed(static_cast<std::uint64_t>(8 + rank()));
  Net net;
  net.to(float64);
  if (rank() == 0) net.load_state_dict(whole.state_dict());
  ranks->broadcast(net);

  ranks->average_gradients(net.parameters(), {.bucket_bytes = GetParam().bucket_bytes});
  const auto optimizer = GetParam().make(net), reference = GetParam().make(whole);
  for (std::int64_t step = 0; step < 5; ++step) {
    optimizer->zero_grad();
    const Tensor loss =
        nn::cross_entropy(net(share(select(x, 0, step))), share(select(labels, 0, step)));
    loss.backward();
    ranks->synchronize();
    optimizer->step();
    reference->zero_grad();
    const Tensor all = nn::cross_entropy(whole(select(x, 0, step)), select(labels, 0, step));
    all.backward();
    reference->step();
    EXPECT_NEAR(ranks->mean(loss.item<double>()), all.item<double>(), 1e-12);
  }
  for (const auto& [name, values] : net.state_dict())
    EXPECT_TRUE(allclose(values, whole.state_dict().at(name), 0, 1e-11)) << name;
}

INSTANTIATE_TEST_SUITE_P(
    All, Training,
    testing::Values(Recipe{"sgd", 25 << 20,
                           [](const nn::Module& net) -> std::unique_ptr<optim::Optimizer> {
                             return std::make_unique<optim::SGD>(
                                 net.parameters(), optim::SGDOptions{.lr = 0.1, .momentum = 0.9});
                           }},
                    Recipe{"adam_in_small_buckets", 1,
                           [](const nn::Module& net) -> std::unique_ptr<optim::Optimizer> {
                             return std::make_unique<optim::Adam>(net.parameters(),
                                                                  optim::AdamOptions{.lr = 0.01});
                           }}),
    [](const auto& test) { return test.param.name; });

TEST(Communicator, BeginsSumsWhileBackwardGoesOn) {
  Net net;
  ranks->broadcast(net);
  std::size_t begun = 0;
  net.convolution.weight.register_hook([&](const Tensor&) { begun = ranks->begun(); });
  ranks->average_gradients(net.parameters(), {.bucket_bytes = 1});
  sum(net(ones({2, 1, 4, 4}))).backward();
  EXPECT_GE(begun, 4u);  // weights and biases of the two linear layers
  EXPECT_EQ(ranks->begun(), 6u);
  ranks->synchronize();
  EXPECT_EQ(ranks->begun(), 0u);
}

TEST(Communicator, AveragesWhatSomeRanksUse) {
  Tensor used = ones({2}, f64_grad), twice = ones({2}, f64_grad), first_only = ones({3}, f64_grad),
         unused = ones({4}, f64_grad);
  ranks->average_gradients({used, twice, first_only, unused});
  const auto mean_rank = static_cast<double>(size() - 1) / 2;
  for (int pass = 1; pass <= 2; ++pass) {  // gradients accumulate
    Tensor y = sum(used * static_cast<double>(rank())) + sum(twice * twice);
    if (rank() == 0) y = y + sum(first_only * 5);
    y.backward();
    ranks->synchronize();
    expect_values(used.grad(), {pass * mean_rank, pass * mean_rank});
    expect_values(twice.grad(), {pass * 2.0, pass * 2.0});
    const double five = pass * 5.0 / static_cast<double>(size());
    expect_near(first_only.grad(), {five, five, five}, 1e-14);
    EXPECT_FALSE(unused.grad().defined());
  }
}

TEST(Communicator, MixesDtypes) {
  Tensor a = ones({2}, f64_grad), b = ones({3}, {.requires_grad = true}), c = ones({}, f64_grad);
  ranks->average_gradients({a, b, c});
  (sum(a * 3) * c).backward();
  sum(b * 2).backward();
  ranks->synchronize();
  expect_values(a.grad(), {3, 3});
  expect_values(b.grad(), {2, 2, 2});
  expect_values(c.grad(), {6});
}

TEST(Communicator, BroadcastsTensorsAndBuffers) {
  manual_seed(static_cast<std::uint64_t>(rank()));
  const auto last = static_cast<std::size_t>(size() - 1);
  for (const DType dtype : {float32, float64, int64, uint8, boolean}) {
    const Tensor x = full({2, 3}, rank()).to(dtype);
    ranks->broadcast(x, last);
    expect_values(x, full({2, 3}, size() - 1).to(dtype).to_vector<double>());
  }
  const Tensor nothing = zeros({0, 3}), scalar = full({}, rank());
  ranks->broadcast(nothing);
  ranks->broadcast(scalar, last);
  EXPECT_EQ(scalar.item<std::int64_t>(), size() - 1);

  nn::BatchNorm1d norm(3);
  norm(randn({4, 3}));
  ranks->broadcast(norm);
  for (const auto& [name, values] : norm.state_dict()) {
    const Tensor own = values.to(float64);
    EXPECT_TRUE(allclose(ranks->mean(own), own)) << name;
  }
}

TEST(Communicator, MeansMetrics) {
  const auto mean_rank = static_cast<double>(size() - 1) / 2;
  EXPECT_EQ(ranks->mean(static_cast<double>(rank())), mean_rank);
  const Tensor x = tensor({static_cast<float>(rank()), 1.0F}, {.requires_grad = true});
  const Tensor mean = ranks->mean(x);
  expect_values(mean, {mean_rank, 1});
  EXPECT_FALSE(mean.requires_grad());
  expect_values(x, {static_cast<double>(rank()), 1});
}

TEST(Communicator, RefusesOnAllRanks) {
  if (size() > 1) {
    const Tensor x = zeros({static_cast<std::size_t>(rank()) + 2, 3});
    const std::string text = str("rank ", rank(), " of ", size(), " has shape ", x.shape());
    expect_contains(ERROR_OF(ShapeError, ranks->broadcast(x)), {"broadcast: " + text, "same on"});
    expect_contains(ERROR_OF(ShapeError, ranks->mean(x)), {"mean: " + text, "same on all"});
    const Tensor p = zeros({2}, {.dtype = rank() == 0 ? float32 : float64, .requires_grad = true});
    expect_contains(ERROR_OF(ShapeError, ranks->average_gradients({p})),
                    {"average_gradients: rank", "1 parameters, shape (2,)", "same on all"});
  }
  expect_contains(ERROR_OF(ValueError, ranks->broadcast(zeros({2}), ranks->size())),
                  {"broadcast: root is ", "expected a rank, 0 to "});
  expect_contains(ERROR_OF(DTypeError, ranks->mean(tensor({1, 2}))), {"mean: ", "int64"});
  expect_contains(ERROR_OF(GradError, ranks->average_gradients({zeros({2, 5})})),
                  {"average_gradients", "(2, 5)", "leaf that requires a gradient"});
  Tensor p = ones({2}, {.requires_grad = true});
  ranks->average_gradients({});
  expect_contains(ERROR_OF(GradError, ranks->synchronize()), {"call average_gradients() first"});
  ranks->average_gradients({p});
  sum(p).backward();
  expect_contains(ERROR_OF(GradError, sum(p).backward()),
                  {"second backward()", "(2,)", "call synchronize() after each"});
  ranks->synchronize();
  expect_values(p.grad(), {1, 1});
}

}  // namespace
}  // namespace xgrad::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  xgrad::distributed::Communicator communicator;
  xgrad::test::ranks = &communicator;
  const int status = RUN_ALL_TESTS();
  if (status != 0) throw xgrad::Error("tests failed");
  return 0;
}
