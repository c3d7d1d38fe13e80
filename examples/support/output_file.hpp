#pragma once

#include <string>

namespace xgrad::examples {

/// Makes sure, before hours of work, that `path` can be written at their end.
/// Errors: IoError, beginning with `option`, when its directory is missing or not writable or when
/// something other than a file has that name.
void check_writable(const std::string& option, const std::string& path);

/// The files of a training, empty where there is none.
struct Files {
  std::string save, load;  ///< networks: the trained one, and that to start from
  std::string checkpoint;  ///< written after each epoch
  bool resume = false;     ///< go on from the checkpoint
};
/// The same of what a training writes.
void check_writable(const Files& files);

}  // namespace xgrad::examples
