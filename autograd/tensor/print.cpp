#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>
#include <string>
#include <vector>

#include "../support/str.hpp"
#include "tensor.hpp"

// Prints tensors by PyTorch's rules: all elements in one format and one width, lines of 80
// characters, and beyond 1000 elements only the first and last three of an axis.

namespace xgrad {
namespace {

using Texts = std::vector<std::string>;

constexpr std::size_t line_width = 80;
constexpr std::size_t summary_threshold = 1000;
constexpr std::size_t edge_items = 3;
constexpr std::string_view prefix = "tensor(";

// Writes whole numbers as "3.", others with four digits, as 3.1416 or, if the sizes differ too much
// for that, 3.1416e+00.
Texts texts_of(const std::vector<double>& values) {
  double smallest = HUGE_VAL, largest = 0;
  bool whole = true;
  for (const double v : values) {
    if (!std::isfinite(v) || v == 0) continue;
    smallest = std::min(smallest, std::abs(v));
    largest = std::max(largest, std::abs(v));
    whole = whole && v == std::trunc(v);
  }
  const bool exponents =
      largest > 0 && (largest / smallest > 1e3 || largest > 1e8 || smallest < 1e-4);
  const char* format = exponents ? "%.4e" : whole ? "%.0f." : "%.4f";
  Texts texts;
  for (const double v : values) {
    char text[64];  // enough for %f: numbers beyond 1e8 are written with exponents
    std::snprintf(text, sizeof text, format, v);
    texts.push_back(std::isfinite(v) ? text : detail::to_text(v));
  }
  return texts;
}

std::string elements_of(const Tensor& tensor) {
  const Shape& shape = tensor.shape();
  if (shape.numel() == 0) return "[]";
  const bool summarize = shape.numel() > summary_threshold;
  std::vector<std::size_t> offsets = {0};  // of the elements that are shown
  for (const std::size_t extent : shape) {
    std::vector<std::size_t> along;
    for (const std::size_t offset : offsets)
      for (std::size_t i = 0; i < extent; ++i) {
        if (summarize && i == edge_items) i = std::max(i, extent - edge_items);
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
    if (std::is_floating_point_v<T>) texts = texts_of(shown);
  });
  const std::size_t width = std::ranges::max(texts, {}, &std::string::size).size();
  for (std::string& text : texts) text.insert(0, width - text.size(), ' ');
  // Joins lists from the innermost axis on.
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    const bool innermost = axis + 1 == shape.size();
    const std::size_t indent = prefix.size() + axis + 1;
    const std::string line_break =
        "," + std::string(innermost ? 1 : shape.size() - axis - 1, '\n') + std::string(indent, ' ');
    const std::size_t per_line = std::max<std::size_t>(1, (line_width - indent + 1) / (width + 2));
    const bool cut = summarize && shape[axis] > 2 * edge_items;
    const std::size_t count = cut ? 2 * edge_items : shape[axis];
    Texts lists;
    for (auto text = texts.begin(); text != texts.end();) {
      std::string list = "[";
      for (std::size_t column = 0; column < count + cut; ++column) {
        if (column > 0) list += innermost && column % per_line != 0 ? ", " : line_break;
        const bool gap = cut && column == edge_items;
        list += !gap ? *text++ : innermost ? " ..." : "...";
      }
      lists.push_back(list + ']');
    }
    texts = std::move(lists);
  }
  return texts[0];
}

}  // namespace

std::string to_string(const Tensor& tensor) {
  std::string text(prefix);
  if (!tensor.defined()) return text + "undefined)";
  text += elements_of(tensor);
  Texts suffixes;
  if (tensor.numel() == 0 && tensor.ndim() != 1) suffixes.push_back(str("shape=", tensor.shape()));
  suffixes.push_back(str("dtype=", tensor.dtype()));
  if (tensor.requires_grad()) suffixes.emplace_back("requires_grad");
  if (!tensor.is_leaf()) suffixes.push_back(str("op=", tensor.op_name()));
  for (const std::string& suffix : suffixes) {
    const std::size_t column = text.size() - (text.rfind('\n') + 1);
    const bool fits = column + suffix.size() + 3 <= line_width;  // ", " before it, "," or ")" after
    text += (fits ? ", " : ",\n" + std::string(prefix.size(), ' ')) + suffix;
  }
  return text + ")";
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) {
  return out << to_string(tensor);
}

}  // namespace xgrad
