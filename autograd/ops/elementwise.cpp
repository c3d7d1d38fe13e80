#include "autograd/ops/elementwise.hpp"

#include "autograd/apply.hpp"
#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/logic.hpp"

namespace xgrad {
namespace {

using namespace formula;  // NOLINT(google-build-using-namespace): the words formulas are made of

constexpr auto neg_op = unary<Domain::numbers>(
    "neg", [](const auto& x) { return -x; }, [](const auto& g, const auto&...) { return -g; });

constexpr auto abs_op = unary<Domain::numbers>(
    "abs", [](const auto& x) { return abs(x); },
    [](const auto& g, const auto& x, const auto&) { return where(x < 0, -g, where(x > 0, g, 0)); });

constexpr auto sign_op = unary<Domain::numbers>(
    "sign",
    [](const auto& x) {
      using V = std::remove_cvref_t<decltype(x)>;
      return where(x > 0, V(1), where(x < 0, V(-1), V(0)));
    },
    [](const auto& g, const auto&...) { return 0 * g; });

constexpr auto square_op = unary<Domain::numbers>(
    "square", [](const auto& x) { return x * x; },
    [](const auto& g, const auto& x, const auto&) { return g * 2 * x; });

constexpr auto exp_op = unary(
    "exp", [](const auto& x) { return exp(x); },
    [](const auto& g, const auto&, const auto& y) { return g * y; });

constexpr auto log_op = unary(
    "log", [](const auto& x) { return log(x); },
    [](const auto& g, const auto& x, const auto&) { return g / x; });

constexpr auto sqrt_op = unary(
    "sqrt", [](const auto& x) { return sqrt(x); },
    [](const auto& g, const auto&, const auto& y) { return g / (2 * y); });

constexpr auto reciprocal_op = unary(
    "reciprocal", [](const auto& x) { return 1 / x; },
    [](const auto& g, const auto&, const auto& y) { return -g * y * y; });

constexpr auto tanh_op = unary(
    "tanh", [](const auto& x) { return tanh(x); },
    [](const auto& g, const auto&, const auto& y) { return g * (1 - y * y); });

// By e^-|x| <= 1, which cannot overflow.
constexpr auto sigmoid_op = unary(
    "sigmoid",
    [](const auto& x) {
      const auto e = exp(where(x < 0, x, -x));
      return where(x < 0, e, 0 * e + 1) / (1 + e);
    },
    [](const auto& g, const auto&, const auto& y) { return g * y * (1 - y); });

constexpr auto relu_op = unary<Domain::numbers>(
    "relu", [](const auto& x) { return where(x < 0, 0, x); },
    [](const auto& g, const auto&, const auto& y) { return where(y <= 0, 0, g); });

}  // namespace

Tensor neg(const Tensor& x) { return neg_op(x); }
Tensor abs(const Tensor& x) { return abs_op(x); }
Tensor sign(const Tensor& x) { return sign_op(x); }
Tensor square(const Tensor& x) { return square_op(x); }
Tensor exp(const Tensor& x) { return exp_op(x); }
Tensor log(const Tensor& x) { return log_op(x); }
Tensor sqrt(const Tensor& x) { return sqrt_op(x); }
Tensor reciprocal(const Tensor& x) { return reciprocal_op(x); }
Tensor tanh(const Tensor& x) { return tanh_op(x); }
Tensor sigmoid(const Tensor& x) { return sigmoid_op(x); }
Tensor relu(const Tensor& x) { return relu_op(x); }

}  // namespace xgrad
