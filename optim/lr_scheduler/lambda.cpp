#include "lambda.hpp"

#include <cmath>

#include "../../autograd/support/error.hpp"
#include "../../autograd/support/message.hpp"

namespace xgrad::optim {
inline namespace lr_scheduler {
namespace {

std::vector<Option> fields(LambdaLROptions&) { return {}; }
void check(const LambdaLROptions& o, const SchedulerBase& scheduler) {
  check_per_group(scheduler, "lr_lambda", o.lr_lambda);
  for (const LRLambda& function : o.lr_lambda.values)
    if (!function)
      throw ValueError(
          message(scheduler.name(), ": lr_lambda is an empty function; give one to call"));
}

double factor(const char* name, const LambdaLROptions& o, const RateStep& s) {
  const double value = o.lr_lambda[s.group](s.epoch);
  if (!(value >= 0) || !std::isfinite(value))
    throw ValueError(message(name, ": lr_lambda of group ", s.group, " returned ", value,
                             " for epoch ", s.epoch, "; expected a finite factor >= 0"));
  return value;
}

double next(const LambdaLROptions& o, const RateStep& s) {
  return s.base_lr * factor("LambdaLR", o, s);
}

double multiplied(const LambdaLROptions& o, const RateStep& s) {
  return s.epoch > 0 ? s.lr * factor("MultiplicativeLR", o, s) : s.lr;
}

}  // namespace

LambdaLR::LambdaLR(Optimizer& optimizer, LambdaLROptions options)
    : ScheduleOf(optimizer, std::move(options), {"LambdaLR", fields, next, next, check}) {}
MultiplicativeLR::MultiplicativeLR(Optimizer& optimizer, MultiplicativeLROptions options)
    : ScheduleOf(optimizer, std::move(options),
                 {"MultiplicativeLR", fields, multiplied, multiplied, check}) {}

}  // namespace lr_scheduler
}  // namespace xgrad::optim
