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

/// The N inputs as arguments, one by one; for N = 0 as a list.
template <std::size_t N>
auto arguments_of(const std::vector<Tensor>& inputs) {
  if constexpr (N == 0)
    return std::tie(inputs);
  else
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::tie(inputs[I]...);
    }(std::make_index_sequence<N>{});
}

template <class F, class Arguments>
inline constexpr bool takes = false;
template <class F, class... Arguments>
inline constexpr bool takes<F, std::tuple<Arguments...>> = std::invocable<F&, Arguments...>;

/// The first of a tuple of argument lists that F takes. Those behind it are not tried: a generic
/// lambda may not compile for them.
template <class F, class Lists, std::size_t I = 0>
constexpr std::size_t first_taken() {
  if constexpr (I == std::tuple_size_v<Lists>)
    return I;
  else if constexpr (takes<F, std::tuple_element_t<I, Lists>>)
    return I;
  else
    return first_taken<F, Lists, I + 1>();
}

}  // namespace detail

/// What custom_function returns: called with tensors, or, where forward takes a vector of them,
/// with that.
template <class Forward, class Backward>
class CustomFunction {
  using List = std::vector<Tensor>;

 public:
  CustomFunction(std::string name, Forward forward, Backward backward)
      : functions_(std::make_shared<Functions>(
            Functions{std::move(name), std::move(forward), std::move(backward)})) {}

  template <std::same_as<Tensor>... Inputs>
    requires(sizeof...(Inputs) > 0)
  Tensor operator()(const Inputs&... inputs) const {
    return call<sizeof...(Inputs)>({inputs...});
  }
  Tensor operator()(const List& inputs) const
    requires(detail::first_taken<
                 Forward, std::tuple<std::tuple<const Tensor&>, std::tuple<const List&>>>() == 1)
  {
    return call<0>(inputs);
  }

 private:
  struct Functions {
    std::string name;
    Forward forward;
    Backward backward;
  };

  // The argument lists that either function may take.
  template <std::size_t N>
  static auto to_forward(const List& x) {
    return std::make_tuple(detail::arguments_of<N>(x), std::tie(x));
  }
  template <std::size_t N>
  static auto to_backward(const Tensor& g, const List& x, const Tensor& y) {
    const auto each = detail::arguments_of<N>(x);
    return std::make_tuple(std::tuple_cat(std::tie(g), each, std::tie(y)),
                           std::tuple_cat(std::tie(g), each), std::tie(g, x, y), std::tie(g, x));
  }

  template <std::size_t N>
  Tensor call(const List& inputs) const {
    constexpr std::size_t f = detail::first_taken<Forward, decltype(to_forward<N>({}))>();
    constexpr std::size_t b = detail::first_taken<Backward, decltype(to_backward<N>({}, {}, {}))>();
    static_assert(f < 2,
                  "custom_function: forward must take as many tensors as the function is called "
                  "with, or a const std::vector<Tensor>&");
    static_assert(b < 4,
                  "custom_function: backward must take (g, inputs..., output) or (g, inputs...), "
                  "for as many inputs as the function is called with, or the inputs as a const "
                  "std::vector<Tensor>&");
    // Nodes share the functions, so that they outlive this object.
    const auto forward = [functions = functions_](const List& x) -> Tensor {
      return std::apply(functions->forward, std::get<f>(to_forward<N>(x)));
    };
    const auto backward = [functions = functions_](const Tensor& g, const List& x,
                                                   const Tensor& y) {
      return detail::as_list(std::apply(functions->backward, std::get<b>(to_backward<N>(g, x, y))));
    };
    return detail::apply_custom(std::make_shared<detail::CustomOperation>(detail::CustomOperation{
                                    functions_->name, forward, backward, b % 2 == 0}),
                                inputs);
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
/// A call throws ValueError if forward returns an undefined tensor, and what forward throws; the
/// backward pass GradError for gradients of wrong number, shape or dtype.
/// Source: the interface follows PyTorch's torch.autograd.Function.
template <class Forward, class Backward>
auto custom_function(std::string name, Forward forward, Backward backward) {
  return CustomFunction<Forward, Backward>(std::move(name), std::move(forward),
                                           std::move(backward));
}

}  // namespace xgrad
