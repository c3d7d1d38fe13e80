#include "lambda.hpp"

#include <cmath>

#include "../../autograd/support/error.hpp"
#include "../../autograd/support/message.hpp"

namespace xgrad::optim {
inline namespace lr_scheduler {
namespace {

void check_functions(const char* name, const PerGroup<LRLambda>& functions) {
  for (const LRLambda& function : functions.values)
    if (!function)
      throw ValueError(message(name, ": lr_lambda is an empty function; give one to call"));
}

double factor(const char* name, const PerGroup<LRLambda>& functions, std::size_t group,
              std::int64_t epoch) {
  const double value = functions[group](epoch);
  if (!(value >= 0) || !std::isfinite(value))
    throw ValueError(message(name, ": lr_lambda of group ", group, " returned ", value,
                             " for epoch ", epoch, "; expected a finite factor >= 0"));
  return value;
}

}  // namespace

LambdaLR::LambdaLR(Optimizer& optimizer, LambdaLROptions options)
    : RateScheduler(optimizer), options_(std::move(options)) {
  start(options_.last_epoch);
}

void LambdaLR::check() const {
  check_per_group("lr_lambda", options_.lr_lambda);
  check_functions(name(), options_.lr_lambda);
}

double LambdaLR::next_lr(std::size_t group, std::int64_t epoch) const {
  return base_lr(group) * factor(name(), options_.lr_lambda, group, epoch);
}

MultiplicativeLR::MultiplicativeLR(Optimizer& optimizer, MultiplicativeLROptions options)
    : RateScheduler(optimizer), options_(std::move(options)) {
  start(options_.last_epoch);
}

void MultiplicativeLR::check() const {
  check_per_group("lr_lambda", options_.lr_lambda);
  check_functions(name(), options_.lr_lambda);
}

double MultiplicativeLR::next_lr(std::size_t group, std::int64_t epoch) const {
  return epoch > 0 ? lr(group) * factor(name(), options_.lr_lambda, group, epoch) : lr(group);
}

}  // namespace lr_scheduler
}  // namespace xgrad::optim
