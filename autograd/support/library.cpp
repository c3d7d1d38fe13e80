#include "library.hpp"

#define XGRAD_TEXT(x) #x
#define XGRAD_VERSION_TEXT(major, minor, patch) \
  XGRAD_TEXT(major) "." XGRAD_TEXT(minor) "." XGRAD_TEXT(patch)

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

const char* version() noexcept {
  return XGRAD_VERSION_TEXT(XGRAD_VERSION_MAJOR, XGRAD_VERSION_MINOR, XGRAD_VERSION_PATCH);
}

}  // namespace xgrad
