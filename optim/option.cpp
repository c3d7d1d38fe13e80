#include "option.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <type_traits>

#include "../autograd/support/str.hpp"

namespace xgrad::optim {
namespace {

template <class T>
concept Number = std::is_same_v<T, double> || std::is_same_v<T, std::int64_t>;

template <Number T>
std::string to_text(T value) {
  char buffer[32];  // the shortest text that reads back to the same bits
  return {buffer, std::to_chars(buffer, buffer + sizeof(buffer), value).ptr};
}
std::string to_text(bool value) { return value ? "true" : "false"; }
template <Number T>
std::string to_text(const std::vector<T>& values) {
  std::string text;
  for (const T value : values) text += (text.empty() ? "" : ", ") + to_text(value);
  return text;
}
std::string to_text(const Choice& choice) { return choice.names[choice.get(choice.value)]; }

template <Number T>
bool from_text(const std::string& text, T& value) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  return result.ec == std::errc() && result.ptr == end;
}
bool from_text(const std::string& text, bool& value) {
  value = text == "true";
  return value || text == "false";
}
template <Number T>
bool from_text(const std::string& text, std::vector<T>& values) {
  values.clear();
  if (text.empty()) return true;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find(", ", begin);
    if (!from_text(text.substr(begin, end - begin), values.emplace_back())) return false;
    if (end == std::string::npos) return true;
    begin = end + 2;
  }
}
bool from_text(const std::string& text, Choice& choice) {
  const auto found = std::ranges::find(choice.names, text);
  if (found == choice.names.end()) return false;
  choice.set(choice.value, static_cast<std::size_t>(found - choice.names.begin()));
  return true;
}

/// What a text has to be for from_text.
template <class T>
std::string kind(const T& value) {
  if constexpr (std::is_same_v<T, Choice>) return "one of " + joined(value.names);
  if constexpr (std::is_same_v<T, bool>) return "true or false";
  return Number<T> ? "a number" : "numbers, separated by ', '";
}

/// Calls f with a reference to the option's value, or with its Choice.
template <class F>
auto visit_value(const Option& option, F&& f) {
  return std::visit([&](auto place) { return f(*place); }, option.value);
}

template <class T>
void check_range(const char* owner, const Option& option, const T& value) {
  if constexpr (std::is_same_v<T, Choice>) {
    if (value.get(value.value) >= value.names.size())
      throw ValueError(str(owner, ": ", option.name, " is value ", value.get(value.value),
                           " of an enumeration; expected ", kind(value)));
  } else if constexpr (Number<T>) {
    if (!option.allowed.contains) return;
    const auto number = static_cast<double>(value);
    const bool infinite = std::isinf(number);
    if (!infinite && option.allowed.contains(number)) return;
    const Allowed& allowed = infinite ? Allowed::finite : option.allowed;
    throw ValueError(str(owner, ": ", option.name, " is ", to_text(value), "; expected ",
                         allowed.before, option.name, allowed.after));
  } else if constexpr (!std::is_same_v<T, bool>) {
    for (const auto element : value) check_range(owner, option, element);
  }
}

}  // namespace

void check_ranges(const char* owner, const std::vector<Option>& options) {
  for (const Option& option : options)
    visit_value(option, [&](const auto& value) { check_range(owner, option, value); });
}

OptionTexts to_texts(const std::vector<Option>& options) {
  OptionTexts texts;
  for (const Option& option : options)
    texts[option.name] = visit_value(option, [](const auto& value) { return to_text(value); });
  return texts;
}

void from_texts(const OptionTexts& texts, const std::vector<Option>& options,
                const std::string& origin) {
  for (const Option& option : options) {
    const auto text = texts.find(option.name);
    if (text == texts.end())
      throw ValueError(str(origin, ": option '", option.name, "' is missing"));
    visit_value(option, [&](auto& value) {
      if (!from_text(text->second, value))
        throw ValueError(str(origin, ": option '", option.name, "' is '", text->second,
                             "'; expected ", kind(value)));
    });
  }
  for (const auto& text : texts)
    if (std::ranges::none_of(options, [&](const Option& o) { return text.first == o.name; }))
      throw ValueError(
          str(origin, ": unknown option '", text.first, "'; expected ", join_names(options)));
}

}  // namespace xgrad::optim
