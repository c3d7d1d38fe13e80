
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

TEST(Print, StreamsTheSameText) {
  std::ostringstream out;
  out.precision(15);
  out << tensor({0.1, 0.2}) << '\n';
  EXPECT_EQ(out.str(), "tensor([0.1000, 0.2000], dtype=float64)\n");
}

}  // namespace
}  // namespace xgrad::test
