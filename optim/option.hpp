#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

/// @file
/// The options of an optimizer as a list, which is all that is needed to check, print, save and
/// load them.

namespace xgrad::optim {

/// The values an option may take.
enum class Range {
  any,
  non_negative,  ///< x >= 0
  fraction,      ///< 0 <= x < 1
};

/// One option of a group: its name, where its value lies and what it may be.
struct Option {
  const char* name;
  std::variant<double*, std::int64_t*, bool*> value;
  Range range = Range::any;
};

/// Options by name, as text that gives the same bits when it is read back.
using OptionTexts = std::map<std::string, std::string>;

OptionTexts to_texts(const std::vector<Option>& options);
/// Reads every option from its text; the entry "params" is left to the caller.
/// Errors: ValueError, beginning with `origin`, for an option that is missing, unknown or no
/// number.
void from_texts(const OptionTexts& texts, const std::vector<Option>& options,
                const std::string& origin);
/// Errors: ValueError, naming the optimizer, unless every option lies in its range.
void check_ranges(const char* optimizer, const std::vector<Option>& options);

/// "lr, momentum, …": the names of a list, for messages.
template <class Named>
std::string join_names(const Named& list) {
  std::string text;
  for (const auto& item : list) {
    if (!text.empty()) text += ", ";
    text += item.name;
  }
  return text;
}

}  // namespace xgrad::optim
