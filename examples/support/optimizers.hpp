#pragma once

#include <memory>
#include <string>
#include <vector>

#include "optim/lr_scheduler.hpp"
#include "optim/optimizer.hpp"

namespace xgrad::examples {

/// The optimizers by the names that programs take: those of the classes in lower case, and for SGD
/// "sgd", "momentum" and "nesterov" (both with 0.9).
const std::vector<std::string>& optimizer_names();

/// The optimizer of that name, all of its options but the learning rate the defaults; "lbfgs" does
/// one iteration a step, with the line search strong_wolfe, until its gradient is small. Errors:
/// ValueError for any other name; those of the class.
std::unique_ptr<optim::Optimizer> make_optimizer(const std::string& name,
                                                 std::vector<Tensor> params, double lr);

/// What the learning rate does over so many steps of the optimizer: "cosine" takes it down to 0,
/// "step" to a tenth after each third of them, "onecycle" up to where it stands and down again;
/// null for "constant". Errors: ValueError for any other name.
std::unique_ptr<optim::LRScheduler> make_schedule(const std::string& name,
                                                  optim::Optimizer& optimizer, std::size_t steps);

}  // namespace xgrad::examples
