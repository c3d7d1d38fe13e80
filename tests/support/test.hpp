#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iomanip>
#include <string>
#include <type_traits>
#include <vector>

#include "autograd/engine.hpp"
#include "autograd/grad_mode.hpp"
#include "autograd/ops.hpp"
#include "autograd/random.hpp"
#include "tests/support/constants.hpp"

/// @file
/// What nearly every test uses: tensors, operations, the headers of the standard library above, and
/// expectations of values and errors, which name the line that calls them.

namespace xgrad::test {

/// float64 tensors that require gradients.
template <class T>
  requires std::is_arithmetic_v<T>
Tensor leaf(T value) {
  return tensor(static_cast<double>(value), f64_grad);
}
inline Tensor leaf(const Doubles& values) { return tensor(values, {values.size()}, f64_grad); }

// ---- values

/// The tensor's elements are exactly these.
inline void expect_values(const Tensor& t, const Doubles& values, int line = __builtin_LINE(),
                          const char* file = __builtin_FILE()) {
  const testing::ScopedTrace trace(file, line, "");
  EXPECT_EQ(t.to_vector<double>(), values);
}

/// Whether all |actual - expected| <= tolerance · max(1, |expected|), NaN and infinities equal.
inline testing::AssertionResult all_close(const Doubles& actual, const Doubles& expected,
                                          double tolerance) {
  if (actual.size() != expected.size())
    return testing::AssertionFailure()
           << actual.size() << " elements, expected " << expected.size();
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double a = actual[i], e = expected[i];
    const bool close = std::isfinite(e) ? std::abs(a - e) <= tolerance * std::max(1.0, std::abs(e))
                                        : a == e || (std::isnan(a) && std::isnan(e));
    if (!close)
      return testing::AssertionFailure() << std::setprecision(17) << "element " << i << " is " << a
                                         << ", expected " << e << " (difference " << a - e << ")";
  }
  return testing::AssertionSuccess();
}

/// The elements are these to the tolerance of all_close.
inline void expect_near(const Tensor& actual, const Doubles& expected, double tolerance = 1e-15,
                        int line = __builtin_LINE(), const char* file = __builtin_FILE()) {
  const testing::ScopedTrace trace(file, line, "");
  EXPECT_TRUE(all_close(actual.to_vector<double>(), expected, tolerance));
}

/// Shape and dtype are equal, and the elements finite and equal to the tolerance of all_close.
inline void expect_close(const Tensor& actual, const Tensor& expected, double tolerance = 1e-12,
                         int line = __builtin_LINE(), const char* file = __builtin_FILE()) {
  const testing::ScopedTrace trace(file, line, "");
  EXPECT_EQ(actual.shape(), expected.shape());
  EXPECT_EQ(actual.dtype(), expected.dtype());
  EXPECT_TRUE(all(isfinite(expected)).item<bool>());
  EXPECT_TRUE(all_close(actual.to_vector<double>(), expected.to_vector<double>(), tolerance));
}

// ---- derivatives

/// d(sum y)/dx.
inline Tensor slope(const Tensor& y, const Tensor& x) { return grad(sum(y), x); }

/// H 1 of sum y by x: for elementwise y the second derivatives.
inline Tensor curvature(const Tensor& y, const Tensor& x) {
  return grad(sum(grad(sum(y), x, {.create_graph = true})), x);
}

// ---- errors and texts

/// Calls f, which has to throw E, and returns the message.
template <class E, class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

/// The message of the E that the statement throws.
#define ERROR_OF(E, ...) ::xgrad::test::error_of<E>([&] { __VA_ARGS__; })

/// A function that executes the statement, for tables of calls that throw.
#define CALL(...) [&] { __VA_ARGS__; }

/// The text has all of these parts.
inline void expect_contains(const std::string& text, const std::vector<std::string>& parts,
                            int line = __builtin_LINE(), const char* file = __builtin_FILE()) {
  const testing::ScopedTrace trace(file, line, "");
  for (const std::string& part : parts)
    EXPECT_NE(text.find(part), std::string::npos) << text << "\nlacks: " << part;
}

}  // namespace xgrad::test
