#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <optional>
#include <variant>

#include "tensor.hpp"

/// @file
/// What stands between the brackets of `x[{Slice(0, 2), ellipsis, -1}]`, and iteration over the
/// first axis, `for (const Tensor& row : x)`. ops/indexing.hpp says what each entry chooses.

namespace xgrad {

/// An end or step of a Slice that is not given.
inline constexpr std::nullopt_t none = std::nullopt;
/// A new axis of extent 1. As in NumPy it is the same as none.
inline constexpr std::nullopt_t newaxis = none;

/// As many whole axes as the other entries leave.
struct Ellipsis {};
/// The only value, as it is written between brackets.
inline constexpr Ellipsis ellipsis{};

/// Python's start:stop:step along one axis: from start on, before stop. Negative bounds count from
/// the end, and bounds beyond the ends are cut. A negative step goes backwards. By default it is
/// the whole axis: `Slice(none, none, -1)` reverses one.
struct Slice {
  /// start, stop and step, each by default none.
  explicit Slice(std::optional<Extent> from = none, std::optional<Extent> before = none,
                 std::optional<Extent> by = none) noexcept
      : start(from), stop(before), step(by) {}

  std::optional<Extent> start;  ///< the first index
  std::optional<Extent> stop;   ///< the index before which it ends
  std::optional<Extent> step;   ///< to the next index; not 0 where it is used
};

/// One entry: an integer, a Slice, `ellipsis`, `newaxis`, or a tensor of indices or a mask.
struct Index {
  /// @name What it may be
  /// @{

  /// Any of these converts.
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Index(I i) noexcept : entry(Extent(i)) {}             // NOLINT(*-explicit-*)
  Index(const Slice& s) noexcept : entry(s) {}          // NOLINT(*-explicit-*)
  Index(Ellipsis e) noexcept : entry(e) {}              // NOLINT(*-explicit-*)
  Index(std::nullopt_t axis) noexcept : entry(axis) {}  // NOLINT(*-explicit-*)
  Index(const Tensor& t) noexcept : entry(t) {}         // NOLINT(*-explicit-*)
  /// @}

  std::variant<Extent, Slice, Ellipsis, std::nullopt_t, Tensor> entry;  ///< which of them it is
};

/// Goes through x[0], x[1], …: an input iterator of the standard library.
class RowIterator {
 public:
  /// @name Iterator
  /// @{

  /// As the standard library asks for.
  using value_type = Tensor;
  using reference = Tensor;
  using pointer = void;
  using difference_type = std::ptrdiff_t;
  using iterator_category = std::input_iterator_tag;

  RowIterator() = default;
  RowIterator(const Tensor& x, std::size_t row) noexcept : x_(x), row_(row) {}  ///< at x[row]

  Tensor operator*() const { return x_[row_]; }  ///< x[row]
  RowIterator& operator++() noexcept {
    ++row_;
    return *this;
  }
  void operator++(int) noexcept { ++row_; }
  friend bool operator==(const RowIterator& a, const RowIterator& b) noexcept {
    return a.row_ == b.row_;
  }
  /// @}

 private:
  Tensor x_;
  std::size_t row_ = 0;
};

}  // namespace xgrad
