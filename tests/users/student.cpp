// A student's first programs: a network that learns XOR, and one that learns a sine.

#include <iostream>
#include <numbers>
#include <xgrad.hpp>

using namespace std;
using namespace xgrad;

// Trains a network on all samples at once, and returns the last loss.
template <class Loss>
double train(nn::Sequential& net, int steps, Loss loss) {
  optim::Adam adam(net.parameters(), {.lr = 0.02});
  double last = 0;
  for (int step = 0; step < steps; ++step) {
    adam.zero_grad();
    Tensor l = loss();
    l.backward();
    adam.step();
    last = l.item<double>();
  }
  return last;
}

int main() {
  cout << boolalpha;
  manual_seed(0);

  // The derivative of a polynomial.
  Tensor a = tensor({1., 2., 3.}, {.requires_grad = true});
  sum(a * a * a - 2 * a).backward();
  cout << a.grad() << endl;
  // prints: tensor([ 1., 10., 25.], dtype=float64)

  // XOR. Literals are float64, the network's parameters float32: the layers convert.
  Tensor x = tensor({{0, 0}, {0, 1}, {1, 0}, {1, 1}});
  Tensor y = tensor({{0.}, {1.}, {1.}, {0.}});
  nn::Sequential net{nn::Linear(2, 8), nn::Tanh(), nn::Linear(8, 1)};
  cout << net;
  // prints: Sequential, 33 parameters
  // prints:   0: Linear, 24 parameters
  // prints:     weight: (8, 2) float32
  // prints:     bias: (8,) float32
  // prints:   1: Tanh
  // prints:   2: Linear, 9 parameters
  // prints:     weight: (1, 8) float32
  // prints:     bias: (1,) float32

  train(net, 500, [&] { return nn::binary_cross_entropy_with_logits(net(x), y); });
  {
    NoGrad guard;
    cout << (net(x) > 0).flatten() << endl;
    // prints: tensor([False,  True,  True, False], dtype=boolean)
  }

  // A sine, from 64 points.
  Tensor t = linspace(-numbers::pi, numbers::pi, 64).unsqueeze(1);
  nn::Sequential wave{nn::Linear(1, 32), nn::Tanh(), nn::Linear(32, 1)};
  double loss = train(wave, 1000, [&] { return nn::mse_loss(wave(t), sin(t)); });
  cout << "fits to " << (loss < 1e-3) << endl;
  // prints: fits to true

  wave.eval();
  NoGrad guard;
  cout << round(10 * wave(tensor({{-1.5}, {1.5}}))).flatten() / 10 << endl;
  // prints: tensor([-1.,  1.], dtype=float32)
}
