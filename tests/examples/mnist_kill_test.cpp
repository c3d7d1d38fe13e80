// Kills the program examples/mnist: it never leaves a file that does not load, and resumed it ends
// with the network of an uninterrupted run.

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

  TemporaryDirectory data_, outputs_;
  Program program_{XGRAD_MNIST_PROGRAM, {"--data", data_.path()}};
  std::string net_ = outputs_ / "net.safetensors";
  std::string checkpoint_ = outputs_ / "checkpoint.safetensors";
};

TEST_F(KilledMnist, NeverLeavesAFileThatDoesNotLoad) {
  // A large network and few images: much to write, little to compute.
  const Arguments arguments = {"--epochs", "2",      "--hidden", "500,500",      "--batch-size",
                               "100",      "--save", net_,       "--checkpoint", checkpoint_};
  const auto start = std::chrono::steady_clock::now();
  ASSERT_EQ(program_.run(arguments).status, 0);
  RandomMoments moments(std::chrono::steady_clock::now() - start);
  const std::size_t tensors = load_safetensors(net_).tensors.size();
  ASSERT_EQ(tensors, 6U);

  int killed = 0;
  const int kills = number_of_kills();
  for (int i = 0; i < 4 * kills && killed < kills; ++i) {
    if (i % 8 == 0) std::filesystem::remove(net_);  // the first file is written safely too
    Process process(XGRAD_MNIST_PROGRAM, program_.with_all(arguments));
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
  ASSERT_EQ(program_.run(arguments).status, 0);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(outputs_.path()), {}), 2)
      << "no temporary file of a killed process stays";
}

TEST_F(KilledMnist, ResumedItEndsWithTheSameNetwork) {
  const auto arguments = [&](const std::string& net, Arguments more) {
    Arguments all{"--epochs", "6", "--model", "bn",   "--hidden", "30", "--dropout",  "0.2",
                  "--shift",  "1", "--lr",    "0.01", "--save",   net,  "--schedule", "onecycle"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  const std::string alone = outputs_ / "alone.safetensors";
  ASSERT_EQ(program_.run(arguments(alone, {})).status, 0);
  {
    Process process(XGRAD_MNIST_PROGRAM,
                    program_.with_all(arguments(net_, {"--checkpoint", checkpoint_})));
    while (process.running() && !contains(process.out(), "epoch  3/6"))
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    process.send(SIGKILL);
    process.wait();
  }
  std::filesystem::remove(net_);  // if it was not killed in time
  const std::string resumed =
      program_.output(arguments(net_, {"--checkpoint", checkpoint_, "--resume"}));
  EXPECT_FALSE(contains(resumed, "epoch  2/6")) << resumed;
  EXPECT_EQ(read_file(net_), read_file(alone));
}

TEST_F(KilledMnist, ResumesOnlyFromItsOwnCheckpoint) {
  program_.expect_refused(
      {"--checkpoint", checkpoint_, "--resume"},
      {"mnist: " + checkpoint_ + ": cannot be opened: No such file or directory\n"});
  program_.output({"--epochs", "1", "--checkpoint", checkpoint_});
  program_.expect_refused({"--optimizer", "sgd", "--checkpoint", checkpoint_, "--resume"},
                          {checkpoint_ + ": ", "'Adam'; expected 'SGD'"});
  program_.expect_refused({"--resume"}, {});
}

}  // namespace
}  // namespace xgrad::test
