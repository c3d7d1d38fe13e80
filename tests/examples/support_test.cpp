
#include <csignal>
#include <filesystem>
#include <utility>

#include "autograd/support/str.hpp"
#include "examples/support/chart.hpp"
#include "examples/support/comparison.hpp"
#include "examples/support/gnuplot.hpp"
#include "examples/support/interrupt.hpp"
#include "examples/support/output_file.hpp"
#include "tests/examples/program.hpp"
#include "tests/support/faults.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

TEST(Interrupt, TheFirstIsRememberedAndTheNextGuardStartsAfresh) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const examples::InterruptGuard guard;
    EXPECT_FALSE(guard.requested());
    std::raise(signal);
    EXPECT_TRUE(guard.requested());
    EXPECT_EQ(examples::status_interrupted(), 128 + signal);
  }
  const examples::InterruptGuard guard;
  EXPECT_FALSE(guard.requested());
}

TEST(Interrupt, TheSecondEndsTheProgram) {
  const auto raise = [](int first, int second) {
    const examples::InterruptGuard guard;
    std::raise(first);
    std::raise(second);
  };
  EXPECT_EXIT(raise(SIGINT, SIGINT), ::testing::KilledBySignal(SIGINT), "");
  EXPECT_EXIT(raise(SIGINT, SIGTERM), ::testing::KilledBySignal(SIGTERM), "");
}

TEST(Gnuplot, QuotesAsGnuplotDoes) {
  EXPECT_EQ(examples::quoted("it's"), "'it''s'");
  EXPECT_EQ(examples::quoted("two\nlines"), "'two lines'");
}

TEST(Gnuplot, WhatItRefusesLeavesNothingBehind) {
  if (!has_gnuplot()) GTEST_SKIP() << "needs gnuplot";
  const TemporaryDirectory directory;
  const std::string error =
      ERROR_OF(IoError, examples::draw("plot x\nplot nosuch(x)", directory / "a.svg", {}));
  expect_contains(error, {"gnuplot: failed:", "undefined function: nosuch"});
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(Gnuplot, AFigureThatIsCutOffReplacesNone) {
  if (!has_gnuplot()) GTEST_SKIP() << "needs gnuplot";
  for (const char* name : {"a.svg", "a.png"}) {
    const TemporaryDirectory directory;
    const std::string path = directory / name;
    write_file(path, "before");
    {
      const FullDisk guard(1000);
      expect_contains(ERROR_OF(IoError, examples::draw("plot sin(x)", path, {})),
                      {"gnuplot: ", path, "full disk"});
    }
    EXPECT_EQ(read_file(path), "before");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
    examples::draw("plot sin(x)", path, {});
    EXPECT_GT(read_file(path).size(), 1000U);
  }
}

TEST(Output, ThatIsLostIsAnError) {
  for (const char* program : {XGRAD_CUSTOM_FUNCTION_PROGRAM, XGRAD_GRADIENT_CHECK_PROGRAM}) {
    const TemporaryDirectory directory;
    const std::string error = directory / "error";
    const std::string command = str("'", program, "' > /dev/full 2> '", error, "'");
    const int status = std::system(command.c_str());
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1) << program << ' ' << status;
    expect_contains(read_file(error), {"standard output cannot be written"});
  }
}

TEST(Chart, ShowsNothingBelow0WhereNoValueIs) {
  if (!has_gnuplot()) GTEST_SKIP() << "needs gnuplot";
  for (const double lowest : {0.01, -0.01}) {
    const TemporaryDirectory directory;
    const std::string file = directory / "chart.svg";
    examples::draw("Losses",
                   {{.title = "Loss",
                     .x_label = "epoch",
                     .y_label = "",
                     .series = {{"training", {{1, 5}, {2, lowest}, {3, 3}}}}}},
                   file);
    EXPECT_EQ(contains(read_file(file), "-1<"), lowest < 0);
  }
}

TEST(Comparison, AgreesToAllPrintedDigits) {
  const auto agrees = [](std::vector<std::string> printed, Doubles computed) {
    return examples::agrees({"", "", std::move(printed), std::move(computed)});
  };
  EXPECT_TRUE(agrees({"2.70735828"}, {2.707358284999}));
  EXPECT_FALSE(agrees({"2.70735828"}, {2.707358285001}));
  EXPECT_TRUE(agrees({"2.46046384e-98"}, {2.460463844e-98}));
  EXPECT_FALSE(agrees({"2.46046384e-98"}, {2.460463846e-98}));
  EXPECT_FALSE(agrees({"2.46046384e-98"}, {0}));
  // The first is short of a zero at its end.
  EXPECT_TRUE(agrees({"2.9386002", "0.45044889"}, {2.938600204, 0.45044889}));
  EXPECT_FALSE(agrees({"2.9386002", "0.45044889"}, {2.938600206, 0.45044889}));
  EXPECT_FALSE(agrees({"1"}, {std::nan("")}));
  EXPECT_FALSE(agrees({"1", "2"}, {1}));
}

TEST(Comparison, AgreesWithinATolerance) {
  const auto agrees = [](double computed, double tolerance) {
    return examples::agrees({"", "", {"1.5"}, {computed}, "", tolerance});
  };
  EXPECT_TRUE(agrees(1.5, 0));
  EXPECT_FALSE(agrees(std::nextafter(1.5, 2), 0));
  EXPECT_TRUE(agrees(1.59, 0.1));
  EXPECT_FALSE(agrees(1.61, 0.1));
  EXPECT_FALSE(agrees(std::nan(""), 0.1));
}

TEST(Comparison, ReportTellsWhatDiffers) {
  ::testing::internal::CaptureStdout();
  const int bad = examples::report({{"a", "b", {"1.0", "2.0"}, {1, 2.5}, "why"}});
  const int good = examples::report({{"a", "b", {"1.0"}, {1}}});
  const std::string out = ::testing::internal::GetCapturedStdout();
  EXPECT_EQ(bad, 1);
  EXPECT_EQ(good, 0);
  expect_contains(out, {"DIFFERS", "    why\n", "5.0e-01", "0 of 1 results agree", "all digits",
                        "1 of 1 results agree"});
}

TEST(CheckWritable, TakesNewAndOldFilesOnly) {
  const TemporaryDirectory directory;
  examples::check_writable("--save", directory / "new");
  write_file(directory / "old", "kept");
  examples::check_writable("--save", directory / "old");
  EXPECT_EQ(read_file(directory / "old"), "kept");
  EXPECT_FALSE(std::filesystem::exists(directory / "new"));
  EXPECT_EQ(ERROR_OF(IoError, examples::check_writable("--save", "/dev/null")),
            "--save /dev/null is not a file");
  EXPECT_EQ(ERROR_OF(IoError, examples::check_writable("--save", "/dev/null/a")),
            "--save /dev/null/a: /dev/null is not a directory");
}

}  // namespace
}  // namespace xgrad::test
