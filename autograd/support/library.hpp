#pragma once

#include <cstddef>

/// @file
/// Settings of the library as a whole.

namespace xgrad {

/// How many threads share large products; at first as many as the machine has. Results do not
/// depend on it. Errors: ValueError for 0.
void set_num_threads(std::size_t n);
std::size_t num_threads() noexcept;

/// Whether the calling thread treats denormal numbers as 0; arithmetic with them is some 20 times
/// slower. Returns false where the processor cannot.
bool set_flush_denormal(bool flush) noexcept;

/// "major.minor.patch".
const char* version() noexcept;

}  // namespace xgrad
