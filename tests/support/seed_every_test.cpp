// Linked into every test program: seeds the generator before each test, so that a test sees the
// same random numbers whether it runs alone or after others.

#include <gtest/gtest.h>

#include "autograd/random.hpp"

namespace {

struct SeedEveryTest : testing::EmptyTestEventListener {
  void OnTestStart(const testing::TestInfo&) override { xgrad::manual_seed(0); }
};

[[maybe_unused]] const bool listening = [] {
  testing::UnitTest::GetInstance()->listeners().Append(new SeedEveryTest);  // GoogleTest owns it
  return true;
}();

}  // namespace
