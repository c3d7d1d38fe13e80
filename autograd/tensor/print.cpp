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

constexpr std::size_t line_width = 80;
constexpr std::size_t summary_threshold = 1000;
constexpr std::size_t edge_items = 3;
constexpr std::string_view prefix = "tensor(";

std::string formatted(const char* format, double value) {
  char text[64];  // enough for %f: numbers beyond 1e8 are written with exponents
  std::snprintf(text, sizeof text, format, value);
  return text;
}

// Writes whole numbers as "3.", others with four digits, as 3.1416 or, if the sizes differ too much
// for that, 3.1416e+00.
std::vector<std::string> texts_of(const std::vector<double>& values) {
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
  std::vector<std::string> texts;
  for (const double v : values)
    texts.push_back(std::isfinite(v) ? formatted(format, v) : detail::to_text(v));
  return texts;
}

// The elements that are shown along one axis; "..." stands for those that are left out.
std::vector<std::size_t> shown(std::size_t extent, bool summarize) {
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < extent; ++i) {
    if (summarize && i == edge_items) i = std::max(i, extent - std::min(extent, edge_items));
    indices.push_back(i);
  }
  return indices;
}

class Printer {
 public:
  explicit Printer(const Tensor& tensor)
      : shape_(tensor.shape()), summarize_(tensor.numel() > summary_threshold) {
    std::vector<std::size_t> offsets;
    collect(0, 0, offsets);
    visit_dtype(tensor.dtype(), [&]<class T>(T) {
      const std::span<const T> values = tensor.data<T>();
      if constexpr (std::is_floating_point_v<T>) {
        std::vector<double> shown;
        for (const std::size_t offset : offsets) shown.push_back(values[offset]);
        texts_ = texts_of(shown);
      } else {
        for (const std::size_t offset : offsets) texts_.push_back(std::to_string(values[offset]));
      }
    });
    for (const std::string& text : texts_) width_ = std::max(width_, text.size());
  }

  std::string run() {
    if (shape_.numel() == 0) return "[]";
    if (shape_.empty()) return texts_[0];
    append(0);
    return std::move(out_);
  }

 private:
  // The offsets of the elements that are shown, in order.
  void collect(std::size_t axis, std::size_t offset, std::vector<std::size_t>& offsets) const {
    if (axis == shape_.size()) return offsets.push_back(offset);
    for (const std::size_t i : shown(shape_[axis], summarize_))
      collect(axis + 1, offset * shape_[axis] + i, offsets);
  }

  // Appends the next elements, nested from this axis on.
  void append(std::size_t axis) {
    const bool innermost = axis + 1 == shape_.size();
    const std::size_t indent = prefix.size() + axis + 1;
    const std::string line_break =
        std::string(innermost ? 1 : shape_.size() - axis - 1, '\n') + std::string(indent, ' ');
    const std::size_t per_line = std::max<std::size_t>(1, (line_width - indent + 1) / (width_ + 2));
    std::size_t column = 0;
    const auto separate = [&] {
      if (column > 0) out_ += innermost && column % per_line != 0 ? ", " : "," + line_break;
      ++column;
    };
    out_ += '[';
    std::size_t next = 0;
    for (const std::size_t i : shown(shape_[axis], summarize_)) {
      if (i != next) {
        separate();
        out_ += innermost ? " ..." : "...";
      }
      next = i + 1;
      separate();
      innermost ? append_element() : append(axis + 1);
    }
    out_ += ']';
  }

  void append_element() {
    const std::string& text = texts_[next_++];
    out_.append(width_ - text.size(), ' ').append(text);
  }

  const Shape& shape_;
  bool summarize_;
  std::vector<std::string> texts_;  // of the elements that are shown
  std::size_t width_ = 0;
  std::size_t next_ = 0;
  std::string out_;
};

}  // namespace

std::string to_string(const Tensor& tensor) {
  if (!tensor.defined()) return std::string(prefix) + "undefined)";
  std::string text = std::string(prefix) + Printer(tensor).run();

  std::vector<std::string> suffixes;
  if (tensor.numel() == 0 && tensor.ndim() != 1)
    suffixes.push_back("shape=" + to_string(tensor.shape()));
  suffixes.push_back(std::string("dtype=") + to_string(tensor.dtype()));
  if (tensor.requires_grad()) suffixes.push_back("requires_grad");
  if (!tensor.is_leaf()) suffixes.push_back(std::string("op=") + tensor.op_name());
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
