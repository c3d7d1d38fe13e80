#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../graph/tensor_function.hpp"

/// @file
/// Makes an operation of two functions over Tensors. An elementwise operation runs faster as a
/// formula given to `apply` (autograd/apply.hpp).

namespace xgrad {
namespace detail {

/// A custom function bound to its number of inputs: what the recorded node keeps.
struct CustomOperation {
  std::string name;
  std::function<Tensor(const std::vector<Tensor>& inputs)> forward;
  std::function<std::vector<Tensor>(const Tensor& g, const std::vector<Tensor>& inputs,
                                    const Tensor& output)>
      backward;
  bool reads_output;  ///< whether backward takes the output, which is then saved
};

/// The operation applied, and recorded if need be.
Tensor apply_custom(std::shared_ptr<const CustomOperation> operation,
                    const std::vector<Tensor>& inputs);

/// A function of tensors of one float dtype, given by its values, as code on xtensor is
/// (autograd/xtensor.hpp). If backward is empty, gradients are found by central differences.
struct ValueFunction : CustomOperation {
  double eps = 1e-6;  ///< the step of differences
};
/// f applied, and recorded if need be. Where a gradient by `backward` is recorded itself, its own
/// derivative is found by differences. What differences have found has no derivative: GradError.
Tensor apply_values(const std::shared_ptr<const ValueFunction>& f,
                    const std::vector<Tensor>& inputs);
/// Says to std::clog that the gradient of this function is found by differences.
void announce_differences(const std::string& name);

}  // namespace detail

/// What custom_function returns: called with tensors, or, where forward takes a vector of them,
/// with that.
template <class Forward, class Backward>
class CustomFunction {
  using List = std::vector<Tensor>;

 public:
  /// As custom_function says.
  CustomFunction(std::string name, Forward forward, Backward backward)
      : functions_(new Functions{std::move(name), std::move(forward), std::move(backward)}) {
    detail::expect_function("custom_function", functions_->forward);
    detail::expect_function("custom_function", functions_->backward);
  }

  /// The result, recorded if need be. Throws as custom_function says.
  /// @{
  template <std::same_as<Tensor>... Inputs>
    requires(sizeof...(Inputs) > 0)
  Tensor operator()(const Inputs&... inputs) const {
    return call<Inputs...>({inputs...});
  }
  Tensor operator()(const List& inputs) const
    requires std::conjunction_v<std::negation<std::is_invocable<Forward&, const Tensor&>>,
                                std::is_invocable<Forward&, const List&>>
  {
    return call<List>(inputs);
  }
  /// @}

 private:
  struct Functions {
    std::string name;
    Forward forward;
    Backward backward;
  };

  // X is what the function is called with: tensors or a list. Of the ways to take that the first is
  // chosen, and those behind it are not tried: a generic lambda may not compile for them.
  template <class... X>
  Tensor call(const List& inputs) const {
    using G = const Tensor&;
    using Each = std::is_invocable<Forward&, const X&...>;
    using EachAndOutput = std::is_invocable<Backward&, G, const X&..., G>;
    using EachAlone = std::is_invocable<Backward&, G, const X&...>;
    using ListAndOutput = std::is_invocable<Backward&, G, const List&, G>;
    using ListAlone = std::is_invocable<Backward&, G, const List&>;
    static_assert(std::disjunction_v<Each, std::is_invocable<Forward&, const List&>>,
                  "custom_function: forward must take as many tensors as the function is called "
                  "with, or a const std::vector<Tensor>&");
    static_assert(std::disjunction_v<EachAndOutput, EachAlone, ListAndOutput, ListAlone>,
                  "custom_function: backward must take (g, inputs..., output) or (g, inputs...), "
                  "for as many inputs as the function is called with, or the inputs as a const "
                  "std::vector<Tensor>&");
    // Nodes share the functions, so that they outlive this object.
    const auto forward = [f = functions_](const List& x) -> Tensor {
      return one_by_one<X...>(x, [&](const auto&... each) {
        if constexpr (Each::value)
          return f->forward(each...);
        else
          return f->forward(x);
      });
    };
    const auto backward = [f = functions_](G g, const List& x, G y) {
      return detail::as_list(one_by_one<X...>(x, [&](const auto&... each) {
        if constexpr (EachAndOutput::value)
          return f->backward(g, each..., y);
        else if constexpr (EachAlone::value)
          return f->backward(g, each...);
        else if constexpr (ListAndOutput::value)
          return f->backward(g, x, y);
        else
          return f->backward(g, x);
      }));
    };
    constexpr bool reads_output =
        std::disjunction_v<EachAndOutput,
                           std::conjunction<std::negation<EachAlone>, ListAndOutput>>;
    return detail::apply_custom(std::make_shared<detail::CustomOperation>(detail::CustomOperation{
                                    functions_->name, forward, backward, reads_output}),
                                inputs);
  }

  // f(x[0], x[1], …) for tensors, f(x) for a list.
  template <class... X, class F>
  static auto one_by_one(const List& x, const F& f) {
    if constexpr ((std::same_as<X, List> || ...))
      return f(x);
    else
      return [&]<std::size_t... I>(std::index_sequence<I...>) {
        return f(x[I]...);
      }(std::index_sequence_for<X...>{});
  }

  std::shared_ptr<Functions> functions_;
};

/// A differentiable function made of its value and its gradients:
///
///     auto cube = custom_function("cube",
///         [](const Tensor& x) { return x * x * x; },
///         [](const Tensor& g, const Tensor& x) { return g * 3 * square(x); });
///     Tensor y = cube(x);
///
/// `forward(inputs…)` returns a Tensor; what it does is not recorded. An input may be an integer
/// tensor, or undefined where forward can do without it. A result that is one of the inputs, or
/// another tensor that exists already, becomes a new tensor that shares its values.
///
/// `backward(g, inputs…, output)`, or without the output, takes g, the gradient of the final result
/// with respect to the output, and returns the gradient as a Tensor, or, for several inputs, a
/// std::vector<Tensor> of one each. An undefined tensor stands for zero. A gradient has its input's
/// dtype, and its shape or one that this broadcasts to, over which it is then summed. Gradients of
/// gradients are those of the operations that backward consists of. It is called once in a pass.
///
/// Either function may take all inputs as one const std::vector<Tensor>& instead, and so any number
/// of them.
///
/// Inputs, and the output where backward takes it, are saved: changing them in place before the
/// backward pass is an error. Both functions are kept as long as the object or a graph needs them.
/// `check_graph` and `gradcheck` tell whether they belong together.
///
/// Throws ValueError for an empty function. A call throws it if forward returns an undefined
/// tensor, and what forward throws; the backward pass GradError for gradients of wrong number,
/// shape or dtype. Source: the interface follows PyTorch's torch.autograd.Function.
template <class Forward, class Backward>
auto custom_function(std::string name, Forward forward, Backward backward) {
  return CustomFunction<Forward, Backward>(std::move(name), std::move(forward),
                                           std::move(backward));
}

}  // namespace xgrad
