#include "training/progress.hpp"

#include <pty.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <thread>

#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using training::Progress;
using training::ProgressOptions;

/// What f(out) writes to `out`, a file.
template <class F>
std::string written_to_file(F f) {
  const TemporaryDirectory directory;
  const std::string path = directory / "out";
  std::FILE* out = std::fopen(path.c_str(), "w");
  f(out);
  std::fclose(out);
  return read_file(path);
}

/// The same for a terminal of that many columns; empty if the system has none.
template <class F>
std::string written_to_terminal(unsigned short columns, F f) {
  int terminal = -1;
  int program = -1;
  const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  if (openpty(&terminal, &program, nullptr, nullptr, &size) != 0) return "";
  std::string text;
  std::thread reader([&] {
    char block[4096];
    for (ssize_t n = 0; (n = read(terminal, block, sizeof block)) > 0;)
      text.append(block, static_cast<std::size_t>(n));
  });
  std::FILE* out = fdopen(program, "w");
  f(out);
  std::fclose(out);  // the last one who writes: reading ends
  reader.join();
  close(terminal);
  return text;
}

/// Three of four steps of an epoch.
void three_steps(Progress& progress) {
  progress.step(10, {{"loss", 1}, {"accuracy", 0.5, true}});
  progress.step(10, {{"loss", 2}, {"accuracy", 0.7, true}});
  progress.step(20, {{"loss", 3}, {"accuracy", 0.8, true}});
}

/// A line up to its rate, which depends on the machine.
std::string without_rate(const std::string& line) {
  const std::size_t end = line.rfind("  ", line.find(" images/s"));
  return line.substr(0, end);
}

TEST(Progress, IsOneLineInAFile) {
  const std::string text = written_to_file([](std::FILE* out) {
    Progress progress({.label = "epoch 1/2", .total = 4, .unit = "images", .out = out});
    three_steps(progress);
    EXPECT_EQ(progress.mean("loss"), 2.25);
    EXPECT_EQ(progress.mean("accuracy"), 0.7);
    progress.finish({{"validation loss", 0.25}});
  });
  EXPECT_EQ(without_rate(text), "epoch 1/2  loss 2.2500  accuracy 70.00 %  validation loss 0.2500");
  EXPECT_TRUE(text.ends_with(" images/s\n")) << text;
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  EXPECT_EQ(text.find('\r'), std::string::npos);
}

TEST(Progress, IsRedrawnOnATerminal) {
  const std::string text = written_to_terminal(200, [](std::FILE* out) {
    Progress progress({.label = "epoch 1/2", .total = 4, .unit = "images", .out = out});
    three_steps(progress);  // drawn only once in so short a time
    progress.finish();
  });
  if (text.empty()) GTEST_SKIP() << "needs a pseudo-terminal: " << std::strerror(errno);
  const std::string bar =
      "\r\033[Kepoch 1/2 [######..................]  loss 1.0000  accuracy 50.00 %";
  EXPECT_EQ(without_rate(text), bar);
  expect_contains(text, {" images/s  ETA 0:00\r\033[Kepoch 1/2  loss 2.2500  accuracy 70.00 %"});
  EXPECT_TRUE(text.ends_with(" images/s\r\n")) << text;
}

TEST(Progress, FitsTheTerminal) {
  const std::string text = written_to_terminal(20, [](std::FILE* out) {
    Progress progress({.label = "epoch 1/2", .total = 4, .out = out});
    progress.step(1);
  });
  if (text.empty()) GTEST_SKIP() << "needs a pseudo-terminal: " << std::strerror(errno);
  EXPECT_EQ(text, "\r\033[Kepoch 1/2 [######..\r\n") << "the line is left standing";
}

TEST(Progress, LeavesOutMetricsThatDoNotFitButNotTheTimeLeft) {
  const std::string text = written_to_terminal(80, [](std::FILE* out) {
    Progress progress({.label = "epoch 1/2", .total = 4, .out = out});
    progress.step(1, {{"loss", 0.5}, {"accuracy", 0.9, true}, {"gradient norm", 3}});
  });
  if (text.empty()) GTEST_SKIP() << "needs a pseudo-terminal: " << std::strerror(errno);
  expect_contains(text, {"  loss 0.5000  ", " samples/s  ETA "});
  EXPECT_EQ(text.find("gradient norm"), std::string::npos) << text;
}

TEST(Progress, RefusesNoFile) {
  for (const bool quiet : {false, true})
    EXPECT_EQ(ERROR_OF(ValueError, Progress({.quiet = quiet, .out = nullptr})),
              "Progress: out is null; expected an open file, or quiet = true with stdout");
}

TEST(Progress, PrintsAnyNumbers) {
  const std::string line = written_to_file([](std::FILE* out) {
    Progress progress({.out = out});
    progress.step(0, {{"none", 1}});
    progress.step(1, {{"nan", std::nan("")}, {"inf", HUGE_VAL}, {"large", -1e300, true}});
    progress.finish({{"least", 5e-324}});
  });
  expect_contains(line, {"nan  nan nan  inf inf  large -1000", " %  least 0.0000"});
  const std::string steps = written_to_terminal(500, [](std::FILE* out) {
    Progress progress({.total = ~std::size_t{0}, .out = out});
    progress.step(1);
  });
  if (!steps.empty()) expect_contains(steps, {"ETA "});
}

TEST(Progress, QuietItOnlyAverages) {
  EXPECT_EQ(written_to_file([](std::FILE* out) {
              Progress progress({.label = "epoch", .quiet = true, .out = out});
              three_steps(progress);
              EXPECT_EQ(progress.mean("loss"), 2.25);
              progress.finish();
            }),
            "");
}

TEST(Progress, NamesTheMetricsThereAre) {
  Progress progress({.quiet = true});
  three_steps(progress);
  EXPECT_EQ(ERROR_OF(ValueError, progress.mean("speed")),
            "Progress: no metric 'speed' among [loss, accuracy]; expected one that step() was "
            "given");
}

}  // namespace
}  // namespace xgrad::test
