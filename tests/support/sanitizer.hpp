#pragma once

/// @file
/// Which sanitizer the tests are compiled with: GCC defines a macro, clang has features.

#ifndef __has_feature
#define __has_feature(x) 0
#endif

namespace xgrad::test {

/// It finds leaks by itself. The library then keeps no memory for later use.
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
inline constexpr bool address_sanitizer = true;
#else
inline constexpr bool address_sanitizer = false;
#endif

#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
inline constexpr bool thread_sanitizer = true;
#else
inline constexpr bool thread_sanitizer = false;
#endif

}  // namespace xgrad::test
