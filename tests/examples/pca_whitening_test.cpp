// Runs the program examples/pca_whitening as a user does, on small files of its own.

#include "tests/examples/program.hpp"
#include "tests/support/idx_file.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

class PcaWhitening : public ::testing::Test {
 protected:
  void SetUp() override { write_mnist(data_.path(), 300, 100); }

  /// The numbers of the row of k components: variance explained, errors on both sets.
  static Doubles errors(const std::string& out, const std::string& k) {
    const std::vector<std::string> words = row(out.substr(out.find("explained")), k);
    EXPECT_EQ(words.size(), 5U) << out;
    if (words.size() != 5) return {};
    return {std::stod(words[1]), std::stod(words[3]), std::stod(words[4])};
  }

  TemporaryDirectory data_;
  Program program_{XGRAD_PCA_WHITENING_PROGRAM, {"--data", data_.path()}};
};

TEST_F(PcaWhitening, ErrorsFallWithTheComponents) {
  const std::string out = program_.output({"--components", "20"});
  expect_contains(out, {"300 training images of ", ", 100 held out\n"});
  const Doubles few = errors(out, "2"), many = errors(out, "20");
  ASSERT_EQ(few.size() + many.size(), 6U);
  EXPECT_LT(few[0], many[0]);
  EXPECT_GT(few[1], many[1]);
  EXPECT_GT(few[2], many[2]);
  EXPECT_LE(many[0], 100);
  // What the squared coordinates say is what the rebuilt images show.
  EXPECT_NEAR(number_after(out, "the images held out differ by "), many[2], 1e-4);
}

TEST_F(PcaWhitening, AllComponentsRebuildTheTrainingImages) {
  const std::string out = program_.output({"--components", "36", "--limit", "20"});
  // 20 images vary in 19 directions.
  EXPECT_NEAR(errors(out, "20")[0], 100, 1e-9);
  EXPECT_NEAR(errors(out, "20")[1], 0, 1e-4);
}

TEST_F(PcaWhitening, LeavesACovarianceOfOne) {
  const std::string out = program_.output({"--components", "5", "--epsilon", "0"});
  EXPECT_LT(number_after(out, "largest distance from the identity: "), 1e-9);
  const std::string matrix = out.substr(out.find("the first 5 components"));
  expect_contains(matrix, {"   1.0000"});
}

TEST_F(PcaWhitening, DrawsAFigure) {
  program_.expect_figure({"--components", "12"},
                         {"Principal components", "Error of a pixel", "Variance explained",
                          "component 10", "original", "from 12"});
  program_.expect_figure({"--components", "2"}, {"component 2", "from 2"});
}

TEST_F(PcaWhitening, ExplainsAndRefuses) {
  program_.expect_help({"--data", "--limit", "--components", "--epsilon", "--plot"});
  program_.expect_refused({"--components", "0"}, {"--components"});
  program_.expect_refused({"--components", "5000"},
                          {"--components 5000", "expected at most as many"});
  program_.expect_refused({"--epsilon", "-1"}, {"--epsilon"});
}

}  // namespace
}  // namespace xgrad::test
