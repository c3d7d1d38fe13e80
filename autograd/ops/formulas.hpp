#pragma once

#include <limits>
#include <numbers>

#include "../op/formula.hpp"

/// @file
/// The elementwise operations: value and gradients of each, side by side. ops/arithmetic.cpp and
/// ops/elementwise.cpp apply them to tensors, dual.hpp to dual numbers.

namespace xgrad {
class Tensor;
}

namespace xgrad::formula {

// ---- what several of them share

inline constexpr double infinity = std::numeric_limits<double>::infinity();

/// The gradient of a step function: 0, as 0 * g is not for an infinite g.
template <class X>
constexpr auto zero(const X& g) {
  return where(g < -infinity, g, 0);
}

/// -1, 0 or 1.
template <class X>
constexpr auto sign(const X& x) {
  return where(x > 0, X(1), where(x < 0, X(-1), X(0)));
}

/// x w, and 0 where w is 0, whatever x is: an element of weight 0 does not count, and where w
/// vanishes at an infinite x, it does so faster than x grows.
template <class X, class W>
constexpr auto weigh(const X& x, const W& w) {
  return where(w == 0, 0, x) * w;
}

/// x, cut at -b and b. Replaces an infinite factor where the other factor has reached its limit 0.
template <class X>
constexpr auto within(const X& x, double b) {
  return where(x < -b, -b, where(x > b, b, x));
}

/// 1 / (1 + e^-x), by e^-|x| <= 1, which cannot overflow.
template <class X>
constexpr auto sigmoid(const X& x) {
  const auto e = exp(where(x < 0, x, -x));
  return where(x < 0, e, 1) / (1 + e);
}

/// sigmoid(x) and sigmoid(-x) = 1 - sigmoid(x), the latter to all its digits.
template <class X>
constexpr auto sigmoids(const X& x) {
  const auto e = exp(where(x < 0, x, -x));
  const auto larger = 1 / (1 + e);
  const auto smaller = e * larger;
  return std::pair(where(x < 0, smaller, larger), where(x < 0, larger, smaller));
}

/// The normal distribution's share below x, by erfc, which keeps the digits of small shares.
template <class X>
constexpr auto normal_cdf(const X& x) {
  return 0.5 * erfc(x * (-std::numbers::sqrt2 / 2));
}
Tensor normal_cdf(const Tensor& x);

/// Its density e^(-x^2/2) / sqrt(2 pi) at an x within +-40, beyond which it is 0.
template <class X>
constexpr auto normal_density(const X& x) {
  return std::numbers::inv_sqrtpi * (std::numbers::sqrt2 / 2) * exp(-0.5 * x * x);
}

/// The derivatives of x sigmoid(x), e^-800 = 0, and of x normal_cdf(x).
template <class X>
constexpr auto silu_slope(const X& x) {
  const auto [s, rest] = sigmoids(x);
  return s * (1 + within(x, 800) * rest);
}
template <class X>
constexpr auto gelu_slope(const X& x) {
  const auto near = within(x, 40);
  return normal_cdf(x) + near * normal_density(near);
}

/// The derivative y x^(y-1) of x^y by x: 0 for y = 0, even where x^-1 is infinite.
template <class X>
constexpr auto pow_by_base(const X& x, const X& y) {
  return weigh(y, where(y == 0, 0, pow(x, y - 1)));
}
Tensor pow_by_base(const Tensor& x, const Tensor& y);

/// The derivative z log x of z = x^y by y: 0 for x = 0 and y >= 0.
template <class X>
constexpr auto pow_by_exponent(const X& x, const X& y, const X& z) {
  return weigh(log(where(x == 0, where(y >= 0, 1, x), x)), z);
}
Tensor pow_by_exponent(const Tensor& x, const Tensor& y, const Tensor& z);

/// The derivative by both, x^(y-1) (1 + y log x); at (0, 1), as pow_by_exponent has it: 0.
template <class X>
constexpr auto pow_mixed(const X& x, const X& y) {
  const auto power = pow(x, y - 1);
  return weigh(1 + weigh(log(x), y), where(x == 0, where(y == 1, 0, power), power));
}

/// a / (x^2 + y^2) for a = x or y, over |x| + |y|, so that neither square leaves the range of
/// floating-point numbers; 0 where that is infinite.
template <class X>
constexpr auto over_square_sum(const X& a, const X& x, const X& y) {
  const auto size = abs(x) + abs(y);
  const auto infinite = size == infinity;
  const auto scale = where(infinite, 1, size);
  const auto u = where(infinite, 1, x) / scale, v = where(infinite, 1, y) / scale;
  return where(infinite, 0, a) / scale / (u * u + v * v) / scale;
}

/// a / y for the length y of a vector with the component a; of an infinite y the limit.
template <class X>
constexpr auto direction(const X& a, const X& y) {
  const auto infinite = y == infinity;
  return where(infinite, where(abs(a) == infinity, sign(a), 0), a) / where(infinite, 1, y);
}

/// 1 - x^2, exact next to 1; near 0 so is its derivative.
template <class X>
constexpr auto one_minus_square(const X& x) {
  return where(abs(x) < 0.5, 1 - x * x, (1 - x) * (1 + x));
}
template <class X>
constexpr auto cathetus(const X& x) {
  return sqrt(one_minus_square(x));
}

/// g / (1 + x^2); 0 where x is infinite.
template <class X>
constexpr auto over_one_plus_square(const X& g, const X& x) {
  const auto infinite = abs(x) == infinity;
  const auto t = where(infinite, 0, x);
  return where(infinite, 0, g / (1 + t * t));
}

/// e^(-x^2); e^-1600 = 0.
template <class X>
constexpr auto gaussian(const X& x) {
  const auto near = within(x, 40);
  return exp(-near * near);
}

/// Whether r is not 0 and has not the sign of b.
template <class X>
constexpr auto is_opposite(const X& r, const X& b) {
  return where(b < 0, r, -r) > 0;
}

/// The remainder of a / b that has the sign of b.
template <class X>
constexpr auto remainder(const X& a, const X& b) {
  const auto r = fmod(a, b);
  return where(is_opposite(r, b), r + b, r);
}

/// The largest integer <= a / b, by the exact remainder.
template <class X>
constexpr auto floor_divide(const X& a, const X& b) {
  const auto r = fmod(a, b);
  const auto n = round((a - r) / b);
  return where(b == 0, a / b, where(is_opposite(r, b), n - 1, n));
}
Tensor floor_divide(const Tensor& a, const Tensor& b);

/// a / b rounded towards 0, of the remainder r.
template <class X>
constexpr auto truncated_quotient(const X& a, const X& b, const X& r) {
  const auto n = floor_divide(a, b);
  return where(n < 0, where(r == 0, n, n + 1), n);
}

Tensor polygamma(const Tensor& n, const Tensor& x);

/// The quantile of (1 + x) / 2 of the normal distribution, over sqrt 2. Wichura, Algorithm AS 241,
/// Applied Statistics 37 (3), 1988; without its third approximation, for |x| > 1 - 2.8e-11, where
/// the second is good to 7e-13.
template <class X>
constexpr auto erfinv(const X& x) {
  const auto r = 0.180625 - 0.25 * x * x;
  const auto s = sqrt(-log(0.5 * (1 - abs(x)))) - 1.6;
  const auto middle =
      x * (std::numbers::sqrt2 / 4) *
      polynomial(r, 3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427,
                 13731.693765509461125, 45921.953931549871457, 67265.770927008700853,
                 33430.575583588128105, 2509.0809287301226727) /
      polynomial(r, 1, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077,
                 21213.794301586595867, 39307.895800092710610, 28729.085735721942674,
                 5226.4952788528545610);
  const auto tail =
      std::numbers::sqrt2 / 2 *
      polynomial(s, 1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550,
                 3.64784832476320460504, 1.27045825245236838258, 0.241780725177450611770,
                 0.0227238449892691845833, 7.74545014278341407640e-4) /
      polynomial(s, 1, 2.05319162663775882187, 1.67638483018380384940, 0.689767334985100004550,
                 0.148103976427480074590, 0.0151986665636164571966, 5.47593808499534494600e-4,
                 1.05075007164441684324e-9);
  const auto either = where(abs(x) <= 0.85, middle, where(x < 0, -tail, tail));
  return where(abs(x) == 1, x * infinity, either);
}

// ---- the operations

/// Define name_op of one operand x, or of two, a and b: the value, and the gradient of each operand
/// in terms of the operands, the result y and its gradient g.
#define XGRAD_UNARY(name, domain, value, gradient)                                        \
  inline constexpr auto name##_op = unary<Domain::domain>(                                \
      #name, [](const auto& x) { return value; },                                         \
      [](const auto& g, [[maybe_unused]] const auto& x, [[maybe_unused]] const auto& y) { \
        return gradient;                                                                  \
      })
