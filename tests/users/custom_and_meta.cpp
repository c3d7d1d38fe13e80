// Operations of one's own, and meta-learning: gradients of a loss after a step of gradient descent
// (MAML, Finn et al. 2017), on sines of many amplitudes and phases.

#include <cstdio>
#include <numbers>
#include <xgrad.hpp>

using namespace xgrad;

// A step function that has the gradient of a slope, as networks of spikes use it.
const auto spike = custom_function(
    "spike", [](const Tensor& x) { return (x > 0).to(x.dtype()); },
    [](const Tensor& g, const Tensor& x) { return g / square(1 + abs(x)); });

// x log x, checked against differences below.
const auto x_log_x = custom_function(
    "x_log_x", [](const Tensor& x) { return x * log(x); },
    [](const Tensor& g, const Tensor& x) { return g * (1 + log(x)); });

struct Net : nn::Module {
  nn::Linear in{1, 24};
  nn::Linear hidden{24, 24};
  nn::Linear out{24, 1};
  XGRAD_FIELDS(in, hidden, out)
  Tensor forward(const Tensor& x) override { return out(tanh(hidden(tanh(in(x))))); }
};

struct Task {
  Tensor amplitude = 0.5 + rand(1), phase = std::numbers::pi * rand(1);
  Tensor at(const Tensor& x) const { return amplitude * sin(x + phase); }
};

// The parameters after one step on the task's loss, recorded.
nn::StateDict adapt(Net& net, const Task& task, const Tensor& x) {
  std::vector<Tensor> parameters = net.parameters();
  const Tensor loss = nn::mse_loss(net(x), task.at(x));
  const std::vector<Tensor> gradients = grad({loss}, parameters, {.create_graph = true});
  nn::StateDict adapted;
  std::size_t i = 0;
  for (const auto& [name, parameter] : net.named_parameters())
    adapted[name] = parameter - 0.1 * gradients[i++];
  return adapted;
}

Tensor loss_after_step(Net& net, const Task& task, const Tensor& x) {
  return nn::mse_loss(nn::functional_call(net, adapt(net, task, x), x), task.at(x));
}

int main() {
  manual_seed(0);
  Tensor x = tensor({-1., 0., 1.}, {.requires_grad = true});
  Tensor s = spike(x);
  sum(s).backward();
  std::printf("%s\n%s\n", to_string(s.detach()).c_str(), to_string(x.grad()).c_str());
  // prints: tensor([0., 0., 1.], dtype=float64)
  // prints: tensor([0.2500, 1.0000, 0.2500], dtype=float64)
  const Tensor at = tensor({0.5, 1., 3.}, {.requires_grad = true});
  std::printf("%s\n", gradcheck(x_log_x, at) && gradgradcheck(x_log_x, at) ? "right" : "wrong");
  // prints: right

  const Tensor points = linspace(-3, 3, 20).unsqueeze(1);
  Net net;
  optim::Adam adam(net.parameters(), {.lr = 3e-3});
  for (int step = 0; step < 300; ++step) {
    adam.zero_grad();
    for (const Task& task : std::vector<Task>(4)) loss_after_step(net, task, points).backward();
    adam.step();
  }
  training::Average before, after;
  for (const Task& unseen : std::vector<Task>(20)) {
    before.add(nn::mse_loss(net(points), unseen.at(points)).item<double>());
    after.add(loss_after_step(net, unseen, points).item<double>());
  }
  std::printf("one step on an unseen sine halves the loss: %s\n",
              after.mean() < before.mean() / 2 ? "yes" : "no");
  // prints: one step on an unseen sine halves the loss: yes
}
