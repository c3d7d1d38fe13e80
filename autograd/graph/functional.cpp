#include "functional.hpp"

#include <algorithm>

#include "../ops/indexing.hpp"
#include "../ops/shaping.hpp"
#include "../support/str.hpp"
#include "../tensor/creation.hpp"
#include "../tensor/expect.hpp"
#include "engine.hpp"
#include "grad_mode.hpp"
#include "tape.hpp"

namespace xgrad {
namespace {

using detail::TensorFunction;
using Tensors = std::vector<Tensor>;

std::string numbered(const char* what, std::size_t k) { return str(what, " ", k); }

// One vector for each model, of its shape and dtype.
void expect_alike(const char* op, const char* what, const Tensors& vectors, const char* of,
                  const Tensors& models) {
  if (vectors.size() != models.size())
    throw ValueError(str(op, ": ", vectors.size(), " ", what, "s for ", models.size(), " ", of,
                         "s; expected one each"));
  for (std::size_t k = 0; k < models.size(); ++k) {
    expect_defined(op, numbered(what, k), vectors[k]);
    expect_same_shape(op, numbered(what, k), vectors[k], numbered(of, k), models[k]);
    expect_same_dtype(op, numbered(what, k), vectors[k], numbered(of, k), models[k]);
  }
}

bool any_requires_grad(const Tensors& tensors) {
  return std::any_of(tensors.begin(), tensors.end(), std::mem_fn(&Tensor::requires_grad));
}

/// f, recorded once: a linear map between its inputs and outputs, to be applied either way any
/// number of times.
class Linearization {
 public:
  Linearization(const char* op, const TensorFunction& f, const Tensors& inputs)
      : recording_(is_grad_enabled()), tape_(record(op, f, inputs)) {
    for (std::size_t j = 0; j < tape_.outputs().size(); ++j)
      expect_defined(op, numbered("output", j), tape_.outputs()[j]);
    differentiable_ = recording_ && (any_requires_grad(inputs) || tape_.has_other_sources());
  }

  const Tensors& recorded_outputs() const noexcept { return tape_.outputs(); }
  /// The outputs, recorded if there is anything outside f to differentiate them for.
  Tensors outputs() const { return finished(tape_.outputs(), differentiable_); }
  /// Whether products with constants are recorded.
  bool differentiable() const noexcept { return differentiable_; }

  /// J^T c.
  Tensors pull(const Tensors& cotangents) const {
    const bool recorded = is_recorded(cotangents);
    Tensors outputs, seeds;
    for (std::size_t j = 0; j < cotangents.size(); ++j) {
      if (!tape_.reaches(tape_.outputs()[j])) continue;
      outputs.push_back(tape_.outputs()[j]);
      seeds.push_back(cotangents[j]);
    }
    Tensors products(tape_.inputs().size());
    if (!outputs.empty())
      products = grad(outputs, tape_.inputs(),
                      {.grad_outputs = std::move(seeds),
                       .retain_graph = true,
                       .create_graph = recorded,
                       .allow_unused = true});
    return finished(or_zeros(std::move(products), tape_.inputs()), recorded);
  }

  /// J t.
  Tensors push(const Tensors& tangents) const {
    const bool recorded = is_recorded(tangents);
    const detail::SweepGuard guard(recorded);
    return finished(or_zeros(tape_.push(tangents), tape_.outputs()), recorded);
  }

 private:
  // f at stand-ins for the inputs. Each is the result of an operation, so that it is no other
  // tensor's node, and the sweeps, which prune by the nodes' numbers, stay within f.
  detail::Tape record(const char* op, const TensorFunction& f, const Tensors& inputs) const {
    const EnableGrad guard;
    Tensors stand_ins;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Tensor& x = inputs[i];
      expect_floating(op, numbered("input", i), x);
      const bool recorded = recording_ && x.requires_grad();
      stand_ins.push_back(reshape(recorded ? x : x.detach().requires_grad_(), x.shape()));
    }
    return detail::Tape(f, std::move(stand_ins));
  }

