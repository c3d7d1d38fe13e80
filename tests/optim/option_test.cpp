#include "optim/option.hpp"

#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using namespace optim;

struct Sample {
  double rate = 0.1;
  std::int64_t count = 3;
  bool flag = true;

  std::vector<Option> list() {
    return {{"rate", &rate, Allowed::fraction},
            {"count", &count, Allowed::non_negative},
            {"flag", &flag}};
  }
};

TEST(Option, TextsReadBackBitForBit) {
  for (const double rate : {0.1 + 0.2, -0.0, std::numeric_limits<double>::denorm_min(),
                            -std::numeric_limits<double>::max(), inf}) {
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
    return ERROR_OF(ValueError, from_texts(texts, sample.list(), "file"));
  };
  EXPECT_EQ(message("count", "2.5"), "file: option 'count' is '2.5'; expected a number");
  EXPECT_EQ(message("rate", ""), "file: option 'rate' is ''; expected a number");
  EXPECT_EQ(message("flag", "yes"), "file: option 'flag' is 'yes'; expected true or false");
  EXPECT_EQ(message("eps", "1"), "file: unknown option 'eps'; expected rate, count, flag");
  EXPECT_EQ(ERROR_OF(ValueError, from_texts({}, sample.list(), "file")),
            "file: option 'rate' is missing");
}

enum class Colour { red, green };
constexpr const char* colours[] = {"red", "green"};

TEST(Option, ListsAndEnumerationsReadBack) {
  Doubles from = {0.1, -inf, 1e300}, to = {7};
  Integers none, some = {1, 2};
  Colour green = Colour::green, colour = Colour::red;
  const OptionTexts texts =
      to_texts({{"rates", &from}, {"counts", &none}, {"colour", Choice(green, colours)}});
  EXPECT_EQ(texts,
            (OptionTexts{{"rates", "0.1, -inf, 1e+300"}, {"counts", ""}, {"colour", "green"}}));
  from_texts(texts, {{"rates", &to}, {"counts", &some}, {"colour", Choice(colour, colours)}}, "");
  EXPECT_EQ(to, from);
  EXPECT_EQ(some, none);
  EXPECT_EQ(colour, Colour::green);
  EXPECT_EQ(ERROR_OF(ValueError, from_texts({{"colour", "blue"}},
                                            {{"colour", Choice(colour, colours)}}, "file")),
            "file: option 'colour' is 'blue'; expected one of red, green");
}

TEST(Option, TakesWhatHasAPrefix) {
  OptionTexts texts = {{"1.a", "x"}, {"10.a", "y"}, {"1.b", "z"}, {"1", ""}};
  EXPECT_EQ(take_prefixed(texts, "1."), (OptionTexts{{"a", "x"}, {"b", "z"}}));
  EXPECT_EQ(texts, (OptionTexts{{"10.a", "y"}, {"1", ""}}));
}

TEST(Option, ChecksRanges) {
  const auto message = [](Sample sample) {
    return ERROR_OF(ValueError, check_ranges("Sample", sample.list()));
  };
  EXPECT_EQ(message({.rate = 1}), "Sample: rate is 1; expected 0 <= rate < 1");
  EXPECT_EQ(message({.rate = std::nan("")}), "Sample: rate is nan; expected 0 <= rate < 1");
  EXPECT_EQ(message({.count = -1}), "Sample: count is -1; expected count >= 0");
  EXPECT_NO_THROW(check_ranges("Sample", Sample{0, 0, false}.list()));

  for (const Allowed allowed :
       {Allowed::finite, Allowed::non_negative, Allowed::positive, Allowed::fraction,
        Allowed::closed_fraction, Allowed::positive_fraction})
    for (double rate : {inf, -inf, std::nan("")})
      EXPECT_THROW(check_ranges("Sample", {{"rate", &rate, allowed}}), ValueError);
  double rate = inf;
  EXPECT_EQ(ERROR_OF(ValueError, check_ranges("Sample", {{"rate", &rate, Allowed::positive}})),
            "Sample: rate is inf; expected a finite rate");
  EXPECT_NO_THROW(check_ranges("Sample", {{"rate", &rate, Allowed::any}}));
  EXPECT_THROW(check_ranges("Sample", {{"rate", &rate}}), ValueError);

  Doubles rates = {0.5, 1, 0};
  const auto expected = [&](Allowed allowed) {
    return ERROR_OF(ValueError, check_ranges("Sample", {{"rates", &rates, allowed}}));
  };
  EXPECT_EQ(expected(Allowed::positive), "Sample: rates is 0; expected rates > 0");
  EXPECT_EQ(expected(Allowed::positive_fraction), "Sample: rates is 0; expected 0 < rates <= 1");
  EXPECT_EQ(expected(Allowed::fraction), "Sample: rates is 1; expected 0 <= rates < 1");
  EXPECT_NO_THROW(check_ranges("Sample", {{"rates", &rates, Allowed::closed_fraction}}));
}

}  // namespace
}  // namespace xgrad::test
