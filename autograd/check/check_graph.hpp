#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "gradcheck.hpp"

/// @file
/// Every operation of a recorded graph checked alone: which gradient is wrong, where gradcheck only
/// says that one is.

namespace xgrad {

/// What check_graph may be told.
struct CheckGraphOptions {
  double eps = 1e-6;   ///< as GradcheckOptions
  double atol = 1e-5;  ///< as GradcheckOptions
  double rtol = 1e-3;  ///< as GradcheckOptions
  /// Jacobians of at most this many elements are compared element by element, greater ones along
  /// random directions, each of which covers one in 64 of their elements.
  std::size_t max_elements = 10'000;
};

/// One operation of the graph, and what was found.
struct CheckedOperation {
  std::string name;
  std::size_t position = 0;        ///< from 0, in the order in which operations were recorded
  std::vector<Shape> inputs = {};  ///< an input that was left out has shape ()
  Shape result = {};               ///< its shape
  GradcheckReport gradcheck = {};  ///< the derivative that comes out worst
  std::string reason = {};         ///< in words
};

/// The verdict, and the operations that are worth a word.
struct CheckGraphReport {
  bool ok = false;             ///< no culprits, and at least one operation was checked
  std::size_t operations = 0;  ///< of the graph
  std::size_t checked = 0;     ///< those for which there is a verdict
  std::vector<CheckedOperation> culprits = {};  ///< their gradients are wrong
  std::vector<CheckedOperation> noted = {};     ///< right, with a reservation: at a kink, say
  std::vector<CheckedOperation> skipped = {};   ///< could not be checked, and the reason

  explicit operator bool() const noexcept { return ok; }
};

/// Prints the verdict, the culprits, and what was skipped.
std::ostream& operator<<(std::ostream& out, const CheckGraphReport& report);

/// Compares the gradient of every operation that `loss` (of any shape) was computed by with central
/// differences of that operation alone, at the values it was recorded with, by the criterion of
/// gradcheck. An operation with a wrong gradient is so named, and not those before it, whose
/// gradients come out wrong too.
///
/// All is done in float64, also for a graph of float32; values that the graph did not save are
/// computed again from the leaves. Where an operation fails, it is tried at nearby points as well:
/// at a kink (relu at 0, a tie of max) differences say nothing, so that only one that fails at
/// every point is a culprit. Skipped are operations whose derivatives are not finite, whose result
/// is float32 whatever the inputs are (Tensor::to), and those that cannot be evaluated again alike.
///
/// Neither the graph nor any grad() is changed; call it before backward, or after a backward with
/// retain_graph. Errors: GradError for a tensor that no recorded operation computed, a graph whose
/// saved values have been released, and a saved value that has been changed in place; ValueError
/// for options out of range.
CheckGraphReport check_graph(const Tensor& loss, const CheckGraphOptions& options = {});

}  // namespace xgrad
