#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

/// @file
/// The options of an optimizer or a learning rate scheduler as a list, which is all that is needed
/// to check, print, save and load them.

namespace xgrad::optim {

/// The values an option may take.
enum class Range {
  any,                ///< infinities and NaN too
  finite,             ///< as all that follow
  non_negative,       ///< x >= 0
  positive,           ///< x > 0
  fraction,           ///< 0 <= x < 1
  closed_fraction,    ///< 0 <= x <= 1
  positive_fraction,  ///< 0 < x <= 1
};

/// An option that is one of an enumeration's values, which are counted from 0 and whose names live
/// as long as the program.
struct Choice {
  template <class Enum, std::size_t count>
  Choice(Enum& place, const char* const (&value_names)[count])
      : value(&place),
        get([](const void* p) { return static_cast<std::size_t>(*static_cast<const Enum*>(p)); }),
        set([](void* p, std::size_t i) { *static_cast<Enum*>(p) = static_cast<Enum>(i); }),
        names(value_names) {}

  void* value;
  std::size_t (*get)(const void* value);
  void (*set)(void* value, std::size_t index);
  std::span<const char* const> names;
};

/// One option of a group: its name, where its value lies and what it, or each element of a list,
/// may be.
struct Option {
  const char* name;
  std::variant<double*, std::int64_t*, bool*, std::vector<double>*, std::vector<std::int64_t>*,
               Choice>
      value;
  Range range = Range::finite;
};

/// Options by name, as text that gives the same bits when it is read back.
using OptionTexts = std::map<std::string, std::string>;

OptionTexts to_texts(const std::vector<Option>& options);
/// Reads every option from its text. Errors: ValueError, beginning with `origin`, for an option
/// that is missing, unknown or cannot be read.
void from_texts(const OptionTexts& texts, const std::vector<Option>& options,
                const std::string& origin);
/// Takes the entries whose names begin with `prefix` out of `all`; returns them without it.
template <class Value>
std::map<std::string, Value> take_prefixed(std::map<std::string, Value>& all,
                                           const std::string& prefix) {
  std::map<std::string, Value> taken;
  for (auto item = all.lower_bound(prefix); item != all.end() && item->first.starts_with(prefix);) {
    taken[item->first.substr(prefix.size())] = std::move(item->second);
    item = all.erase(item);
  }
  return taken;
}
/// Errors: ValueError, naming the owner, unless every option lies in its range.
void check_ranges(const char* owner, const std::vector<Option>& options);

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
