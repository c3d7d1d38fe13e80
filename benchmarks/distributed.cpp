// Time of a training step shared by the processes of mpirun, and of what they exchange:
//     mpirun -n 2 build/release/benchmarks/distributed

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>
#include <xgrad.hpp>

#include "distributed/communicator.hpp"
#include "examples/support/classifier.hpp"
#include "examples/support/image_networks.hpp"

namespace {

using namespace xgrad;

/// Median over 9 repeats of the time of a call, in µs: each repeat takes 30 ms or more.
double microseconds(const distributed::Communicator& ranks, const std::function<void()>& call) {
  using clock = std::chrono::steady_clock;
  const auto time_of = [&](std::size_t calls) {
    ranks.barrier();
    const clock::time_point begin = clock::now();
    for (std::size_t i = 0; i < calls; ++i) call();
    return std::chrono::duration<double, std::micro>(clock::now() - begin).count();
  };
  time_of(20);
  const auto calls = static_cast<std::size_t>(ranks.mean(30e3 / (time_of(20) / 20))) + 1;
  std::vector<double> times(9);
  std::ranges::generate(times, [&] { return time_of(calls) / static_cast<double>(calls); });
  std::ranges::nth_element(times, times.begin() + 4);
  return times[4];
}

struct Case {
  const char* name;
  std::function<std::unique_ptr<nn::Module>()> make;
  std::size_t batch;
};

std::unique_ptr<nn::Module> mlp(const std::vector<std::size_t>& widths) {
  return std::make_unique<examples::Mlp>(widths);
}

}  // namespace

int main() {
  set_num_threads(1);
  distributed::Communicator ranks;
  const auto print = [&](const char* format, auto... values) {
    if (ranks.rank() == 0) std::printf(format, values...);
  };
  print("ranks: %zu\n\nmean of the ranks\n%12s %12s\n", ranks.size(), "bytes", "us");
  for (std::size_t bytes = 4; bytes <= std::size_t{4} << 20; bytes *= 8) {
    const Tensor x = zeros({bytes / 4});
    print("%12zu %12.1f\n", bytes, microseconds(ranks, [&] { ranks.mean(x); }));
  }

  const std::vector<std::size_t> small{784, 100, 100, 50, 10}, large{784, 512, 512, 10};
  print("\ntraining steps, SGD: batch is that of all ranks\n%20s %6s %12s %12s %12s %12s\n",
        "network", "batch", "alone us", "256 KB us", "1 MB us", "25 MB us");
  for (const auto& [name, make, batch] :
       std::vector<Case>{{"784-100-100-50-10", [&] { return mlp(small); }, 64},
                         {"784-100-100-50-10", [&] { return mlp(small); }, 512},
                         {"784-512-512-10", [&] { return mlp(large); }, 64},
                         {"784-512-512-10", [&] { return mlp(large); }, 512},
                         {"LeNet-5", [] { return std::make_unique<examples::LeNet>(); }, 64}}) {
    const auto net = make();
    optim::SGD sgd(net->parameters(), {.lr = 1e-3});
    const Tensor x = rand({batch / ranks.size(), 784});
    const Tensor labels = randint(0, 10, {x.size(0)});
    const auto step = [&](const std::function<void()>& synchronize) {
      return [&, synchronize] {
        sgd.zero_grad();
        nn::cross_entropy((*net)(x), labels).backward();
        synchronize();
        sgd.step();
      };
    };
    // Without exchange: what each rank computes.
    print("%20s %6zu %12.0f", name, batch, microseconds(ranks, step([] {})));
    for (const std::size_t kilobytes : {256, 1024, 25 * 1024}) {
      ranks.average_gradients(net->parameters(), {.bucket_bytes = kilobytes << 10U});
      print(" %12.0f", microseconds(ranks, step([&] { ranks.synchronize(); })));
    }
    ranks.average_gradients({});
    print("\n");
  }
}
