#pragma once

#include <cmath>
#include <cstdlib>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/process.hpp"

/// @file
/// Running the programs in examples/ as a user does. The path of examples/<name>.cpp, built, is
/// XGRAD_<NAME>_PROGRAM.

namespace xgrad::test {

using Arguments = std::vector<std::string>;

/// How a program ended, and what it wrote.
struct Outcome {
  int status;
  std::string out;
  std::string err;
};

inline Outcome run(const std::string& program, const Arguments& arguments) {
  Process process(program, arguments);
  const int status = process.wait();
  return {status, process.out(), process.err()};
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The number behind `label` in a program's output; NaN where there is none.
inline double number_after(const std::string& out, const std::string& label) {
  const std::size_t at = out.find(label);
  return at == std::string::npos ? std::nan("") : std::atof(out.c_str() + at + label.size());
}

/// The words of the first line that begins with this word; none where there is no such line.
inline std::vector<std::string> row(const std::string& out, const std::string& name) {
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    const std::vector<std::string> result{std::istream_iterator<std::string>(words), {}};
    if (!result.empty() && result.front() == name) return result;
  }
  return {};
}

inline bool has_gnuplot() { return std::system("gnuplot --version > /dev/null 2>&1") == 0; }

}  // namespace xgrad::test
