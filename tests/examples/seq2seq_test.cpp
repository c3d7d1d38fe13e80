// Runs the program examples/seq2seq as a user does, with a network small enough for a test.

#include "tests/examples/program.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xgrad::test {
namespace {

class Seq2Seq : public ::testing::Test {
 protected:
  TemporaryDirectory files_;
  Program program_{XGRAD_SEQ2SEQ_PROGRAM,
                   {"--hidden", "64", "--batch-size", "32", "--held-out", "200", "--steps", "50",
                    "--threads", "1"}};
};

TEST_F(Seq2Seq, TranslatesDates) {
  const std::string out =
      program_.output({"--epochs", "6", "--lr", "0.01", "--date", "March 3rd, 1999"});
  expect_contains(out, {"epoch  6/6  loss ", "of 200 held-out dates, greedy",
                        "March 3rd, 1999 -> 1999-03-03\n"});
  EXPECT_GT(number_after(out, "exact matches: "), 90);
}

TEST_F(Seq2Seq, TakesItsOptions) {
  const std::string out = program_.output(
      {"--no-attention", "--teacher-forcing", "0", "--epochs", "1", "--beam", "3", "--seed", "1"});
  expect_contains(out, {"of 200 held-out dates, beams of 3"});
  EXPECT_EQ(out.substr(0, out.find("epoch")),
            program_.output({"--no-attention", "--epochs", "0"}).substr(0, out.find("epoch")));
}

TEST_F(Seq2Seq, GoesOnBitForBitAfterACheckpoint) {
  program_.expect_goes_on_bit_for_bit({"--epochs", "4"});
}

TEST_F(Seq2Seq, TranslatesWithWhatWasSaved) {
  program_.output({"--epochs", "1", "--save", files_ / "a"});
  const Arguments loaded{"--epochs", "0", "--load", files_ / "a"};
  EXPECT_EQ(program_.output(loaded), program_.output(loaded));
}

TEST_F(Seq2Seq, DrawsItsFigures) {
  program_.expect_figure({"--epochs", "1"},
                         {"Training loss", "Exact matches", "% of held-out dates", "epoch"});
  const std::string path = files_ / "attention.svg";
  program_.output({"--epochs", "0", "--plot-attention", path, "--date", "7 May 2001"});
  expect_contains(read_file(path), {"What it looks at", ">M<", "written"});
}

TEST_F(Seq2Seq, ExplainsAndRefuses) {
  program_.expect_help({"--no-attention", "--teacher-forcing", "--beam", "--date", "--save",
                        "--load", "--checkpoint", "--resume", "--plot", "--plot-attention"});
  const Program plain(XGRAD_SEQ2SEQ_PROGRAM);
  plain.expect_refused({"--hidden", "63"}, {"--hidden 63", "even"});
  program_.expect_refused({"--date", ""}, {"--date"});
  program_.expect_refused({"--no-attention", "--plot-attention", files_ / "a.svg"},
                          {"--plot-attention", "--no-attention"});
}

}  // namespace
}  // namespace xgrad::test
