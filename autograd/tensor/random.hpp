#pragma once

#include <cstdint>
#include <span>

/// @file
/// The random generator: one a thread, a 64-bit Mersenne Twister (Matsumoto & Nishimura 1998),
/// whose sequence the C++ standard fixes; the distributions are ours, so that a seed gives the same
/// numbers on every machine.

namespace xgrad {

class Tensor;

/// Seeds the calling thread's generator. Unseeded threads start from an unpredictable state.
void manual_seed(std::uint64_t seed);

/// The state of the calling thread's generator, int64 (313): what set_rng_state takes to continue
/// the sequence from here.
Tensor get_rng_state();
/// Errors: DTypeError, ShapeError, ValueError for what get_rng_state() does not give; the generator
/// is then unchanged.
void set_rng_state(const Tensor& state);

namespace random {

/// 64 random bits.
std::uint64_t bits();
/// Uniform on [0, 1), a multiple of 2^-53.
double uniform();
/// Standard normal, by inversion (Wichura 1988, algorithm AS 241).
double normal();
/// Uniform on 0 … n - 1, without bias (Lemire 2019). n > 0.
std::uint64_t below(std::uint64_t n);
/// Random order (Fisher & Yates).
void shuffle(std::span<std::int64_t> values);

}  // namespace random
}  // namespace xgrad
