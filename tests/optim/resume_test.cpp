// Training in two processes equals training in one, bit for bit: 50 steps, saving, and 50 more
// steps in a new process that loads, for every optimizer and for every scheduler.

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/process.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xgrad::test {
namespace {

using Names = std::vector<std::string>;

/// Runs resume_program, which has to succeed; returns what it printed.
std::string run(const std::vector<std::string>& arguments) {
  Process process(XGRAD_RESUME_PROGRAM, arguments);
  EXPECT_EQ(process.wait(), 0) << process.err();
  return process.out();
}

Names split(const std::string& line) {
  Names names;
  std::istringstream in(line);
  for (std::string name; std::getline(in, name, ',');) names.push_back(name);
  return names;
}

/// What the program can train with: the names of optimizers and of schedulers.
std::pair<Names, Names> choices() {
  std::istringstream out(run({"--list"}));
  std::string optimizers, schedulers;
  std::getline(out, optimizers);
  std::getline(out, schedulers);
  return {split(optimizers), split(schedulers)};
}

void expect_resumes(const std::string& optimizer, const std::string& scheduler) {
  SCOPED_TRACE(optimizer + ", " + scheduler);
  const TemporaryDirectory whole, resumed;
  run({optimizer, scheduler, "0", "100", whole.path()});
  run({optimizer, scheduler, "0", "50", resumed.path()});
  const std::string middle = read_file(resumed / "parameters");
  run({optimizer, scheduler, "50", "100", resumed.path()});

  EXPECT_NE(read_file(resumed / "parameters"), middle);
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(whole.path())) {
    const std::string name = file.path().filename().string();
    EXPECT_TRUE(read_file(whole / name) == read_file(resumed / name)) << name << " differs";
    ++files;
  }
  EXPECT_GE(files, 3U);
}

TEST(Resume, EveryOptimizerGoesOnBitForBit) {
  const Names optimizers = choices().first;
  EXPECT_GE(optimizers.size(), 13U);
  for (const std::string& optimizer : optimizers) expect_resumes(optimizer, "StepLR");
}

TEST(Resume, EverySchedulerGoesOnBitForBit) {
  const Names schedulers = choices().second;
  EXPECT_EQ(schedulers.size(), 14U);
  for (const std::string& scheduler : schedulers) expect_resumes("SGD", scheduler);
}

}  // namespace
}  // namespace xgrad::test
