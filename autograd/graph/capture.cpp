#include "capture.hpp"

#include <algorithm>
#include <cstring>

#include "../support/str.hpp"
#include "../tensor/expect.hpp"
#include "calls.hpp"

namespace xgrad::detail {
namespace {

// Of one function; more are those of inputs that do not come again.
constexpr std::size_t most_steps = 32;

}  // namespace

struct CapturedSteps::Step {
  bool grad_enabled = is_grad_enabled();
  std::vector<Tensor> inputs, outputs;
  std::unique_ptr<Calls> calls = std::make_unique<Calls>();  // null if they cannot be repeated

  explicit Step(std::span<const Tensor* const> given) {
    const NoGrad guard;
    for (const Tensor* t : given) inputs.push_back(t->detach().clone());
  }
  bool fits(std::span<const Tensor* const> given) const {
    return grad_enabled == is_grad_enabled() &&
           std::ranges::equal(inputs, given, [](const Tensor& own, const Tensor* t) {
             return own.shape() == t->shape() && own.dtype() == t->dtype();
           });
  }
};

CapturedSteps::CapturedSteps() = default;
CapturedSteps::CapturedSteps(CapturedSteps&&) noexcept = default;
CapturedSteps::~CapturedSteps() = default;

void CapturedSteps::capture(Step& step, const TensorFunction& f) {
  const Restored<Mode> guard(mode);
  mode.calls = step.calls.get();
  mode.noting = mode.launching = true;
  std::vector<Tensor> results = f(step.inputs);
  for (Tensor& t : results) {
    step.calls->reads(t);
    step.outputs.push_back(t.defined() ? t.detach() : t);
  }
  step.calls->end();
  reason_ = step.calls->refusal();
}

const std::vector<Tensor>& CapturedSteps::call(std::span<const Tensor* const> inputs,
                                               const TensorFunction& f) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    expect_defined("capture", "an input", *inputs[i]);
    expect<GradError>(!inputs[i]->requires_grad(), "capture: input ", i, " of shape ",
                      inputs[i]->shape(),
                      " requires a gradient, but inputs are copied; let f use the tensor itself");
  }
  bool repeatable = !mode.observer && !mode.calls;
  for (const auto& step : steps_) {
    if (!repeatable || !step->fits(inputs)) continue;
    repeatable = step->calls != nullptr;
    if (!repeatable || !step->calls->is_in_place()) continue;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Storage& own = *impl(step->inputs[i]).storage;
      std::memmove(own.data(), impl(*inputs[i]).storage->data(), own.bytes);
    }
    step->calls->run();
    return step->outputs;
  }
  if (repeatable) {
    auto step = std::make_unique<Step>(inputs);
    capture(*step, f);
    if (!reason_.empty()) step->calls.reset();
    if (steps_.size() == most_steps) steps_.erase(steps_.begin());
    steps_.push_back(std::move(step));
    return steps_.back()->outputs;
  }
  std::vector<Tensor> own;
  for (const Tensor* t : inputs) own.push_back(*t);
  outputs_ = f(own);
  for (Tensor& t : outputs_)
    if (t.defined()) t = t.detach();
  return outputs_;
}

}  // namespace xgrad::detail
