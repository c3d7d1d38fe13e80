#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#if __has_include(<xtensor/containers/xarray.hpp>)  // since xtensor 0.26
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xarray.hpp>
#include <xtensor/core/xnoalias.hpp>
#include <xtensor/core/xoperation.hpp>
#include <xtensor/views/xslice.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xoperation.hpp>
#include <xtensor/xslice.hpp>
#endif

#include "check/numerical.hpp"
#include "op/custom_function.hpp"
#include "ops/indexing.hpp"
#include "support/str.hpp"
#include "tensor/creation.hpp"
#include "tensor/expect.hpp"

/// @file
/// The bridge to xtensor (0.24 and later), for those who include it: tensors read and written as
/// xtensor expressions, expressions made into tensors, and code on xtensor made into recorded
/// operations.
///
/// In C++20 parts of xtensor 0.24.3, Debian's, crash that work in C++17: reductions by
/// `xt::evaluation_strategy::immediate` and what is made of them (`xt::variance` and `xt::stddev`
/// over an axis, `xt::average`), `xt::tile`, `xt::pad`, `xt::trapz`, and `xt::eval` of reductions,
/// views, `xt::where` and more. Lazy expressions that are assigned to an xt::xarray are right.

namespace xgrad {
namespace detail {

/// The values of a tensor as xtensor sees them.
template <class T>
auto adapt_values(std::span<T> values, const Shape& shape) {
  return xt::adapt<xt::layout_type::row_major>(
      values.data(), values.size(), xt::no_ownership(),
      std::vector<std::size_t>(shape.begin(), shape.end()));
}

}  // namespace detail

/// The tensor's own memory as an xtensor container of its shape, row-major; nothing is copied. The
/// adaptor owns nothing: it is valid while a handle of the tensor lives and until the tensor, after
/// a reshape that shares its memory, is first written through again. As with Tensor::data, writing
/// through it is not noticed by the version check. Throws DTypeError unless T is the element type.
template <Element T>
auto as_xarray(Tensor& tensor) {
  return detail::adapt_values(tensor.data<T>(), tensor.shape());
}
/// The same for reading.
template <Element T>
auto as_xarray(const Tensor& tensor) {
  return detail::adapt_values(tensor.data<T>(), tensor.shape());
}

/// A temporary would be gone before the adaptor is read: give it a name.
template <Element T>
void as_xarray(const Tensor&& tensor) = delete;

/// A new tensor holding the value of an xtensor expression, of its shape. The dtype, unless given,
/// is that of the expression's elements: float32 for float, float64 for double, boolean for bool,
/// uint8 for std::uint8_t, int64 for other integers; otherwise the elements are converted.
/// Throws ShapeError for more than max_ndim axes; GradError for integers that require gradients.
template <class E>
Tensor from_xarray(const xt::xexpression<E>& expression, const TensorOptions& options = {}) {
  const E& values = expression.derived_cast();
  using Value = std::remove_cvref_t<typename E::value_type>;
  static_assert(std::is_arithmetic_v<Value>, "tensors hold real numbers only");

  const std::vector<std::size_t> extents(values.shape().begin(), values.shape().end());
  if (extents.size() > max_ndim)
    throw ShapeError(str("from_xarray: the expression has ", extents.size(),
                         " axes; a tensor has at most ", max_ndim));
  Tensor tensor = empty(Shape(extents), {.dtype = options.dtype.value_or(dtype_of_literal<Value>)});
  visit_dtype(tensor.dtype(),
              [&]<class T>(T) { xt::noalias(as_xarray<T>(tensor)) = xt::cast<T>(values); });
  return options.requires_grad ? tensor.requires_grad_() : tensor;
}

namespace detail {

/// What a function on xtensor returns, as a tensor: an expression or a number; null is no tensor.
template <class Result>
Tensor tensor_of(const Result& result, DType dtype) {
  if constexpr (std::is_null_pointer_v<Result>)
    return {};
  else if constexpr (std::is_arithmetic_v<Result>)
    return tensor(result, {.dtype = dtype});
  else
    return from_xarray(result, {.dtype = dtype});
}

/// The gradients of N inputs.
template <std::size_t N, class... Results>
std::vector<Tensor> tensors_of(const std::tuple<Results...>& results, DType dtype) {
  static_assert(N == sizeof...(Results),
                "xtensor_function: backward must return one gradient an input, for several inputs "
                "a std::tuple");
  return std::apply(
      [&](const auto&... each) { return std::vector<Tensor>{tensor_of(each, dtype)...}; }, results);
}

/// f(x…) of the adaptors of N tensors of one float dtype.
template <std::size_t N, class F>
auto with_adaptors(const std::vector<Tensor>& x, const F& f) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return visit_floating(x[0].dtype(), [&]<class T>(T) { return f(as_xarray<T>(x[I])...); });
  }(std::make_index_sequence<N>());
}

}  // namespace detail

