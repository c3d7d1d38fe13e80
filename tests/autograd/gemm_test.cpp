#include "autograd/kernels/gemm.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace {

using namespace xgrad;

// The element i of a matrix that has no pattern.
double element(std::size_t i, double phase) {
  return std::sin(static_cast<double>(i) * 1.7 + phase);
}

// C = op(A) op(B) + beta C against sums in double. Around C lies NaN, which has to stay, and behind
// A and B, which must not be seen; C itself is NaN where beta is 0.
template <class T>
void check(bool ta, bool tb, std::size_t m, std::size_t n, std::size_t k, T beta) {
  SCOPED_TRACE(std::to_string(m) + " x " + std::to_string(n) + " x " + std::to_string(k) +
               (ta ? " T" : " N") + (tb ? "T" : "N") + " beta " + std::to_string(beta));
  constexpr T nan = std::numeric_limits<T>::quiet_NaN();
  constexpr std::size_t margin = 32;
  std::vector<T> a(m * k + margin, nan), b(k * n + margin, nan), c(m * n + 2 * margin, nan);
  for (std::size_t i = 0; i < m * k; ++i) a[i] = static_cast<T>(element(i, 0));
  for (std::size_t i = 0; i < k * n; ++i) b[i] = static_cast<T>(element(i, 1));
  if (beta != 0)
    for (std::size_t i = 0; i < m * n; ++i) c[margin + i] = static_cast<T>(element(i, 2));
  const std::vector<T> before = c;
  kernels::gemm(ta, tb, m, n, k, a.data(), b.data(), beta, c.data() + margin);
  for (std::size_t i = 0; i < margin; ++i)
    ASSERT_TRUE(std::isnan(c[i]) && std::isnan(c[margin + m * n + i])) << "beside C";
  for (std::size_t i = 0; i < m; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      double sum = 0, size = 0;
      const auto add = [&](double term) { sum += term, size += std::abs(term); };
      if (beta != 0) add(double{beta} * before[margin + i * n + j]);
      for (std::size_t p = 0; p < k; ++p)
        add(double{a[ta ? p * m + i : i * k + p]} * b[tb ? j * k + p : p * n + j]);
      const double tolerance =
          std::numeric_limits<T>::epsilon() * static_cast<double>(k + 2) * size;
      ASSERT_NEAR(c[margin + i * n + j], sum, tolerance) << "at " << i << ", " << j;
    }
}

template <class T>
void check_all(std::size_t m, std::size_t n, std::size_t k) {
  for (const bool ta : {false, true})
    for (const bool tb : {false, true})
      for (const T beta : {T(0), T(1), T(-0.5)}) check(ta, tb, m, n, k, beta);
}

TEST(Gemm, SmallShapesOfEachOrientation) {
  for (const std::size_t m : {1U, 2U, 3U, 4U, 7U, 8U, 13U, 33U})
    for (const std::size_t n : {1U, 2U, 5U, 8U, 15U, 16U, 17U, 40U})
      for (const std::size_t k : {0U, 1U, 2U, 9U, 16U, 37U}) {
        check_all<float>(m, n, k);
        check_all<double>(m, n, k);
      }
}

// Where small products end: the elements of B or C, the multiplications, and a row or column.
TEST(Gemm, ShapesAroundTheBounds) {
  for (const auto& [m, n, k] : std::vector<std::array<std::size_t, 3>>{{64, 64, 32},
                                                                       {64, 64, 33},
                                                                       {65, 64, 31},
                                                                       {8, 4096, 1},
                                                                       {8, 4097, 1},
                                                                       {300, 16, 3},
                                                                       {1, 64, 64},
                                                                       {1, 65, 64},
                                                                       {64, 1, 64},
                                                                       {70, 1, 100},
                                                                       {1000, 1, 3},
                                                                       {1, 1, 5000},
                                                                       {2, 3, 3000}}) {
    check_all<float>(m, n, k);
    check_all<double>(m, n, k);
  }
}

}  // namespace
