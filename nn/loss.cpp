#include "loss.hpp"

#include <limits>

#include "../autograd/op/operation.hpp"
#include "../autograd/ops.hpp"
#include "../autograd/ops/formulas.hpp"
#include "../autograd/tensor/creation.hpp"
#include "labels.hpp"

namespace xgrad::nn {
namespace {

/// Throws ValueError for batchmean.
void check_reduction(const char* op, Reduction reduction) {
  expect<ValueError>(
      reduction != Reduction::batchmean, op,
      ": reduction is batchmean, which kl_div alone has; expected none, mean or sum");
}

/// The losses, times the weight if there is one, or their mean or sum.
Tensor reduce(const char* op, const Tensor& losses, Reduction reduction,
              const Tensor& weight = {}) {
  check_reduction(op, reduction);
  const Tensor weighted = weight.defined() ? losses * weight : losses;
  return reduction == Reduction::none   ? weighted
         : reduction == Reduction::mean ? mean(weighted)
                                        : sum(weighted);
}

/// Throws ValueError for the first of the values that is not right.
template <class Values, class Right>
void check_each(const char* op, const char* what, const Values& values, Right right,
                const char* expected) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!right(values[i]))
      throw ValueError(str(op, ": ", what, ' ', i, " is ", values[i], "; expected ", expected));
}

// ---- differences

/// input - target, in the input's dtype; what it throws begins with the loss's name.
Tensor difference(const char* op, const Tensor& input, const Tensor& target) {
  expect_defined(op, {{"input", &input}, {"target", &target}});
  broadcast_shapes(op, input.shape(), target.shape());
  if (is_floating(input.dtype())) return input - target.to(input.dtype());
  expect<DTypeError>(is_floating(target.dtype()), op, ": input is ", input.dtype(), " and target ",
                     target.dtype(), "; expected a float input, as from to(float32)");
  return input - target;
}

/// Huber's function c (d - c / 2) / unit for c = d between the bounds +-delta.
constexpr auto huber_op = formula::elementwise<3>(
    "huber",
    [](const auto& d, const auto& delta, const auto& unit) {
      const auto c = where(d < -delta, -delta, where(d > delta, delta, d));
      return c / unit * (d - 0.5 * c);
    },
    [](const auto& g, const auto& d, const auto& delta, const auto& unit, const auto&) {
      return g * where(d < -delta, -delta, where(d > delta, delta, d)) / unit;
    });
Tensor huber(const Tensor& d, double delta, double unit) {
  return apply(huber_op, d, TensorOrScalar(delta), TensorOrScalar(unit));
}

// ---- distributions

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

/// Input, target and weight of a loss of probabilities, in the input's dtype. What has the weight 0
/// is left out, since it may be infinite or NaN.
struct Pair {
  Pair(const char* op, const Tensor& input_, const Tensor& target_) : input(input_) {
    expect_floating(op, "input", input);
    expect_defined(op, "target", target_);
    target = target_.to(input.dtype());
  }
  Pair(const char* op, const Tensor& input_, const Tensor& target_, const Tensor& given)
      : Pair(op, input_, target_) {
    expect_same_shape(op, "input", input, "target", target);
    if (!given.defined()) return;
    weight = checked_weight(op, "weight", given);
    input = where(weight == 0, 0, input);
    target = where(weight == 0, 0, target);
  }
  /// A weight, which has to broadcast to the input, in its dtype.
  Tensor checked_weight(const char* op, const char* what, const Tensor& given) const {
    expect<ShapeError>(broadcast_shapes(op, given.shape(), input.shape()) == input.shape(), op,
                       ": ", what, " of shape ", given.shape(), " for input of shape ",
                       input.shape(), "; expected a shape that broadcasts to it");
    return given.detach().to(input.dtype());
  }
  Tensor input, target, weight;
};

// ---- classes

/// The axis of the classes. Throws unless the weight, if there is one, has an element for each of
/// them.
int class_axis(const char* op, const Tensor& scores, const Tensor& weight) {
  const int axis = detail::class_axis(op, scores.shape());
  if (!weight.defined()) return axis;
  const Shape classes{scores.size(axis)};
  expect<ShapeError>(weight.shape() == classes, op, ": weight of shape ", weight.shape(),
                     " for scores of shape ", scores.shape(),
                     "; expected one for each class: ", classes);
  return axis;
}

