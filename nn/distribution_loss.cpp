#include "distribution_loss.hpp"

#include "../autograd/op/operation.hpp"
#include "../autograd/ops/arithmetic.hpp"
#include "../autograd/ops/elementwise.hpp"
#include "../autograd/ops/formulas.hpp"
#include "../autograd/ops/logic.hpp"
#include "../autograd/ops/reduction.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/expect.hpp"

namespace xgrad::nn {
namespace {

/// log x, but no less than -100.
Tensor clamped_log(const Tensor& x) { return maximum(log(x), -100); }

// Composed of log and maximum, the gradient at p = 0 and p = 1 would be 0 times infinity.
constexpr auto binary_cross_entropy_op = operation(
    "binary_cross_entropy",
    [](const Inputs& in, const NoAttributes&) {
      const Tensor &p = in[0], &t = in[1];
      return (t - 1) * clamped_log(1 - p) - t * clamped_log(p);
    },
    gradient(reads::input(0) | reads::input(1),
             [](const Tensor& g, const auto& c) {
               const Tensor &p = c.input(0), &t = c.input(1);
               return g * (p - t) / maximum(p * (1 - p), 1e-12F);  // PyTorch's is a float
             }),
    gradient(reads::input(0), [](const Tensor& g, const auto& c) {
      const Tensor& p = c.input(0);
      return g * (clamped_log(1 - p) - clamped_log(p));
    }));

// With softplus(x) = log(1 + e^x) = max(x, 0) + r, r = log(1 + e^-|x|):
//     l = (1 - t) softplus(x) + q t softplus(-x),
// a sum of what is not negative, and not softplus(x) - t x: where t = 1 and x is large, both are,
// and their difference is lost.
constexpr auto binary_cross_entropy_with_logits_op = formula::elementwise<3>(
    "binary_cross_entropy_with_logits",
    [](const auto& x, const auto& t, const auto& q) {
      const auto rest = log1p(exp(-abs(x)));
      return formula::weigh(where(x < 0, 0, x) + rest, 1 - t) +
             formula::weigh(where(x > 0, 0, -x) + rest, q * t);
    },
    [](const auto& g, const auto& x, const auto& t, const auto& q, const auto&) {
      const auto [s, rest] = formula::sigmoids(x);
      return g * ((1 - t) * s - q * t * rest);
    },
    [](const auto& g, const auto& x, const auto&, const auto& q, const auto&) {
      // Without r twice, which cancels for q = 1.
      return g * (formula::weigh(where(x > 0, 0, -x), q) - where(x < 0, 0, x) +
                  (q - 1) * log1p(exp(-abs(x))));
    });

constexpr auto kl_div_op = formula::elementwise<2>(
    "kl_div",
    [](const auto& x, const auto& t) { return formula::weigh(log(where(t == 0, 1, t)) - x, t); },
    [](const auto& g, const auto&, const auto& t, const auto&) { return -g * t; },
    [](const auto& g, const auto& x, const auto& t, const auto&) { return g * (log(t) - x + 1); });

// Of the logarithm of the target; a target that has vanished counts nothing.
constexpr auto kl_div_of_logarithms_op = formula::elementwise<2>(
    "kl_div", [](const auto& x, const auto& t) { return formula::weigh(t - x, exp(t)); },
    [](const auto& g, const auto&, const auto& t, const auto&) { return -g * exp(t); },
    [](const auto& g, const auto& x, const auto& t, const auto&) {
      return g * formula::weigh(t - x + 1, exp(t));
    });

void check_pair(const char* op, const Tensor& input, const Tensor& target) {
  expect_floating(op, "input", input);
  expect_floating(op, "target", target);
  expect_same_dtype(op, "input", input, "target", target);
}

/// A weight, if there is one, broadcasts to the input and is of its dtype.
void check_weight(const char* op, const char* what, const Tensor& weight, const Tensor& input) {
  if (!weight.defined()) return;
  if (broadcast_shapes(op, weight.shape(), input.shape()) != input.shape())
    throw ShapeError(str(op, ": ", what, " of shape ", weight.shape(), " for input of shape ",
                         input.shape(), "; expected a shape that broadcasts to it"));
  expect_same_dtype(op, what, weight, "the input", input);
}

/// x without what has the weight 0, of which nothing shall be computed: it may be infinite or NaN.
Tensor counted(const Tensor& x, const Tensor& weight) {
  return weight.defined() ? where(weight == 0, 0, x) : x;
}

Tensor reduce_weighted(const char* op, const Tensor& loss, const Tensor& weight,
                       Reduction reduction) {
  return detail::reduce(op, weight.defined() ? loss * weight.detach() : loss, reduction);
}

void check_probabilities(const char* op, const Tensor& input) {
  visit_floating(input.dtype(), [&]<class T>(T) {
    const auto values = input.data<T>();
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!(values[i] >= 0 && values[i] <= 1))
        throw ValueError(str(op, ": input ", i, " is ", values[i],
                             "; expected a probability from 0 to 1, as from sigmoid"));
  });
}

}  // namespace

Tensor binary_cross_entropy(const Tensor& input, const Tensor& target,
                            const BCELossOptions& options) {
  const char* const op = "binary_cross_entropy";
  check_pair(op, input, target);
  expect_same_shape(op, "input", input, "target", target);
  check_weight(op, "weight", options.weight, input);
  const Tensor p = counted(input, options.weight);
  check_probabilities(op, p);
  const Tensor loss = binary_cross_entropy_op(p, counted(target, options.weight));
  return reduce_weighted(op, loss, options.weight, options.reduction);
}

Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target,
                                        const BCEWithLogitsLossOptions& options) {
  const char* const op = "binary_cross_entropy_with_logits";
  check_pair(op, input, target);
  expect_same_shape(op, "input", input, "target", target);
  check_weight(op, "weight", options.weight, input);
  check_weight(op, "pos_weight", options.pos_weight, input);
  const Tensor pos_weight = options.pos_weight.defined() ? options.pos_weight.detach()
                                                         : ones({}, {.dtype = input.dtype()});
  const Tensor loss = apply(binary_cross_entropy_with_logits_op, counted(input, options.weight),
                            counted(target, options.weight), pos_weight);
  return reduce_weighted(op, loss, options.weight, options.reduction);
}

Tensor kl_div(const Tensor& input, const Tensor& target, const KLDivLossOptions& options) {
  const char* const op = "kl_div";
  check_pair(op, input, target);
  broadcast_shapes(op, input.shape(), target.shape());
  const Tensor loss = options.log_target ? apply(kl_div_of_logarithms_op, input, target)
                                         : apply(kl_div_op, input, target);
  if (options.reduction != Reduction::batchmean) return detail::reduce(op, loss, options.reduction);
  const double batch = input.ndim() ? static_cast<double>(input.size(0)) : 1;
  return sum(loss) / batch;
}

}  // namespace xgrad::nn
