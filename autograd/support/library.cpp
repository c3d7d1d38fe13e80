#include "library.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "mode.hpp"

namespace xgrad {

constinit thread_local detail::Mode detail::mode;

bool set_flush_denormal(bool flush) noexcept {
#if defined(__SSE2__)
  _MM_SET_FLUSH_ZERO_MODE(flush ? _MM_FLUSH_ZERO_ON : _MM_FLUSH_ZERO_OFF);
  _mm_setcsr(flush ? _mm_getcsr() | 0x0040U : _mm_getcsr() & ~0x0040U);  // denormals are zero
  return true;
#else
  return !flush;
#endif
}

const char* version() noexcept { return XGRAD_VERSION; }

}  // namespace xgrad
