#pragma once

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <utility>

#include "tests/support/process.hpp"
#include "tests/support/test.hpp"

/// @file
/// Runs the programs in examples/ as a user does. The path of examples/<name>.cpp, built, is
/// XGRAD_<NAME>_PROGRAM.

namespace xgrad::test {

using Arguments = std::vector<std::string>;

/// How a program ended, and what it wrote.
struct Outcome {
  int status;
  std::string out;
  std::string err;
};

inline Outcome run(const std::string& program, const Arguments& arguments) {
  Process process(program, arguments);
  const int status = process.wait();
  return {status, process.out(), process.err()};
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The number behind `label` in a program's output; NaN where there is none.
inline double number_after(const std::string& out, const std::string& label) {
  const std::size_t at = out.find(label);
  return at == std::string::npos ? std::nan("") : std::atof(out.c_str() + at + label.size());
}

/// The words of the first line that begins with this word; none where there is no such line.
inline std::vector<std::string> row(const std::string& out, const std::string& name) {
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    const std::vector<std::string> result{std::istream_iterator<std::string>(words), {}};
    if (!result.empty() && result.front() == name) return result;
  }
  return {};
}

inline bool has_gnuplot() { return std::system("gnuplot --version > /dev/null 2>&1") == 0; }

/// A program of examples/, with the arguments that all its runs have.
class Program {
 public:
  explicit Program(std::string path, Arguments always = {})
      : path_(std::move(path)), always_(std::move(always)) {}

  Outcome run(const Arguments& arguments) const { return test::run(path_, with_all(arguments)); }

  /// Its output. Expects it to succeed without an error message.
  std::string output(const Arguments& arguments = {}) const {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
    EXPECT_EQ(outcome.err, "");
    return outcome.out;
  }

  /// Expects status 1 and an error message with these parts.
  void expect_refused(const Arguments& arguments, const std::vector<std::string>& parts) const {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 1) << outcome.out;
    expect_contains(outcome.err, parts);
  }

  /// Expects --help to name these options.
  void expect_help(const std::vector<std::string>& options) const {
    expect_contains(output({"--help"}), options);
  }

  /// Expects --plot to draw a figure with these texts. Skips the test where there is no gnuplot.
  void expect_figure(Arguments arguments, const std::vector<std::string>& texts) const {
    if (!has_gnuplot()) GTEST_SKIP() << "needs gnuplot";
    const TemporaryDirectory directory;
    const std::string svg = directory / "figure.svg";
    arguments.insert(arguments.end(), {"--plot", svg});
    output(arguments);
    expect_contains(read_file(svg), texts);
    expect_contains(read_file(svg), {"</svg>"});
  }

  /// Expects a training of several epochs that is killed after its first checkpoint, and resumed,
  /// to save what one that was never interrupted does.
  void expect_goes_on_bit_for_bit(const Arguments& arguments) const {
    const TemporaryDirectory files;
    const auto with = [&](const Arguments& more) {
      Arguments all = arguments;
      all.insert(all.end(), more.begin(), more.end());
      return all;
    };
    output(with({"--save", files / "whole"}));
    const std::string checkpoint = files / "checkpoint";
    Process process(path_, with_all(with({"--checkpoint", checkpoint})));
    while (!std::filesystem::exists(checkpoint)) {
    }
    process.send(SIGKILL);
    process.wait();
    output(with({"--checkpoint", checkpoint, "--resume", "--save", files / "resumed"}));
    EXPECT_EQ(read_file(files / "whole"), read_file(files / "resumed"));
  }

  Arguments with_all(const Arguments& arguments) const {
    Arguments all = always_;
    all.insert(all.end(), arguments.begin(), arguments.end());
    return all;
  }

 private:
  std::string path_;
  Arguments always_;
};

}  // namespace xgrad::test
