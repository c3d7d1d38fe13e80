// Runs the program examples/word2vec as a user does, on a small text of its own.

#include "tests/examples/program.hpp"
#include "tests/support/temporary_directory.hpp"

namespace xgrad::test {
namespace {

class Word2Vec : public ::testing::Test {
 protected:
  // Animals and colours, each of which occurs among the same words as its like.
  void SetUp() override {
    const std::vector<std::string> animals{"cat", "dog", "mouse"}, colours{"red", "green", "blue"};
    std::string text;
    for (std::size_t i = 0; i < 300; ++i) {
      text += "The " + animals[i % 3] + " eats and sleeps; ";
      text += "paint a " + colours[i * 7 % 3] + " wall brightly. ";
    }
    write_file(text_, text + "rare");
  }

  TemporaryDirectory files_;
  std::string text_ = files_ / "text";
  Program program_{XGRAD_WORD2VEC_PROGRAM,
                   {"--text", text_, "--dim", "8", "--window", "2", "--subsample", "1",
                    "--batch-size", "64", "--neighbours", "2", "--lr", "0.02", "--threads", "1"}};
};

TEST_F(Word2Vec, FindsWordsThatAreUsedAlike) {
  const std::string out = program_.output({"--epochs", "4", "--words", "cat,green"});
  expect_contains(out, {"3000 words of the text, 14 of them different", "epoch 4/4  loss "});
  const std::string end = out.substr(out.find("epoch 4/4"));
  EXPECT_TRUE(contains(end, "cat: dog mouse") || contains(end, "cat: mouse dog")) << out;
  EXPECT_TRUE(contains(end, "green: red blue") || contains(end, "green: blue red")) << out;
}

TEST_F(Word2Vec, ShowsWhatWasSaved) {
  program_.output({"--epochs", "1", "--words", "cat", "--save", files_ / "vectors"});
  const Arguments show{"--epochs", "0", "--words", "cat", "--load", files_ / "vectors"};
  EXPECT_EQ(program_.output(show), program_.output(show));
}

TEST_F(Word2Vec, DrawsTheVectors) {
  program_.expect_figure({"--epochs", "1", "--words", "cat,red"},
                         {"Vectors of words", "mouse", "singular values"});
}

TEST_F(Word2Vec, ExplainsAndRefuses) {
  program_.expect_help({"--text", "--min-count", "--dim", "--window", "--negatives", "--words",
                        "--neighbours", "--save", "--load", "--plot"});
  program_.expect_refused({"--words", "cat,rare"}, {"--words: 'rare'", "at least 10"});
  const Program plain(XGRAD_WORD2VEC_PROGRAM);
  plain.expect_refused({"--text", files_ / "missing"}, {"missing"});
  plain.expect_refused({"--text", text_, "--min-count", "1000"}, {"0 words", "1000"});
}

}  // namespace
}  // namespace xgrad::test
