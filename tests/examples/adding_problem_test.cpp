// Runs the program examples/adding_problem as a user does, on short sequences; and the problem
// itself, which examples/support has.

#include "examples/support/adding_problem.hpp"

#include <xgrad.hpp>

#include "examples/support/recurrent_net.hpp"
#include "tests/examples/program.hpp"

namespace xgrad::test {
namespace {

const Program program(XGRAD_ADDING_PROBLEM_PROGRAM, {"--hidden", "16"});

TEST(AddingProblem, MarksANumberOfEachHalf) {
  const auto [x, y] = examples::adding_problem(7, 500);
  EXPECT_EQ(x.shape(), (Shape{7, 500, 2}));
  EXPECT_EQ(y.shape(), (Shape{500, 1}));
  const Tensor numbers = x[{ellipsis, 0}], marks = x[{ellipsis, 1}];
  EXPECT_TRUE(array_equal(sum(slice(marks, 0, 0, 3), 0), ones(500)));
  EXPECT_TRUE(array_equal(sum(slice(marks, 0, 3, 7), 0), ones(500)));
  EXPECT_TRUE(allclose(unsqueeze(sum(numbers * marks, 0), 1), y));
  EXPECT_NEAR(mean(square(y - 1)).item<double>(), examples::adding_baseline, 0.03);
  EXPECT_THROW(examples::adding_problem(1, 5), ValueError);
  EXPECT_THROW(examples::RecurrentNet("lsmt", 1, 1, 1), ValueError);
}

TEST(AddingProblem, GatedNetworksLearnIt) {
  const std::string out =
      program.output({"--length", "10", "--epochs", "10", "--test", "200", "--lr", "0.02"});
  expect_contains(out, {"rnn, epoch 10/10  loss ", "10 numbers, 16 states, 1000 steps"});
  EXPECT_NEAR(std::stod(row(out, "always").at(2)), examples::adding_baseline, 0.05);
  for (const char* model : {"lstm", "gru"}) {
    const auto result = row(out.substr(out.find("test MSE")), model);
    ASSERT_EQ(result.size(), 4U) << out;
    EXPECT_LT(std::stod(result[1]), 0.01) << model;
    EXPECT_GT(std::stod(result[2]), 30) << model;
  }
}

TEST(AddingProblem, IsTheSameForTheSameSeedAloneAndBesideOthers) {
  const auto result = [](const Arguments& arguments) {
    Arguments all{"--length", "5", "--epochs", "1"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const std::string out = program.output(all);
    return row(out.substr(out.find("test MSE")), "gru");
  };
  const auto first = result({});
  EXPECT_EQ(first, result({"--model", "gru"}));
  EXPECT_NE(first, result({"--model", "gru", "--seed", "5"}));
}

TEST(AddingProblem, DrawsItsErrors) {
  program.expect_figure(
      {"--length", "5", "--epochs", "2"},
      {"The adding problem, 5 numbers", "training steps", "lstm", "gru", "always answering 1"});
}

TEST(AddingProblem, ExplainsAndRefuses) {
  program.expect_help({"--model", "--length", "--epochs", "--batch-size", "--test", "--lr",
                       "--clip", "--seed", "--threads", "--plot"});
  program.expect_refused({"--model", "rnn,lsmt"}, {"--model", "lsmt"});
  program.expect_refused({"--length", "1"}, {"--length", "from 2"});
}

}  // namespace
}  // namespace xgrad::test
