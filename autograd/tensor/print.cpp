#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>
#include <string>
#include <vector>

#include "tensor.hpp"

// Tensors as text, by the rules of PyTorch's printing: all elements in one format and one width,
// lines of 80 characters, and beyond 1000 elements only the first and last three of an axis.

namespace xgrad {
namespace {

constexpr std::size_t line_width = 80;
constexpr std::size_t summary_threshold = 1000;
constexpr std::size_t edge_items = 3;
constexpr std::string_view prefix = "tensor(";

template <class... Arguments>
std::string formatted(const char* format, Arguments... arguments) {
  char text[64];
  std::snprintf(text, sizeof text, format, arguments...);
  // %f of numbers near 1e8 still fits: greater ones are written with exponents.
  return text;
}

// Whole numbers as "3.", others with four digits, as 3.1416 or, where the sizes differ too much for
// that, 3.1416e+00.
class FloatFormat {
 public:
  explicit FloatFormat(const std::vector<double>& values) {
    double least = HUGE_VAL, greatest = 0;
    for (const double v : values) {
      if (!std::isfinite(v) || v == 0) continue;
      least = std::min(least, std::abs(v));
      greatest = std::max(greatest, std::abs(v));
      whole_ = whole_ && v == std::trunc(v);
    }
    exponent_ = greatest > 0 && (greatest / least > 1e3 || greatest > 1e8 || least < 1e-4);
  }
  std::string operator()(double v) const {
    if (!std::isfinite(v)) return std::isnan(v) ? "nan" : v < 0 ? "-inf" : "inf";
    if (exponent_) return formatted("%.4e", v);
    return whole_ ? formatted("%.0f.", v) : formatted("%.4f", v);
  }

 private:
  bool whole_ = true;
  bool exponent_ = false;
};

// The elements that are shown along one axis of this extent, and where "..." goes: before which of
// them (the number of them: nowhere).
struct Shown {
  Shown(std::size_t extent, bool summarize) {
    const bool cut = summarize && extent > 2 * edge_items;
    for (std::size_t i = 0; i < extent; ++i)
      if (!cut || i < edge_items || i >= extent - edge_items) indices.push_back(i);
    gap = cut ? edge_items : indices.size();
  }
  std::vector<std::size_t> indices;
  std::size_t gap;
};

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
        const FloatFormat format(shown);
        for (const double v : shown) texts_.push_back(format(v));
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
    for (const std::size_t i : Shown(shape_[axis], summarize_).indices)
      collect(axis + 1, offset * shape_[axis] + i, offsets);
  }

  // Appends the next elements, nested from this axis on.
  void append(std::size_t axis) {
    const bool innermost = axis + 1 == shape_.size();
    const std::size_t indent = prefix.size() + axis + 1;
    const std::string line_break =
        std::string(innermost ? 1 : shape_.size() - axis - 1, '\n') + std::string(indent, ' ');
    const std::size_t per_line = std::max<std::size_t>(1, (line_width - indent + 1) / (width_ + 2));
    const Shown shown(shape_[axis], summarize_);
    std::size_t column = 0;
    const auto separate = [&] {
      if (column > 0) out_ += innermost && column % per_line != 0 ? ", " : "," + line_break;
      ++column;
    };
    out_ += '[';
    for (std::size_t k = 0; k < shown.indices.size(); ++k) {
      if (k == shown.gap) {
        separate();
        out_ += innermost ? " ..." : "...";
      }
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
  suffixes.push_back(std::string("dtype=") + name(tensor.dtype()));
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
