#include "autograd/shape.hpp"

#include <sstream>

#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

TEST(Shape, HoldsItsExtents) {
  const Shape scalar;
  EXPECT_TRUE(scalar.empty());
  EXPECT_EQ(scalar.numel(), 1u);

  const Shape shape{2, 3, 4};
  EXPECT_EQ(shape.size(), 3u);
  EXPECT_EQ(shape.numel(), 24u);
  EXPECT_EQ(shape[1], 3u);
  EXPECT_EQ(shape.front(), 2u);
  EXPECT_EQ(shape.back(), 4u);
  EXPECT_EQ(std::vector<std::size_t>(shape.begin(), shape.end()),
            (std::vector<std::size_t>{2, 3, 4}));
  EXPECT_EQ(Shape({2, 0, 4}).numel(), 0u);
}

TEST(Shape, ComesFromExtentsOfAnyIntegerType) {
  const std::size_t rows = 2;
  const int columns = 3;
  const short planes = 4;
  EXPECT_EQ((Shape{rows, columns, planes}), (Shape{2, 3, 4}));
  EXPECT_EQ(Shape(std::vector<std::size_t>{2, 3}), (Shape{2, 3}));
}

TEST(Shape, IsComparedByItsExtentsAlone) {
  Shape longer{2, 3, 4};
  longer.erase(2);
  EXPECT_EQ(longer, (Shape{2, 3}));
  EXPECT_NE((Shape{2, 3}), (Shape{3, 2}));
  EXPECT_NE((Shape{2}), (Shape{2, 1}));
  EXPECT_NE((Shape{1}), Shape{});
}

TEST(Shape, GrowsAndShrinks) {
  Shape shape{2, 3};
  shape.insert(0, 5);
  EXPECT_EQ(shape, (Shape{5, 2, 3}));
  shape.insert(2, 1);
  EXPECT_EQ(shape, (Shape{5, 2, 1, 3}));
  shape.push_back(7);
  EXPECT_EQ(shape, (Shape{5, 2, 1, 3, 7}));
  shape.erase(0);
  shape.erase(3);
  EXPECT_EQ(shape, (Shape{2, 1, 3}));
}

TEST(Shape, PrintsAsNumPyDoes) {
  EXPECT_EQ(to_string(Shape{}), "()");
  EXPECT_EQ(to_string(Shape{5}), "(5,)");
  EXPECT_EQ(to_string(Shape{2, 3}), "(2, 3)");
  std::ostringstream out;
  out << Shape{0, 1};
  EXPECT_EQ(out.str(), "(0, 1)");
}

TEST(Shape, RefusesNegativeExtentsAndTooManyOfThem) {
  expect_contains(ERROR_OF(ShapeError, Shape{2, -3}), {"-3"});
  EXPECT_NO_THROW((Shape{1, 1, 1, 1, 1, 1, 1, 1}));
  const std::string text = ERROR_OF(ShapeError, Shape{1, 1, 1, 1, 1, 1, 1, 1, 1});
  EXPECT_NE(text.find('9'), std::string::npos) << text;
  EXPECT_NE(text.find('8'), std::string::npos) << text;
  Shape full{1, 1, 1, 1, 1, 1, 1, 1};
  EXPECT_THROW(full.push_back(1), ShapeError);
  EXPECT_EQ(full.size(), 8u);
}

TEST(NormalizeAxis, CountsNegativeAxesFromTheEnd) {
  EXPECT_EQ(normalize_axis("f", 0, 3), 0u);
  EXPECT_EQ(normalize_axis("f", 2, 3), 2u);
  EXPECT_EQ(normalize_axis("f", -1, 3), 2u);
  EXPECT_EQ(normalize_axis("f", -3, 3), 0u);
}

TEST(NormalizeAxis, RefusesAnAxisOutOfRange) {
  EXPECT_EQ(ERROR_OF(ShapeError, normalize_axis("sum", 3, 3)),
            "sum: axis 3 is out of range for 3 dimensions: expected -3 to 2");
  EXPECT_EQ(ERROR_OF(ShapeError, normalize_axis("sum", -4, 3)),
            "sum: axis -4 is out of range for 3 dimensions: expected -3 to 2");
  EXPECT_EQ(ERROR_OF(ShapeError, normalize_axis("sum", 0, 0)),
            "sum: axis 0 given for a 0-d tensor, which has none");
}

TEST(BroadcastShapes, FollowsNumPy) {
  const auto expect = [](const Shape& a, const Shape& b, const Shape& result) {
    EXPECT_EQ(broadcast_shapes("f", a, b), result) << a << " with " << b;
    EXPECT_EQ(broadcast_shapes("f", b, a), result) << b << " with " << a;
  };
  expect({}, {}, {});
  expect({}, {2, 3}, {2, 3});
  expect({3}, {2, 3}, {2, 3});
  expect({2, 1}, {1, 3}, {2, 3});
  expect({4, 1}, {2, 1, 3}, {2, 4, 3});
  expect({1}, {0}, {0});
  expect({0, 3}, {1, 3}, {0, 3});
}

TEST(BroadcastShapes, RefusesWhatDoesNotFit) {
  const std::string text = ERROR_OF(ShapeError, broadcast_shapes("add", {2, 3}, {4}));
  EXPECT_EQ(text.rfind("add: shapes (2, 3) and (4,) do not broadcast: 3 vs 4", 0), 0u) << text;
  EXPECT_THROW(broadcast_shapes("add", {0}, {2}), ShapeError);
  EXPECT_THROW(broadcast_shapes("add", {3, 2}, {2, 2}), ShapeError);
}

}  // namespace
}  // namespace xgrad::test
