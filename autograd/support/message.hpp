#pragma once

#include <sstream>
#include <string>

namespace xgrad {
namespace detail {

/// The number as `<<` prints it, with as many more digits as it takes to read it back: one that is
/// out of range is never printed as one that is not.
std::string to_text(double value);
std::string to_text(float value);

template <class Part>
const Part& to_text(const Part& part) {
  return part;
}

}  // namespace detail

/// Joins its arguments, each as `<<` prints it, numbers with all their digits: how the texts of
/// errors are put together.
template <class... Parts>
std::string message(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << detail::to_text(parts));
  return out.str();
}

/// The elements of a list, "2, 3, 4".
template <class List>
std::string joined(const List& list) {
  std::ostringstream out;
  bool first = true;
  for (const auto& element : list) {
    out << (first ? "" : ", ") << detail::to_text(element);
    first = false;
  }
  return out.str();
}

/// What would be right where least … greatest may be chosen: "expected 0 to 2", or that there is
/// nothing to choose.
template <class Integer>
std::string expected_between(Integer least, Integer greatest) {
  return greatest < least ? "none can be chosen" : message("expected ", least, " to ", greatest);
}

}  // namespace xgrad
