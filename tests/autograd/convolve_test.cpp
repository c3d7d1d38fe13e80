// The kernels of convolutions without columns, for the registers that this file is compiled for,
// against plain loops.

#include "autograd/kernels/convolve.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace {

using namespace xgrad::kernels;

template <class T>
std::vector<T> values(std::size_t n, unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<T> all(n);
  for (T& v : all) v = std::uniform_real_distribution<T>(-1, 1)(generator);
  return all;
}

// Calls f(element of the result, of the image, of the weight) for all that are multiplied.
template <class F>
void for_each_product(const ConvolutionSize& s, const F& f) {
  for (std::size_t o = 0; o < s.filters; ++o)
    for (std::size_t p = 0; p < s.positions(); ++p)
      for (std::size_t k = 0; k < s.elements(); ++k) {
        const std::size_t c = k / (s.h.kernel * s.w.kernel);
        const std::size_t i = p / s.w.out + k / s.w.kernel % s.h.kernel * s.h.dilation;
        const std::size_t j = p % s.w.out + k % s.w.kernel * s.w.dilation;
        if (i < s.h.padding || i >= s.h.padding + s.h.in || j < s.w.padding ||
            j >= s.w.padding + s.w.in)
          continue;
        f(o * s.positions() + p, (c * s.h.in + i - s.h.padding) * s.w.in + j - s.w.padding,
          o * s.elements() + k);
      }
}

template <class T>
void expect_near(const std::vector<T>& actual, const std::vector<double>& expected,
                 std::size_t terms) {
  const double tolerance =
      static_cast<double>(terms + 4) * static_cast<double>(std::numeric_limits<T>::epsilon());
  for (std::size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(static_cast<double>(actual[i]), expected[i], tolerance) << i;
  for (std::size_t i = expected.size(); i < actual.size(); ++i)
    ASSERT_TRUE(std::isnan(actual[i])) << "behind the result";
}

template <class T>
void check(const ConvolutionSize& s) {
  SCOPED_TRACE(testing::Message() << s.channels << " channels of " << s.h.in << " x " << s.w.in
                                  << ", " << s.filters << " filters of " << s.h.kernel << " x "
                                  << s.w.kernel << ", " << sizeof(T) << " bytes");
  constexpr T nan = std::numeric_limits<T>::quiet_NaN();
  constexpr std::size_t groups = 2;
  const auto x = values<T>(s.image(), 0), w = values<T>(groups * s.weight(), 1);
  const auto b = values<T>(groups * s.filters, 2), g = values<T>(s.result(), 3);
  const Convolve<T> convolve(w.data(), b.data(), groups, s);
  typename Convolve<T>::Space space(convolve);
  for (std::size_t group = 0; group < groups; ++group) {
    std::vector<double> expected(s.result());
    for (std::size_t i = 0; i < s.result(); ++i)
      expected[i] = static_cast<double>(b[group * s.filters + i / s.positions()]);
    for_each_product(s, [&](std::size_t o, std::size_t i, std::size_t k) {
      expected[o] += static_cast<double>(x[i]) * static_cast<double>(w[group * s.weight() + k]);
    });
    std::vector<T> y(s.result() + 64, nan);
    convolve(y.data(), x.data(), group, space);
    expect_near(y, expected, s.elements());
  }

  const Correlate<T> correlate(s);
  typename Correlate<T>::Space memory(correlate);
  std::vector<T> sums(correlate.sums()), weight(s.weight() + 64, nan);
  for (int image = 0; image < 2; ++image) correlate.add(sums.data(), x.data(), g.data(), memory);
  correlate.finish(weight.data(), sums.data());
  std::vector<double> expected(s.weight());
  for_each_product(s, [&](std::size_t o, std::size_t i, std::size_t k) {
    expected[k] += 2 * static_cast<double>(x[i]) * static_cast<double>(g[o]);
  });
  expect_near(weight, expected, 4 * s.positions());
}

ConvolutionAxis axis(std::size_t in, std::size_t kernel, std::size_t padding = 0,
                     std::size_t dilation = 1) {
  return {.in = in,
          .kernel = kernel,
          .padding = padding,
          .dilation = dilation,
          .out = in + 2 * padding - dilation * (kernel - 1)};
}

TEST(Convolve, AndItsGradientEqualPlainLoops) {
  for (const ConvolutionSize& s : std::vector<ConvolutionSize>{
           {axis(1, 1), axis(1, 1), 1, 1},
           {axis(5, 3), axis(4, 2), 2, 3},
           {axis(28, 5, 2), axis(28, 5, 2), 1, 6},
           {axis(14, 5), axis(14, 5), 6, 16},
           {axis(1, 1), axis(700, 9, 4, 3), 3, 17},  // a signal
           {axis(70, 2), axis(45, 3, 1), 2, 33},     // in several pieces of rows
           {axis(9, 3, 2, 2), axis(11, 4, 3), 5, 8},
           {axis(6, 6), axis(7, 7), 20, 70}}) {  // one position
    check<float>(s);
    check<double>(s);
  }
}

}  // namespace
