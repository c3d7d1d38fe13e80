#include "decay.hpp"

#include <algorithm>
#include <cmath>

#include "../../autograd/support/error.hpp"
#include "../../autograd/support/str.hpp"

namespace xgrad::optim {
inline namespace lr_scheduler {
namespace {

// ---- StepLR

std::vector<Option> fields(StepLROptions& o) {
  return {{"step_size", &o.step_size, Allowed::positive},
          {"gamma", &o.gamma, Allowed::non_negative}};
}
double next(const StepLROptions& o, const RateStep& s) {
  return s.epoch > 0 && s.epoch % o.step_size == 0 ? s.lr * o.gamma : s.lr;
}
double closed_form(const StepLROptions& o, const RateStep& s) {
  return s.base_lr * std::pow(o.gamma, s.epoch / o.step_size);
}

// ---- MultiStepLR

std::vector<Option> fields(MultiStepLROptions& o) {
  return {{"milestones", &o.milestones, Allowed::non_negative},
          {"gamma", &o.gamma, Allowed::non_negative}};
}
double next(const MultiStepLROptions& o, const RateStep& s) {
  const auto times = std::ranges::count(o.milestones, s.epoch);
  return times == 0 ? s.lr : s.lr * std::pow(o.gamma, times);
}
double closed_form(const MultiStepLROptions& o, const RateStep& s) {
  const auto reached = [&](std::int64_t milestone) { return milestone <= s.epoch; };
  return s.base_lr * std::pow(o.gamma, std::ranges::count_if(o.milestones, reached));
}
void check(const MultiStepLROptions& o, const SchedulerBase&) {
  if (o.milestones.empty())
    throw ValueError("MultiStepLR: milestones is empty; expected the epochs of decays");
}

// ---- ExponentialLR

std::vector<Option> fields(ExponentialLROptions& o) {
  return {{"gamma", &o.gamma, Allowed::positive}};
}
double next(const ExponentialLROptions& o, const RateStep& s) {
  return s.epoch == 0 ? s.lr : s.lr * o.gamma;
}
double closed_form(const ExponentialLROptions& o, const RateStep& s) {
  return s.base_lr * std::pow(o.gamma, s.epoch);
}

// ---- ConstantLR

std::vector<Option> fields(ConstantLROptions& o) {
  return {{"factor", &o.factor, Allowed::positive_fraction},
          {"total_iters", &o.total_iters, Allowed::positive}};
}
double next(const ConstantLROptions& o, const RateStep& s) {
  if (s.epoch == 0) return s.lr * o.factor;
  return s.epoch == o.total_iters ? s.lr * (1 / o.factor) : s.lr;
}
double closed_form(const ConstantLROptions& o, const RateStep& s) {
  return s.epoch < o.total_iters ? s.base_lr * o.factor : s.base_lr;
}

// ---- LinearLR

std::vector<Option> fields(LinearLROptions& o) {
  return {{"start_factor", &o.start_factor, Allowed::positive_fraction},
          {"end_factor", &o.end_factor, Allowed::closed_fraction},
          {"total_iters", &o.total_iters, Allowed::positive}};
}
double next(const LinearLROptions& o, const RateStep& s) {
  const auto& [start, end, total, last] = o;
  if (s.epoch == 0) return s.lr * start;
  if (s.epoch > total) return s.lr;
  const double whole = static_cast<double>(total) * start;
  return s.lr * (1 + (end - start) / (whole + (s.t - 1) * (end - start)));
}
double closed_form(const LinearLROptions& o, const RateStep& s) {
  const auto total = static_cast<double>(o.total_iters), done = std::min(total, s.t);
  return s.base_lr * (o.start_factor + (o.end_factor - o.start_factor) * done / total);
}

// ---- PolynomialLR

std::vector<Option> fields(PolynomialLROptions& o) {
  return {{"total_iters", &o.total_iters, Allowed::positive},
          {"power", &o.power, Allowed::positive}};
}
double next(const PolynomialLROptions& o, const RateStep& s) {
  if (s.epoch == 0 || s.epoch > o.total_iters) return s.lr;
  const auto total = static_cast<double>(o.total_iters);
  return s.lr * std::pow((1 - s.t / total) / (1 - (s.t - 1) / total), o.power);
}
double closed_form(const PolynomialLROptions& o, const RateStep& s) {
  const auto total = static_cast<double>(o.total_iters);
  return s.base_lr * std::pow(1 - std::min(total, s.t) / total, o.power);
}

// ---- LambdaLR, MultiplicativeLR

std::vector<Option> fields(LambdaLROptions&) { return {}; }
void check(const LambdaLROptions& o, const SchedulerBase& scheduler) {
  check_per_group(scheduler, "lr_lambda", o.lr_lambda);
  for (const LRLambda& function : o.lr_lambda.values)
    if (!function)
      throw ValueError(str(scheduler.name(), ": lr_lambda is an empty function; give one to call"));
}

double factor(const char* name, const LambdaLROptions& o, const RateStep& s) {
  const double value = o.lr_lambda[s.group](s.epoch);
  if (!(value >= 0) || !std::isfinite(value))
    throw ValueError(str(name, ": lr_lambda of group ", s.group, " returned ", value, " for epoch ",
                         s.epoch, "; expected a finite factor >= 0"));
  return value;
}

double next(const LambdaLROptions& o, const RateStep& s) {
  return s.base_lr * factor("LambdaLR", o, s);
}

double multiplied(const LambdaLROptions& o, const RateStep& s) {
  return s.epoch > 0 ? s.lr * factor("MultiplicativeLR", o, s) : s.lr;
}

}  // namespace

StepLR::StepLR(Optimizer& optimizer, StepLROptions options)
    : ScheduleOf(optimizer, options, {"StepLR", fields, next, closed_form}) {}
MultiStepLR::MultiStepLR(Optimizer& optimizer, MultiStepLROptions options)
    : ScheduleOf(optimizer, std::move(options), {"MultiStepLR", fields, next, closed_form, check}) {
}
ExponentialLR::ExponentialLR(Optimizer& optimizer, ExponentialLROptions options)
    : ScheduleOf(optimizer, options, {"ExponentialLR", fields, next, closed_form}) {}
ConstantLR::ConstantLR(Optimizer& optimizer, ConstantLROptions options)
    : ScheduleOf(optimizer, options, {"ConstantLR", fields, next, closed_form}) {}
LinearLR::LinearLR(Optimizer& optimizer, LinearLROptions options)
    : ScheduleOf(optimizer, options, {"LinearLR", fields, next, closed_form}) {}
PolynomialLR::PolynomialLR(Optimizer& optimizer, PolynomialLROptions options)
    : ScheduleOf(optimizer, options, {"PolynomialLR", fields, next, closed_form}) {}
LambdaLR::LambdaLR(Optimizer& optimizer, LambdaLROptions options)
    : ScheduleOf(optimizer, std::move(options), {"LambdaLR", fields, next, next, check}) {}
MultiplicativeLR::MultiplicativeLR(Optimizer& optimizer, MultiplicativeLROptions options)
    : ScheduleOf(optimizer, std::move(options),
                 {"MultiplicativeLR", fields, multiplied, multiplied, check}) {}

}  // namespace lr_scheduler
}  // namespace xgrad::optim
