#pragma once

#include <sstream>
#include <string>

namespace xgrad {
namespace detail {

/// The number as `<<` prints it, with more digits if reading it back needs them: a number out of
/// range is never printed as one within it.
std::string to_text(double value);
std::string to_text(float value);

template <class Part>
const Part& to_text(const Part& part) {
  return part;
}

/// A text that is written to by `<<`. Other streams end their text without an error where memory
/// runs out; this one throws std::bad_alloc.
class TextStream : public std::stringstream {
 public:
  TextStream() { exceptions(badbit); }
};

}  // namespace detail

/// Joins its arguments into a text, such as that of an error: each as `<<` prints it,
/// floating-point numbers with all their digits.
template <class... Parts>
std::string str(const Parts&... parts) {
  detail::TextStream out;
  (out << ... << detail::to_text(parts));
  return out.str();
}

/// The elements of a list, "2, 3, 4".
template <class List>
std::string joined(const List& list) {
  detail::TextStream out;
  bool first = true;
  for (const auto& element : list) {
    out << (first ? "" : ", ") << detail::to_text(element);
    first = false;
  }
  return out.str();
}

/// "expected 0 to 2"; says that there is nothing to choose if the range is empty.
template <class Integer>
std::string expected_between(Integer low, Integer high) {
  return high < low ? "none can be chosen" : str("expected ", low, " to ", high);
}

}  // namespace xgrad
