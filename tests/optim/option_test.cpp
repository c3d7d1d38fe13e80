#include "optim/option.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "autograd/error.hpp"
#include "tests/support/expect_error.hpp"

namespace xgrad {
namespace {

using namespace optim;
using test::error_of;

struct Sample {
  double rate = 0.1;
  std::int64_t count = 3;
  bool flag = true;

  std::vector<Option> list() {
    return {
        {"rate", &rate, Range::fraction}, {"count", &count, Range::non_negative}, {"flag", &flag}};
  }
};

TEST(Option, TextsReadBackBitForBit) {
  for (const double rate :
       {0.1 + 0.2, -0.0, std::numeric_limits<double>::denorm_min(),
        -std::numeric_limits<double>::max(), std::numeric_limits<double>::infinity()}) {
    Sample from{rate, std::numeric_limits<std::int64_t>::min(), false};
    Sample to;
    from_texts(to_texts(from.list()), to.list(), "test");
    EXPECT_EQ(to.rate, rate);
    EXPECT_EQ(std::signbit(to.rate), std::signbit(rate));
    EXPECT_EQ(to.count, from.count);
    EXPECT_FALSE(to.flag);
  }
}

TEST(Option, TextsAreWhatAPersonWouldWrite) {
  EXPECT_EQ(to_texts(Sample().list()),
            (OptionTexts{{"rate", "0.1"}, {"count", "3"}, {"flag", "true"}}));
}

TEST(Option, RefusesTextsThatAreMissingUnknownOrNoValues) {
  Sample sample;
  const auto message = [&](const char* name, const char* text) {
    OptionTexts texts = to_texts(sample.list());
    texts[name] = text;
    return error_of<ValueError>([&] { from_texts(texts, sample.list(), "file"); });
  };
  EXPECT_EQ(message("count", "2.5"), "file: option 'count' is '2.5'; expected a number");
  EXPECT_EQ(message("rate", ""), "file: option 'rate' is ''; expected a number");
  EXPECT_EQ(message("flag", "yes"), "file: option 'flag' is 'yes'; expected true or false");
  EXPECT_EQ(message("eps", "1"), "file: unknown option 'eps'; expected rate, count, flag");
  EXPECT_EQ(error_of<ValueError>([&] { from_texts({}, sample.list(), "file"); }),
            "file: option 'rate' is missing");
}

TEST(Option, ChecksRanges) {
  const auto message = [](Sample sample) {
    return error_of<ValueError>([&] { check_ranges("Sample", sample.list()); });
  };
  EXPECT_EQ(message({.rate = 1}), "Sample: rate is 1; expected 0 <= rate < 1");
  EXPECT_EQ(message({.rate = std::nan("")}), "Sample: rate is nan; expected 0 <= rate < 1");
  EXPECT_EQ(message({.count = -1}), "Sample: count is -1; expected count >= 0");
  EXPECT_NO_THROW(check_ranges("Sample", Sample{0, 0, false}.list()));
}

}  // namespace
}  // namespace xgrad
