#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <string>
#include <vector>

namespace xgrad {

/// The most dimensions a tensor may have.
inline constexpr std::size_t max_ndim = 8;

/// Throws ShapeError, naming `op`, for more than max_ndim dimensions.
void check_ndim(const char* op, std::size_t ndim);

/// A vector of at most max_ndim elements, which are stored inline.
template <class T>
class InlineVector {
 public:
  using value_type = T;  ///< as of a std::vector

  /// No elements.
  constexpr InlineVector() noexcept = default;

  /// @name As of a std::vector
  /// Nothing is checked.
  /// @{
  std::size_t size() const noexcept { return size_; }                  ///< number of elements
  bool empty() const noexcept { return size_ == 0; }                   ///< whether there are none
  const T* begin() const noexcept { return elements_.data(); }         ///< the first element
  const T* end() const noexcept { return elements_.data() + size_; }   ///< behind the last element
  T* begin() noexcept { return elements_.data(); }                     ///< the first element
  T* end() noexcept { return elements_.data() + size_; }               ///< behind the last element
  T operator[](std::size_t i) const noexcept { return elements_[i]; }  ///< element i
  T& operator[](std::size_t i) noexcept { return elements_[i]; }       ///< element i
  T front() const noexcept { return elements_[0]; }                    ///< the first element
  T back() const noexcept { return elements_[size_ - 1]; }             ///< the last element
  /// @}

  /// Adds an element at the end. Throws as insert.
  void push_back(T element) { insert(size_, element); }
  /// Inserts an element before position i. Throws ShapeError if there are max_ndim already.
  void insert(std::size_t i, T element) {
    check_ndim("insert", size_ + 1);
    std::copy_backward(begin() + i, end(), end() + 1);
    elements_[i] = element;
    ++size_;
  }
  /// Removes the element at position i < size().
  void erase(std::size_t i) noexcept {
    std::copy(begin() + i + 1, end(), begin() + i);
    --size_;
  }

  /// Whether both have the same elements.
  friend bool operator==(const InlineVector& a, const InlineVector& b) noexcept {
    if (a.size_ != b.size_) return false;
    for (std::size_t i = 0; i < a.size_; ++i)  // std::equal would call memcmp
      if (a.elements_[i] != b.elements_[i]) return false;
    return true;
  }

 protected:
  /// Copies a list. Throws ShapeError, naming the class, for more than max_ndim elements.
  template <class List>
  InlineVector(const char* name, const List& list) : size_(list.size()) {
    check_ndim(name, size_);
    std::transform(list.begin(), list.end(), begin(), [](const auto& v) { return T(v); });
  }

 private:
  std::size_t size_ = 0;
  std::array<T, max_ndim> elements_{};
};

/// An integer of any type, as it stands in a braced list of extents: `{n, 3, -1}` compiles without
/// narrowing whatever the type of n.
struct Extent {
  /// From any integer.
  template <std::integral I>
  constexpr Extent(I v) noexcept : value(static_cast<std::int64_t>(v)) {}  // NOLINT(*-explicit-*)
  /// As another integer; not checked.
  template <std::integral I>
  explicit constexpr operator I() const noexcept {
    return static_cast<I>(value);
  }
  std::int64_t value;  ///< the integer
};

/// The extents of a tensor, outermost first: `{2, 3}`, or one integer. A 0-d tensor has the empty
/// shape; an extent may be 0. Throws ShapeError for a negative extent or more than max_ndim of
/// them.
class Shape : public InlineVector<std::size_t> {
 public:
  /// The empty shape.
  constexpr Shape() noexcept = default;
  /// A list in braces.
  Shape(std::initializer_list<Extent> extents);
  /// One axis.
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Shape(I extent) : Shape{Extent(extent)} {}  // NOLINT(*-explicit-*)
  /// A list that is made at run time.
  explicit Shape(const std::vector<std::size_t>& extents) : InlineVector("Shape", extents) {}

  /// Number of elements: the product of the extents, 1 for the empty shape.
  std::size_t numel() const noexcept {
    std::size_t n = 1;
    for (std::size_t extent : *this) n *= extent;
    return n;
  }
};

/// "(2, 3)", "(5,)", "()", as NumPy writes shapes.
std::string to_string(const Shape& shape);
/// Prints to_string(shape).
std::ostream& operator<<(std::ostream& out, const Shape& shape);

/// The target of reshape and broadcast_to: a shape, or a list of extents of which one may be -1.
class Extents : public InlineVector<std::int64_t> {
 public:
  /// The empty shape.
  Extents() = default;
  /// A list in braces. Throws ShapeError for more than max_ndim.
  Extents(std::initializer_list<Extent> values) : InlineVector("Extents", values) {}
  /// Those of a shape.
  Extents(const Shape& shape) : InlineVector("Extents", shape) {}  // NOLINT(*-explicit-*)
  /// A list that is made at run time. Throws ShapeError for more than max_ndim.
  Extents(const std::vector<std::int64_t>& values)  // NOLINT(*-explicit-*)
      : InlineVector("Extents", values) {}
};

/// One axis, a list of axes, or (empty) all of them; negative axes count from the end.
class Axes : public InlineVector<int> {
 public:
  /// All axes.
  Axes() = default;
  /// One axis.
  Axes(int axis) { push_back(axis); }  // NOLINT(*-explicit-*)
  /// A list in braces. Throws ShapeError for more than max_ndim.
  Axes(std::initializer_list<int> axes) : InlineVector("Axes", axes) {}
  /// A list that is made at run time. Throws ShapeError for more than max_ndim.
  Axes(const std::vector<int>& axes) : InlineVector("Axes", axes) {}  // NOLINT(*-explicit-*)
};

/// `axis` counted from the front. Throws ShapeError, naming `op`, if it is out of range.
std::size_t normalize_axis(const char* op, int axis, std::size_t ndim);

/// The index along each axis of an element, given by its number; ValueError if there is none.
std::vector<std::size_t> unravel_index(std::size_t element, const Shape& shape);

/// The shape that NumPy's broadcasting gives a and b: aligned at the last axis, extents equal or 1.
/// Throws ShapeError, naming `op`, if they are neither.
Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b);

}  // namespace xgrad
