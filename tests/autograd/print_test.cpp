
#include "autograd/print.hpp"

#include <cstdint>
#include <limits>
#include <sstream>

#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

// The numbers are laid out as PyTorch 1.13 prints them.

TEST(Print, AlignsTheElementsOfAMatrix) {
  EXPECT_EQ(to_string(tensor({{1., 2.}, {3., 4.}})),
            "tensor([[1., 2.],\n"
            "        [3., 4.]], dtype=float64)");
  EXPECT_EQ(to_string(tensor({1.5, -22.25, 0.})),
            "tensor([  1.5000, -22.2500,   0.0000], dtype=float64)");
  EXPECT_EQ(to_string(tensor({{1, -20}, {300, 4}})),
            "tensor([[  1, -20],\n"
            "        [300,   4]], dtype=int64)");
  EXPECT_EQ(to_string(tensor({0, 255}, u8)), "tensor([  0, 255], dtype=uint8)");
  EXPECT_EQ(to_string(tensor({-0., 0.})), "tensor([-0.,  0.], dtype=float64)");
}

TEST(Print, SeparatesMatricesByEmptyLines) {
  EXPECT_EQ(to_string(reshape(arange(0., 12.), {2, 2, 3})),
            "tensor([[[ 0.,  1.,  2.],\n"
            "         [ 3.,  4.,  5.]],\n"
            "\n"
            "        [[ 6.,  7.,  8.],\n"
            "         [ 9., 10., 11.]]], dtype=float32)");
  EXPECT_EQ(to_string(reshape(arange(0, 4), {2, 1, 1, 2})),
            "tensor([[[[0, 1]]],\n"
            "\n"
            "\n"
            "        [[[2, 3]]]], dtype=int64)");
}

TEST(Print, WritesScalarsWithoutBrackets) {
  EXPECT_EQ(to_string(tensor(3.14159265)), "tensor(3.1416, dtype=float64)");
  EXPECT_EQ(to_string(tensor(-7.f)), "tensor(-7., dtype=float32)");
  EXPECT_EQ(to_string(tensor(0.)), "tensor(0., dtype=float64)");
  EXPECT_EQ(to_string(tensor(12345678.9)), "tensor(12345678.9000, dtype=float64)");
  EXPECT_EQ(to_string(tensor(42)), "tensor(42, dtype=int64)");
}

TEST(Print, WritesExponentsWhereSizesDifferTooMuch) {
  EXPECT_EQ(to_string(tensor(1e-5)), "tensor(1.0000e-05, dtype=float64)");
  EXPECT_EQ(to_string(tensor(1073741824.)), "tensor(1.0737e+09, dtype=float64)");
  EXPECT_EQ(to_string(tensor({1e-5, 1., 0.})),
            "tensor([1.0000e-05, 1.0000e+00, 0.0000e+00], dtype=float64)");
  EXPECT_EQ(to_string(tensor({1., 1001.})), "tensor([1.0000e+00, 1.0010e+03], dtype=float64)");
  EXPECT_EQ(to_string(tensor({1., 1000.})), "tensor([   1., 1000.], dtype=float64)");
  EXPECT_EQ(to_string(tensor({0.001, 999.5})), "tensor([1.0000e-03, 9.9950e+02], dtype=float64)");
  EXPECT_EQ(to_string(tensor({1e10, 3e300})), "tensor([ 1.0000e+10, 3.0000e+300], dtype=float64)");
}

// Unlike PyTorch's, the columns stay aligned.
TEST(Print, WritesNanAndInfinity) {
  EXPECT_EQ(to_string(tensor({{nan, 1.}, {inf, -inf}})),
            "tensor([[ nan,   1.],\n"
            "        [ inf, -inf]], dtype=float64)");
  EXPECT_EQ(to_string(tensor({-nan, 1.5})), "tensor([   nan, 1.5000], dtype=float64)");
  EXPECT_EQ(to_string(tensor(inf)), "tensor(inf, dtype=float64)");
}

TEST(Print, BreaksLinesAtEightyCharacters) {
  EXPECT_EQ(to_string(arange(0.5, 30.5, 1, f64)),
            "tensor([ 0.5000,  1.5000,  2.5000,  3.5000,  4.5000,  5.5000,  6.5000,  7.5000,\n"
            "         8.5000,  9.5000, 10.5000, 11.5000, 12.5000, 13.5000, 14.5000, 15.5000,\n"
            "        16.5000, 17.5000, 18.5000, 19.5000, 20.5000, 21.5000, 22.5000, 23.5000,\n"
            "        24.5000, 25.5000, 26.5000, 27.5000, 28.5000, 29.5000], dtype=float64)");
  EXPECT_EQ(to_string(arange(0, 36)),
            "tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,\n"
            "        18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35],\n"
            "       dtype=int64)");
}

