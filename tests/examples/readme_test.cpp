// The README's programs compile as they stand, and the one that trains learns.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>
#include <xgrad.hpp>

#include "tests/examples/program.hpp"
#include "tests/support/idx_file.hpp"

namespace xgrad::test {
namespace {

const std::string root = XGRAD_SOURCE_DIR;

/// The complete programs among the README's blocks of C++.
std::vector<std::string> programs_of_readme() {
  const std::string readme = read_file(root + "/README.md");
  const std::string begin = "```cpp\n";
  std::vector<std::string> programs;
  for (std::size_t at = readme.find(begin); at != std::string::npos; at = readme.find(begin, at)) {
    at += begin.size();
    programs.push_back(readme.substr(at, readme.find("```", at) - at));
  }
  return programs;
}

// Each by itself, with the includes that it shows; tests/docs compiles and runs all blocks.
TEST(Readme, ItsProgramsCompile) {
  const std::vector<std::string> programs = programs_of_readme();
  ASSERT_GE(programs.size(), 3U);
  for (const std::string& program : programs) {
    const TemporaryDirectory directory;
    write_file(directory / "program.cpp", program);
    const Outcome compiler =
        run(XGRAD_COMPILER, {"-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                             "-I" + root, directory / "program.cpp"});
    EXPECT_EQ(compiler.status, 0) << program << compiler.err;
  }
}

TEST(Readme, HoldsTheMinimalExample) {
  expect_contains(read_file(root + "/README.md"), {read_file(root + "/examples/minimal.cpp")});
}

// Its rows are `| [file](../file) | lines | what it does |`.
TEST(Design, TheReadingListCountsLines) {
  std::istringstream design(read_file(root + "/docs/design.md"));
  std::ptrdiff_t sum = 0, files = 0;
  for (std::string line; std::getline(design, line);) {
    if (!line.starts_with("| ")) continue;
    const std::ptrdiff_t counted = std::atol(line.c_str() + line.find('|', 1) + 1);
    if (line.starts_with("| sum")) {
      EXPECT_EQ(counted, sum);
    }
    if (!line.starts_with("| [") || counted == 0) continue;
    const std::string file = line.substr(3, line.find(']') - 3);
    EXPECT_EQ(counted, std::ranges::count(read_file(root + "/" + file), '\n')) << file;
    sum += counted;
    ++files;
  }
  EXPECT_GE(files, 20);
}

struct Net : nn::Module {
  nn::Linear hidden{784, 100};
  nn::Linear output{100, 10};
  XGRAD_FIELDS(hidden, output)

  Tensor forward(const Tensor& x) { return output(relu(hidden(x))); }
};

TEST(Readme, TheMinimalExampleTrains) {
  const TemporaryDirectory directory;
  write_mnist(directory.path(), 640, 100, 28);
  const Outcome outcome =
      run("/bin/sh", {"-c", "cd \"$0\" && exec \"$1\" .", directory.path(), XGRAD_MINIMAL_PROGRAM});
  ASSERT_EQ(outcome.status, 0) << outcome.err;

  Net net;
  nn::load(net, directory / "net.safetensors");
  const data::TensorDataset test = data::load_mnist(directory.path(), data::Split::test);
  for (auto& [images, labels] : data::DataLoader(test, {.batch_size = 100}))
    EXPECT_GT(nn::accuracy(net.forward(images), labels), 0.95);
}

}  // namespace
}  // namespace xgrad::test
