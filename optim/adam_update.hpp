#pragma once

#include <cstddef>
#include <vector>

#include "optim/adam.hpp"

/// @file
/// What Adam and AdamW share, which is all but what the weight decay acts on.

namespace xgrad::optim::adam {

enum : std::size_t { step_count, exp_avg, exp_avg_sq, max_exp_avg_sq };
inline constexpr StateTensor tensors[] = {
    {"step", true}, {"exp_avg"}, {"exp_avg_sq"}, {"max_exp_avg_sq"}};

template <class Options>
std::vector<Option> list(Options& o) {
  return {{"lr", &o.lr, Range::non_negative},
          {"betas[0]", &o.betas[0], Range::fraction},
          {"betas[1]", &o.betas[1], Range::fraction},
          {"eps", &o.eps, Range::non_negative},
          {"weight_decay", &o.weight_decay, Range::non_negative},
          {"amsgrad", &o.amsgrad},
          {"maximize", &o.maximize}};
}

/// One step of one parameter, of which the factor `keep` is left before the step.
void update(const AdamOptions& options, double keep, State& state);

}  // namespace xgrad::optim::adam
