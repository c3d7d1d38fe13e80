#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "autograd/error.hpp"
#include "examples/support/gnuplot.hpp"
#include "examples/support/interrupt.hpp"
#include "examples/support/output_file.hpp"
#include "examples/support/progress.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xgrad::test {
namespace {

TEST(Interrupt, TheFirstIsRememberedAndTheNextGuardStartsAfresh) {
  {
    const examples::InterruptGuard guard;
    EXPECT_FALSE(guard.requested());
    std::raise(SIGINT);
    EXPECT_TRUE(guard.requested());
  }
  const examples::InterruptGuard guard;
  EXPECT_FALSE(guard.requested());
}

TEST(Interrupt, TheSecondEndsTheProgram) {
  const auto twice = [] {
    const examples::InterruptGuard guard;
    std::raise(SIGINT);
    std::raise(SIGINT);
  };
  EXPECT_EXIT(twice(), ::testing::KilledBySignal(SIGINT), "");
}

TEST(Progress, MeanWeighsBatchesByTheirSamples) {
  examples::EpochProgress progress(1, 1, 2, /*quiet=*/true);
  progress.add(30, {.loss = 1, .accuracy = 0.5});
  progress.add(10, {.loss = 3, .accuracy = 0.9});
  EXPECT_DOUBLE_EQ(progress.mean().loss, 1.5);
  EXPECT_DOUBLE_EQ(progress.mean().accuracy, 0.6);
}

TEST(Gnuplot, QuotesAsGnuplotDoes) {
  EXPECT_EQ(examples::quoted("it's"), "'it''s'");
  EXPECT_EQ(examples::quoted("two\nlines"), "'two lines'");
}

TEST(Gnuplot, WhatItRefusesLeavesNothingBehind) {
  if (std::system("gnuplot --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "needs gnuplot";
  const TemporaryDirectory directory;
  const std::string error =
      error_of<IoError>([&] { examples::draw("plot x\nplot nosuch(x)", directory / "a.svg", {}); });
  EXPECT_NE(error.find("gnuplot: failed:"), std::string::npos) << error;
  EXPECT_NE(error.find("undefined function: nosuch"), std::string::npos) << error;
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(CheckWritable, TakesNewAndOldFilesOnly) {
  const TemporaryDirectory directory;
  examples::check_writable("--save", directory / "new");
  write_file(directory / "old", "kept");
  examples::check_writable("--save", directory / "old");
  EXPECT_EQ(read_file(directory / "old"), "kept");
  EXPECT_FALSE(std::filesystem::exists(directory / "new"));
  EXPECT_EQ(error_of<IoError>([] { examples::check_writable("--save", "/dev/null"); }),
            "--save /dev/null is not a file");
  EXPECT_EQ(error_of<IoError>([] { examples::check_writable("--save", "/dev/null/a"); }),
            "--save /dev/null/a: /dev/null is not a directory");
}

}  // namespace
}  // namespace xgrad::test
