// Calls that each operation must refuse, and what its message must say.

#include <gtest/gtest.h>

#include "op_cases.hpp"

namespace xgrad::test {
namespace {

class OpBadInput : public testing::TestWithParam<OpRow> {};

TEST_P(OpBadInput, ThrowsWithTheNameOfTheOperation) {
  const OpCase& op = GetParam();
  ASSERT_FALSE(op.bad.empty()) << "the row of '" << op.name << "' lacks calls that must throw";
  for (std::size_t i = 0; i < op.bad.size(); ++i) {
    SCOPED_TRACE("bad call " + std::to_string(i));
    try {
      op.bad[i].call();
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
      const std::string text = error.what();
      EXPECT_TRUE(op.bad[i].has_type(error)) << typeid(error).name() << ": " << text;
      EXPECT_TRUE(text.starts_with(op.name + ": ")) << text;
      for (const std::string& part : op.bad[i].message)
        EXPECT_NE(text.find(part), std::string::npos) << text << "\nlacks: " << part;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, OpBadInput, testing::ValuesIn(op_rows()),
                         [](const auto& instance) { return instance.param.get().name; });

}  // namespace
}  // namespace xgrad::test
