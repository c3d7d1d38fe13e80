// The program examples/mnist, killed: it never leaves a file that does not load, and resumed it
// ends with the network of a run that was left alone.

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "autograd/safetensors.hpp"
#include "tests/examples/program.hpp"
#include "tests/support/idx_file.hpp"
#include "tests/support/kills.hpp"

namespace xgrad::test {
namespace {

class KilledMnist : public ::testing::Test {
 protected:
  void SetUp() override { write_mnist(data_.path()); }

  Arguments with_data(Arguments arguments) const {
    arguments.insert(arguments.begin(), {"--data", data_.path()});
    return arguments;
  }

  TemporaryDirectory data_;
  TemporaryDirectory outputs_;
  std::string net_ = outputs_ / "net.safetensors";
  std::string checkpoint_ = outputs_ / "checkpoint.safetensors";
};

TEST_F(KilledMnist, NeverLeavesAFileThatDoesNotLoad) {
  // Much to write and little to compute.
  const Arguments arguments = with_data({"--epochs", "2", "--hidden", "500,500", "--batch-size",
                                         "100", "--save", net_, "--checkpoint", checkpoint_});
  const auto start = std::chrono::steady_clock::now();
  ASSERT_EQ(run(XGRAD_MNIST_PROGRAM, arguments).status, 0);
  RandomMoments moments(std::chrono::steady_clock::now() - start);
  const std::size_t tensors = load_safetensors(net_).tensors.size();
  ASSERT_EQ(tensors, 6U);

  int killed = 0;
  const int kills = number_of_kills();
  for (int i = 0; i < 4 * kills && killed < kills; ++i) {
    if (i % 8 == 0) std::filesystem::remove(net_);  // the first file is written safely too
    Process process(XGRAD_MNIST_PROGRAM, arguments);
    std::this_thread::sleep_for(moments.next());
    if (process.running()) ++killed;
    process.send(SIGKILL);
    process.wait();
    for (const std::string& file : {net_, checkpoint_}) {
      if (!std::filesystem::exists(file)) continue;
      ASSERT_NO_THROW({ ASSERT_GE(load_safetensors(file).tensors.size(), tensors); }) << file;
    }
  }
  EXPECT_EQ(killed, kills);
  ASSERT_EQ(run(XGRAD_MNIST_PROGRAM, arguments).status, 0);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(outputs_.path()), {}), 2)
      << "no temporary file of a killed process stays";
}

TEST_F(KilledMnist, ResumedItEndsWithTheSameNetwork) {
  const auto arguments = [&](const std::string& net, Arguments more) {
    Arguments all{"--epochs", "6", "--model", "bn",   "--hidden", "30", "--dropout",  "0.2",
                  "--shift",  "1", "--lr",    "0.01", "--save",   net,  "--schedule", "onecycle"};
    all.insert(all.end(), more.begin(), more.end());
    return with_data(all);
  };
  const std::string alone = outputs_ / "alone.safetensors";
  ASSERT_EQ(run(XGRAD_MNIST_PROGRAM, arguments(alone, {})).status, 0);
  {
    Process process(XGRAD_MNIST_PROGRAM, arguments(net_, {"--checkpoint", checkpoint_}));
    while (process.running() && !contains(process.out(), "epoch  3/6"))
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    process.send(SIGKILL);
    process.wait();
  }
  std::filesystem::remove(net_);  // if it was not killed in time
  const Outcome resumed =
      run(XGRAD_MNIST_PROGRAM, arguments(net_, {"--checkpoint", checkpoint_, "--resume"}));
  EXPECT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_FALSE(contains(resumed.out, "epoch  2/6")) << resumed.out;
  EXPECT_EQ(read_file(net_), read_file(alone));
}

TEST_F(KilledMnist, ResumesOnlyFromItsOwnCheckpoint) {
  const Outcome missing =
      run(XGRAD_MNIST_PROGRAM, with_data({"--checkpoint", checkpoint_, "--resume"}));
  EXPECT_EQ(missing.status, 1);
  EXPECT_EQ(missing.err,
            "mnist: " + checkpoint_ + ": cannot be opened: No such file or directory\n");
  ASSERT_EQ(
      run(XGRAD_MNIST_PROGRAM, with_data({"--epochs", "1", "--checkpoint", checkpoint_})).status,
      0);
  const Outcome other =
      run(XGRAD_MNIST_PROGRAM,
          with_data({"--optimizer", "sgd", "--checkpoint", checkpoint_, "--resume"}));
  EXPECT_EQ(other.status, 1);
  EXPECT_TRUE(contains(other.err, checkpoint_ + ": ")) << other.err;
  EXPECT_TRUE(contains(other.err, "'Adam'; expected 'SGD'")) << other.err;
  EXPECT_EQ(run(XGRAD_MNIST_PROGRAM, with_data({"--resume"})).status, 1);
}

}  // namespace
}  // namespace xgrad::test
