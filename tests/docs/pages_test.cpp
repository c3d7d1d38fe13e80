// The C++ of README.md and docs/*.md compiles without warnings, runs, and prints what the page
// shows.

#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>
#include <sstream>

#include "tests/docs/blocks.hpp"
#include "tests/support/idx_file.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xgrad::test {
namespace {

/// What a function prints.
std::string printed(const std::function<void()>& f) {
  std::ostringstream out;
  std::streambuf* const before = std::cout.rdbuf(out.rdbuf());
  EXPECT_NO_THROW(f());
  std::cout.rdbuf(before);
  return out.str();
}

// In their order, for some read the files that those before them wrote.
TEST(Pages, PrintWhatTheyShow) {
  const TemporaryDirectory directory;
  write_mnist(directory.path(), 640, 100, 28);
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(directory.path());
  EXPECT_GE(blocks().size(), 18U);
  for (const Block& block : blocks()) {
    SCOPED_TRACE(block.where);
    manual_seed(0);
    EXPECT_EQ(printed(block.run), block.output);
  }
  std::filesystem::current_path(before);
}

}  // namespace
}  // namespace xgrad::test
