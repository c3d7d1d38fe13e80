#pragma once

/// @file
/// The version of these headers, by the rules of https://semver.org; xgrad::version() is that of
/// the library that a program runs with. CMake reads the numbers from here.

/// Changes with what breaks programs.
#define XGRAD_VERSION_MAJOR 0
/// Changes with what is new.
#define XGRAD_VERSION_MINOR 1
/// Changes with corrections.
#define XGRAD_VERSION_PATCH 0

#if __cplusplus < 202002L
#error "xgrad needs C++20: compile with -std=c++20 or a later standard"
#endif
#if defined __GNUC__ && !defined __GXX_RTTI
#error "xgrad needs run-time type information: compile without -fno-rtti"
#endif
