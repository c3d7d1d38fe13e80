#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../graph/tensor_function.hpp"

/// @file
/// An operation of one's own from two functions over Tensors. Elementwise ones that should run at
/// full speed are better given as a formula to `apply` (autograd/apply.hpp).

namespace xgrad {
namespace detail {

/// A custom function bound to its number of inputs: what the recorded node keeps.
class CustomOperation {
 public:
  CustomOperation() = default;
  CustomOperation(const CustomOperation&) = delete;
  CustomOperation& operator=(const CustomOperation&) = delete;
  virtual ~CustomOperation() = default;

  virtual const char* name() const noexcept = 0;
  virtual Tensor forward(const std::vector<Tensor>& inputs) = 0;
  /// Whether backward looks at the output, which is then saved.
  virtual bool reads_output() const noexcept = 0;
  virtual std::vector<Tensor> backward(const Tensor& g, const std::vector<Tensor>& inputs,
                                       const Tensor& output) = 0;
};

/// The operation applied, and recorded if need be.
Tensor apply_custom(const std::shared_ptr<CustomOperation>& operation,
                    const std::vector<Tensor>& inputs);

}  // namespace detail

/// What custom_function returns: called with tensors, or, where forward takes a vector of them,
/// with that.
template <class Forward, class Backward>
class CustomFunction {
  // Asked in this order, because a generic lambda for one tensor may not compile for a list.
  template <class F>
  static constexpr bool takes_list() {
    if constexpr (std::invocable<F&, const Tensor&>)
      return false;
    else
      return std::invocable<F&, const std::vector<Tensor>&>;
  }

 public:
  CustomFunction(std::string name, Forward forward, Backward backward)
      : functions_(std::make_shared<Functions>(
            Functions{std::move(name), std::move(forward), std::move(backward)})) {}

  template <std::same_as<Tensor>... Inputs>
    requires(sizeof...(Inputs) > 0)
  Tensor operator()(const Inputs&... inputs) const {
    return call<sizeof...(Inputs)>({inputs...});
  }
  Tensor operator()(const std::vector<Tensor>& inputs) const
    requires(takes_list<Forward>())
  {
    return call<as_list>(inputs);
  }

 private:
  using List = std::vector<Tensor>;
  static constexpr std::size_t as_list = 0;  // in place of a number of inputs

  struct Functions {
    std::string name;
    Forward forward;
    Backward backward;
  };

  template <std::size_t N>
  Tensor call(const List& inputs) const {
    return detail::apply_custom(std::make_shared<Call<N>>(functions_), inputs);
  }

  // Nodes share the functions, so that they outlive this object.
  template <std::size_t N>
  class Call final : public detail::CustomOperation {
    using Indices = std::make_index_sequence<N>;
    template <std::size_t>
    using Each = const Tensor&;

    enum class Takes { inputs_and_output, inputs, list_and_output, list };

    template <std::size_t... I>
    static constexpr bool spelled_out(std::index_sequence<I...>) {
      return N != as_list && std::invocable<Forward&, Each<I>...>;
    }

    template <std::size_t... I>
    static constexpr Takes backward_takes(std::index_sequence<I...>) {
      if constexpr (N != as_list &&
                    std::invocable<Backward&, const Tensor&, Each<I>..., const Tensor&>) {
        return Takes::inputs_and_output;
      } else if constexpr (N != as_list && std::invocable<Backward&, const Tensor&, Each<I>...>) {
        return Takes::inputs;
      } else if constexpr (std::invocable<Backward&, const Tensor&, const List&, const Tensor&>) {
        return Takes::list_and_output;
      } else {
        static_assert(std::invocable<Backward&, const Tensor&, const List&>,
                      "custom_function: backward must take (g, inputs..., output), (g, "
                      "inputs...), (g, const std::vector<Tensor>&, output) or (g, const "
                      "std::vector<Tensor>&), for as many inputs as the function is called with");
        return Takes::list;
      }
    }

   public:
    explicit Call(std::shared_ptr<Functions> functions) : f_(std::move(functions)) {}

    const char* name() const noexcept override { return f_->name.c_str(); }

    bool reads_output() const noexcept override {
      constexpr Takes takes = backward_takes(Indices());
      return takes == Takes::inputs_and_output || takes == Takes::list_and_output;
    }

    Tensor forward(const List& inputs) override {
      return [&]<std::size_t... I>(std::index_sequence<I...>) -> Tensor {
        if constexpr (spelled_out(Indices())) {
          return f_->forward(inputs[I]...);
        } else {
          static_assert(std::invocable<Forward&, const List&>,
                        "custom_function: forward must take as many tensors as the function is "
                        "called with, or a const std::vector<Tensor>&");
          return f_->forward(inputs);
        }
      }(Indices());
    }

    List backward(const Tensor& g, const List& inputs, const Tensor& output) override {
      constexpr Takes takes = backward_takes(Indices());
      return [&]<std::size_t... I>(std::index_sequence<I...>) {
        if constexpr (takes == Takes::inputs_and_output)
          return detail::as_list(f_->backward(g, inputs[I]..., output));
        else if constexpr (takes == Takes::inputs)
          return detail::as_list(f_->backward(g, inputs[I]...));
        else if constexpr (takes == Takes::list_and_output)
          return detail::as_list(f_->backward(g, inputs, output));
        else
          return detail::as_list(f_->backward(g, inputs));
      }(Indices());
    }

   private:
    std::shared_ptr<Functions> f_;
  };

  std::shared_ptr<Functions> functions_;
};

/// A differentiable function made of its value and its gradients:
///
///     auto cube = custom_function("cube",
///         [](const Tensor& x) { return x * x * x; },
///         [](const Tensor& g, const Tensor& x) { return g * 3 * square(x); });
///     Tensor y = cube(x);
///
/// `forward` takes the inputs, one by one or as a const std::vector<Tensor>&, and returns a Tensor;
/// what it does is not recorded. An input may be an integer tensor, or undefined where forward can
/// do without it. A result that is one of the inputs, or another tensor that exists already,
/// becomes a new tensor that shares its values.
///
/// `backward` takes g, the gradient of the final result with respect to the output, and is called
/// as the first of these that compiles:
///     (g, inputs…, output)   (g, inputs…)   (g, vector of inputs, output)   (g, vector of inputs)
/// It returns the gradient as a Tensor, or, for several inputs, a std::vector<Tensor> of one each.
/// An undefined tensor stands for zero. A gradient has its input's dtype, and its shape or one that
/// this broadcasts to, over which it is then summed. Gradients of gradients are those of the
/// operations that backward consists of. backward is called once in a pass.
///
/// Inputs, and the output where backward takes it, are saved: changing them in place before the
/// backward pass is an error. Both functions are kept as long as the object or a graph needs them.
/// `check_graph` and `gradcheck` tell whether they belong together.
///
/// Errors of a call: ValueError if forward returns an undefined tensor; whatever forward throws. Of
/// the backward pass: GradError for gradients of wrong number, shape or dtype.
/// Source: the interface follows PyTorch's torch.autograd.Function.
template <class Forward, class Backward>
auto custom_function(std::string name, Forward forward, Backward backward) {
  return CustomFunction<Forward, Backward>(std::move(name), std::move(forward),
                                           std::move(backward));
}

}  // namespace xgrad
