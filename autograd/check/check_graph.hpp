#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "gradcheck.hpp"

/// @file
/// Checks every operation of a recorded graph alone, and so finds which gradient is wrong.

namespace xgrad {

/// Options of check_graph.
struct CheckGraphOptions {
  double eps = 1e-6;   ///< as GradcheckOptions
  double atol = 1e-5;  ///< as GradcheckOptions
  double rtol = 1e-3;  ///< as GradcheckOptions
  /// Jacobians of at most this many elements are compared element by element, larger ones along
  /// random directions, each of which covers one in 64 of their elements.
  std::size_t max_elements = 10'000;
};

/// One operation of the graph and the result of its check.
struct CheckedOperation {
  std::string name;                ///< of the operation
  std::size_t position = 0;        ///< from 0, in the order in which operations were recorded
  std::vector<Shape> inputs = {};  ///< shapes; () for an input that was left out
  Shape result = {};               ///< shape of the result
  GradcheckReport gradcheck = {};  ///< the worst derivative
  std::string reason = {};         ///< in words
};

/// The result, and the operations of which there is something to say.
struct CheckGraphReport {
  bool ok = false;             ///< no culprits, and at least one operation was checked
  std::size_t operations = 0;  ///< of the graph
  std::size_t checked = 0;     ///< operations that could be checked
  std::vector<CheckedOperation> culprits = {};  ///< their gradients are wrong
  std::vector<CheckedOperation> noted = {};     ///< right, with a reservation, such as at a kink
  std::vector<CheckedOperation> skipped = {};   ///< could not be checked, and the reason

  explicit operator bool() const noexcept { return ok; }  ///< the same as ok
};

/// Prints the result, the culprits, and the operations noted and skipped.
std::ostream& operator<<(std::ostream& out, const CheckGraphReport& report);

/// Compares the gradient of every operation that computed `loss` (of any shape) with central
/// differences of that operation alone, at the values it was recorded with, by the criterion of
/// gradcheck. It names an operation with a wrong gradient, and not those before it, whose gradients
/// are wrong as a consequence.
///
/// Everything is computed in float64, also for a graph of float32; values that the graph did not
/// save are computed again from the leaves. An operation that fails is tried at nearby points too,
/// because differences mean nothing at a kink (relu at 0, a tie of max): a culprit fails at every
/// point. Operations are skipped if their derivatives are not finite, if their result is float32
/// for inputs of float64 (Tensor::to), and if they give other values when evaluated again.
///
/// Neither the graph nor any grad() is changed; call it before backward, or after a backward with
/// retain_graph. Throws GradError for a tensor that no recorded operation computed, a graph whose
/// saved values have been released, and a saved value that has been changed in place; ValueError
/// for options out of range.
CheckGraphReport check_graph(const Tensor& loss, const CheckGraphOptions& options = {});

}  // namespace xgrad
