#include "examples/support/comparison.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace xgrad::examples {
namespace {

constexpr std::size_t line_width = 100;

/// Digits behind the point, without those of an exponent.
int decimals(const std::string& printed) {
  const std::size_t point = printed.find('.');
  if (point == std::string::npos) return 0;
  return static_cast<int>(std::min(printed.find('e'), printed.size()) - point - 1);
}

/// The value after rounding to so many decimals, in the form of `printed`.
double rounded(double value, int digits, const std::string& printed) {
  const bool exponent = printed.find('e') != std::string::npos;
  std::array<char, 400> text{};
  std::snprintf(text.data(), text.size(), exponent ? "%.*e" : "%.*f", digits, value);
  return std::strtod(text.data(), nullptr);
}

double number(const std::string& printed) { return std::strtod(printed.c_str(), nullptr); }

std::string scientific(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), value == 0 ? "0" : "%.1e", value);
  return text.data();
}

using Cells = std::vector<std::string>;

/// The lines of one comparison: one for each number.
std::vector<Cells> lines_of(const Comparison& c) {
  std::vector<Cells> lines;
  for (std::size_t i = 0; i < c.computed.size(); ++i)
    lines.push_back({i == 0 ? c.problem : "", i == 0 ? c.settings : "", c.printed[i],
                     shortest(c.computed[i]), scientific(c.computed[i] - number(c.printed[i])),
                     i > 0               ? ""
                     : !agrees(c)        ? "DIFFERS"
                     : !c.tolerance      ? "all digits"
                     : *c.tolerance == 0 ? "exactly"
                                         : "within " + shortest(*c.tolerance)});
  return lines;
}

void print_line(const Cells& cells, const std::vector<std::size_t>& widths) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    // Texts stand left, numbers right.
    const int width = static_cast<int>(widths[i]) * (i < 2 || i + 1 == cells.size() ? -1 : 1);
    std::printf(i + 1 < cells.size() ? "%*s  " : "%*s\n", i + 1 < cells.size() ? width : 0,
                cells[i].c_str());
  }
}

void print_remark(const std::string& remark) {
  std::istringstream words(remark);
  std::string word, line = "   ";
  while (words >> word) {
    if (line.size() + 1 + word.size() > line_width) {
      std::printf("%s\n", line.c_str());
      line = "   ";
    }
    line += " " + word;
  }
  std::printf("%s\n", line.c_str());
}

}  // namespace

std::string shortest(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

bool agrees(const Comparison& c) {
  if (c.printed.size() != c.computed.size()) return false;
  int digits = 0;
  for (const std::string& printed : c.printed) digits = std::max(digits, decimals(printed));
  for (std::size_t i = 0; i < c.printed.size(); ++i) {
    const double expected = number(c.printed[i]);
    const bool same = c.tolerance ? std::abs(c.computed[i] - expected) <= *c.tolerance
                                  : rounded(c.computed[i], digits, c.printed[i]) == expected;
    if (!same) return false;
  }
  return true;
}

int report(const std::vector<Comparison>& comparisons) {
  const Cells heading{"problem", "settings", "document", "xgrad", "difference", "agrees"};
  std::vector<std::size_t> widths;
  for (const std::string& cell : heading) widths.push_back(cell.size());
  for (const Comparison& c : comparisons)
    for (const Cells& line : lines_of(c))
      for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());

  print_line(heading, widths);
  for (const Comparison& c : comparisons) {
    for (const Cells& line : lines_of(c)) print_line(line, widths);
    if (!c.remark.empty()) print_remark(c.remark);
  }
  const auto good = std::count_if(comparisons.begin(), comparisons.end(), agrees);
  std::printf("\n%td of %zu results agree with the documents\n", good, comparisons.size());
  return static_cast<std::size_t>(good) == comparisons.size() ? 0 : 1;
}

}  // namespace xgrad::examples
