#pragma once

#include <concepts>
#include <cstdlib>
#include <iomanip>
#include <limits>
#include <sstream>
#include <string>

namespace xgrad {

/// Joins its arguments, each as `<<` prints it: how the texts of errors are put together.
template <class... Parts>
std::string message(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

/// A number in the fewest digits, six or more, that give it back: 1.0000001 is not shown as 1.
template <std::floating_point T>
std::string digits(T x) {
  std::string text;
  for (int precision = 6; precision <= std::numeric_limits<T>::max_digits10; ++precision) {
    std::ostringstream out;
    out << std::setprecision(precision) << x;
    text = out.str();
    if (static_cast<T>(std::strtod(text.c_str(), nullptr)) == x) break;
  }
  return text;
}

/// The elements of a list, "2, 3, 4".
template <class List>
std::string joined(const List& list) {
  std::ostringstream out;
  bool first = true;
  for (const auto& element : list) {
    out << (first ? "" : ", ") << element;
    first = false;
  }
  return out.str();
}

}  // namespace xgrad