/// x times the weight of each class, along the classes' axis: 0 where that is 0, even if x is
/// infinite. A weight never gets a gradient.
Tensor weighted(const Tensor& x, const Tensor& weight, int axis) {
  if (!weight.defined()) return x;
  Shape along_axis;
  for (std::size_t i = 0; i < x.ndim(); ++i)
    along_axis.push_back(i == static_cast<std::size_t>(axis) ? weight.numel() : 1);
  return xgrad::detail::weigh(x, reshape(weight.detach().to(x.dtype()), along_axis));
}

/// The loss of labels, with smoothing (cross_entropy's first formula). The scores are logits, or
/// logarithms of probabilities.
Tensor label_loss(const char* op, const Tensor& scores, bool logits, const Tensor& labels,
                  const CrossEntropyLossOptions& options) {
  const int axis = class_axis(op, scores, options.weight);
  const bool ignoring = detail::check_labels(op, scores.shape(), labels, options.ignore_index);
  const double s = options.label_smoothing;
  if (logits && scores.ndim() == 2 && !ignoring && s == 0 && !options.weight.defined()) {
    using xgrad::detail::Total;
    check_reduction(op, options.reduction);
    return xgrad::detail::softmax_cross_entropy(scores, labels.to(int64),
                                                options.reduction == Reduction::none ? Total::none
                                                : options.reduction == Reduction::mean
                                                    ? Total::mean
                                                    : Total::sum);
  }
  Tensor kept = ignoring ? labels != options.ignore_index : Tensor();
  const Tensor index = ignoring ? where(kept, labels, 0) : labels;

  // The weight of each sample; undefined where all are 1.
  Tensor weight;
  if (options.weight.defined()) {
    weight = take(options.weight.detach().to(scores.dtype()), index, 0);
    if (ignoring) weight = where(kept, weight, 0);
    if (s == 0) kept = weight != 0;
  } else if (ignoring) {
    weight = kept.to(scores.dtype());
  }

  // What does not count is left out before anything is computed of it: behind a logarithm of 0 or
  // NaN, the gradient 0 would become NaN.
  const bool dropping = kept.defined() && !all(kept).item<bool>();
  Tensor log_p = dropping ? where(unsqueeze(kept, axis), scores, 0) : scores;
  if (logits) log_p = log_softmax(log_p, axis);
  Tensor loss = -squeeze(gather(log_p, axis, unsqueeze(index, axis)), axis);
  if (options.weight.defined()) loss = xgrad::detail::weigh(loss, weight);
  if (s > 0) {
    const Tensor over_classes = -sum(weighted(log_p, options.weight, axis), axis);
    const Tensor smooth = s / static_cast<double>(log_p.size(axis)) * over_classes;
    loss = s < 1 ? (1 - s) * loss + smooth : smooth;
  }
  if (ignoring) loss = where(labels != options.ignore_index, loss, 0);

  if (options.reduction == Reduction::mean && weight.defined()) return sum(loss) / sum(weight);
  return reduce(op, loss, options.reduction);
}

}  // namespace

Tensor mse_loss(const Tensor& input, const Tensor& target, const MSELossOptions& options) {
  return reduce("mse_loss", square(difference("mse_loss", input, target)), options.reduction);
}

Tensor l1_loss(const Tensor& input, const Tensor& target, const L1LossOptions& options) {
  return reduce("l1_loss", abs(difference("l1_loss", input, target)), options.reduction);
}

Tensor huber_loss(const Tensor& input, const Tensor& target, const HuberLossOptions& options) {
  options.check();
  const Tensor d = difference("huber_loss", input, target);
  return reduce("huber_loss", huber(d, options.delta, 1), options.reduction);
}

Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                      const SmoothL1LossOptions& options) {
  const auto& [beta, reduction] = options;
  options.check();
  const Tensor d = difference("smooth_l1_loss", input, target);
  return reduce("smooth_l1_loss", beta > 0 ? huber(d, beta, beta) : abs(d), reduction);
}