/// A recorded operation of code that is written on xtensor:
///
///     auto softplus = xtensor_function("softplus",
///         [](const auto& x) { return xt::log1p(xt::exp(x)); },
///         [](const auto& g, const auto& x, const auto&) { return g / (1 + xt::exp(-x)); });
///     Tensor y = softplus(x);
///
/// `forward(x…)` takes the inputs as adaptors for reading (as_xarray), of float or double as the
/// tensors are, which also convert to `const xt::xarray<double>&`. It takes them by reference,
/// since an expression refers to what it is made of, and returns an expression of any shape, or a
/// number. The result has the inputs' dtype.
///
/// `backward(g, x…, y)` takes the gradient of the final result with respect to y = forward(x…), the
/// inputs and y. It returns one expression for each input, for several a std::tuple; `nullptr`
/// stands for zero. Shapes are those of custom_function: the input's, or one that this broadcasts
/// to. Neither function is recorded: where the backward pass is (create_graph), the derivative of
/// `backward` is found by central differences, and the derivative after that is a GradError.
///
/// Without `backward`, the gradient itself is found by central differences in float64: two calls of
/// forward for each element of each input that requires a gradient, which std::clog says once, at
/// the first call that is recorded. Its derivative is a GradError.
///
/// Throws, when called: ValueError for an undefined input; DTypeError for integers, or for float32
/// and float64 together; ShapeError for a result of more than max_ndim axes; whatever forward
/// throws. Throws, in the backward pass: GradError for gradients of wrong shape; ValueError where a
/// step of differences is lost in rounding.
template <class Forward, class Backward = std::nullptr_t>
auto xtensor_function(std::string name, Forward forward, Backward backward = nullptr) {
  struct Parts {
    std::string name;
    Forward forward;
    Backward backward;
    std::once_flag announced;
  };
  // Graphs share the parts, so that they outlive what is returned.
  const std::shared_ptr<Parts> parts(
      new Parts{std::move(name), std::move(forward), std::move(backward), {}});
  return [parts]<std::same_as<Tensor>... Inputs>(const Inputs&... inputs)
    requires(sizeof...(Inputs) > 0)
  {
    constexpr std::size_t count = sizeof...(Inputs);
    constexpr bool is_numerical = std::is_null_pointer_v<Backward>;
    const std::vector<Tensor> all = {inputs...};
    for (const Tensor& each : all) {
      expect_floating(parts->name, "an input", each);
      expect_same_dtype(parts->name, "the first input", all[0], "another", each);
    }
    detail::ValueFunction f{{parts->name, {}, {}, true}};
    f.forward = [parts](const std::vector<Tensor>& in) {
      return detail::with_adaptors<count>(in, [&](const auto&... x) {
        return detail::tensor_of(parts->forward(x...), in[0].dtype());
      });
    };
    if constexpr (!is_numerical)
      f.backward = [parts](const Tensor& g, std::vector<Tensor> in, const Tensor& y) {
        in.insert(in.begin(), g);
        in.push_back(y);
        return detail::with_adaptors<count + 2>(in, [&](const auto&... x) {
          return detail::tensors_of<count>(std::tuple(parts->backward(x...)), g.dtype());
        });
      };
    // Where forward computes in single precision even if it is given double, differences need a
    // longer step.
    using Result = std::invoke_result_t<Forward&, const decltype(as_xarray<double>(inputs))&...>;
    if (std::is_same_v<xt::xvalue_type_t<std::remove_cvref_t<Result>>, float>) f.eps = 5e-3;
    const Tensor y =
        detail::apply_values(std::make_shared<detail::ValueFunction>(std::move(f)), all);
    if (is_numerical && y.requires_grad())
      std::call_once(parts->announced, detail::announce_differences, parts->name);
    return y;
  };
}

