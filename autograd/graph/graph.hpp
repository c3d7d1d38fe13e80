#pragma once

#include <cstdint>
#include <vector>

#include "node.hpp"

namespace xgrad::detail {

/// The roots and all operations that they were computed by, each after those that computed its
/// inputs. Nothing is looked for behind those numbered below `lowest`, which are left out.
std::vector<Node*> recorded_operations(const std::vector<Node*>& roots, std::uint64_t lowest = 0);

}  // namespace xgrad::detail
