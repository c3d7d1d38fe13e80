#include "str.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace xgrad::detail {
namespace {

template <class T>
std::string shortest(T value) {
  if (std::isnan(value)) return "nan";  // without the sign
  constexpr int default_digits = 6;     // of `<<`
  std::array<char, 32> text{};
  for (int digits = default_digits;; ++digits) {
    char* const end = std::to_chars(text.data(), text.data() + text.size(), value,
                                    std::chars_format::general, digits)
                          .ptr;
    T read = 0;
    std::from_chars(text.data(), end, read);
    if (read == value || digits == std::numeric_limits<T>::max_digits10)
      return std::string(text.data(), end);
  }
}

}  // namespace

std::string to_text(double value) { return shortest(value); }
std::string to_text(float value) { return shortest(value); }

}  // namespace xgrad::detail
