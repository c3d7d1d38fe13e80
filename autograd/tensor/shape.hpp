#pragma once

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

/// An integer of any type, as it stands in a braced list of extents: `{n, 3, -1}` compiles without
/// narrowing whatever the type of n.
struct Extent {
  template <std::integral I>
  constexpr Extent(I v) noexcept : value(static_cast<std::int64_t>(v)) {}  // NOLINT(*-explicit-*)
  std::int64_t value;
};

/// The extents of a tensor, outermost first: a vector of std::size_t whose elements are stored
/// inline. A 0-d tensor has the empty shape; an extent may be 0.
/// Errors: ShapeError for a negative extent or more than max_ndim of them.
class Shape {
 public:
  using value_type = std::size_t;

  constexpr Shape() noexcept = default;
  Shape(std::initializer_list<Extent> extents);
  explicit Shape(const std::vector<std::size_t>& extents);

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  const std::size_t* begin() const noexcept { return extents_.data(); }
  const std::size_t* end() const noexcept { return extents_.data() + size_; }
  std::size_t* begin() noexcept { return extents_.data(); }
  std::size_t* end() noexcept { return extents_.data() + size_; }
  std::size_t operator[](std::size_t i) const noexcept { return extents_[i]; }
  std::size_t& operator[](std::size_t i) noexcept { return extents_[i]; }
  std::size_t front() const noexcept { return extents_[0]; }
  std::size_t back() const noexcept { return extents_[size_ - 1]; }

  /// Appends an extent; inserts one before, or removes the one at, position `axis`.
  void push_back(std::size_t extent) { insert(size_, extent); }
  void insert(std::size_t axis, std::size_t extent);
  void erase(std::size_t axis) noexcept;

  /// Number of elements: the product of the extents, 1 for the empty shape.
  std::size_t numel() const noexcept {
    std::size_t n = 1;
    for (std::size_t extent : *this) n *= extent;
    return n;
  }

  friend bool operator==(const Shape& a, const Shape& b) noexcept {
    if (a.size_ != b.size_) return false;
    for (std::size_t i = 0; i < a.size_; ++i)
      if (a.extents_[i] != b.extents_[i]) return false;
    return true;
  }

 private:
  std::size_t size_ = 0;
  std::array<std::size_t, max_ndim> extents_{};
};

/// "(2, 3)", "(5,)", "()", as NumPy writes shapes.
std::string to_string(const Shape& shape);
std::ostream& operator<<(std::ostream& out, const Shape& shape);

/// The target of reshape and broadcast_to: a shape, or a list of extents of which one may be -1.
class Extents {
 public:
  Extents() = default;
  Extents(std::initializer_list<Extent> values);
  Extents(const Shape& shape);                       // NOLINT(*-explicit-*)
  Extents(const std::vector<std::int64_t>& values);  // NOLINT(*-explicit-*)

  const std::int64_t* begin() const noexcept { return values_.data(); }
  const std::int64_t* end() const noexcept { return values_.data() + size_; }
  std::size_t size() const noexcept { return size_; }

 private:
  std::size_t size_ = 0;
  std::array<std::int64_t, max_ndim> values_{};
};

/// One axis, a list of axes, or (empty) all of them; negative axes count from the end.
class Axes {
 public:
  Axes() = default;
  Axes(int axis) : size_(1), values_{axis} {}  // NOLINT(*-explicit-*)
  Axes(std::initializer_list<int> axes);
  Axes(const std::vector<int>& axes);  // NOLINT(*-explicit-*)

  void push_back(int axis) { values_.at(size_++) = axis; }
  const int* begin() const noexcept { return values_.data(); }
  const int* end() const noexcept { return values_.data() + size_; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

 private:
  std::size_t size_ = 0;
  std::array<int, max_ndim> values_{};
};

/// `axis` counted from the front. Errors: ShapeError, naming `op`, when it is out of range.
std::size_t normalize_axis(const char* op, int axis, std::size_t ndim);

/// Errors: ShapeError, naming `op`, for more than max_ndim dimensions.
void check_ndim(const char* op, std::size_t ndim);

/// The index along each axis of an element, given its number in row-major order.
std::vector<std::size_t> unravel_index(std::size_t element, const Shape& shape);

/// The shape that NumPy's broadcasting gives a and b: aligned at the last axis, extents equal or 1.
/// Errors: ShapeError, naming `op`.
Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b);

}  // namespace xgrad
