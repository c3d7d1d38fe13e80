#include <cstdlib>
#include <utility>

#include "autograd/support/str.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

TEST(Message, NumbersAreReadBackAsTheyWere) {
  const double smallest = std::numeric_limits<double>::denorm_min();
  for (const double x :
       {0.1, 1.0 / 3, 1 - 0x1p-53, 1 + 0x1p-52, 0.99999999, 1.0000001, 1e7 + 1, 123456789.0, 1e300,
        smallest, -smallest, 0x1.fffffffffffffp1023, 2.5, 1e-5})
    EXPECT_EQ(std::strtod(str(x).c_str(), nullptr), x);
  for (const float x : {0.1F, 1 - 0x1p-24F, 1 + 0x1p-23F, 16777215.F, 0x1p-149F, 0x1.fffffep127F})
    EXPECT_EQ(std::strtof(str(x).c_str(), nullptr), x);
}

TEST(Message, NumbersHaveNoMoreDigitsThanItTakes) {
  const std::vector<std::pair<double, std::string>> doubles{{0, "0"},
                                                            {-0.0, "-0"},
                                                            {1, "1"},
                                                            {0.1, "0.1"},
                                                            {0.5, "0.5"},
                                                            {-2.25, "-2.25"},
                                                            {100000, "100000"},
                                                            {1e6, "1e+06"},
                                                            {1e-5, "1e-05"},
                                                            {1234567, "1234567"},
                                                            {0.3, "0.3"},
                                                            {1 - 0x1p-53, "0.9999999999999999"},
                                                            {inf, "inf"},
                                                            {-inf, "-inf"},
                                                            {std::nan(""), "nan"},
                                                            {0.1F, "0.10000000149011612"}};
  for (const auto& [number, text] : doubles) EXPECT_EQ(str(number), text);
  EXPECT_EQ(str(0.1F), "0.1");
  EXPECT_EQ(str(1 - 0x1p-24F), "0.99999994");
}

TEST(Message, JoinsPartsAndElements) {
  EXPECT_EQ(str("a ", 1, ' ', std::size_t{2}, std::string(" b "), 0.1, " of ", 0.99999999),
            "a 1 2 b 0.1 of 0.99999999");
  EXPECT_EQ(joined(std::vector{1, 2, 3}), "1, 2, 3");
  EXPECT_EQ(joined(std::vector{0.1, 0.99999999}), "0.1, 0.99999999");
  EXPECT_EQ(joined(std::vector<int>{}), "");
}

}  // namespace
}  // namespace xgrad::test
