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

/// Gradient of a step function: 0, as 0 * g is not for an infinite g.
inline constexpr auto zero_gradient = [](const auto& g, const auto&...) {
  return where(g < -infinity, g, 0);
};

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

/// sqrt(1 - x^2), exact next to 1; near 0 so is its derivative.
template <class X>
constexpr auto cathetus(const X& x) {
  return sqrt(where(abs(x) < 0.5, 1 - x * x, (1 - x) * (1 + x)));
}

// ---- of two or more operands

inline constexpr auto add_op = binary<Domain::numbers>(
    "add", [](const auto& a, const auto& b) { return a + b; }, pass_gradient, pass_gradient);
inline constexpr auto sub_op = binary<Domain::numbers>(
    "sub", [](const auto& a, const auto& b) { return a - b; }, pass_gradient,
    [](const auto& g, const auto&...) { return -g; });

inline constexpr auto mul_op = binary<Domain::numbers>(
    "mul", [](const auto& a, const auto& b) { return a * b; },
    [](const auto& g, const auto&, const auto& b, const auto&) { return g * b; },
    [](const auto& g, const auto& a, const auto&, const auto&) { return g * a; });

inline constexpr auto div_op = binary(
    "div", [](const auto& a, const auto& b) { return a / b; },
    [](const auto& g, const auto&, const auto& b, const auto&) { return g / b; },
    [](const auto& g, const auto&, const auto& b, const auto& y) { return -g * y / b; });

inline constexpr auto pow_op = binary<Domain::numbers>(
    "pow", [](const auto& x, const auto& y) { return pow(x, y); },
    [](const auto& g, const auto& x, const auto& y, const auto&) { return g * pow_by_base(x, y); },
    [](const auto& g, const auto& x, const auto& y, const auto& z) {
      return g * pow_by_exponent(x, y, z);
    });

// The second derivatives of x^y have formulas of their own, because the rules for products and
// quotients give infinity times 0 near (0, 0). Each derivative is infinite somewhere; weigh keeps
// an operand that does not vary, whose g is 0, from making it NaN there.
inline constexpr auto pow_by_base_formula = binary(
    "pow_by_base", [](const auto& x, const auto& y) { return pow_by_base(x, y); },
    [](const auto& g, const auto& x, const auto& y, const auto&) {
      return weigh(weigh(y * (y - 1), where(y * (y - 1) == 0, 0, pow(x, y - 2))), g);
    },
    [](const auto& g, const auto& x, const auto& y, const auto&) {
      return weigh(pow_mixed(x, y), g);
    });

inline constexpr auto pow_by_exponent_formula = binary(
    "pow_by_exponent",
    [](const auto& x, const auto& y) { return pow_by_exponent(x, y, pow(x, y)); },
    [](const auto& g, const auto& x, const auto& y, const auto&) {
      return weigh(pow_mixed(x, y), g);
    },
    [](const auto& g, const auto& x, const auto& y, const auto& z) {
      return weigh(weigh(log(where(x == 0, where(y >= 0, 1, x), x)), z), g);
    });

// NaN on either side is the result; at a tie each side gets half the gradient.
inline constexpr auto maximum_op = binary<Domain::numbers>(
    "maximum", [](const auto& a, const auto& b) { return where(a != a, a, where(a > b, a, b)); },
    [](const auto& g, const auto& a, const auto& b, const auto&) {
      return where(a == b, g * 0.5, where(a < b, 0, g));
    },
    [](const auto& g, const auto& a, const auto& b, const auto&) {
      return where(a == b, g * 0.5, where(b < a, 0, g));
    });

inline constexpr auto minimum_op = binary<Domain::numbers>(
    "minimum", [](const auto& a, const auto& b) { return where(a != a, a, where(a < b, a, b)); },
    [](const auto& g, const auto& a, const auto& b, const auto&) {
      return where(a == b, g * 0.5, where(a > b, 0, g));
    },
    [](const auto& g, const auto& a, const auto& b, const auto&) {
      return where(a == b, g * 0.5, where(b > a, 0, g));
    });

