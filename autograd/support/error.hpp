#pragma once

#include <stdexcept>

/// @file
/// The exceptions of the library. Every message begins with the name of the operation or file,
/// gives the shapes and values involved, and says what is expected.

namespace xgrad {

/// Base class of all of them.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Shapes, axes or indices that do not fit the operation or each other.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// A dtype that the operation does not take, or a mixture of dtypes that has no common one.
class DTypeError : public Error {
 public:
  using Error::Error;
};

/// A derivative that cannot be computed: there is no graph, it was released, or a value was changed
/// after it was saved.
class GradError : public Error {
 public:
  using Error::Error;
};

/// An argument whose value is out of range.
class ValueError : public Error {
 public:
  using Error::Error;
};

/// More memory than the system has.
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