Tensor binary_cross_entropy(const Tensor& input, const Tensor& target,
                            const BCELossOptions& options) {
  const char* const op = "binary_cross_entropy";
  const Pair pair(op, input, target, options.weight);
  const auto check = [op](const Tensor& p) {
    visit_floating(p.dtype(), [&]<class T>(T) {
      check_each(
          op, "input", p.data<T>(), [](T element) { return element >= 0 && element <= 1; },
          "a probability from 0 to 1, as from sigmoid");
    });
  };
  xgrad::detail::note_check(pair.input, check);
  return reduce(op, binary_cross_entropy_op(pair.input, pair.target), options.reduction,
                pair.weight);
}

Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target,
                                        const BCEWithLogitsLossOptions& options) {
  const char* const op = "binary_cross_entropy_with_logits";
  const auto& [weight, pos_weight, reduction] = options;
  const Pair pair(op, input, target, weight);
  const Tensor q = pos_weight.defined() ? pair.checked_weight(op, "pos_weight", pos_weight)
                                        : ones({}, {.dtype = input.dtype()});
  return reduce(op, apply(binary_cross_entropy_with_logits_op, pair.input, pair.target, q),
                reduction, pair.weight);
}

Tensor kl_div(const Tensor& input, const Tensor& target, const KLDivLossOptions& options) {
  const char* const op = "kl_div";
  const Pair pair(op, input, target);
  broadcast_shapes(op, input.shape(), target.shape());
  const Tensor loss = options.log_target ? apply(kl_div_of_logarithms_op, input, pair.target)
                                         : apply(kl_div_op, input, pair.target);
  if (options.reduction != Reduction::batchmean) return reduce(op, loss, options.reduction);
  return sum(loss) / (input.ndim() ? static_cast<double>(input.size(0)) : 1);
}

Tensor cross_entropy(const Tensor& logits, const Tensor& target,
                     const CrossEntropyLossOptions& options) {
  const char* const op = "cross_entropy";
  expect_floating(op, "logits", logits);
  expect_defined(op, "target", target);
  const int axis = class_axis(op, logits, options.weight);
  options.check();
  if (!is_floating(target.dtype())) return label_loss(op, logits, true, target, options);

  expect<ShapeError>(target.shape() == logits.shape(), op, ": probabilities of shape ",
                     target.shape(), " for logits of shape ", logits.shape(),
                     "; expected equal shapes, or labels of int64");
  expect<ValueError>(options.ignore_index < 0, op, ": ignore_index is ", options.ignore_index,
                     " but the target holds probabilities, not labels");
  const double s = options.label_smoothing;
  const Tensor p = target.to(logits.dtype());
  const Tensor q = s > 0 ? p * (1 - s) + s / static_cast<double>(logits.size(axis)) : p;
  const Tensor log_p = xgrad::detail::weigh(log_softmax(logits, axis), q);
  return reduce(op, -sum(weighted(log_p, options.weight, axis), axis), options.reduction);
}

Tensor nll_loss(const Tensor& log_probabilities, const Tensor& labels,
                const NLLLossOptions& options) {
  const auto& [weight, ignore_index, reduction] = options;
  expect_floating("nll_loss", "log_probabilities", log_probabilities);
  return label_loss("nll_loss", log_probabilities, false, labels,
                    {.weight = weight, .ignore_index = ignore_index, .reduction = reduction});
}

Tensor hinge_embedding_loss(const Tensor& input, const Tensor& target,
                            const HingeEmbeddingLossOptions& options) {
  const char* const op = "hinge_embedding_loss";
  expect_floating(op, "input", input);
  expect_defined(op, "target", target);
  options.check();
  broadcast_shapes(op, input.shape(), target.shape());
  check_each(
      op, "target", target.to_vector<double>(), [](double y) { return y == 1 || y == -1; },
      "1 or -1");
  const Tensor apart = clamp(options.margin - input, 0, std::numeric_limits<double>::infinity());
  return reduce(op, where(target == 1, input, apart), options.reduction);
}

}  // namespace xgrad::nn
