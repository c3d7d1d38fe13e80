#pragma once

#include "../graph/observer.hpp"

namespace xgrad {

/// While alive, the first NaN or infinity that an operation of the calling thread computes, or that
/// a derivative of one contains, throws GradError:
///
///     AnomalyMode guard;
///     loss(log(x)).backward();
///     // log: AnomalyMode: forward made -inf at (0, 2) of the result of shape (3, 4);
///     // input shapes (3, 4); all inputs are finite
///
/// The text names the operation, the pass that made the value (forward or backward), its place, the
/// shapes of the inputs, and any input that already held such a value. After the exception the
/// graph holds no half-summed gradients.
///
/// Every value is read once more; without a guard nothing is. Guards nest. Intended infinities (a
/// mask of -inf) are found too: compute them without the guard. Source: PyTorch's
/// torch.autograd.detect_anomaly, which looks for NaN in gradients alone.
class AnomalyMode final : public Observer {
 public:
  AnomalyMode() noexcept = default;

  void computed(const char* op, const Tensor& out, std::span<const Tensor* const> in) override;
  void differentiated(Node& node, const Shape& shape, std::size_t i,
                      const Tensor& gradient) override;
  void pushed(Node& node, const Tensor& tangent) override;
};

}  // namespace xgrad
