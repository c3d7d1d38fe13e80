#pragma once

#include <optional>
#include <string>
#include <vector>

namespace xgrad::examples {

/// A result that a document prints, beside ours.
struct Comparison {
  std::string problem;
  std::string settings;
  std::vector<std::string> printed;  ///< as the document has it, a text for each number
  std::vector<double> computed;
  std::string remark = {};
  /// Largest difference that counts as agreement, where that of all printed digits says too little
  /// or cannot be had; the remark says why.
  std::optional<double> tolerance = {};
};

/// Whether every number, rounded to the digits of the document, is the document's, or lies within
/// the tolerance if there is one. NumPy prints the numbers of an array to one number of decimals
/// and leaves out zeros at the end, so the digits are those of the longest.
bool agrees(const Comparison& comparison);

/// Prints a table of them, each with its remark below it, and how many agree. Returns the exit
/// status of a program that was to reproduce them: 0 if all agree, else 1.
int report(const std::vector<Comparison>& comparisons);

/// The fewest digits that are read back as the same number.
std::string shortest(double value);

}  // namespace xgrad::examples
