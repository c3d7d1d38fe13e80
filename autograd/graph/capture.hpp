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
  explicit Captured(F f) : f_(std::move(f)) {}

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
/// What is repeated: operations, forward and backward; changes in place; random numbers, drawn
/// anew; running statistics; `Optimizer::step` and `clip_grad_norm_`, which are called, and so read
/// options such as the learning rate. What is not, is the program: C++ variables that f changes,
/// what it prints, which branch it takes, whether a module is in training. It must use the same
/// tensors each time, but may find other values in them. Operations whose result's shape depends on
/// values throw ShapeError when it changes.
///
/// A step that cannot be repeated is computed by f at each call: one in which f reads elements
/// (`item()`), calls hooks, or uses an operation that is not noted. fallback_reason() says which.
/// The same where an Observer is alive.
///
/// An error leaves what a step has changed so far; later calls work. Not for several threads.
template <class F>
Captured<F> capture(F f) {
  return Captured<F>(std::move(f));
}
/// The same, and a first step with these inputs.
template <class F, std::same_as<Tensor>... Inputs>
  requires(sizeof...(Inputs) > 0)
Captured<F> capture(F f, const Inputs&... inputs) {
  Captured<F> captured(std::move(f));
  captured(inputs...);
  return captured;
}

}  // namespace xgrad
