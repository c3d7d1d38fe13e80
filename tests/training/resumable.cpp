// resumable CHECKPOINT EPOCHS NETWORK: trains a small network, saving a checkpoint after every
// epoch, and at the end the network. With a checkpoint from an earlier run it continues from there.
// Prints a line when an epoch is done.

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <xgrad.hpp>

using namespace xgrad;

namespace {

struct Net : nn::Module {
  nn::Linear hidden{8, 32};
  nn::Dropout dropout{0.3};
  nn::Linear output{32, 3};
  XGRAD_FIELDS(hidden, dropout, output)

  Tensor forward(const Tensor& x) override { return output(dropout(relu(hidden(x)))); }
};

void run(const std::string& path, std::int64_t epochs, const std::string& network) {
  manual_seed(3);
  const data::TensorDataset dataset(randn({200, 8}), randint(0, 3, {200}));
  const data::DataLoader batches(dataset, {.batch_size = 16, .shuffle = true});
  Net net;
  optim::Adam adam(net.parameters(), {.lr = 1e-2, .weight_decay = 1e-3});
  optim::CosineAnnealingLR schedule(adam, {.T_max = epochs});

  const training::CheckpointParts parts{.module = net, .optimizer = &adam, .scheduler = &schedule};
  std::int64_t epoch = 0;
  if (std::filesystem::exists(path)) epoch = training::load_checkpoint(path, parts).epoch;
  std::printf("from epoch %lld\n", static_cast<long long>(epoch));
  while (epoch < epochs) {
    for (const auto& [x, labels] : batches) {
      adam.zero_grad();
      nn::cross_entropy(net(x), labels).backward();
      adam.step();
    }
    schedule.step();
    training::save_checkpoint(path, parts, {.epoch = ++epoch});
    std::printf("epoch %lld\n", static_cast<long long>(epoch));
    std::fflush(stdout);
  }
  nn::save(net, network);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  try {
    run(argv[1], std::atoll(argv[2]), argv[3]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "resumable: %s\n", error.what());
    return 1;
  }
}
