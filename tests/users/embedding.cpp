// The library within another program: its own event loop and types, threads, errors that are
// caught.

#include <array>
#include <atomic>
#include <iostream>
#include <span>
#include <thread>
#include <xgrad.hpp>

namespace app {

struct Reading {  // the program's own type: four floats in a row
  std::array<float, 4> channels;
};

// Predicts the mean of the readings' sums, and learns from every event.
class Estimator {
 public:
  explicit Estimator(double lr) : sgd_(net_.parameters(), {.lr = lr, .momentum = 0.9}) {}

  float predict(std::span<const Reading> readings) {
    const xgrad::NoGrad no_grad;
    return net_(to_tensor(readings)).mean().item<float>();
  }
  float learn(std::span<const Reading> readings, float target) {
    sgd_.zero_grad();
    const xgrad::Tensor loss = xgrad::square(net_(to_tensor(readings)).mean() - target);
    loss.backward();
    sgd_.step();
    return loss.item<float>();
  }
  void restore(const std::string& path) { xgrad::nn::load(net_, path); }

 private:
  static xgrad::Tensor to_tensor(std::span<const Reading> readings) {
    const std::span values(readings.front().channels.data(), 4 * readings.size());
    return xgrad::tensor(values).reshape({-1, 4});
  }
  xgrad::nn::Sequential net_{xgrad::nn::Linear(4, 1)};
  xgrad::optim::SGD sgd_;
};
}  // namespace app

int main() {
  xgrad::manual_seed(0);
  app::Estimator estimator(0.02);
  float loss = 0;
  for (int i = 0; i < 2000; ++i) {  // the event loop
    std::array<app::Reading, 3> readings{};
    float target = 0;
    for (app::Reading& reading : readings)
      for (float& channel : reading.channels) {
        channel = xgrad::rand({}).item<float>();
        target += channel / 3;
      }
    loss = estimator.learn(readings, target);
  }
  std::cout << "learnt: " << (loss < 1e-4F ? "yes" : "no") << "\n";
  // prints: learnt: yes
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (const float x : {0.0F, 0.25F, 0.5F, 1.0F})
      threads.emplace_back([&, x] {
        const app::Reading reading{{x, 0, 1, 0}};
        for (int call = 0; call < 100; ++call)
          right += std::abs(estimator.predict({&reading, 1}) - x - 1) < 0.05F;
      });
  }
  std::cout << right << " of 400 right\n";
  // prints: 400 of 400 right
  try {
    estimator.restore("missing.safetensors");
  } catch (const xgrad::IoError& error) {
    std::cout << error.what() << "\n";
  }
  // prints: missing.safetensors: cannot be opened: No such file or directory
}