inline constexpr auto clamp_op = elementwise<3, Domain::numbers>(
    "clamp",
    [](const auto& x, const auto& lo, const auto& hi) {
      const auto raised = where(x < lo, lo, x);
      return where(raised > hi, hi, raised);
    },
    [](const auto& g, const auto& x, const auto& lo, const auto& hi, const auto&) {
      return where(x >= lo, where(x <= hi, g, 0), 0);
    });

inline constexpr auto weigh_formula = binary(
    "weigh", [](const auto& x, const auto& w) { return weigh(x, w); },
    [](const auto& g, const auto&, const auto& w, const auto&) { return weigh(g, w); },
    [](const auto& g, const auto& x, const auto&, const auto&) { return g * x; });

inline constexpr auto atan2_op = binary(
    "atan2", [](const auto& y, const auto& x) { return atan2(y, x); },
    [](const auto& g, const auto& y, const auto& x, const auto&) {
      return g * over_square_sum(x, x, y);
    },
    [](const auto& g, const auto& y, const auto& x, const auto&) {
      return -g * over_square_sum(y, x, y);
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

// ---- of one operand

inline constexpr auto neg_op = unary<Domain::numbers>(
    "neg", [](const auto& x) { return -x; }, [](const auto& g, const auto&...) { return -g; });

inline constexpr auto abs_op = unary<Domain::numbers>(
    "abs", [](const auto& x) { return abs(x); },
    [](const auto& g, const auto& x, const auto&) { return where(x < 0, -g, where(x > 0, g, 0)); });

inline constexpr auto sign_op = unary<Domain::numbers>(
    "sign",
    [](const auto& x) {
      using V = std::remove_cvref_t<decltype(x)>;
      return where(x > 0, V(1), where(x < 0, V(-1), V(0)));
    },
    zero_gradient);

inline constexpr auto square_op = unary<Domain::numbers>(
    "square", [](const auto& x) { return x * x; },
    [](const auto& g, const auto& x, const auto&) { return g * 2 * x; });

inline constexpr auto exp_op = unary(
    "exp", [](const auto& x) { return exp(x); },
    [](const auto& g, const auto&, const auto& y) { return g * y; });
inline constexpr auto expm1_op = unary(
    "expm1", [](const auto& x) { return expm1(x); },
    [](const auto& g, const auto& x, const auto&) { return g * exp(x); });

inline constexpr auto log_op = unary(
    "log", [](const auto& x) { return log(x); },
    [](const auto& g, const auto& x, const auto&) { return g / x; });
inline constexpr auto log1p_op = unary(
    "log1p", [](const auto& x) { return log1p(x); },
    [](const auto& g, const auto& x, const auto&) { return g / (1 + x); });

inline constexpr auto sqrt_op = unary(
    "sqrt", [](const auto& x) { return sqrt(x); },
    [](const auto& g, const auto&, const auto& y) { return g / (2 * y); });
inline constexpr auto rsqrt_op = unary(
    "rsqrt", [](const auto& x) { return 1 / sqrt(x); },
    [](const auto& g, const auto&, const auto& y) { return -0.5 * g * y * y * y; });
inline constexpr auto reciprocal_op = unary(
    "reciprocal", [](const auto& x) { return 1 / x; },
    [](const auto& g, const auto&, const auto& y) { return -g * y * y; });

inline constexpr auto sin_op = unary(
    "sin", [](const auto& x) { return sin(x); },
    [](const auto& g, const auto& x, const auto&) { return g * cos(x); });
inline constexpr auto cos_op = unary(
    "cos", [](const auto& x) { return cos(x); },
    [](const auto& g, const auto& x, const auto&) { return -g * sin(x); });
inline constexpr auto tan_op = unary(
    "tan", [](const auto& x) { return tan(x); },
    [](const auto& g, const auto&, const auto& y) { return g * (1 + y * y); });

inline constexpr auto asin_op = unary(
    "asin", [](const auto& x) { return asin(x); },
    [](const auto& g, const auto& x, const auto&) { return g / cathetus(x); });
inline constexpr auto acos_op = unary(
    "acos", [](const auto& x) { return acos(x); },
    [](const auto& g, const auto& x, const auto&) { return -g / cathetus(x); });

inline constexpr auto atan_op = unary(
    "atan", [](const auto& x) { return atan(x); },
    [](const auto& g, const auto& x, const auto&) {
      const auto infinite = abs(x) == infinity;
      const auto t = where(infinite, 0, x);
      return where(infinite, 0, g / (1 + t * t));
    });

inline constexpr auto sinh_op = unary(
    "sinh", [](const auto& x) { return sinh(x); },
    [](const auto& g, const auto& x, const auto&) { return g * cosh(x); });
inline constexpr auto cosh_op = unary(
    "cosh", [](const auto& x) { return cosh(x); },
    [](const auto& g, const auto& x, const auto&) { return g * sinh(x); });
inline constexpr auto tanh_op = unary(
    "tanh", [](const auto& x) { return tanh(x); },
    [](const auto& g, const auto&, const auto& y) { return g * (1 - y * y); });

inline constexpr auto erf_op = unary(
    "erf", [](const auto& x) { return erf(x); },
    [](const auto& g, const auto& x, const auto&) {
      const auto near = within(x, 40);  // e^-1600 = 0
      return g * (2 * std::numbers::inv_sqrtpi) * exp(-near * near);
    });

// The quantile of (1 + x) / 2 of the normal distribution, over sqrt 2. Wichura, Algorithm AS 241,
// Applied Statistics 37 (3), 1988; without its third approximation, for |x| > 1 - 2.8e-11, where
// the second is good to 7e-13.
inline constexpr auto erfinv_op = unary(
    "erfinv",
    [](const auto& x) {
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
    },
    // erf' = 2 / sqrt(pi) e^(-y^2)
    [](const auto& g, const auto&, const auto& y) {
      return g * (0.5 / std::numbers::inv_sqrtpi) * exp(y * y);
    });

inline constexpr auto sigmoid_op = unary(
    "sigmoid", [](const auto& x) { return sigmoid(x); },
    [](const auto& g, const auto&, const auto& y) { return g * y * (1 - y); });

inline constexpr auto relu_op = unary<Domain::numbers>(
    "relu", [](const auto& x) { return where(x < 0, 0, x); },
    [](const auto& g, const auto&, const auto& y) { return where(y <= 0, 0, g); });

// x times the normal distribution's share below x. Hendrycks & Gimpel 2016.
inline constexpr auto gelu_op = unary(
    "gelu", [](const auto& x) { return where(x < -40, -40, x) * normal_cdf(x); },
    [](const auto& g, const auto& x, const auto&) {
      const auto near = within(x, 40);
      return g * (normal_cdf(x) + near * normal_density(near));
    });

inline constexpr auto normal_cdf_formula = unary(
    "normal_cdf", [](const auto& x) { return normal_cdf(x); },
    [](const auto& g, const auto& x, const auto&) { return g * normal_density(within(x, 40)); });

// e^-800 = 0.
inline constexpr auto silu_op = unary(
    "silu", [](const auto& x) { return where(x < -800, -800, x) * sigmoid(x); },
    [](const auto& g, const auto& x, const auto&) {
      const auto [s, rest] = sigmoids(x);
      return g * s * (1 + within(x, 800) * rest);
    });

// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), which cannot overflow.
inline constexpr auto softplus_op = unary(
    "softplus", [](const auto& x) { return where(x > 0, x, 0) + log1p(exp(where(x > 0, -x, x))); },
    [](const auto& g, const auto& x, const auto&) { return g * sigmoid(x); });

inline constexpr auto floor_op = unary<Domain::numbers>(
    "floor", [](const auto& x) { return floor(x); }, zero_gradient);
inline constexpr auto ceil_op = unary<Domain::numbers>(
    "ceil", [](const auto& x) { return ceil(x); }, zero_gradient);
inline constexpr auto round_op = unary<Domain::numbers>(
    "round", [](const auto& x) { return round(x); }, zero_gradient);

}  // namespace xgrad::formula
