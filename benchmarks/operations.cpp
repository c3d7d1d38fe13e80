// What single operations cost: recording and differentiating small ones, throughput of large ones.

#include <benchmark/benchmark.h>

#include <xgrad.hpp>

namespace {

using namespace xgrad;

const TensorOptions leaf = {.requires_grad = true};

// One recorded elementwise operation on 4 x 4, with its release.
void record_add(benchmark::State& state) {
  const Tensor a = randn({4, 4}, leaf), b = randn({4, 4}, leaf);
  for (auto _ : state) benchmark::DoNotOptimize(a + b);
}
BENCHMARK(record_add);

// The backward pass alone of a chain of 1000 such operations; the time is that of one.
void differentiate_add(benchmark::State& state) {
  constexpr std::size_t length = 1000;
  const Tensor a = randn({4, 4}, leaf), seed = ones({4, 4});
  Tensor y = a;
  for (std::size_t i = 0; i < length; ++i) y = y + 1;
  for (auto _ : state) y.backward(seed, {.retain_graph = true});
  state.counters["each"] = benchmark::Counter(
      length, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(differentiate_add);

template <class F>
void throughput(benchmark::State& state, F f) {
  NoGrad guard;
  const auto n = static_cast<std::size_t>(state.range(0));
  const Tensor x = randn({n, 1000}), row = randn({1000}), column = randn({n, 1});
  for (auto _ : state) benchmark::DoNotOptimize(f(x, row, column));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(x.numel()));
}
#define THROUGHPUT(name, expression)                                                         \
  BENCHMARK_CAPTURE(throughput, name,                                                        \
                    []([[maybe_unused]] const Tensor& x, [[maybe_unused]] const Tensor& row, \
                       [[maybe_unused]] const Tensor& column) { return expression; })        \
      ->Arg(1000)

THROUGHPUT(add, x + x);
THROUGHPUT(add_row, x + row);
THROUGHPUT(add_column, x + column);
THROUGHPUT(exp, exp(x));
THROUGHPUT(tanh, tanh(x));
THROUGHPUT(relu, relu(x));
THROUGHPUT(sum, sum(x));
THROUGHPUT(sum_of_columns, sum(x, 0));
THROUGHPUT(softmax, softmax(x));
THROUGHPUT(transpose, transpose(x, 0, 1));

void matmul_square(benchmark::State& state) {
  NoGrad guard;
  const auto n = static_cast<std::size_t>(state.range(0));
  const Tensor a = randn({n, n}), b = randn({n, n});
  for (auto _ : state) benchmark::DoNotOptimize(matmul(a, b));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(2 * n * n * n));
}
BENCHMARK(matmul_square)->RangeMultiplier(4)->Range(4, 1024);

}  // namespace

BENCHMARK_MAIN();
