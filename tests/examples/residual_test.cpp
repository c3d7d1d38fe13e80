// Runs the program examples/residual as a user does, on small files of its own.

#include "tests/examples/program.hpp"
#include "tests/support/idx_file.hpp"

namespace xgrad::test {
namespace {

class Residual : public ::testing::Test {
 protected:
  void SetUp() override { write_mnist(data_.path(), 200, 20, 8); }

  TemporaryDirectory data_;
  Program program_{XGRAD_RESIDUAL_PROGRAM,
                   {"--data", data_.path(), "--limit", "200", "--channels", "4", "--batch-size",
                    "20", "--epochs", "3"}};
};

TEST_F(Residual, TrainsBothNetworks) {
  const std::string out = program_.output();
  expect_contains(out, {"20 layers, residual: ", "20 layers, without shortcuts: ",
                        "training loss     validation, %"});
  // A shortcut with a convolution of 1 x 1 where the number of channels changes, twice.
  EXPECT_EQ(number_after(out, "residual: ") - number_after(out, "without shortcuts: "),
            4 * 8 + 8 * 16);
  EXPECT_LT(number_after(out, "epoch  3/3  loss "), number_after(out, "epoch  1/3  loss "));
}

TEST_F(Residual, DrawsBothCurves) {
  program_.expect_figure({"--blocks", "1"},
                         {"Networks of 8 layers, with and without shortcuts", "8 layers, residual",
                          "8 layers, without shortcuts", "Training loss"});
}

TEST_F(Residual, ExplainsAndRefuses) {
  program_.expect_help({"--data", "--limit", "--blocks", "--channels", "--lr", "--plot"});
  for (const char* option : {"--blocks", "--channels", "--lr", "--epochs"})
    program_.expect_refused({option, "0"}, {option});
}

}  // namespace
}  // namespace xgrad::test
