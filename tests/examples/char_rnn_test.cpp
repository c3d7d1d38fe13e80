// Runs the program examples/char_rnn as a user does, on a small text of its own.

#include "tests/examples/program.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xgrad::test {
namespace {

class CharRnn : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string text;
    for (int i = 0; i < 60; ++i) text += "the cat sat on the mat. ";
    write_file(text_, text);
  }

  TemporaryDirectory files_;
  std::string text_ = files_ / "text";
  Program program_{XGRAD_CHAR_RNN_PROGRAM,
                   {"--text", text_, "--hidden", "32", "--sequence", "20", "--batch-size", "4",
                    "--generate", "30", "--prompt", "the c"}};
};

TEST_F(CharRnn, LearnsAText) {
  for (const char* model : {"lstm", "gru", "rnn"}) {
    const std::string out = program_.output(
        {"--model", model, "--epochs", "25", "--lr", "0.02", "--temperature", "0.1"});
    expect_contains(out, {"epoch 25/25  bits ", "1296 characters to train on, 144 held out"});
    EXPECT_LT(number_after(out, "held out: "), 0.4) << model;
    // Which of "cat" and "mat" follows depends on rounding; no other words do.
    const std::size_t end = out.rfind("\n---"), begin = out.rfind("---\n", end) + 4;
    std::istringstream written(out.substr(begin, end - begin));
    int words = 0;
    for (std::string word; written >> word; ++words)
      EXPECT_TRUE(contains("the cat sat on the mat.", word)) << model << ": " << word;
    EXPECT_GE(words, 8) << model << out;
  }
}

TEST_F(CharRnn, GoesOnBitForBitAfterACheckpoint) {
  program_.expect_goes_on_bit_for_bit({"--epochs", "4"});
}

TEST_F(CharRnn, WritesWhatWasSaved) {
  program_.output({"--epochs", "1", "--save", files_ / "net"});
  const std::string first = program_.output({"--epochs", "0", "--load", files_ / "net"});
  EXPECT_EQ(first, program_.output({"--epochs", "0", "--load", files_ / "net"}));
  EXPECT_NE(first, program_.output({"--epochs", "0", "--load", files_ / "net", "--seed", "5"}));
}

TEST_F(CharRnn, DrawsItsCurves) {
  program_.expect_figure({"--epochs", "2"},
                         {"Bits per character", "training", "held out", "epoch"});
}

TEST_F(CharRnn, ExplainsAndRefuses) {
  program_.expect_help({"--text", "--model", "--hidden", "--layers", "--sequence", "--temperature",
                        "--generate", "--prompt", "--save", "--load", "--checkpoint", "--plot"});
  program_.expect_refused({"--prompt", ""}, {"--prompt"});
  const Program nothing(XGRAD_CHAR_RNN_PROGRAM, {"--text", files_ / "missing"});
  nothing.expect_refused({}, {"missing"});
}

}  // namespace
}  // namespace xgrad::test
