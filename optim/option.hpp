#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "../autograd/support/error.hpp"

/// @file
/// The fields of an optimizer, a schedule or another object with options, as a list. It is all that
/// is needed to check, print, save and load them.

namespace xgrad::optim {

/// The values a number may take: the finite ones for which contains(x) is true, or all if there is
/// no such function. Messages have the name of the option between `before` and `after`.
struct Allowed {
  bool (*contains)(double x);  ///< null: all numbers
  const char* before;          ///< of the message
  const char* after;           ///< of the message

  static const Allowed any;                ///< NaN and infinities too
  static const Allowed finite;             ///< any finite number
  static const Allowed non_negative;       ///< x >= 0
  static const Allowed positive;           ///< x > 0
  static const Allowed fraction;           ///< 0 <= x < 1
  static const Allowed closed_fraction;    ///< 0 <= x <= 1
  static const Allowed positive_fraction;  ///< 0 < x <= 1
};

inline constexpr Allowed Allowed::any{nullptr, "", ""};
inline constexpr Allowed Allowed::finite{[](double x) { return x == x; }, "a finite ", ""};
inline constexpr Allowed Allowed::non_negative{[](double x) { return x >= 0; }, "", " >= 0"};
inline constexpr Allowed Allowed::positive{[](double x) { return x > 0; }, "", " > 0"};
inline constexpr Allowed Allowed::fraction{[](double x) { return 0 <= x && x < 1; },
                                           "0 <= ", " < 1"};
inline constexpr Allowed Allowed::closed_fraction{[](double x) { return 0 <= x && x <= 1; },
                                                  "0 <= ", " <= 1"};
inline constexpr Allowed Allowed::positive_fraction{[](double x) { return 0 < x && x <= 1; },
                                                    "0 < ", " <= 1"};

/// A field of an enumeration whose values are counted from 0. Their names live as long as the
/// program.
struct Choice {
  /// Of the value at `place`.
  template <class Enum, std::size_t count>
  Choice(Enum& place, const char* const (&value_names)[count])
      : value(&place),
        get([](const void* p) { return static_cast<std::size_t>(*static_cast<const Enum*>(p)); }),
        set([](void* p, std::size_t i) { *static_cast<Enum*>(p) = static_cast<Enum>(i); }),
        names(value_names) {}

  /// Itself, to be reached as the other kinds of fields are, through pointers.
  Choice& operator*() { return *this; }

  void* value;                                  ///< where it lies
  std::size_t (*get)(const void* value);        ///< the index of its name
  void (*set)(void* value, std::size_t index);  ///< gives it the value of a name
  std::span<const char* const> names;           ///< of all values, in order
};

/// One field: its name, where its value lies, and what the value, or each element of a list, may
/// be.
struct Option {
  const char* name;  ///< for messages and files
  /// Where the value lies.
  std::variant<double*, std::int64_t*, bool*, std::vector<double>*, std::vector<std::int64_t>*,
               Choice>
      value;
  Allowed allowed = Allowed::finite;  ///< for numbers
};

/// Options by name, as text that gives the same bits when it is read back.
using OptionTexts = std::map<std::string, std::string>;

/// Writes every option as its text.
OptionTexts to_texts(const std::vector<Option>& options);
/// Reads every option from its text. Throws ValueError, beginning with `origin`, if an option is
/// missing, unknown or cannot be read; some options may then have been read.
void from_texts(const OptionTexts& texts, const std::vector<Option>& options,
                const std::string& origin);
/// Throws ValueError, beginning with `owner`, if an option has a value that is not allowed.
void check_ranges(const char* owner, const std::vector<Option>& options);

/// Calls check(); a ValueError that it throws gets `origin` before its message.
template <class Check>
void with_origin(const std::string& origin, Check check) {
  try {
    check();
  } catch (const ValueError& error) {
    throw ValueError(origin + ": " + error.what());
  }
}

/// Moves the entries whose names begin with `prefix` out of `all`; returns them without it.
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

/// "lr, momentum, …": the names of a list, for messages.
template <class Named>
std::string join_names(const Named& list) {
  std::string text;
  for (const auto& item : list) text += (text.empty() ? "" : ", ") + std::string(item.name);
  return text;
}

}  // namespace xgrad::optim