#define XGRAD_BINARY_GRADIENT(gradient)                                             \
  [](const auto& g, [[maybe_unused]] const auto& a, [[maybe_unused]] const auto& b, \
     [[maybe_unused]] const auto& y) { return gradient; }
#define XGRAD_BINARY(name, domain, value, gradient_a, gradient_b) \
  inline constexpr auto name##_op = binary<Domain::domain>(       \
      #name, [](const auto& a, const auto& b) { return value; },  \
      XGRAD_BINARY_GRADIENT(gradient_a), XGRAD_BINARY_GRADIENT(gradient_b))
// clang-format would take g * y for a declaration.
// clang-format off

XGRAD_UNARY(neg, numbers, -x, -g);
XGRAD_UNARY(abs, numbers, abs(x), where(x < 0, -g, where(x > 0, g, 0)));
XGRAD_UNARY(sign, numbers, sign(x), zero(g));
XGRAD_UNARY(square, numbers, x * x, g * 2 * x);
XGRAD_UNARY(floor, numbers, floor(x), zero(g));
XGRAD_UNARY(ceil, numbers, ceil(x), zero(g));
XGRAD_UNARY(round, numbers, round(x), zero(g));

XGRAD_UNARY(exp, floats, exp(x), g * y);
XGRAD_UNARY(expm1, floats, expm1(x), g * exp(x));
XGRAD_UNARY(log, floats, log(x), g / x);
XGRAD_UNARY(log2, floats, log2(x), g * std::numbers::log2e / x);
XGRAD_UNARY(log10, floats, log10(x), g * std::numbers::log10e / x);
XGRAD_UNARY(log1p, floats, log1p(x), g / (1 + x));
XGRAD_UNARY(sqrt, floats, sqrt(x), g / (2 * y));
XGRAD_UNARY(rsqrt, floats, 1 / sqrt(x), -0.5 * g * y * y * y);
XGRAD_UNARY(reciprocal, floats, 1 / x, -g * y * y);

