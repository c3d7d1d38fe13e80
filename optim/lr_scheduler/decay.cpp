#include "decay.hpp"

#include <algorithm>
#include <cmath>

#include "../../autograd/support/str.hpp"

namespace xgrad::optim {
inline namespace lr_scheduler {

Schedule StepLROptions::schedule(StepLROptions& o) {
  const auto next = [&o](const RateStep& s) {
    return s.epoch > 0 && s.epoch % o.step_size == 0 ? s.lr * o.gamma : s.lr;
  };
  const auto closed_form = [&o](const RateStep& s) {
    return s.base_lr * std::pow(o.gamma, s.epoch / o.step_size);
  };
  const std::vector<Option> fields{{"step_size", &o.step_size, Allowed::positive},
                                   {"gamma", &o.gamma, Allowed::non_negative}};
  return {"StepLR", fields, next, closed_form};
}

Schedule MultiStepLROptions::schedule(MultiStepLROptions& o) {
  const auto next = [&o](const RateStep& s) {
    const auto times = std::ranges::count(o.milestones, s.epoch);
    return times == 0 ? s.lr : s.lr * std::pow(o.gamma, times);
  };
  const auto closed_form = [&o](const RateStep& s) {
    const auto reached = [&](std::int64_t milestone) { return milestone <= s.epoch; };
    return s.base_lr * std::pow(o.gamma, std::ranges::count_if(o.milestones, reached));
  };
  const auto check = [&o](const SchedulerBase&) {
    if (o.milestones.empty())
      throw ValueError("MultiStepLR: milestones is empty; expected the epochs of decays");
  };
  const std::vector<Option> fields{{"milestones", &o.milestones, Allowed::non_negative},
                                   {"gamma", &o.gamma, Allowed::non_negative}};
  return {"MultiStepLR", fields, next, closed_form, check};
}

Schedule ExponentialLROptions::schedule(ExponentialLROptions& o) {
  const auto next = [&o](const RateStep& s) { return s.epoch == 0 ? s.lr : s.lr * o.gamma; };
  const auto closed_form = [&o](const RateStep& s) {
    return s.base_lr * std::pow(o.gamma, s.epoch);
  };
  const std::vector<Option> fields{{"gamma", &o.gamma, Allowed::positive}};
  return {"ExponentialLR", fields, next, closed_form};
}

Schedule ConstantLROptions::schedule(ConstantLROptions& o) {
  const auto next = [&o](const RateStep& s) {
    if (s.epoch == 0) return s.lr * o.factor;
    return s.epoch == o.total_iters ? s.lr * (1 / o.factor) : s.lr;
  };
  const auto closed_form = [&o](const RateStep& s) {
    return s.epoch < o.total_iters ? s.base_lr * o.factor : s.base_lr;
  };
  const std::vector<Option> fields{{"factor", &o.factor, Allowed::positive_fraction},
                                   {"total_iters", &o.total_iters, Allowed::positive}};
  return {"ConstantLR", fields, next, closed_form};
}

Schedule LinearLROptions::schedule(LinearLROptions& o) {
  const auto next = [&o](const RateStep& s) {
    if (s.epoch == 0) return s.lr * o.start_factor;
    if (s.epoch > o.total_iters) return s.lr;
    const double rise = o.end_factor - o.start_factor;
    const double whole = static_cast<double>(o.total_iters) * o.start_factor;
    return s.lr * (1 + rise / (whole + (s.t - 1) * rise));
  };
  const auto closed_form = [&o](const RateStep& s) {
    const auto total = static_cast<double>(o.total_iters), done = std::min(total, s.t);
    return s.base_lr * (o.start_factor + (o.end_factor - o.start_factor) * done / total);
  };
  const std::vector<Option> fields{{"start_factor", &o.start_factor, Allowed::positive_fraction},
                                   {"end_factor", &o.end_factor, Allowed::closed_fraction},
                                   {"total_iters", &o.total_iters, Allowed::positive}};
  return {"LinearLR", fields, next, closed_form};
}

Schedule PolynomialLROptions::schedule(PolynomialLROptions& o) {
  const auto next = [&o](const RateStep& s) {
    if (s.epoch == 0 || s.epoch > o.total_iters) return s.lr;
    const auto total = static_cast<double>(o.total_iters);
    return s.lr * std::pow((1 - s.t / total) / (1 - (s.t - 1) / total), o.power);
  };
  const auto closed_form = [&o](const RateStep& s) {
    const auto total = static_cast<double>(o.total_iters);
    return s.base_lr * std::pow(1 - std::min(total, s.t) / total, o.power);
  };
  const std::vector<Option> fields{{"total_iters", &o.total_iters, Allowed::positive},
                                   {"power", &o.power, Allowed::positive}};
  return {"PolynomialLR", fields, next, closed_form};
}

// ---- LambdaLR, MultiplicativeLR

namespace {

double factor(const char* name, const LambdaLROptions& o, const RateStep& s) {
  const double value = o.lr_lambda[s.group](s.epoch);
  if (!(value >= 0) || !std::isfinite(value))
    throw ValueError(str(name, ": lr_lambda of group ", s.group, " returned ", value, " for epoch ",
                         s.epoch, "; expected a finite factor >= 0"));
  return value;
}

void check(const LambdaLROptions& o, const SchedulerBase& scheduler) {
  check_per_group(scheduler, "lr_lambda", o.lr_lambda.values.size());
  for (const LRLambda& function : o.lr_lambda.values)
    if (!function)
      throw ValueError(str(scheduler.name(), ": lr_lambda is an empty function; give one to call"));
}

}  // namespace

Schedule LambdaLROptions::schedule(LambdaLROptions& o) {
  const auto next = [&o](const RateStep& s) { return s.base_lr * factor("LambdaLR", o, s); };
  return {"LambdaLR", {}, next, next, std::bind_front(check, std::cref(o))};
}

Schedule LambdaLROptions::multiplied(LambdaLROptions& o) {
  const auto next = [&o](const RateStep& s) {
    return s.epoch > 0 ? s.lr * factor("MultiplicativeLR", o, s) : s.lr;
  };
  return {"MultiplicativeLR", {}, next, next, std::bind_front(check, std::cref(o))};
}

}  // namespace lr_scheduler
}  // namespace xgrad::optim