TEST(Print, SummarizesBeyondAThousandElements) {
  EXPECT_EQ(to_string(arange(0, 1001)),
            "tensor([   0,    1,    2,  ...,  998,  999, 1000], dtype=int64)");
  EXPECT_EQ(to_string(arange(0, 1000)).find("..."), std::string::npos);
  EXPECT_EQ(to_string(reshape(arange(0, 1600), {8, 200})),
            "tensor([[   0,    1,    2,  ...,  197,  198,  199],\n"
            "        [ 200,  201,  202,  ...,  397,  398,  399],\n"
            "        [ 400,  401,  402,  ...,  597,  598,  599],\n"
            "        ...,\n"
            "        [1000, 1001, 1002,  ..., 1197, 1198, 1199],\n"
            "        [1200, 1201, 1202,  ..., 1397, 1398, 1399],\n"
            "        [1400, 1401, 1402,  ..., 1597, 1598, 1599]], dtype=int64)");
  // An axis of at most six is shown whole; only what is shown decides the format.
  Tensor x = zeros({2, 1000});
  x.data<float>()[500] = 1e6F;
  EXPECT_EQ(to_string(x),
            "tensor([[0., 0., 0.,  ..., 0., 0., 0.],\n"
            "        [0., 0., 0.,  ..., 0., 0., 0.]], dtype=float32)");
}

TEST(Print, NamesWhatIsRecorded) {
  const Tensor x = tensor({1., 2.}, {.requires_grad = true});
  EXPECT_EQ(to_string(x), "tensor([1., 2.], dtype=float64, requires_grad)");
  EXPECT_EQ(to_string(exp(x * 0)), "tensor([1., 1.], dtype=float64, requires_grad, op=exp)");
  EXPECT_EQ(to_string(x.detach()), "tensor([1., 2.], dtype=float64)");
}

TEST(Print, NothingAndEmpty) {
  EXPECT_EQ(to_string(Tensor()), "tensor(undefined)");
  EXPECT_EQ(to_string(zeros({0})), "tensor([], dtype=float32)");
  EXPECT_EQ(to_string(zeros({2, 0})), "tensor([], shape=(2, 0), dtype=float32)");
}

/// Printed with these options, the others having their defaults.
std::string printed(const Tensor& x, const PrintOptions& options) {
  set_printoptions(options);
  const std::string text = to_string(x);
  set_printoptions({.profile = "default"});
  return text;
}

TEST(Print, ObeysPrecisionAndSciMode) {
  const Tensor x = tensor({{1.23456789, -22.5}, {0.25, 1000. / 3}});
  EXPECT_EQ(printed(x, {.precision = 2}),
            "tensor([[ 1.23e+00, -2.25e+01],\n"
            "        [ 2.50e-01,  3.33e+02]], dtype=float64)");
  EXPECT_EQ(printed(x, {.precision = 0}),
            "tensor([[ 1e+00, -2e+01],\n"
            "        [ 2e-01,  3e+02]], dtype=float64)");
  EXPECT_EQ(printed(x, {.precision = 8, .sci_mode = true}),
            "tensor([[ 1.23456789e+00, -2.25000000e+01],\n"
            "        [ 2.50000000e-01,  3.33333333e+02]], dtype=float64)");
  EXPECT_EQ(printed(tensor({1., 2.}), {.sci_mode = true}),
            "tensor([1.0000e+00, 2.0000e+00], dtype=float64)");
  EXPECT_EQ(printed(tensor({0., 0.}), {.sci_mode = true}), "tensor([0., 0.], dtype=float64)");
  // Unlike PyTorch's, the columns stay aligned.
  EXPECT_EQ(printed(tensor({inf, 2e9, 1.}), {.sci_mode = false}),
            "tensor([        inf, 2000000000.,          1.], dtype=float64)");
  EXPECT_EQ(printed(tensor({0.5, 0.25}), {.precision = 1}), "tensor([0.5, 0.2], dtype=float64)");
  EXPECT_EQ(printed(tensor({7, 8}), {.precision = 2, .sci_mode = true}),
            "tensor([7, 8], dtype=int64)");
  // The longest number there is.
  const std::string longest = printed(tensor({-std::numeric_limits<double>::max(), 5e-324}),
                                      {.precision = 1074, .sci_mode = false});
  EXPECT_NE(longest.find("-179769313486231570814527"), std::string::npos);
  EXPECT_NE(longest.find("47265625],"), std::string::npos);
}

