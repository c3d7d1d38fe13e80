#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "../autograd/io/safetensors.hpp"
#include "../autograd/support/str.hpp"
#include "../nn/serialization.hpp"
#include "../optim/option.hpp"
#include "best.hpp"

namespace xgrad::training {

/// Options of BestCheckpoint.
struct BestCheckpointOptions {
  Mode mode = Mode::min;  ///< which metric is best
  std::string path = {};  ///< a file for the best weights, written by nn::save; empty: none
};

/// Keeps the parameters and buffers that a module had when a metric was best:
///
///     training::BestCheckpoint best(net, {.mode = training::Mode::max});
///     for (int epoch = 0; epoch < 100; ++epoch) {
///       train(net);
///       best.step(validation_accuracy(net));
///     }
///     best.restore();
///
/// The module has to outlive this object.
class BestCheckpoint {
 public:
  /// Throws ValueError for a module without parameters or buffers.
  explicit BestCheckpoint(nn::Module& module, BestCheckpointOptions options = {})
      : module_(module), options_(std::move(options)), best_(options_.mode) {
    if (module_.state_dict().empty())
      throw ValueError(str("BestCheckpoint: ", module_.class_name(),
                           " has no parameters to keep; name its fields with XGRAD_FIELDS"));
  }

  /// Takes the metric of the module as it is now, and keeps a copy of its values if it is the best
  /// so far; says whether it is. Throws IoError as nn::save; the former best is kept then.
  bool step(double metric) {
    Best best = best_;
    if (!best.update(metric)) return false;
    nn::StateDict values = nn::copy_of(module_.state_dict());
    if (!options_.path.empty()) nn::save(module_, options_.path);
    best_ = best;
    values_ = std::move(values);
    return true;
  }
  /// Gives the module the best values back. Throws ValueError before there are any.
  void restore() {
    if (values_.empty())
      throw ValueError(str("BestCheckpoint: restore before any metric of ", module_.class_name(),
                           " was better than ", best_.value(), "; call step first"));
    module_.load_state_dict(values_);
  }

  /// The best metric so far; an infinity before the first.
  double best() const noexcept { return best_.value(); }

  /// best() and the best values, if there are any: for a checkpoint. Shared with this object.
  Safetensors state_dict() const {
    Best best = best_;
    return {.tensors = values_, .metadata = optim::to_texts(fields(best))};
  }
  /// Throws ValueError for what is no state_dict() of such a module; nothing is changed then.
  void load_state_dict(const Safetensors& saved) {
    Best loaded = best_;
    optim::from_texts(saved.metadata, fields(loaded), "BestCheckpoint");
    if (std::isnan(loaded.value()))
      throw ValueError("BestCheckpoint: best is nan, which no metric is better than");
    if (saved.tensors.empty() != (loaded.value() == Best(options_.mode).value()))
      throw ValueError(str("BestCheckpoint: best is ", loaded.value(), " with ",
                           saved.tensors.size(),
                           " tensors; expected those of the best module, or "
                           "none before the first"));
    if (!saved.tensors.empty())
      nn::detail::check_state_dict(module_, saved.tensors, {.strict = true, .same_dtype = true});
    values_ = nn::copy_of(saved.tensors);
    best_ = loaded;
  }

 private:
  static std::vector<optim::Option> fields(Best& best) {
    return {{"best", &best.value(), optim::Allowed::any}};
  }

  nn::Module& module_;
  BestCheckpointOptions options_;
  Best best_;
  nn::StateDict values_;
};

}  // namespace xgrad::training
