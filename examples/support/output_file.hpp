#pragma once

#include <string>

namespace xgrad::examples {

/// Makes sure, before hours of work, that `path` can be written at their end.
/// Errors: IoError, beginning with `option`, when its directory is missing or not writable or when
/// something other than a file has that name.
void check_writable(const std::string& option, const std::string& path);

}  // namespace xgrad::examples
