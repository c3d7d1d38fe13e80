// Time and memory of a training step against the depth and the width of a network, the batch, and
// the number of recorded operations. `--plot FILE.svg` draws them.

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>
#include <xgrad.hpp>

#include "examples/support/chart.hpp"
#include "examples/support/classifier.hpp"
#include "side_by_side.hpp"

namespace {

using namespace xgrad;
using Step = std::function<void()>;

/// What is measured as one size grows.
struct Growth {
  std::string title;
  std::string size;  // what grows
  std::vector<std::size_t> sizes;
  std::string unit;                         // of the work
  std::function<double(std::size_t)> work;  // in units
  std::function<Step(std::size_t)> make;    // a step of this size
};

/// Linear layers, ReLU, softmax cross-entropy, SGD with momentum.
Step training_step(const std::vector<std::size_t>& widths, std::size_t batch) {
  auto net = std::make_shared<examples::Mlp>(widths);
  auto sgd = std::make_shared<optim::SGD>(net->parameters(),
                                          optim::SGDOptions{.lr = 1e-4, .momentum = 0.9});
  const Tensor x = rand({batch, widths.front()});
  const Tensor y = randint(0, static_cast<std::int64_t>(widths.back()), {batch});
  return [=] {
    sgd->zero_grad();
    nn::cross_entropy(net->forward(x), y).backward();
    sgd->step();
  };
}

/// A chain of operations on 4 × 4, half of them products with a leaf, and its backward pass.
Step chain(std::size_t nodes) {
  Tensor a = rand({4, 4}, {.requires_grad = true}), b = rand({4, 4}, {.requires_grad = true});
  const Tensor seed = ones({4, 4});
  return [=]() mutable {
    Tensor y = a;
    for (std::size_t i = 0; i < nodes / 2; ++i) y = tanh(y * b);
    y.backward(seed);
    a.zero_grad();
    b.zero_grad();
  };
}

double products(const std::vector<std::size_t>& widths, std::size_t batch) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i)
    sum += static_cast<double>(widths[i] * widths[i + 1] * batch) * (i == 0 ? 2 : 3);
  return sum / 1e6;
}

std::vector<Growth> growths() {
  const auto number = [](std::size_t n) { return static_cast<double>(n); };
  const auto wide = [](std::size_t n) { return std::vector<std::size_t>{n, n, n}; };
  const std::vector<std::size_t> mnist = {784, 128, 10};
  return {
      {"Depth: layers of 64 × 64, batch 64",
       "layers",
       {1, 3, 10, 30, 100, 300, 1000},
       "layer",
       number,
       [](std::size_t n) { return training_step(std::vector<std::size_t>(n + 1, 64), 64); }},
      {"Width: n-n-n, batch 64",
       "n",
       {16, 64, 256, 1024, 4096},
       "million multiply-adds",
       [=](std::size_t n) { return products(wide(n), 64); },
       [=](std::size_t n) { return training_step(wide(n), 64); }},
      {"Batch: 784-128-10",
       "batch",
       {1, 8, 64, 512, 4096, 8192},
       "sample",
       number,
       [=](std::size_t n) { return training_step(mnist, n); }},
      {"Recorded operations on 4 × 4, forward and backward",
       "operations",
       {100, 1000, 10'000, 100'000, 1'000'000},
       "operation",
       number,
       chain},
  };
}

}  // namespace

int main(int argc, char** argv) {
  std::string plot;
  side_by_side::Settings settings = side_by_side::parse(argc, argv, &plot);
  settings.seconds = 0.7;
  set_num_threads(settings.threads);
  set_flush_denormal(true);
  manual_seed(0);
  training_step({64, 64}, 64)();  // so that OpenBLAS has its buffer in each process from the start
  std::vector<examples::Chart> charts;
  std::printf("\n### Growth, %s\n", settings.threads_text().c_str());
  for (const Growth& growth : growths()) {
    std::printf("\n| %s | %s | µs a step | µs a %s | KiB | KiB a %s |\n|---|--:|--:|--:|--:|--:|\n",
                growth.title.c_str(), growth.size.c_str(), growth.unit.c_str(),
                growth.unit.c_str());
    examples::Series times{"time, µs", {}, examples::Style::line_and_points};
    examples::Series memory{"memory, KiB", {}, examples::Style::line_and_points};
    examples::Series law{"time in proportion to the work", {}, examples::Style::dashes};
    for (const std::size_t n : growth.sizes) {
      // Memory that nothing else has used.
      side_by_side::Process process([&]() -> side_by_side::Calls {
        return [step = growth.make(n)](std::size_t calls) {
          for (std::size_t i = 0; i < calls; ++i) step();
        };
      });
      std::vector<side_by_side::Contestant> contestants = {
          {"xgrad", [&](std::size_t calls) { return process.run(calls).nanoseconds; }}};
      side_by_side::race(contestants, settings);
      const double work = growth.work(n), microseconds = contestants[0].median() / 1000,
                   kib = process.run(1).bytes / 1024;
      std::printf("| | %zu | %s | %s | %s | %s |\n", n, side_by_side::digits(microseconds).c_str(),
                  side_by_side::digits(microseconds / work).c_str(),
                  side_by_side::digits(kib).c_str(), side_by_side::digits(kib / work).c_str());
      const auto x = static_cast<double>(n);
      times.points.push_back({x, microseconds});
      memory.points.push_back({x, kib});
    }
    const double last = growth.work(growth.sizes.back());
    for (const std::size_t n : growth.sizes)
      law.points.push_back(
          {static_cast<double>(n), times.points.back()[1] * growth.work(n) / last});
    charts.push_back({.title = growth.title,
                      .x_label = growth.size,
                      .y_label = "",
                      .series = {times, memory, law},
                      .log_x = true,
                      .log_y = true});
  }
  if (!plot.empty()) examples::draw("Time and memory of a step", charts, plot, 2);
}
