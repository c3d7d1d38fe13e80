#include "adamw.hpp"

#include "adam_update.hpp"

namespace xgrad::optim {

AdamW::AdamW(std::vector<Tensor> params, AdamWOptions options) : OptimizerOf(options) {
  add_param_groups({std::move(params)});
}

AdamW::AdamW(std::vector<ParamGroup> groups, AdamWOptions defaults) : OptimizerOf(defaults) {
  add_param_groups(std::move(groups));
}

std::span<const StateTensor> AdamW::state_tensors() const noexcept { return adam::tensors; }

std::vector<Option> AdamW::list(AdamWOptions& options) const { return adam::list(options); }

void AdamW::update(const AdamWOptions& o, State& state) {
  const AdamOptions without_penalty{.lr = o.lr,
                                    .betas = o.betas,
                                    .eps = o.eps,
                                    .weight_decay = 0,
                                    .amsgrad = o.amsgrad,
                                    .maximize = o.maximize};
  adam::update(without_penalty, 1 - o.lr * o.weight_decay, state);
}

}  // namespace xgrad::optim
