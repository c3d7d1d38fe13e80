#include "random.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include "../support/str.hpp"
#include "creation.hpp"
#include "expect.hpp"

namespace xgrad {
namespace random {
namespace {

// The calling thread's. A pointer, because thread-local variables are to be small (see
// allocator.hpp).
std::mt19937_64& generator() {
  constinit thread_local std::mt19937_64* instance = nullptr;
  struct Closer {
    ~Closer() { delete std::exchange(instance, nullptr); }
  };
  if (!instance) [[unlikely]] {
    thread_local const Closer closer;
    (void)closer;
    std::random_device device;
    instance = new std::mt19937_64((std::uint64_t{device()} << 32) | device());
  }
  return *instance;
}

// The state: the words of the Mersenne Twister, then the place of the next one among them.
constexpr std::size_t state_words = std::mt19937_64::state_size;
constexpr std::size_t state_numbers = state_words + 1;

template <std::size_t N>
double polynomial(const double (&coefficients)[N], double x) {
  double value = coefficients[N - 1];
  for (std::size_t i = N - 1; i-- > 0;) value = value * x + coefficients[i];
  return value;
}

// The quantile of the standard normal distribution, with an error of about 1e-16: Wichura (1988),
// "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37,
// PPND16. Near the middle it is that of q = p - 1/2; beyond, that of r = sqrt(-log p), p < 1/2,
// with the sign changed.
constexpr double middle = 0.425, far_out = 5;  // of |q|, of r

double middle_quantile(double q) {
  static constexpr double above[] = {3.3871328727963666080e0, 1.3314166789178437745e2,
                                     1.9715909503065514427e3, 1.3731693765509461125e4,
                                     4.5921953931549871457e4, 6.7265770927008700853e4,
                                     3.3430575583588128105e4, 2.5090809287301226727e3};
  static constexpr double below[] = {1.0000000000000000000e0, 4.2313330701600911252e1,
                                     6.8718700749205790830e2, 5.3941960214247511077e3,
                                     2.1213794301586595867e4, 3.9307895800092710610e4,
                                     2.8729085735721942674e4, 5.2264952788528545610e3};
  const double r = 0.180625 - q * q;
  return q * polynomial(above, r) / polynomial(below, r);
}
double tail_quantile(double r) {
  static constexpr double above[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                     5.76949722146069140550e0,  3.64784832476320460504e0,
                                     1.27045825245236838258e0,  2.41780725177450611770e-1,
                                     2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static constexpr double below[] = {1.0000000000000000000e0,   2.05319162663775882187e0,
                                     1.67638483018380384940e0,  6.89767334985100004550e-1,
                                     1.48103976427480074590e-1, 1.51986665636164571966e-2,
                                     5.47593808499534494600e-4, 1.05075007164441684324e-9};
  return polynomial(above, r - 1.6) / polynomial(below, r - 1.6);
}
double far_quantile(double r) {
  static constexpr double above[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                     1.78482653991729133580e0,  2.96560571828504891230e-1,
                                     2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                     2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static constexpr double below[] = {1.0000000000000000000e0,   5.99832206555887937690e-1,
                                     1.36929880922735805310e-1, 1.48753612908506148525e-2,
                                     7.86869131145613259100e-4, 1.84631831751005468180e-5,
                                     1.42151175831644588870e-7, 2.04426310338993978564e-15};
  return polynomial(above, r - 5) / polynomial(below, r - 5);
}

}  // namespace

std::uint64_t bits() { return generator()(); }

double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

double normal() {
  double value;
  normals({&value, 1});
  return value;
}

void normals(std::span<double> values) {
  constexpr std::size_t block = 256;
  std::array<double, block> p, r, tail;
  std::array<std::size_t, block> place;
  for (std::size_t from = 0; from < values.size(); from += block) {
    const std::span<double> out = values.subspan(from, std::min(block, values.size() - from));
    // Takes the middle of one of 2^52 cells: never 0 or 1, where the quantile is infinite.
    for (std::size_t i = 0; i < out.size(); ++i)
      p[i] = (static_cast<double>(bits() >> 12) + 0.5) * 0x1p-52;
    // Loops without a branch, which the compiler vectorises, over all and over those in the tails.
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = middle_quantile(p[i] - 0.5);
    std::size_t count = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      place[count] = i;
      count += std::fabs(p[i] - 0.5) > middle;
    }
    for (std::size_t k = 0; k < count; ++k)
      r[k] = std::sqrt(-std::log(std::min(p[place[k]], 1 - p[place[k]])));
    for (std::size_t k = 0; k < count; ++k) tail[k] = tail_quantile(r[k]);
    for (std::size_t k = 0; k < count; ++k) {
      const double size = r[k] <= far_out ? tail[k] : far_quantile(r[k]);
      out[place[k]] = p[place[k]] < 0.5 ? -size : size;
    }
  }
}

// Lemire (2019), "Fast random integer generation in an interval", ACM TOMACS 29(1).
std::uint64_t below(std::uint64_t n) {
  expect<ValueError>(n > 0, "below: n is 0; expected at least 1");
  __extension__ using Wide = unsigned __int128;
  Wide product = static_cast<Wide>(bits()) * n;
  if (static_cast<std::uint64_t>(product) < n) {
    const std::uint64_t threshold = (0 - n) % n;
    while (static_cast<std::uint64_t>(product) < threshold) product = static_cast<Wide>(bits()) * n;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

void shuffle(std::span<std::int64_t> values) {
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
}

std::vector<double> running_sums(const char* op, std::string_view what,
                                 std::vector<double> weights) {
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (!std::isfinite(weights[i]) || weights[i] < 0)
      expect_not_negative(op, str(what, '[', i, ']'), weights[i]);
  const double largest = weights.empty() ? 0 : *std::ranges::max_element(weights);
  expect<ValueError>(largest > 0, op, ": ", what, " has no number above 0 among ", weights.size(),
                     "; expected at least one");
  for (double& weight : weights) weight /= largest;  // so that sums neither overflow nor underflow
  std::partial_sum(weights.begin(), weights.end(), weights.begin());
  return weights;
}

std::int64_t index(std::span<const double> sums) {
  expect<ValueError>(!sums.empty(), "index: there are no running sums; expected at least one");
  return std::ranges::upper_bound(sums, uniform() * sums.back()) - sums.begin();
}

}  // namespace random

using random::state_numbers, random::state_words;

void manual_seed(std::uint64_t seed) { random::generator().seed(seed); }

Tensor get_rng_state() {
  detail::TextStream text;  // the standard library gives no other access to the state
  text << random::generator();
  std::vector<std::int64_t> numbers;
  for (std::uint64_t number = 0; text >> number;)
    numbers.push_back(std::bit_cast<std::int64_t>(number));
  return tensor(numbers, {state_numbers});
}

void set_rng_state(const Tensor& state) {
  constexpr const char* op = "set_rng_state";
  expect<ValueError>(state.defined(), op,
                     ": the state is an undefined tensor; expected int64, from get_rng_state()");
  if (state.dtype() != int64)
    throw DTypeError(
        str(op, ": the state is ", state.dtype(), "; expected int64, from get_rng_state()"));
  if (const Shape expected{state_numbers}; state.shape() != expected)
    throw ShapeError(str(op, ": the state has shape ", state.shape(), "; expected ", expected));
  const auto numbers = state.data<std::int64_t>();
  const std::int64_t place = numbers.back();
  if (place < 0 || place > static_cast<std::int64_t>(state_words))
    throw ValueError(str(op, ": the last number is ", place, "; expected 0 to ", state_words,
                         ", a place among the words before it"));
  if (std::ranges::count(numbers.first(state_words), 0) == state_words)
    throw ValueError(str(op, ": all words are 0, from which a Mersenne Twister gives nothing ",
                         "but 0; expected a state from get_rng_state()"));
  detail::TextStream text;
  for (const std::int64_t n : numbers) text << std::bit_cast<std::uint64_t>(n) << ' ';
  text >> random::generator();
}

}  // namespace xgrad
