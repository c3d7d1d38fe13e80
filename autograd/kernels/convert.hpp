#pragma once

#include <algorithm>

#include "autograd/tensor.hpp"

/// @file
/// Numbers and buffers from one element type to another.

namespace xgrad::kernels {

/// A Scalar as an element of type T.
template <Element T>
T convert(const Scalar& s) noexcept {
  return s.is_integer ? static_cast<T>(s.integer) : static_cast<T>(s.value);
}

/// Sets n elements to one value.
inline void fill(void* out, std::size_t n, DType dtype, const Scalar& value) noexcept {
  visit_dtype(dtype, [&]<class T>(T) { std::fill_n(static_cast<T*>(out), n, convert<T>(value)); });
}

/// out[i] = in[i], converted.
inline void convert(void* out, DType to, const void* in, DType from, std::size_t n) noexcept {
  visit_dtype(to, [&]<class T>(T) {
    visit_dtype(from, [&]<class S>(S) {
      const S* source = static_cast<const S*>(in);
      T* target = static_cast<T*>(out);
      for (std::size_t i = 0; i < n; ++i) target[i] = static_cast<T>(source[i]);
    });
  });
}

}  // namespace xgrad::kernels
