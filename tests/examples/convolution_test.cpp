// Runs the program examples/convolution as a user does.

#include "autograd/ops.hpp"
#include "data/image.hpp"
#include "tests/examples/program.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

class Convolution : public ::testing::Test {
 protected:
  TemporaryDirectory files_;
  Program program_{XGRAD_CONVOLUTION_PROGRAM};
};

TEST_F(Convolution, TimesAndChecks) {
  const std::string out = program_.output();
  expect_contains(out, {"loops, ms", "columns, ms", "conv2d, ms", "conv2d, stride 2, padding 1",
                        "max_pool2d", "avg_pool2d", "interpolate"});
  std::size_t passed = 0;
  for (std::size_t at = 0; (at = out.find("passed", at)) != std::string::npos; ++at) ++passed;
  EXPECT_EQ(passed, 10U);
  EXPECT_FALSE(contains(out, "FAILED"));
}

TEST_F(Convolution, FiltersAPicture) {
  // White to the right of column 5: only the vertical edge is found.
  const Tensor columns = arange(12.0);
  data::save_png(files_ / "in.png", broadcast_to((columns > 5).to(float32), {10, 12}).clone());
  program_.output({"--image", files_ / "in.png", "--output", files_ / "out.png"});
  const Tensor grid = data::load_png(files_ / "out.png");
  ASSERT_EQ(grid.shape(), (Shape{2 * 16 + 6, 4 * 18 + 6}));
  const auto row_of = [&](std::int64_t picture, std::int64_t row) {
    const std::int64_t top = 6 + picture / 4 * 16 + row, left = 6 + picture % 4 * 18;
    return slice(select(grid, 0, top), 0, left, left + 12).to_vector<int>();
  };
  using Row = std::vector<int>;
  EXPECT_EQ(row_of(0, 4), (Row{0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255}));
  EXPECT_EQ(row_of(1, 0), (Row{0, 0, 0, 0, 0, 85, 170, 255, 255, 255, 255, 255}));
  EXPECT_EQ(row_of(2, 9), (Row{0, 0, 0, 0, 0, 64, 191, 255, 255, 255, 255, 255}));
  EXPECT_EQ(row_of(4, 4), (Row{128, 128, 128, 128, 128, 255, 255, 128, 128, 128, 128, 128}));
  EXPECT_EQ(row_of(5, 4), Row(12, 128));
  EXPECT_EQ(row_of(6, 4), (Row{0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0, 0}));
}

TEST_F(Convolution, ExplainsAndRefuses) {
  program_.expect_help({"--image", "--output", "--seed"});
  program_.expect_refused({"--image", files_ / "none.png", "--output", files_ / "out.png"},
                          {"none.png"});
  program_.expect_refused({"--output", files_ / "missing/out.png"}, {"--output", "missing"});
}

}  // namespace
}  // namespace xgrad::test