/// df/dx of f: xt::xarray<double> -> double, of x's shape, as numerical_gradient of tensors finds
/// it (autograd/numerical.hpp); throws as that does.
template <class F, std::same_as<xt::xarray<double>> X>
  requires std::is_invocable_r_v<double, F&, const X&>
X numerical_gradient(F f, const X& x, const NumericalOptions& options = {}) {
  const auto of_tensor = [&](const Tensor& at) {
    return tensor(static_cast<double>(f(X(as_xarray<double>(at)))));
  };
  const Tensor gradient = numerical_gradient(of_tensor, from_xarray(x), options);
  return as_xarray<double>(gradient);
}

namespace detail {

/// xtensor's slices as entries of index. Each xt::keep chooses along its own axis, so that is done
/// afterwards.
struct ViewEntries {
  const Shape& shape;
  std::size_t rest;  ///< axes that an ellipsis stands for
  std::vector<Index> entries{};
  std::vector<std::pair<int, Tensor>> kept{};  ///< axes of the result and their indices
  std::size_t from = 0;                        ///< the next axis of x
  int to = 0;                                  ///< the next axis of the result

  void add(xt::xall_tag) { pass(Slice(), 1); }
  void add(xt::xellipsis_tag) { pass(ellipsis, rest); }
  void add(xt::xnewaxis_tag) {
    entries.push_back(newaxis);
    ++to;
  }
  template <std::integral I>
  void add(I index) {
    entries.push_back(index);
    ++from;
  }
  template <class A, class B, class C>
  void add(const xt::xrange_adaptor<A, B, C>& range) {
    if constexpr (std::integral<C>)
      if (range.step() == 0) return pass(Slice(none, none, 0), 1);  // which index refuses
    const auto part = range.get(shape[from]);
    const std::int64_t count = part.size(), step = part.step_size(), first = part(0);
    const std::int64_t end = first + count * step;
    if (count <= 0)  // less than 0 for bounds in the wrong order
      pass(Slice(0, 0), 1);
    else
      pass(Slice(first, end < 0 ? std::optional<Extent>() : end, step), 1);
  }
  template <class T>
  void add(xt::xkeep_slice<T> keep) {
    keep.normalize(shape[from]);
    std::vector<std::int64_t> indices;
    for (T i = 0; i < keep.size(); ++i) indices.push_back(static_cast<std::int64_t>(keep(i)));
    kept.emplace_back(to, tensor(indices));
    pass(Slice(), 1);
  }

 private:
  void pass(const Index& entry, std::size_t axes) {
    entries.push_back(entry);
    from += axes;
    to += static_cast<int>(axes);
  }
};

template <class Slice, class... Others>
constexpr bool is_any_of = (std::is_same_v<std::remove_cvref_t<Slice>, Others> || ...);

}  // namespace detail

/// The part of x that xt::view and xt::strided_view give for these slices, recorded as index
/// is; as everywhere, nothing writes through it. A slice is an integer (the axis
/// goes), `xt::range(start, stop, step)` (negative bounds count from the end, bounds beyond the
/// ends are cut, a negative step reverses, `xt::placeholders::_` is an end), `xt::all()`,
/// `xt::keep(…)`, `xt::newaxis()` or, once, `xt::ellipsis()`. Axes that are not named are whole.
/// Throws ValueError for an undefined x or a step of 0, ShapeError for an index out of range, for
/// more slices than axes or for a result of more than max_ndim axes.
// Like xt::view's, which would otherwise be the better match where both are found.
template <class X, class... Slices>
  requires std::same_as<std::remove_cvref_t<X>, Tensor>
Tensor view(X&& x, Slices&&... slices) {
  using detail::is_any_of;
  constexpr int ellipses = (0 + ... + is_any_of<Slices, xt::xellipsis_tag>);
  static_assert(ellipses <= 1, "view: expected at most one xt::ellipsis()");
  constexpr std::size_t named = (0 + ... + !is_any_of<Slices, xt::xnewaxis_tag, xt::xellipsis_tag>);
  expect_defined("view", "x", x);
  if (named > x.ndim())
    throw ShapeError(str("view: ", named, " slices for x of shape ", x.shape(),
                         "; expected at most one for each axis"));
  detail::ViewEntries view{x.shape(), x.ndim() - named};
  (view.add(slices), ...);
  Tensor result = detail::index(x, view.entries, "view");
  for (const auto& [axis, indices] : view.kept) result = take(result, indices, axis);
  return result;
}

}  // namespace xgrad
