#pragma once

#include <concepts>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tensor_function.hpp"

/// @file
/// Training steps that are computed once by operations and then repeated as a list of calls.

namespace xgrad {
namespace detail {

/// The captured steps of one function, one for each form of its inputs.
class CapturedSteps {
 public:
  CapturedSteps();
  CapturedSteps(CapturedSteps&&) noexcept;
  ~CapturedSteps();
  const std::vector<Tensor>& call(std::span<const Tensor* const> inputs, const TensorFunction& f);
  const std::string& fallback_reason() const noexcept { return reason_; }

 private:
  struct Step;
  void capture(Step& step, const TensorFunction& f);

  std::vector<std::unique_ptr<Step>> steps_;
  std::vector<Tensor> outputs_;  // of a call that was not captured
  std::string reason_;
};

}  // namespace detail

/// What `capture` returns.
template <class F>
class Captured {
 public:
  /// Of the function that a step calls. Throws ValueError for an empty one.
  explicit Captured(F f) : f_(std::move(f)) { detail::expect_function("capture", f_); }

  /// One step. Throws what f throws; ValueError for an undefined input, and GradError for one that
  /// requires a gradient.
  template <std::same_as<Tensor>... Inputs>
    requires std::invocable<F&, const Inputs&...>
  auto operator()(const Inputs&... inputs) {
    using Result = std::invoke_result_t<F&, const Inputs&...>;
    const Tensor* const in[] = {&inputs..., nullptr};
    const std::vector<Tensor>& results =
        steps_.call({in, sizeof...(Inputs)}, [this](const std::vector<Tensor>& x) {
          return [&]<std::size_t... I>(std::index_sequence<I...>) -> std::vector<Tensor> {
            if constexpr (std::is_void_v<Result>)
              return f_(x[I]...), std::vector<Tensor>();
            else
              return detail::as_list(f_(x[I]...));
          }(std::index_sequence_for<Inputs...>{});
        });
    if constexpr (std::same_as<Result, Tensor>)
      return Tensor(results[0]);
    else if constexpr (!std::is_void_v<Result>)
      return std::vector<Tensor>(results);
  }

  /// Why the last form of inputs that was new is computed by f at each call; empty if it is not.
  const std::string& fallback_reason() const noexcept { return steps_.fallback_reason(); }

 private:
  F f_;
  detail::CapturedSteps steps_;
};

/// A step that runs fast from its second call on. The first call runs f(inputs…) and notes which
/// kernels it calls on which memory; further calls only call these kernels again, without tensors,
/// graph or checks of shapes. The values are the same bits.
///
///     auto step = capture([&](const Tensor& x, const Tensor& y) {
///       sgd.zero_grad();
///       const Tensor loss = nn::cross_entropy(net(x), y);
///       loss.backward();
///       sgd.step();
///       return loss;
///     });
///     for (const auto& [x, y] : loader) total += step(x, y).item<double>();
///
/// f returns a Tensor, a std::vector<Tensor> or nothing. It is called again where the inputs have
/// other shapes or dtypes than in all calls before, or gradients that it adds to are others.
///
/// Memory is static, as that of CUDA graphs is. Inputs are copied to f's own. A result, outside any
/// graph, and the gradients that f leaves are overwritten by the next call for such inputs:
/// clone() what is to stay. A captured step keeps all the memory that f uses.
///
/// Repeated are operations, forward and backward; changes in place; random numbers, drawn anew;
/// running statistics; checks of labels and indices. `Optimizer::step` and `clip_grad_norm_` are
/// called, and so see options that change, such as the learning rate. Not repeated is the program
/// around them: C++ variables that f changes, what it prints, the branch that it takes, whether a
/// module is in training. f must use the same tensors each time, whose values may change.
///
/// A step is computed by f at each call where it reads elements (`item()`), steps a scheduler,
/// calls hooks or uses one of the few operations that are not noted, such as `sort`; also while an
/// Observer is alive. fallback_reason() says which.
///
/// Throws ShapeError where a shape depends on values and changes, and ValueError where the first
/// labels to be ignored come later. After an error what the step had changed so far stays, as after
/// f's own; later calls work. Only for one thread at a time.
///
/// With inputs, a first step is made with these at once.
template <class F, std::same_as<Tensor>... Inputs>
Captured<F> capture(F f, const Inputs&... inputs) {
  Captured<F> captured(std::move(f));
  if constexpr (sizeof...(Inputs) > 0) captured(inputs...);
  return captured;
}

}  // namespace xgrad
