// Runs the program examples/sequence_regression as a user does, on short series.

#include "tests/examples/program.hpp"

namespace xgrad::test {
namespace {

const Program program(XGRAD_SEQUENCE_REGRESSION_PROGRAM,
                      {"--length", "600", "--hidden", "16", "--horizon", "30", "--sequence", "32"});

/// RMSE of one step and of the long-term forecast.
std::vector<double> errors(const std::string& out, const std::string& model) {
  const auto words = row(out.substr(out.find("\nRMSE")), model);
  EXPECT_EQ(words.size(), 3U) << out;
  return {std::stod(words.at(1)), std::stod(words.at(2))};
}

TEST(SequenceRegression, ForecastsASineBetterThanTheLastValue) {
  const std::string out = program.output({"--epochs", "15", "--lr", "0.01"});
  expect_contains(out, {"gru, epoch 15/15  loss ", "420 values to train on, 180 of the test"});
  const auto naive = errors(out, "naive");
  for (const char* model : {"mlp", "rnn", "lstm", "gru"}) {
    EXPECT_LT(errors(out, model)[0], 0.8 * naive[0]) << model << out;
    EXPECT_GT(errors(out, model)[0], 0.09) << model << " is better than the noise" << out;
    EXPECT_LT(errors(out, model)[1], 0.5 * naive[1]) << model << out;
  }
}

TEST(SequenceRegression, ForecastsAPriceByItsChanges) {
  const std::string out = program.output(
      {"--series", "price", "--difference", "--model", "gru", "--epochs", "15", "--lr", "0.01"});
  const auto naive = errors(out, "naive"), gru = errors(out, "gru");
  EXPECT_LT(gru[0], naive[0]);
  EXPECT_LT(gru[1], naive[1]);
}

TEST(SequenceRegression, PrintsTheSameForTheSameSeed) {
  const Arguments arguments{"--model", "gru", "--epochs", "1"};
  const auto first = errors(program.output(arguments), "gru");
  EXPECT_EQ(first, errors(program.output(arguments), "gru"));
  EXPECT_EQ(first, errors(program.output({"--model", "mlp,gru", "--epochs", "1"}), "gru"));
  EXPECT_NE(first,
            errors(program.output({"--model", "gru", "--epochs", "1", "--seed", "5"}), "gru"));
}

TEST(SequenceRegression, DrawsItsForecasts) {
  program.expect_figure({"--epochs", "1", "--series", "price"},
                        {"Forecasts of the series price", "Forecasts of one step", "truth", "naive",
                         "mlp", "lstm", "steps ahead"});
}

TEST(SequenceRegression, ExplainsAndRefuses) {
  program.expect_help({"--series", "5 sin(2 pi t / 50)", "--model", "--difference", "--length",
                       "--train", "--window", "--horizon", "--epochs", "--seed", "--threads",
                       "--plot"});
  program.expect_refused({"--series", "stocks"}, {"--series", "stocks"});
  program.expect_refused({"--window", "33"}, {"--window 33", "--sequence 32"});
}

TEST(SequenceRegression, RefusesASeriesThatIsTooShort) {
  const Program plain(XGRAD_SEQUENCE_REGRESSION_PROGRAM);
  plain.expect_refused({"--length", "150"}, {"45 values", "--horizon 100"});
  plain.expect_refused({"--length", "100", "--train", "0.5"}, {"50 values", "--sequence 64"});
}

}  // namespace
}  // namespace xgrad::test
