#include "decay.hpp"

#include <algorithm>
#include <cmath>

#include "../../autograd/support/error.hpp"
#include "../../autograd/support/message.hpp"

namespace xgrad::optim {
inline namespace lr_scheduler {

// ---- StepLR

StepLR::StepLR(Optimizer& optimizer, StepLROptions options)
    : RateScheduler(optimizer), options_(options) {
  start(options_.last_epoch);
}

std::vector<Option> StepLR::options() {
  return {{"step_size", &options_.step_size, Allowed::positive},
          {"gamma", &options_.gamma, Allowed::non_negative}};
}

double StepLR::next_lr(std::size_t group, std::int64_t epoch) const {
  const bool decays = epoch > 0 && epoch % options_.step_size == 0;
  return decays ? lr(group) * options_.gamma : lr(group);
}

double StepLR::closed_form_lr(std::size_t group, std::int64_t epoch) const {
  return base_lr(group) * std::pow(options_.gamma, epoch / options_.step_size);
}

// ---- MultiStepLR

MultiStepLR::MultiStepLR(Optimizer& optimizer, MultiStepLROptions options)
    : RateScheduler(optimizer), options_(std::move(options)) {
  start(options_.last_epoch);
}

std::vector<Option> MultiStepLR::options() {
  return {{"milestones", &options_.milestones, Allowed::non_negative},
          {"gamma", &options_.gamma, Allowed::non_negative}};
}

void MultiStepLR::check() const {
  if (options_.milestones.empty())
    throw ValueError("MultiStepLR: milestones is empty; expected the epochs of decays");
}

double MultiStepLR::next_lr(std::size_t group, std::int64_t epoch) const {
  const auto& milestones = options_.milestones;
  const auto times = std::count(milestones.begin(), milestones.end(), epoch);
  return times == 0 ? lr(group) : lr(group) * std::pow(options_.gamma, times);
}

double MultiStepLR::closed_form_lr(std::size_t group, std::int64_t epoch) const {
  const auto reached = [epoch](std::int64_t milestone) { return milestone <= epoch; };
  const auto& milestones = options_.milestones;
  return base_lr(group) *
         std::pow(options_.gamma, std::count_if(milestones.begin(), milestones.end(), reached));
}

// ---- ExponentialLR

ExponentialLR::ExponentialLR(Optimizer& optimizer, ExponentialLROptions options)
    : RateScheduler(optimizer), options_(options) {
  start(options_.last_epoch);
}

std::vector<Option> ExponentialLR::options() {
  return {{"gamma", &options_.gamma, Allowed::positive}};
}

double ExponentialLR::next_lr(std::size_t group, std::int64_t epoch) const {
  return epoch == 0 ? lr(group) : lr(group) * options_.gamma;
}

double ExponentialLR::closed_form_lr(std::size_t group, std::int64_t epoch) const {
  return base_lr(group) * std::pow(options_.gamma, epoch);
}

// ---- ConstantLR

ConstantLR::ConstantLR(Optimizer& optimizer, ConstantLROptions options)
    : RateScheduler(optimizer), options_(options) {
  start(options_.last_epoch);
}

std::vector<Option> ConstantLR::options() {
  return {{"factor", &options_.factor, Allowed::positive_fraction},
          {"total_iters", &options_.total_iters, Allowed::positive}};
}

double ConstantLR::next_lr(std::size_t group, std::int64_t epoch) const {
  if (epoch == 0) return lr(group) * options_.factor;
  return epoch == options_.total_iters ? lr(group) * (1 / options_.factor) : lr(group);
}

double ConstantLR::closed_form_lr(std::size_t group, std::int64_t epoch) const {
  return epoch < options_.total_iters ? base_lr(group) * options_.factor : base_lr(group);
}

// ---- LinearLR

LinearLR::LinearLR(Optimizer& optimizer, LinearLROptions options)
    : RateScheduler(optimizer), options_(options) {
  start(options_.last_epoch);
}

std::vector<Option> LinearLR::options() {
  return {{"start_factor", &options_.start_factor, Allowed::positive_fraction},
          {"end_factor", &options_.end_factor, Allowed::closed_fraction},
          {"total_iters", &options_.total_iters, Allowed::positive}};
}

double LinearLR::next_lr(std::size_t group, std::int64_t epoch) const {
  const auto& [start, end, total, last] = options_;
  if (epoch == 0) return lr(group) * start;
  if (epoch > total) return lr(group);
  const double whole = static_cast<double>(total) * start;
  return lr(group) * (1 + (end - start) / (whole + static_cast<double>(epoch - 1) * (end - start)));
}

double LinearLR::closed_form_lr(std::size_t group, std::int64_t epoch) const {
  const auto& [start, end, total, last] = options_;
  const double done = static_cast<double>(std::min(total, epoch));
  return base_lr(group) * (start + (end - start) * done / static_cast<double>(total));
}

// ---- PolynomialLR

PolynomialLR::PolynomialLR(Optimizer& optimizer, PolynomialLROptions options)
    : RateScheduler(optimizer), options_(options) {
  start(options_.last_epoch);
}

std::vector<Option> PolynomialLR::options() {
  return {{"total_iters", &options_.total_iters, Allowed::positive},
          {"power", &options_.power, Allowed::positive}};
}

double PolynomialLR::next_lr(std::size_t group, std::int64_t epoch) const {
  if (epoch == 0 || epoch > options_.total_iters) return lr(group);
  const double t = static_cast<double>(epoch);
  const double total = static_cast<double>(options_.total_iters);
  return lr(group) * std::pow((1 - t / total) / (1 - (t - 1) / total), options_.power);
}

double PolynomialLR::closed_form_lr(std::size_t group, std::int64_t epoch) const {
  const double done = static_cast<double>(std::min(options_.total_iters, epoch));
  const double total = static_cast<double>(options_.total_iters);
  return base_lr(group) * std::pow(1 - done / total, options_.power);
}

}  // namespace lr_scheduler
}  // namespace xgrad::optim