  bool is_recorded(const Tensors& vectors) const {
    return recording_ && (differentiable_ || any_requires_grad(vectors));
  }
  static Tensors or_zeros(Tensors products, const Tensors& models) {
    for (std::size_t k = 0; k < models.size(); ++k)
      if (!products[k].defined()) products[k] = zeros_like(models[k]);
    return products;
  }
  static Tensors finished(Tensors results, bool recorded) {
    for (Tensor& result : results)
      if (!recorded && result.requires_grad()) result = result.detach();
    return results;
  }

  bool recording_;  // results may be
  bool differentiable_ = false;
  detail::Tape tape_;
};

// Element k is 1, the others are 0.
Tensor unit(const Tensor& model, std::size_t k) {
  return reshape(one_hot(tensor(k), model.numel(), {.dtype = model.dtype()}), model.shape());
}

Tensor jacobian_of(const char* op, const TensorFunction& f, const Tensor& x) {
  const Linearization linear(op, f, {x});
  const Tensor& y = linear.recorded_outputs().front();
  expect_floating(op, "output 0", y);
  if (y.ndim() + x.ndim() > max_ndim)
    throw ShapeError(str(op, ": derivatives of shape ", y.shape(), " by x of shape ", x.shape(),
                         " have more than ", max_ndim, " axes; reshape either"));
  Shape shape = y.shape();
  for (const std::size_t extent : x.shape()) shape.push_back(extent);
  if (shape.numel() == 0) return zeros(shape, {.dtype = x.dtype()});

  const GradModeGuard guard(linear.differentiable());
  const bool by_columns = x.numel() < y.numel();
  const Tensor& along = by_columns ? x : y;
  Tensors lines;
  for (std::size_t k = 0; k < along.numel(); ++k) {
    const Tensors seed = {unit(along, k)};
    const Tensor line = by_columns ? linear.push(seed).front() : linear.pull(seed).front();
    lines.push_back(reshape(line, {line.numel()}));
  }
  const Tensor matrix = stack(lines, 0);
  return reshape(by_columns ? t(matrix).to(x.dtype()) : matrix, shape);
}

// The gradient of a scalar f, recorded.
TensorFunction gradient_of(const char* op, const TensorFunction& f) {
  return [op, f](const Tensors& inputs) -> Tensors {
    const Tensor y = f(inputs).front();
    expect_floating(op, "output 0", y);
    if (y.numel() != 1)
      throw ShapeError(str(op, ": f(x) has shape ", y.shape(),
                           "; it must be a scalar (jacobian takes other shapes)"));
    Tensor g;
    if (y.requires_grad())
      g = grad({y}, inputs, {.create_graph = true, .allow_unused = true}).front();
    return {g.defined() ? g : zeros_like(inputs.front())};
  };
}

}  // namespace

namespace detail {

Products<Tensors> vjp(const TensorFunction& f, const Tensors& inputs, const Tensors& cotangents) {
  const Linearization linear("vjp", f, inputs);
  expect_alike("vjp", "cotangent", cotangents, "output", linear.recorded_outputs());
  return {linear.outputs(), linear.pull(cotangents)};
}

Products<Tensors> jvp(const TensorFunction& f, const Tensors& inputs, const Tensors& tangents) {
  const Linearization linear("jvp", f, inputs);
  expect_alike("jvp", "tangent", tangents, "input", inputs);
  return {linear.outputs(), linear.push(tangents)};
}

}  // namespace detail

using Function = std::function<Tensor(const Tensor&)>;

Tensor jacobian(const Function& f, const Tensor& x) {
  return jacobian_of("jacobian", detail::of_one(f), x);
}

Tensor hessian(const Function& f, const Tensor& x) {
  return jacobian_of("hessian", gradient_of("hessian", detail::of_one(f)), x);
}

Tensor hvp(const Function& f, const Tensor& x, const Tensor& v) {
  const Linearization linear("hvp", gradient_of("hvp", detail::of_one(f)), {x});
  expect_alike("hvp", "vector", {v}, "input", {x});
  return linear.pull({v}).front();
}

}  // namespace xgrad