XGRAD_UNARY(sin, floats, sin(x), g * cos(x));
XGRAD_UNARY(cos, floats, cos(x), -g * sin(x));
XGRAD_UNARY(tan, floats, tan(x), g * (1 + y * y));
XGRAD_UNARY(asin, floats, asin(x), g / cathetus(x));
XGRAD_UNARY(acos, floats, acos(x), -g / cathetus(x));
XGRAD_UNARY(atan, floats, atan(x), over_one_plus_square(g, x));
XGRAD_UNARY(sinh, floats, sinh(x), g * cosh(x));
XGRAD_UNARY(cosh, floats, cosh(x), g * sinh(x));
XGRAD_UNARY(tanh, floats, tanh(x), g * (1 - y * y));

XGRAD_UNARY(asinh, floats, asinh(x), g / hypot(x, 1));
XGRAD_UNARY(acosh, floats, acosh(x), g / sqrt(x - 1) / sqrt(x + 1));
XGRAD_UNARY(atanh, floats, atanh(x), g / one_minus_square(x));

XGRAD_UNARY(erf, floats, erf(x), g * (2 * std::numbers::inv_sqrtpi) * gaussian(x));
XGRAD_UNARY(erfc, floats, erfc(x), -g * (2 * std::numbers::inv_sqrtpi) * gaussian(x));
// 1 / erf'(y), where erf' = 2 / sqrt(pi) e^(-y^2).
XGRAD_UNARY(erfinv, floats, erfinv(x), g * (0.5 / std::numbers::inv_sqrtpi) * exp(y * y));
XGRAD_UNARY(normal_cdf, floats, normal_cdf(x), g * normal_density(within(x, 40)));

XGRAD_UNARY(lgamma, floats, lgamma(x), g * polygamma(0, x));
XGRAD_UNARY(digamma, floats, polygamma(0, x), g * polygamma(1, x));

XGRAD_UNARY(sigmoid, floats, sigmoid(x), g * y * (1 - y));
XGRAD_UNARY(relu, numbers, where(x < 0, 0, x), where(y <= 0, 0, g));
// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), which cannot overflow.
XGRAD_UNARY(softplus, floats, where(x > 0, x, 0) + log1p(exp(where(x > 0, -x, x))), g * sigmoid(x));
XGRAD_UNARY(silu, floats, where(x < -800, -800, x) * sigmoid(x), g * silu_slope(x));
// x times the normal distribution's share below x. Hendrycks & Gimpel 2016.
XGRAD_UNARY(gelu, floats, where(x < -40, -40, x) * normal_cdf(x), g * gelu_slope(x));

