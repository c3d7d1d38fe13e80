#pragma once

#include <stdexcept>

/// @file
/// The exceptions of the library. Every message begins with the name of the operation or file,
/// gives the shapes and values involved, and says what is expected.

namespace xgrad {

/// Base class of all of them.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Shapes, axes or indices that do not fit the operation or each other.
struct ShapeError : Error {
  using Error::Error;
};

/// A dtype that the operation does not take, or a mixture of dtypes that has no common one.
struct DTypeError : Error {
  using Error::Error;
};

/// A derivative that cannot be computed: there is no graph, it was released, or a value was changed
/// after it was saved.
struct GradError : Error {
  using Error::Error;
};

/// An argument whose value is out of range.
struct ValueError : Error {
  using Error::Error;
};

/// More memory than the system has.
struct MemoryError : Error {
  using Error::Error;
};

/// A file that is missing, unreadable, malformed or cannot be written.
struct IoError : Error {
  using Error::Error;
};

}  // namespace xgrad
