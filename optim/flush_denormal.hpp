#pragma once

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace xgrad::optim {

/// The calling thread treats denormal numbers as 0, in operands and in results, until the end of
/// the scope, which puts its floating-point mode back. Flags of errors (invalid, division by 0,
/// overflow) that are raised in between stay. Does nothing where the processor cannot.
class FlushDenormal {
 public:
#if defined(__SSE2__)
  FlushDenormal() noexcept : before_(_mm_getcsr()) { _mm_setcsr(before_ | flush_); }
  ~FlushDenormal() { _mm_setcsr(before_ | (_mm_getcsr() & errors_)); }
#else
  FlushDenormal() noexcept {}
#endif
  FlushDenormal(const FlushDenormal&) = delete;
  FlushDenormal& operator=(const FlushDenormal&) = delete;

#if defined(__SSE2__)
 private:
  static constexpr unsigned flush_ = _MM_FLUSH_ZERO_ON | 0x0040U;  // and denormals are zero
  static constexpr unsigned errors_ =
      _MM_EXCEPT_INVALID | _MM_EXCEPT_DIV_ZERO | _MM_EXCEPT_OVERFLOW;

  unsigned before_;
#endif
};

}  // namespace xgrad::optim
