#include "convert.hpp"

#include "../support/str.hpp"

namespace xgrad::kernels {

void throw_not_held(const char* op, DType dtype, const Scalar& s) {
  const auto [low, high] = visit_dtype(dtype, []<class T>(T) {
    return std::pair<Scalar, Scalar>(std::numeric_limits<T>::lowest(),
                                     std::numeric_limits<T>::max());
  });
  const char* whole = is_floating(dtype) ? "" : "a whole number, ";
  detail::throw_outside(op, s, str("a number of ", dtype, "; expected ", whole), low, high);
}

void convert_exactly(const char* op, void* out, DType to, const void* in, DType from,
                     std::size_t n) {
  visit_dtype(from, [&]<class S>(S) {
    const S* source = static_cast<const S*>(in);
    visit_dtype(to, [&]<class T>(T) {
      if constexpr (!std::is_same_v<T, S>)
        for (std::size_t i = 0; i < n; ++i)
          if (!is_held<T>(source[i])) throw_not_held(op, to, source[i]);
    });
  });
  convert(out, to, in, from, n);
}

}  // namespace xgrad::kernels
