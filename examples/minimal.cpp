#include <xgrad.hpp>
using namespace xgrad;

struct Net : nn::Module {
  nn::Linear hidden{784, 100};
  nn::Linear output{100, 10};
  XGRAD_FIELDS(hidden, output)  // names the fields once; parameters, saving, copying follow from it

  Tensor forward(const Tensor& x) { return output(relu(hidden(x))); }
};

int main(int, char** argv) {
  manual_seed(0);
  auto train = data::load_mnist(argv[1], data::Split::train);
  Net net;
  optim::Adam adam(net.parameters(), {.lr = 1e-3});
  data::DataLoader batches(train, {.batch_size = 64, .shuffle = true});

  for (int epoch = 0; epoch < 10; ++epoch)
    for (auto& [images, labels] : batches) {
      adam.zero_grad();
      Tensor loss = nn::cross_entropy(net.forward(images), labels);
      loss.backward();
      adam.step();
    }
  nn::save(net, "net.safetensors");
}
