#include "shape.hpp"

#include <algorithm>
#include <ostream>

#include "../support/error.hpp"
#include "../support/message.hpp"

namespace xgrad {

void check_ndim(const char* op, std::size_t ndim) {
  if (ndim > max_ndim)
    throw ShapeError(message(op, ": ", ndim, " dimensions; at most ", max_ndim, " are possible"));
}

Shape::Shape(std::initializer_list<Extent> extents) {
  check_ndim("Shape", extents.size());
  for (const Extent& extent : extents) {
    if (extent.value < 0)
      throw ShapeError(
          message("Shape: extent ", size_, " is ", extent.value, "; extents are 0 or greater"));
    extents_[size_++] = static_cast<std::size_t>(extent.value);
  }
}

Shape::Shape(const std::vector<std::size_t>& extents) {
  check_ndim("Shape", extents.size());
  size_ = extents.size();
  std::copy(extents.begin(), extents.end(), extents_.begin());
}

void Shape::insert(std::size_t axis, std::size_t extent) {
  check_ndim("Shape", size_ + 1);
  std::copy_backward(begin() + axis, end(), end() + 1);
  extents_[axis] = extent;
  ++size_;
}

void Shape::erase(std::size_t axis) noexcept {
  std::copy(begin() + axis + 1, end(), begin() + axis);
  --size_;
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  return out << '(' << joined(shape) << (shape.size() == 1 ? ",)" : ")");
}

std::string to_string(const Shape& shape) { return message(shape); }

Extents::Extents(std::initializer_list<Extent> values) : size_(values.size()) {
  check_ndim("Extents", size_);
  std::transform(values.begin(), values.end(), values_.begin(),
                 [](const Extent& extent) { return extent.value; });
}

Extents::Extents(const Shape& shape) : size_(shape.size()) {
  std::transform(shape.begin(), shape.end(), values_.begin(),
                 [](std::size_t extent) { return static_cast<std::int64_t>(extent); });
}

Extents::Extents(const std::vector<std::int64_t>& values) : size_(values.size()) {
  check_ndim("Extents", size_);
  std::copy(values.begin(), values.end(), values_.begin());
}

Axes::Axes(std::initializer_list<int> axes) : size_(axes.size()) {
  check_ndim("Axes", size_);
  std::copy(axes.begin(), axes.end(), values_.begin());
}

Axes::Axes(const std::vector<int>& axes) : size_(axes.size()) {
  check_ndim("Axes", size_);
  std::copy(axes.begin(), axes.end(), values_.begin());
}

std::size_t normalize_axis(const char* op, int axis, std::size_t ndim) {
  const int n = static_cast<int>(ndim);
  if (axis < -n || axis >= n)
    throw ShapeError(n == 0
                         ? message(op, ": axis ", axis, " given for a 0-d tensor, which has none")
                         : message(op, ": axis ", axis, " is out of range for ", n,
                                   " dimensions: expected ", -n, " to ", n - 1));
  return static_cast<std::size_t>(axis < 0 ? axis + n : axis);
}

std::vector<std::size_t> unravel_index(std::size_t element, const Shape& shape) {
  std::vector<std::size_t> index(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    index[axis] = element % shape[axis];
    element /= shape[axis];
  }
  return index;
}

Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape result = longer;
  const std::size_t offset = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    std::size_t& extent = result[offset + i];
    if (extent == 1)
      extent = shorter[i];
    else if (shorter[i] != 1 && shorter[i] != extent)
      throw ShapeError(message(op, ": shapes ", a, " and ", b,
                               " do not broadcast: ", a[a.size() - shorter.size() + i], " vs ",
                               b[b.size() - shorter.size() + i], " at axis ",
                               static_cast<int>(i) - static_cast<int>(shorter.size()),
                               "; expected equal extents, or 1"));
  }
  return result;
}

}  // namespace xgrad
