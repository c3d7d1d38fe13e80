#pragma once

#include <stdexcept>

/// @file
/// The exceptions of the library. Every message begins with the name of the operation or file that
/// failed, gives the shapes and values involved, and says what would be right.

namespace xgrad {

/// Base of everything this library throws.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Shapes, axes or indices that do not fit the operation or each other.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// A dtype the operation does not take, or a mixture that has no common dtype.
class DTypeError : public Error {
 public:
  using Error::Error;
};

/// Misuse of differentiation: no graph, a released graph, a value changed after it was saved.
class GradError : public Error {
 public:
  using Error::Error;
};

/// An argument whose value is out of range.
class ValueError : public Error {
 public:
  using Error::Error;
};

/// Memory that the system does not have.
class MemoryError : public Error {
 public:
  using Error::Error;
};

/// A file that is missing, unreadable, malformed or cannot be written.
class IoError : public Error {
 public:
  using Error::Error;
};

}  // namespace xgrad
