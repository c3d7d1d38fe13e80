#pragma once

#include <cstdint>
#include <optional>

#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"
#include "../nn/module.hpp"

namespace xgrad::training {

/// Options of AveragedModel.
struct AveragedModelOptions {
  /// The share that the average keeps at an update, 0 to 1; without, all models count alike.
  std::optional<double> decay = {};
  bool use_buffers = false;  ///< average float buffers too, instead of copying them
};

namespace detail {

/// Moves the average towards the model, of which it has seen `count` so far.
void update_average(nn::Module& average, const nn::Module& model, std::int64_t count,
                    const AveragedModelOptions& options);

}  // namespace detail

/// The average of the weights that a model has during training, which often generalises better than
/// the last ones. The first update copies; those after it make of average a and parameter p
///     a + (p - a) / (n + 1)          of n updates so far (SWA, stochastic weight averaging), or
///     decay a + (1 - decay) p        if there is a decay (EMA, exponential moving average).
///
///     training::AveragedModel ema(net, {.decay = 0.999});
///     for (auto& [x, y] : batches) {
///       …
///       adam.step();
///       ema.update_parameters(net);
///     }
///     ema.eval();
///     Tensor prediction = ema(x);
///
/// The parameters are those of a clone(), under the names `module.…`; they train nothing and may be
/// saved, or belong to a checkpoint. Buffers are copied, unless use_buffers is set; integers always
/// are. Source: torch.optim.swa_utils.AveragedModel; Izmailov et al. 2018, "Averaging weights leads
/// to wider optima and better generalization"; Polyak & Juditsky 1992.
template <std::derived_from<nn::Module> M>
class AveragedModel : public nn::Module {
 public:
  /// Throws ValueError for a decay outside 0 … 1.
  explicit AveragedModel(const M& model, const AveragedModelOptions& options = {})
      : module(model.clone()), n_averaged(zeros({}, {.dtype = int64})), options_(options) {
    if (options.decay) expect_fraction("AveragedModel", "decay", *options.decay);
  }
  /// The averaged model; a forward of other arguments is `module`'s.
  Tensor forward(const Tensor& x) override { return module(x); }
  /// Takes in the model as it is now. Throws ValueError, and changes nothing, for one with
  /// parameters or buffers of other names or shapes.
  void update_parameters(const nn::Module& model) {
    const auto count = n_averaged.template item<std::int64_t>();
    detail::update_average(module, model, count, options_);
    n_averaged.fill_(count + 1);
  }

  M module;           ///< with the averages
  Tensor n_averaged;  ///< int64, 0-d: the number of updates
  XGRAD_FIELDS(module, n_averaged)

 private:
  AveragedModelOptions options_;
};

}  // namespace xgrad::training
