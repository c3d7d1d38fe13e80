#pragma once

#include <cstddef>

namespace xgrad::test {

/// How often operator new has been called.
std::size_t allocations();

}  // namespace xgrad::test
