// One optimizer step over a million float32 parameters, in one tensor and in twenty:
// xgrad, libtorch, and a plain loop that reads and writes the same bytes, below which nobody can
// get once the arrays are larger than the caches.

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>
#include <xgrad.hpp>

#include "side_by_side.hpp"

namespace {

using Run = std::function<void()>;
using Parameters = std::vector<xgrad::Tensor>;

/// How a million parameters are divided among tensors, and how often they are stepped. With one
/// call a round each finds the caches full of the others' arrays, as after a backward pass; with
/// more they hold its own.
struct Layout {
  std::size_t tensors;
  std::size_t calls;
  std::size_t elements() const { return 1'000'000 / tensors; }
};

/// Reads the parameters, the gradient and the state, and writes all but the gradient. The tensors
/// are xgrad's, so that they lie in memory as those of its step do, and zero, as are their sums.
template <std::size_t states>
Run plain_loop(Layout layout) {
  std::vector<Parameters> tensors(layout.tensors);
  for (Parameters& each : tensors)
    for (std::size_t k = 0; k < 2 + states; ++k) each.push_back(xgrad::zeros({layout.elements()}));
  return [tensors, n = layout.elements()]() mutable {
    for (Parameters& each : tensors) {
      const float* grad = each[0].data<float>().data();
      float* written[1 + states];
      for (std::size_t k = 0; k <= states; ++k) written[k] = each[1 + k].data<float>().data();
#pragma GCC ivdep
      for (std::size_t i = 0; i < n; ++i) {
        float sum = grad[i];
        for (std::size_t k = 0; k <= states; ++k) sum += written[k][i];
        for (std::size_t k = 0; k <= states; ++k) written[k][i] = sum;
      }
    }
  };
}

template <class Optimizer, class Options>
Run xgrad_step(Layout layout, const Options& options) {
  Parameters parameters;
  for (std::size_t i = 0; i < layout.tensors; ++i) {
    parameters.push_back(xgrad::randn({layout.elements()}, {.requires_grad = true}));
    parameters.back().set_grad(xgrad::randn({layout.elements()}));
  }
  auto optimizer = std::make_shared<Optimizer>(parameters, options);
  return [optimizer] { optimizer->step(); };
}

template <class Optimizer, class Options>
Run torch_step(Layout layout, const Options& options) {
  const auto n = static_cast<int64_t>(layout.elements());
  std::vector<torch::Tensor> parameters;
  for (std::size_t i = 0; i < layout.tensors; ++i) {
    parameters.push_back(torch::randn({n}, torch::requires_grad()));
    parameters.back().mutable_grad() = torch::randn({n});
  }
  auto optimizer = std::make_shared<Optimizer>(parameters, options);
  return [optimizer] { optimizer->step(); };
}

void compare_all(const side_by_side::Table& table, const side_by_side::Settings& settings,
                 Layout layout) {
  const auto compare = [&](const std::string& name, const Run& loop, const Run& xgrad,
                           const Run& libtorch) {
    std::vector<side_by_side::Contestant> contestants = {
        {"loop", loop}, {"xgrad", xgrad}, {"libtorch", libtorch}};
    // Several threads need longer turns.
    side_by_side::race(contestants, settings, settings.threads > 1 ? 0 : layout.calls);
    table.row(name + " | " + std::to_string(layout.tensors) + " | " +
                  (layout.calls == 1 ? "memory" : "cache"),
              contestants);
  };
  namespace ours = xgrad::optim;
  namespace theirs = torch::optim;
  compare("SGD with momentum", plain_loop<1>(layout),
          xgrad_step<ours::SGD>(layout, ours::SGDOptions{.lr = 1e-4, .momentum = 0.9}),
          torch_step<theirs::SGD>(layout, theirs::SGDOptions(1e-4).momentum(0.9)));
  compare("Adam", plain_loop<2>(layout), xgrad_step<ours::Adam>(layout, ours::AdamOptions{}),
          torch_step<theirs::Adam>(layout, theirs::AdamOptions{}));
  compare("AdamW", plain_loop<2>(layout), xgrad_step<ours::AdamW>(layout, ours::AdamWOptions{}),
          torch_step<theirs::AdamW>(layout, theirs::AdamWOptions{}));
  compare("RMSprop", plain_loop<1>(layout),
          xgrad_step<ours::RMSprop>(layout, ours::RMSpropOptions{.lr = 1e-4}),
          torch_step<theirs::RMSprop>(layout, theirs::RMSpropOptions(1e-4)));
  compare("Adagrad", plain_loop<1>(layout),
          xgrad_step<ours::Adagrad>(layout, ours::AdagradOptions{}),
          torch_step<theirs::Adagrad>(layout, theirs::AdagradOptions{}));
}

}  // namespace

int main(int argc, char** argv) {
  side_by_side::keep_memory();
  const side_by_side::Settings settings = side_by_side::parse(argc, argv);
  xgrad::set_num_threads(settings.threads);
  torch::set_num_threads(static_cast<int>(settings.threads));
  const side_by_side::Table table(
      "Optimizer steps of 1,000,000 parameters, " + settings.threads_text() + ", µs",
      "optimizer | tensors | data in", {"loop", "xgrad", "libtorch"});
  for (const std::size_t tensors : {1UL, 20UL})
    for (const std::size_t calls : {1UL, 10UL})
      if (settings.threads == 1 || calls > 1)
        compare_all(table, settings, {.tensors = tensors, .calls = calls});
}
