#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

/// @file
/// The random generator of each thread: a 64-bit Mersenne Twister (Matsumoto & Nishimura 1998),
/// whose sequence the C++ standard fixes. The distributions are the library's own, so that a seed
/// gives the same numbers on every machine.

namespace xgrad {

class Tensor;

/// Seeds the calling thread's generator. Unseeded threads start from an unpredictable state.
void manual_seed(std::uint64_t seed);

/// The state of the calling thread's generator, int64 of shape (313,).
Tensor get_rng_state();
/// Continues the sequence from a state of get_rng_state(). Throws DTypeError, ShapeError or
/// ValueError for a tensor that is not one, and leaves the generator unchanged.
void set_rng_state(const Tensor& state);

namespace random {

/// 64 random bits.
std::uint64_t bits();
/// Uniform on [0, 1), a multiple of 2^-53.
double uniform();
/// Standard normal, by inversion (Wichura 1988, algorithm AS 241).
double normal();
/// As many of them, in order: the same as single ones, sooner.
void normals(std::span<double> values);
/// Uniform on 0 … n - 1, without bias (Lemire 2019). Throws ValueError for n = 0.
std::uint64_t below(std::uint64_t n);
/// Brings the values into random order (Fisher & Yates).
void shuffle(std::span<std::int64_t> values);

/// Sums of weights up to and including each one, scaled so that they are finite. Throws ValueError
/// in the name of `op`, which calls the weights `what`, unless they are finite, none is below 0 and
/// one is above.
std::vector<double> running_sums(const char* op, std::string_view what,
                                 std::vector<double> weights);
/// i with a probability of weights[i] / Σ weights, given their running sums; ValueError for none.
std::int64_t index(std::span<const double> running_sums);

}  // namespace random
}  // namespace xgrad
