#include "print.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <mutex>
#include <ostream>
#include <string>
#include <vector>

#include "../support/str.hpp"
#include "tensor.hpp"

// Prints tensors by PyTorch's rules: all elements in one format and one width, and of large tensors
// only the first and last elements of an axis.

namespace xgrad {
namespace {

using Texts = std::vector<std::string>;

constexpr std::string_view prefix = "tensor(";

/// What set_printoptions sets.
struct Format {
  std::size_t precision = 4, threshold = 1000, edgeitems = 3, linewidth = 80;
  std::optional<bool> sci_mode = {};
};
struct {
  std::mutex mutex;
  Format format;
} current;

Format current_format() {
  const std::lock_guard lock(current.mutex);
  return current.format;
}

constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();

void set(std::size_t& option, const char* name, std::optional<std::int64_t> value, std::int64_t low,
         std::int64_t high = no_limit) {
  if (!value) return;
  if (*value < low || *value > high)
    throw ValueError(
        str("set_printoptions: ", name, " is ", *value, "; ", expected_between(low, high)));
  option = static_cast<std::size_t>(*value);
}

// Writes whole numbers as "3.", others with digits, as 3.1416 or, if the sizes differ too much for
// that, 3.1416e+00.
Texts texts_of(const std::vector<double>& values, const Format& as) {
  double smallest = HUGE_VAL, largest = 0;
  bool whole = true;
  for (const double v : values) {
    if (!std::isfinite(v) || v == 0) continue;
    smallest = std::min(smallest, std::abs(v));
    largest = std::max(largest, std::abs(v));
    whole = whole && v == std::trunc(v);
  }
  const bool exponents = largest > 0 && as.sci_mode.value_or(largest / smallest > 1e3 ||
                                                             largest > 1e8 || smallest < 1e-4);
  const char* format = exponents ? "%.*e" : whole ? "%.*f." : "%.*f";
  const int digits = whole && !exponents ? 0 : static_cast<int>(as.precision);
  Texts texts;
  for (const double v : values) {
    char text[1536];  // enough for %f: 309 digits before the point, 1074 behind it
    std::snprintf(text, sizeof text, format, digits, v);
    texts.push_back(std::isfinite(v) ? text : detail::to_text(v));
  }
  return texts;
}

std::string elements_of(const Tensor& tensor, const Format& as) {
  const Shape& shape = tensor.shape();
  if (shape.numel() == 0) return "[]";
  const bool summarize = shape.numel() > as.threshold;
  std::vector<std::size_t> offsets = {0};  // of the elements that are shown
  for (const std::size_t extent : shape) {
    std::vector<std::size_t> along;
    for (const std::size_t offset : offsets)
      for (std::size_t i = 0; i < extent; ++i) {
        if (summarize && i == as.edgeitems && extent > 2 * i) i = extent - i;
        along.push_back(offset * extent + i);
      }
    offsets = std::move(along);
  }
  Texts texts;
  visit_dtype(tensor.dtype(), [&]<class T>(T) {
    std::vector<double> shown;
    for (const std::size_t offset : offsets)
      if constexpr (std::is_floating_point_v<T>)
        shown.push_back(tensor.data<T>()[offset]);
      else if constexpr (std::is_same_v<T, bool>)
        texts.emplace_back(tensor.data<T>()[offset] ? "True" : "False");
      else
        texts.push_back(std::to_string(tensor.data<T>()[offset]));
    if (std::is_floating_point_v<T>) texts = texts_of(shown, as);
  });
  const std::size_t width = std::ranges::max(texts, {}, &std::string::size).size();
  for (std::string& text : texts) text.insert(0, width - text.size(), ' ');
  // Joins lists from the innermost axis on.
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    const bool innermost = axis + 1 == shape.size();
    const std::size_t indent = prefix.size() + axis + 1;
    const std::string line_break =
        "," + std::string(innermost ? 1 : shape.size() - axis - 1, '\n') + std::string(indent, ' ');
    const std::size_t room = std::max(as.linewidth + 1, indent) - indent;
    const std::size_t per_line = std::max<std::size_t>(1, room / (width + 2));
    const bool cut = summarize && shape[axis] > 2 * as.edgeitems;
    const std::size_t count = cut ? 2 * as.edgeitems : shape[axis];
    Texts lists;
    for (auto text = texts.begin(); text != texts.end();) {
      std::string list = "[";
      for (std::size_t column = 0; column < count + cut; ++column) {
        if (column > 0) list += innermost && column % per_line != 0 ? ", " : line_break;
        const bool gap = cut && column == as.edgeitems;
        list += !gap ? *text++ : innermost ? " ..." : "...";
      }
      lists.push_back(list + ']');
    }
    texts = std::move(lists);
  }
  return texts[0];
}

}  // namespace

void set_printoptions(const PrintOptions& options) {
  const std::lock_guard lock(current.mutex);
  Format format = current.format;
  if (options.profile == "default")
    format = {};
  else if (options.profile == "short")
    format = {.precision = 2, .edgeitems = 2};
  else if (options.profile == "full")
    format = {.threshold = no_limit};
  else if (!options.profile.empty())
    throw ValueError(str("set_printoptions: the profile is '", options.profile,
                         "'; expected 'default', 'short' or 'full'"));
  set(format.precision, "precision", options.precision, 0, 1074);
  set(format.threshold, "threshold", options.threshold, 0);
  set(format.edgeitems, "edgeitems", options.edgeitems, 1);
  set(format.linewidth, "linewidth", options.linewidth, 0);
  format.sci_mode = options.sci_mode;
  current.format = format;
}

std::string to_string(const Tensor& tensor) {
  std::string text(prefix);
  if (!tensor.defined()) return text + "undefined)";
  const Format as = current_format();
  text += elements_of(tensor, as);
  Texts suffixes;
  if (tensor.numel() == 0 && tensor.ndim() != 1) suffixes.push_back(str("shape=", tensor.shape()));
  suffixes.push_back(str("dtype=", tensor.dtype()));
  if (tensor.requires_grad()) suffixes.emplace_back("requires_grad");
  if (!tensor.is_leaf()) suffixes.push_back(str("op=", tensor.op_name()));
  for (const std::string& suffix : suffixes) {
    const std::size_t column = text.size() - (text.rfind('\n') + 1);
    const bool fits =
        column + suffix.size() + 3 <= as.linewidth;  // ", " before it, "," or ")" after
    text += (fits ? ", " : ",\n" + std::string(prefix.size(), ' ')) + suffix;
  }
  return text + ")";
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) {
  return out << to_string(tensor);
}

}  // namespace xgrad