XGRAD_BINARY(mul, numbers, a * b, g * b, g * a);
XGRAD_BINARY(div, floats, a / b, g / b, -g * y / b);
XGRAD_BINARY(floor_divide, numbers, floor_divide(a, b), zero(g), zero(g));
XGRAD_BINARY(remainder, numbers, remainder(a, b), g, -g * floor_divide(a, b));
XGRAD_BINARY(fmod, numbers, fmod(a, b), g, -g * truncated_quotient(a, b, y));
XGRAD_BINARY(weigh, floats, weigh(a, b), weigh(g, b), g * a);
XGRAD_BINARY(atan2, floats, atan2(a, b), g * over_square_sum(b, b, a),
             -g * over_square_sum(a, b, a));
XGRAD_BINARY(hypot, floats, hypot(a, b), g * direction(a, y), g * direction(b, y));
// NaN on either side is the result; at a tie each side gets half the gradient.
XGRAD_BINARY(maximum, numbers, where(a != a, a, where(a > b, a, b)),
             where(a == b, g * 0.5, where(a < b, 0, g)),
             where(a == b, g * 0.5, where(b < a, 0, g)));
XGRAD_BINARY(minimum, numbers, where(a != a, a, where(a < b, a, b)),
             where(a == b, g * 0.5, where(a > b, 0, g)),
             where(a == b, g * 0.5, where(b > a, 0, g)));

XGRAD_BINARY(pow, numbers, pow(a, b), g * pow_by_base(a, b), g * pow_by_exponent(a, b, y));
// The second derivatives of a^b have formulas of their own, because the rules for products and
// quotients give infinity times 0 near (0, 0). Each derivative is infinite somewhere; weigh keeps
// an operand that does not vary, whose g is 0, from making it NaN there.
XGRAD_BINARY(pow_by_base, floats, pow_by_base(a, b),
             weigh(weigh(b * (b - 1), where(b * (b - 1) == 0, 0, pow(a, b - 2))), g),
             weigh(pow_mixed(a, b), g));
XGRAD_BINARY(pow_by_exponent, floats, pow_by_exponent(a, b, pow(a, b)), weigh(pow_mixed(a, b), g),
             weigh(weigh(log(where(a == 0, where(b >= 0, 1, a), a)), y), g));
// clang-format on
#undef XGRAD_UNARY
#undef XGRAD_BINARY_GRADIENT
#undef XGRAD_BINARY

inline constexpr auto add_op = binary<Domain::numbers>(
    "add", [](const auto& a, const auto& b) { return a + b; }, pass_gradient, pass_gradient);
inline constexpr auto sub_op = binary<Domain::numbers>(
    "sub", [](const auto& a, const auto& b) { return a - b; }, pass_gradient,
    [](const auto& g, const auto&...) { return -g; });

inline constexpr auto clamp_op = elementwise<3, Domain::numbers>(
    "clamp",
    [](const auto& x, const auto& lo, const auto& hi) {
      const auto raised = where(x < lo, lo, x);
      return where(raised > hi, hi, raised);
    },
    [](const auto& g, const auto& x, const auto& lo, const auto& hi, const auto&) {
      return where(x >= lo, where(x <= hi, g, 0), 0);
    });

inline constexpr auto nan_to_num_op = elementwise<4>(
    "nan_to_num",
    [](const auto& x, const auto& nan, const auto& posinf, const auto& neginf) {
      return where(x != x, nan, where(x == infinity, posinf, where(x == -infinity, neginf, x)));
    },
    [](const auto& g, const auto& x, const auto&...) { return where(abs(x) < infinity, g, 0); });

inline constexpr auto polygamma_op = elementwise<2>(
    "polygamma", [](const auto& x, const auto& n) { return polygamma(n, x); },
    [](const auto& g, const auto& x, const auto& n, const auto&) {
      return g * polygamma(n + 1, x);
    });

inline constexpr auto leaky_relu_op = elementwise<2>(
    "leaky_relu", [](const auto& x, const auto& slope) { return where(x < 0, weigh(x, slope), x); },
    [](const auto& g, const auto& x, const auto& slope, const auto&) {
      return where(x > 0, g, weigh(g, slope));
    });

// The exponential is taken of min(x, 0): it must not overflow where it is not chosen, or the second
// derivative would contain 0 times infinity.
inline constexpr auto elu_op = elementwise<2>(
    "elu", [](const auto& x, const auto& alpha) { return where(x > 0, x, alpha * expm1(x)); },
    [](const auto& g, const auto& x, const auto& alpha, const auto&) {
      return where(x <= 0, g * alpha * exp(where(x < 0, x, 0)), g);
    });

}  // namespace xgrad::formula
