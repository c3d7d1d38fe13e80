#include "clip_grad.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>

#include "../autograd/graph/calls.hpp"
#include "../autograd/graph/grad_mode.hpp"
#include "../autograd/support/error.hpp"
#include "../autograd/support/str.hpp"
#include "arguments.hpp"
#include "vector.hpp"

namespace xgrad::optim {
namespace {

// ---- checks

void check(const char* op, const std::vector<Tensor>& parameters, const char* name, double bound) {
  detail::check_distinct(op, parameters);
  if (!(bound >= 0))
    throw ValueError(str(op, ": ", name, " is ", bound, "; expected ", name, " >= 0"));
}

/// Throws a GradError that names the first parameter with a gradient element for which `wrong`.
template <class Predicate>
void refuse_elements(const char* op, const std::vector<Tensor>& parameters, Predicate wrong) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!parameters[i].has_grad()) continue;
    const std::vector<double> values = parameters[i].grad().to_vector<double>();
    const auto found = std::find_if(values.begin(), values.end(), wrong);
    if (found != values.end())
      throw GradError(str(op, ": the gradient of ", detail::describe(i, parameters[i]), " has ",
                          *found, " in element ", found - values.begin(),
                          "; skip this step, or set error_if_nonfinite to false"));
  }
}

// ---- reading gradients

/// Σ term(x) over all elements x of the gradients; several sums at once keep the processor busy.
template <class Term>
double sum_of(const std::vector<Tensor>& parameters, Term term) {
  constexpr std::size_t lanes = 16;
  double sum = 0;
  for (const Tensor& parameter : parameters) {
    const Tensor& gradient = parameter.grad();
    if (!gradient.defined()) continue;
    visit_floating(gradient.dtype(), [&]<class T>(T) {
      const std::span<const T> x = gradient.data<T>();
      double partial[lanes] = {};
      std::size_t i = 0;
      for (; i + lanes <= x.size(); i += lanes)
        for (std::size_t k = 0; k < lanes; ++k) partial[k] += term(double{x[i + k]});
      for (; i < x.size(); ++i) partial[0] += term(double{x[i]});
      for (const double value : partial) sum += value;
    });
  }
  return sum;
}

/// The largest |x|; NaN if there is one.
double largest(const std::vector<Tensor>& parameters) {
  double result = 0;
  for (const Tensor& parameter : parameters)
    if (parameter.has_grad())
      if (const double x = detail::max_abs(parameter.grad()); x > result || std::isnan(x))
        result = x;
  return result;
}

double norm_of(const std::vector<Tensor>& parameters, double p) {
  if (std::isinf(p)) return largest(parameters);
  // (Σ |scaled(x)|ᵖ)^(1/p)
  const auto norm = [&](auto scaled) {
    const double sum =
        p == 1   ? sum_of(parameters, [=](double x) { return std::abs(scaled(x)); })
        : p == 2 ? sum_of(parameters, [=](double x) { return scaled(x) * scaled(x); })
                 : sum_of(parameters, [=](double x) { return std::pow(std::abs(scaled(x)), p); });
    return std::pair(sum, std::pow(sum, 1 / p));
  };
  const auto [sum, result] = norm([](double x) { return x; });
  if (std::isnormal(sum)) return result;
  // All is 0, something is not finite, or the powers have left the range of doubles.
  const double scale = largest(parameters);
  if (scale == 0 || !std::isfinite(scale)) return scale;
  return scale * norm([=](double x) { return x / scale; }).second;
}

// ---- changing gradients

/// Replaces every element x of the gradients by f(x).
template <class F>
void change_gradients(const std::vector<Tensor>& parameters, F f) {
  const NoGrad guard;
  std::set<const xgrad::detail::Storage*> values, changed;
  for (const Tensor& parameter : parameters) values.insert(xgrad::detail::impl(parameter).storage);
  for (Tensor parameter : parameters) {
    if (!parameter.has_grad()) continue;
    // A gradient that was set to a parameter's own values must not change them.
    if (values.contains(xgrad::detail::impl(parameter.grad()).storage))
      parameter.set_grad(parameter.grad().clone());
    Tensor gradient = parameter.grad();
    if (changed.contains(xgrad::detail::impl(gradient).storage)) continue;
    xgrad::detail::begin_write(gradient);
    changed.insert(xgrad::detail::impl(gradient).storage);
    visit_floating(gradient.dtype(), [&]<class T>(T) {
      for (T& x : gradient.data<T>()) x = static_cast<T>(f(double{x}));
    });
  }
}

}  // namespace

double clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm, double norm_type,
                       const ClipGradOptions& options) {
  if (xgrad::detail::mode.noting) {
    const auto norm = std::make_shared<double>();
    xgrad::detail::note_whole(
        [=] { *norm = clip_grad_norm_(parameters, max_norm, norm_type, options); });
    return *norm;
  }
  const char* op = "clip_grad_norm_";
  check(op, parameters, "max_norm", max_norm);
  if (!(norm_type > 0))
    throw ValueError(
        str(op, ": norm_type is ", norm_type, "; expected norm_type > 0, or infinity"));

  const double norm = norm_of(parameters, norm_type);
  if (options.error_if_nonfinite && !std::isfinite(norm)) {
    refuse_elements(op, parameters, [](double x) { return !std::isfinite(x); });
    throw GradError(str(op, ": the norm of order ", norm_type, " is ", norm,
                        ", too large for a double; expected a larger norm_type or smaller "
                        "gradients"));
  }
  const double factor = max_norm / (norm + 1e-6);
  if (!(factor >= 1)) change_gradients(parameters, [factor](double x) { return factor * x; });
  return norm;
}

void clip_grad_value_(const std::vector<Tensor>& parameters, double clip_value,
                      const ClipGradOptions& options) {
  if (xgrad::detail::mode.noting)
    return xgrad::detail::note_whole([=] { clip_grad_value_(parameters, clip_value, options); });
  const char* op = "clip_grad_value_";
  check(op, parameters, "clip_value", clip_value);
  if (options.error_if_nonfinite && std::isnan(largest(parameters)))
    refuse_elements(op, parameters, [](double x) { return std::isnan(x); });
  change_gradients(parameters,
                   [clip_value](double x) { return std::clamp(x, -clip_value, clip_value); });
}

}  // namespace xgrad::optim
