// Graphs on several threads at once. ThreadSanitizer (the preset tsan) sees what these do.

#include <atomic>
#include <thread>

#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

constexpr std::size_t thread_count = 8;

// Runs f(k) on thread k, all at once.
template <class F>
void on_all_threads(const F& f) {
  std::atomic<std::size_t> ready{0};
  std::vector<std::thread> threads;
  for (std::size_t k = 0; k < thread_count; ++k)
    threads.emplace_back([&, k] {
      ++ready;
      while (ready < thread_count) std::this_thread::yield();
      f(k);
    });
  for (std::thread& thread : threads) thread.join();
}

// Some steps of gradient descent, on a tensor of the thread's own and one that all read.
Doubles descend(const Tensor& shared, double scale) {
  Tensor x = leaf({0.1, 0.2, 0.3});
  for (int i = 0; i < 300; ++i) {
    x.zero_grad();
    sum(tanh(x * shared) * scale).backward();
    NoGrad guard;
    x.add_(x.grad(), -1e-3);
  }
  return x.to_vector<double>();
}

TEST(Threads, IndependentGraphsOnSeveralThreads) {
  const Tensor shared = tensor({1., 2., 3.});
  std::vector<Doubles> results(thread_count);
  on_all_threads([&](std::size_t k) { results[k] = descend(shared, static_cast<double>(k + 1)); });
  for (std::size_t k = 0; k < results.size(); ++k)
    EXPECT_EQ(results[k], descend(shared, static_cast<double>(k + 1)));
}

TEST(Threads, AGraphMayMoveToAnotherThread) {
  const double slope = 3 * 9 + 2 * 10 * 3;  // of (x² + 10 x) x at 3
  Tensor x = leaf(3);
  Tensor y = x * x;
  for (int i = 0; i < 10; ++i) y = y + x;
  Tensor z;
  std::thread([&] {
    z = y * x;
    z.backward({.retain_graph = true});
  }).join();
  expect_values(x.grad(), {slope});
  x.zero_grad();
  z = z * 2;
  z.backward();
  expect_values(x.grad(), {2 * slope});
}

// A network of two layers whose parameters several threads read.
struct Network {
  Tensor w1, b1, w2, b2;

  Network() {
    manual_seed(3);
    const TensorOptions options = f64_grad;
    w1 = randn({16, 8}, options), b1 = randn({16}, options);
    w2 = randn({3, 16}, options), b2 = randn({3}, options);
  }
  Tensors parameters() const { return {w1, b1, w2, b2}; }
  Tensor loss(const Tensor& x) const {
    const Tensor hidden = reshape(tanh(linear(x, w1, b1)), {-1, 16});
    return mean(square(linear(hidden, w2, b2))) - mean(log_softmax(linear(hidden, w2, b2)));
  }
};

Tensor batch(std::size_t k) {
  manual_seed(k);
  return randn({32, 8}, f64);
}

TEST(Threads, GradOverSharedParameters) {
  const Network network;
  std::vector<std::vector<Doubles>> results(thread_count);
  const auto gradients = [&](std::size_t k) {
    std::vector<Doubles> values;
    for (int step = 0; step < 20; ++step) {
      values.clear();
      for (const Tensor& g : grad(network.loss(batch(k)), network.parameters()))
        values.push_back(g.to_vector<double>());
    }
    return values;
  };
  on_all_threads([&](std::size_t k) { results[k] = gradients(k); });
  for (std::size_t k = 0; k < thread_count; ++k) EXPECT_EQ(results[k], gradients(k)) << k;
}

TEST(Threads, GradientsOfGradientsOverSharedParameters) {
  const Network network;
  std::vector<Doubles> results(thread_count);
  const auto penalty = [&](std::size_t k) {
    const Tensor g = grad(network.loss(batch(k)), network.w1, {.create_graph = true});
    return grad(sum(square(g)), network.w2).to_vector<double>();
  };
  on_all_threads([&](std::size_t k) { results[k] = penalty(k); });
  for (std::size_t k = 0; k < thread_count; ++k) EXPECT_EQ(results[k], penalty(k)) << k;
}

// Sums of powers of two are exact, so the order in which threads come does not show.
TEST(Threads, BackwardOfAllAccumulatesIntoSharedLeaves) {
  const Tensor shared = ones({33}, f64_grad);
  constexpr int steps = 200;
  on_all_threads([&](std::size_t k) {
    for (int i = 0; i < steps; ++i) sum(shared * static_cast<double>(1U << k)).backward();
  });
  expect_values(shared.grad(), Doubles(33, steps * ((1U << thread_count) - 1.0)));
}

// Threads extend one recorded graph and drop what they made; only its owner differentiates it.
TEST(Threads, HandlesOfOneGraphComeAndGo) {
  const Tensor x = leaf({1, 2, 3});
  const Tensor base = exp(x) * x;
  on_all_threads([&](std::size_t k) {
    for (int i = 0; i < 300; ++i) {
      const Tensor y = tanh(base * static_cast<double>(k)) + base;
      EXPECT_TRUE(y.requires_grad());
    }
  });
  sum(base).backward();
  for (std::size_t i = 0; i < 3; ++i) {
    const double v = static_cast<double>(i + 1);
    EXPECT_DOUBLE_EQ(x.grad().to_vector<double>()[i], std::exp(v) * (1 + v));
  }
}

TEST(Threads, HooksRunOnTheThreadThatSweeps) {
  on_all_threads([](std::size_t k) {
    const Tensor x = leaf(2);
    const std::thread::id here = std::this_thread::get_id();
    int calls = 0;
    const Tensor h = x * static_cast<double>(k + 1);
    h.register_hook([&](const Tensor&) { calls += std::this_thread::get_id() == here; });
    for (int i = 0; i < 50; ++i) h.backward({.retain_graph = true});
    EXPECT_EQ(calls, 50);
  });
}

}  // namespace
}  // namespace xgrad::test
