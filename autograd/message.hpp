#pragma once

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

}  // namespace xgrad
