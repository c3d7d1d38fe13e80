#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <type_traits>

namespace xgrad {

/// The type of a Tensor's elements. Only the two floats carry gradients; int64 is for labels and
/// indices, uint8 for pixels, boolean for masks. Arithmetic converts uint8 and boolean to int64, so
/// that no result wraps; int64 itself wraps at 2^64.
enum class DType : std::uint8_t { float32, float64, int64, uint8, boolean };

/// The five dtypes, as they are written.
/// @{
inline constexpr DType float32 = DType::float32;
inline constexpr DType float64 = DType::float64;
inline constexpr DType int64 = DType::int64;
inline constexpr DType uint8 = DType::uint8;
inline constexpr DType boolean = DType::boolean;
/// @}

/// "float32", "float64", "int64", "uint8" or "boolean".
constexpr const char* to_string(DType dtype) noexcept {
  constexpr const char* names[] = {"float32", "float64", "int64", "uint8", "boolean"};
  return names[static_cast<int>(dtype)];
}
/// The same.
constexpr const char* name(DType dtype) noexcept { return to_string(dtype); }
/// Prints to_string(dtype).
std::ostream& operator<<(std::ostream& out, DType dtype);

/// True for float32 and float64.
constexpr bool is_floating(DType dtype) noexcept {
  return dtype == DType::float32 || dtype == DType::float64;
}

/// The C++ types that are elements of tensors.
template <class T>
concept Element =
    std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, std::int64_t> ||
    std::is_same_v<T, std::uint8_t> || std::is_same_v<T, bool>;

/// The DType of a C++ number: float32 for float, float64 for double, boolean for bool, uint8
/// for itself, int64 for all other integers.
template <class T>
  requires std::is_arithmetic_v<T>
inline constexpr DType dtype_of_literal = std::is_same_v<T, float>          ? DType::float32
                                          : std::is_floating_point_v<T>     ? DType::float64
                                          : std::is_same_v<T, std::uint8_t> ? DType::uint8
                                          : std::is_same_v<T, bool>         ? DType::boolean
                                                                            : DType::int64;

/// The DType of an element type: dtype_of<float> == float32.
template <Element T>
inline constexpr DType dtype_of = dtype_of_literal<T>;

/// Calls f(T{}) with the element type of `dtype`: the only switch from run time to a type.
/// boolean is read as uint8, 0 and 1, so that loops need not exist for it too.
template <class F>
constexpr decltype(auto) visit_stored(DType dtype, F&& f) {
  switch (dtype) {
    case DType::float32: return f(float{});
    case DType::float64: return f(double{});
    case DType::int64: return f(std::int64_t{});
    default: return f(std::uint8_t{});
  }
}

/// The same with bool for boolean.
template <class F>
constexpr decltype(auto) visit_dtype(DType dtype, F&& f) {
  if (dtype == DType::boolean) return f(bool{});
  return visit_stored(dtype, f);
}

/// Bytes of one element.
constexpr std::size_t size_of(DType dtype) noexcept {
  return visit_stored(dtype, [](auto element) { return sizeof element; });
}

/// The same as visit_dtype for a dtype that is known to be float32 or float64: f need not take
/// integers.
template <class F>
constexpr decltype(auto) visit_floating(DType dtype, F&& f) {
  return dtype == DType::float32 ? f(float{}) : f(double{});
}

/// The same for all dtypes in which arithmetic is computed: all but uint8 and boolean.
template <class F>
constexpr decltype(auto) visit_number(DType dtype, F&& f) {
  return dtype == DType::int64 ? f(std::int64_t{}) : visit_floating(dtype, f);
}

}  // namespace xgrad
