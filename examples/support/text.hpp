#pragma once

#include <string>

namespace xgrad::examples {

/// Where Debian's package dict-foldoc puts the Free On-line Dictionary of Computing, 5.6 million
/// characters of English, compressed by gzip.
inline constexpr const char* foldoc = "/usr/share/dictd/foldoc.dict.dz";

/// The bytes of a file, inflated if gzip compressed them. Errors: IoError for a file that cannot be
/// read, which for a missing foldoc names the package, and for corrupt or truncated gzip data.
std::string read_text(const std::string& path);

}  // namespace xgrad::examples
