// Training that is killed at random moments and resumed ends with the weights of uninterrupted
// training.

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "autograd/safetensors.hpp"
#include "tests/support/kills.hpp"
#include "tests/support/process.hpp"

namespace xgrad::test {
namespace {

constexpr const char* epochs = "40";

TEST(KilledTraining, ResumedItEndsWithTheSameWeights) {
  const TemporaryDirectory directory;
  const std::string undisturbed = directory / "undisturbed";
  const std::string network = directory / "network";
  const std::string checkpoint = directory / "checkpoint";

  const auto start = std::chrono::steady_clock::now();
  Process alone(XGRAD_RESUMABLE_PROGRAM, {directory / "alone", epochs, undisturbed});
  ASSERT_EQ(alone.wait(), 0) << alone.err();
  const auto whole = std::chrono::steady_clock::now() - start;

  // Each run gets a random part of a third of the total time.
  RandomMoments moments(whole / 3);
  const int kills = number_of_kills();
  int killed = 0;
  for (int i = 0; killed < kills && i < 4 * kills; ++i) {
    Process process(XGRAD_RESUMABLE_PROGRAM, {checkpoint, epochs, network});
    std::this_thread::sleep_for(moments.next());
    if (process.running()) ++killed;
    process.send(SIGKILL);
    process.wait();
    ASSERT_EQ(process.err(), "");
    if (!std::filesystem::exists(checkpoint)) continue;
    ASSERT_NO_THROW(load_safetensors(checkpoint));
    if (std::filesystem::exists(network)) {  // all is done: from the beginning
      ASSERT_EQ(read_file(network), read_file(undisturbed));
      std::filesystem::remove(network);
      std::filesystem::remove(checkpoint);
    }
  }
  EXPECT_GE(killed, kills / 2);
  Process last(XGRAD_RESUMABLE_PROGRAM, {checkpoint, epochs, network});
  ASSERT_EQ(last.wait(), 0) << last.err();
  EXPECT_EQ(read_file(network), read_file(undisturbed));
  EXPECT_EQ(read_file(checkpoint), read_file(directory / "alone"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 4)
      << "no temporary file of a killed process stays";
}

}  // namespace
}  // namespace xgrad::test
