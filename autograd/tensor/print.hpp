#pragma once

#include <cstdint>
#include <optional>
#include <string>

/// @file
/// How tensors are printed. The functions that print them are declared with Tensor.

namespace xgrad {

/// Options of `set_printoptions`; those that are not given stay as they are.
struct PrintOptions {
  /// Digits after the point, 0 to 1074; 4 by default.
  std::optional<std::int64_t> precision = {};
  /// Tensors of more elements are printed in parts; 1000 by default.
  std::optional<std::int64_t> threshold = {};
  /// Elements at the beginning and the end of each axis that these parts show, at least 1; 3 by
  /// default.
  std::optional<std::int64_t> edgeitems = {};
  /// Characters of a line; 80 by default.
  std::optional<std::int64_t> linewidth = {};
  /// Sets the four numbers above before the others are read: "default"; "short", with a precision
  /// of 2 and 2 edge items; "full", which prints every element.
  std::string profile = {};
  /// Whether floats are written with exponents. Without it, which also a call that does not give it
  /// returns to, they are where their sizes differ by more than 1000, above 1e8 and below 1e-4.
  std::optional<bool> sci_mode = {};
};

/// Sets how tensors are printed from now on, in all threads: `set_printoptions({.precision = 8})`.
/// `set_printoptions({.profile = "default"})` returns to the beginning. Throws ValueError for a
/// number out of range and for another profile; nothing is changed then. Source: the function is
/// PyTorch's.
void set_printoptions(const PrintOptions& options);

}  // namespace xgrad
