#pragma once

#include <cstddef>

#include "version.hpp"

/// @file
/// Settings of the library as a whole.

namespace xgrad {

/// Sets the number of threads that share large operations; the default is the number of processors.
/// Results do not depend on it. Throws ValueError for 0.
void set_num_threads(std::size_t n);
std::size_t num_threads() noexcept;  ///< the number that is set

/// Sets whether the calling thread treats denormal numbers as 0: arithmetic with them is about 20
/// times slower. Returns false if the processor cannot.
bool set_flush_denormal(bool flush) noexcept;

/// The version of the library that runs, "major.minor.patch"; version.hpp has that of its headers.
const char* version() noexcept;

}  // namespace xgrad
