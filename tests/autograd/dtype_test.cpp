#include "autograd/dtype.hpp"

#include <gtest/gtest.h>

namespace xgrad::test {
namespace {

TEST(DType, KnowsItsSizeNameAndKind) {
  EXPECT_EQ(size_of(float32), sizeof(float));
  EXPECT_EQ(size_of(float64), sizeof(double));
  EXPECT_EQ(size_of(int64), sizeof(std::int64_t));
  EXPECT_EQ(size_of(uint8), sizeof(std::uint8_t));
  EXPECT_STREQ(to_string(float32), "float32");
  EXPECT_STREQ(to_string(float64), "float64");
  EXPECT_STREQ(to_string(int64), "int64");
  EXPECT_STREQ(to_string(uint8), "uint8");
  EXPECT_STREQ(to_string(boolean), "boolean");
  EXPECT_TRUE(is_floating(float32) && is_floating(float64));
  EXPECT_FALSE(is_floating(int64) || is_floating(uint8) || is_floating(boolean));
}

TEST(DType, BelongsToAnElementType) {
  EXPECT_EQ(dtype_of<float>, float32);
  EXPECT_EQ(dtype_of<double>, float64);
  EXPECT_EQ(dtype_of<std::int64_t>, int64);
  EXPECT_EQ(dtype_of<std::uint8_t>, uint8);
}

TEST(DType, IsWhatALiteralStandsFor) {
  EXPECT_EQ(dtype_of_literal<float>, float32);
  EXPECT_EQ(dtype_of_literal<double>, float64);
  EXPECT_EQ(dtype_of_literal<int>, int64);
  EXPECT_EQ(dtype_of_literal<std::size_t>, int64);
  EXPECT_EQ(dtype_of_literal<bool>, boolean);
  EXPECT_EQ(dtype_of_literal<std::uint8_t>, uint8);
}

TEST(DType, ChoosesTheTypeAtRunTime) {
  for (DType dtype : {float32, float64, int64, uint8, boolean}) {
    EXPECT_EQ(visit_dtype(dtype, []<class T>(T) { return dtype_of<T>; }), dtype);
    EXPECT_EQ(visit_dtype(dtype, []<class T>(T) { return sizeof(T); }), size_of(dtype));
  }
}

}  // namespace
}  // namespace xgrad::test
