#include "optim/option.hpp"

#include <charconv>
#include <type_traits>

#include "autograd/error.hpp"
#include "autograd/message.hpp"

namespace xgrad::optim {
namespace {

template <class T>
std::string to_text(T value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else {
    char buffer[32];  // the shortest text that reads back to the same bits
    return {buffer, std::to_chars(buffer, buffer + sizeof(buffer), value).ptr};
  }
}

std::string to_text(const Option& option) {
  return std::visit([](const auto* value) { return to_text(*value); }, option.value);
}

template <class T>
bool from_text(const std::string& text, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    value = text == "true";
    return value || text == "false";
  } else {
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    return result.ec == std::errc() && result.ptr == end;
  }
}

bool in_range(double x, Range range) {
  switch (range) {
    case Range::non_negative: return x >= 0;
    case Range::fraction: return 0 <= x && x < 1;
    case Range::any: break;
  }
  return true;
}

std::string expectation(const Option& option) {
  return option.range == Range::fraction ? message("0 <= ", option.name, " < 1")
                                         : message(option.name, " >= 0");
}

}  // namespace

void check_ranges(const char* optimizer, const std::vector<Option>& options) {
  for (const Option& option : options)
    std::visit(
        [&](const auto* value) {
          if (!in_range(static_cast<double>(*value), option.range))
            throw ValueError(message(optimizer, ": ", option.name, " is ", to_text(*value),
                                     "; expected ", expectation(option)));
        },
        option.value);
}

OptionTexts to_texts(const std::vector<Option>& options) {
  OptionTexts texts;
  for (const Option& option : options) texts[option.name] = to_text(option);
  return texts;
}

void from_texts(const OptionTexts& texts, const std::vector<Option>& options,
                const std::string& origin) {
  for (const Option& option : options) {
    const auto text = texts.find(option.name);
    if (text == texts.end())
      throw ValueError(message(origin, ": option '", option.name, "' is missing"));
    if (!std::visit([&](auto* value) { return from_text(text->second, *value); }, option.value))
      throw ValueError(
          message(origin, ": option '", option.name, "' is '", text->second, "'; expected ",
                  std::holds_alternative<bool*>(option.value) ? "true or false" : "a number"));
  }
  for (const auto& [name, text] : texts) {
    bool known = name == "params";
    for (const Option& option : options) known = known || name == option.name;
    if (!known)
      throw ValueError(
          message(origin, ": unknown option '", name, "'; expected ", join_names(options)));
  }
}

}  // namespace xgrad::optim