TEST(Print, ObeysThresholdAndEdgeitems) {
  const Tensor x = arange(8);
  EXPECT_EQ(printed(x, {.threshold = 7}), "tensor([0, 1, 2,  ..., 5, 6, 7], dtype=int64)");
  EXPECT_EQ(printed(x, {.threshold = 7, .edgeitems = 1}), "tensor([0,  ..., 7], dtype=int64)");
  for (const PrintOptions& whole : {PrintOptions{.threshold = 8, .edgeitems = 1},
                                    {.threshold = 0, .edgeitems = 4},
                                    {.threshold = 0, .edgeitems = 5}})
    EXPECT_EQ(printed(x, whole), to_string(x));
  EXPECT_EQ(printed(reshape(arange(64), {8, 8}), {.threshold = 10, .edgeitems = 2}),
            "tensor([[ 0,  1,  ...,  6,  7],\n"
            "        [ 8,  9,  ..., 14, 15],\n"
            "        ...,\n"
            "        [48, 49,  ..., 54, 55],\n"
            "        [56, 57,  ..., 62, 63]], dtype=int64)");
}

TEST(Print, ObeysLinewidth) {
  EXPECT_EQ(printed(arange(0.5, 12.5, 1, f64), {.linewidth = 40}),
            "tensor([ 0.5000,  1.5000,  2.5000,\n"
            "         3.5000,  4.5000,  5.5000,\n"
            "         6.5000,  7.5000,  8.5000,\n"
            "         9.5000, 10.5000, 11.5000],\n"
            "       dtype=float64)");
  for (const std::int64_t linewidth : {0, 5})
    EXPECT_EQ(printed(arange(2), {.linewidth = linewidth}),
              "tensor([0,\n"
              "        1],\n"
              "       dtype=int64)");
}

TEST(Print, ProfilesSetAllNumbers) {
  EXPECT_EQ(printed(arange(0.125, 1001, 1, f64), {.profile = "short"}),
            "tensor([1.25e-01, 1.12e+00,  ..., 9.99e+02, 1.00e+03], dtype=float64)");
  const std::string full = printed(arange(2000), {.profile = "full"});
  EXPECT_EQ(full.find("..."), std::string::npos);
  EXPECT_NE(printed(arange(2000), {.edgeitems = 1, .profile = "short"}).find("[   0,  ..., 1999]"),
            std::string::npos);
}

// As in PyTorch, options that are not given stay, but for sci_mode.
TEST(Print, OptionsStayUntilTheyAreSetAgain) {
  const Tensor x = arange(0.125, 12, 1, f64);
  set_printoptions({.precision = 2, .sci_mode = true});
  set_printoptions({.linewidth = 40});
  EXPECT_EQ(to_string(x),
            "tensor([ 0.12,  1.12,  2.12,  3.12,\n"
            "         4.12,  5.12,  6.12,  7.12,\n"
            "         8.12,  9.12, 10.12, 11.12],\n"
            "       dtype=float64)");
  set_printoptions({.profile = "default"});
  EXPECT_EQ(to_string(tensor({0.125})), "tensor([0.1250], dtype=float64)");
}

TEST(Print, RefusesBadOptions) {
  const auto refused = [](const PrintOptions& options, const std::string& message) {
    EXPECT_NE(error_of<ValueError>([&] { set_printoptions(options); }).find(message),
              std::string::npos);
  };
  refused({.precision = -1}, "set_printoptions: precision is -1; expected 0 to 1074");
  refused({.precision = 1075}, "set_printoptions: precision is 1075; expected 0 to 1074");
  refused({.threshold = -1}, "set_printoptions: threshold is -1; expected 0 to ");
  refused({.precision = 7, .edgeitems = 0}, "set_printoptions: edgeitems is 0; expected 1 to ");
  refused({.linewidth = -5}, "set_printoptions: linewidth is -5; expected 0 to ");
  refused({.profile = "long"}, "the profile is 'long'; expected 'default', 'short' or 'full'");
  EXPECT_EQ(to_string(tensor({0.5})), "tensor([0.5000], dtype=float64)");
}

TEST(Print, StreamsTheSameText) {
  std::ostringstream out;
  out.precision(15);
  out << tensor({0.1, 0.2}) << '\n';
  EXPECT_EQ(out.str(), "tensor([0.1000, 0.2000], dtype=float64)\n");
}

}  // namespace
}  // namespace xgrad::test
