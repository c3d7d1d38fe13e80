#include "shape.hpp"

#include <ostream>

#include "../support/error.hpp"
#include "../support/str.hpp"

namespace xgrad {

void check_ndim(const char* op, std::size_t ndim) {
  if (ndim > max_ndim)
    throw ShapeError(str(op, ": ", ndim, " dimensions; at most ", max_ndim, " are possible"));
}

Shape::Shape(std::initializer_list<Extent> extents) : InlineVector("Shape", extents) {
  for (std::size_t i = 0; i < size(); ++i)
    if (const std::int64_t extent = extents.begin()[i].value; extent < 0)
      throw ShapeError(str("Shape: extent ", i, " is ", extent, "; extents are 0 or greater"));
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) {
  return out << '(' << joined(shape) << (shape.size() == 1 ? ",)" : ")");
}

std::string to_string(const Shape& shape) { return str(shape); }

std::size_t normalize_axis(const char* op, int axis, std::size_t ndim) {
  const int n = static_cast<int>(ndim);
  if (axis < -n || axis >= n)
    throw ShapeError(n == 0 ? str(op, ": axis ", axis, " given for a 0-d tensor, which has none")
                            : str(op, ": axis ", axis, " is out of range for ", n,
                                  " dimensions: expected ", -n, " to ", n - 1));
  return static_cast<std::size_t>(axis < 0 ? axis + n : axis);
}

std::vector<std::size_t> unravel_index(std::size_t element, const Shape& shape) {
  const std::size_t numel = shape.numel();
  if (element >= numel)
    throw ValueError(str(
        "unravel_index: element ", element, " of a tensor of shape ", shape, ", which has ", numel,
        "; ", numel == 0 ? "expected a shape without a 0" : str("expected 0 to ", numel - 1)));
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
      throw ShapeError(str(op, ": shapes ", a, " and ", b,
                           " do not broadcast: ", a[a.size() - shorter.size() + i], " vs ",
                           b[b.size() - shorter.size() + i], " at axis ",
                           static_cast<int>(i) - static_cast<int>(shorter.size()),
                           "; expected equal extents, or 1"));
  }
  return result;
}

}  // namespace xgrad
