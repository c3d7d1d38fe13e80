#include "best_checkpoint.hpp"

#include <utility>

#include "../autograd/support/error.hpp"
#include "../autograd/support/str.hpp"
#include "../nn/serialization.hpp"

namespace xgrad::training {

BestCheckpoint::BestCheckpoint(nn::Module& module, BestCheckpointOptions options)
    : module_(module), options_(std::move(options)), best_(options_.mode) {
  if (module_.state_dict().empty())
    throw ValueError(str("BestCheckpoint: ", module_.class_name(),
                         " has no parameters to keep; name its fields with XGRAD_FIELDS"));
}

bool BestCheckpoint::step(double metric) {
  Best best = best_;
  if (!best.update(metric)) return false;
  nn::StateDict values = nn::copy_of(module_.state_dict());
  if (!options_.path.empty()) nn::save(module_, options_.path);
  best_ = best;
  values_ = std::move(values);
  return true;
}

void BestCheckpoint::restore() {
  if (values_.empty())
    throw ValueError(str("BestCheckpoint: restore before any metric of ", module_.class_name(),
                         " was better than ", best_.value(), "; call step first"));
  module_.load_state_dict(values_);
}

}  // namespace xgrad::training
