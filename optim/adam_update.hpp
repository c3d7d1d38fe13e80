#pragma once

#include <cstddef>
#include <vector>

#include "adam.hpp"
#include "update.hpp"

/// @file
/// What Adam and AdamW share, which is all but what the weight decay acts on.

namespace xgrad::optim::adam {

enum : std::size_t { step_count, exp_avg, exp_avg_sq, max_exp_avg_sq };
inline constexpr StateTensor tensors[] = {
    {"step", true}, {"exp_avg"}, {"exp_avg_sq"}, {"max_exp_avg_sq"}};

template <class Options>
std::vector<Option> list(Options& o) {
  return list_with_betas(o, {{"amsgrad", &o.amsgrad}, {"maximize", &o.maximize}});
}

/// One step of one parameter, of which the factor `keep` is left before the step.
void update(const AdamOptions& options, double keep, State& state);

}  // namespace xgrad::optim::adam
