#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

/// @file
/// The elements where a mask is not 0, one after the other.

namespace xgrad::kernels {

inline std::size_t count_masked(const std::uint8_t* mask, std::size_t n) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; ++i) count += mask[i] != 0;
  return count;
}

/// out (of `count` elements) = in where the mask is not 0. Without a branch on the mask, which the
/// processor would often guess wrong.
template <class T>
void compress_masked(T* out, const T* in, const std::uint8_t* mask, std::size_t count) {
  for (const T* const end = out + count; out != end; ++in, ++mask) {
    *out = *in;
    out += *mask != 0;
  }
}

/// out (of n elements) = the next of the `count` elements of in where the mask is not 0, else 0.
template <class T>
void expand_masked(T* out, const T* in, const std::uint8_t* mask, std::size_t n,
                   std::size_t count) {
  T* const end = out + n;
  for (const T* const last = in + count; in != last; ++mask) {
    const T choice[] = {T{}, *in};
    *out++ = choice[*mask != 0];
    in += *mask != 0;
  }
  std::fill(out, end, T{});
}

}  // namespace xgrad::kernels
