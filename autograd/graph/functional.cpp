#include "functional.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "../ops/arithmetic.hpp"
#include "../ops/indexing.hpp"
#include "../ops/reduction.hpp"
#include "../ops/shaping.hpp"
#include "../support/str.hpp"
#include "../tensor/creation.hpp"
#include "../tensor/expect.hpp"
#include "engine.hpp"
#include "graph.hpp"
#include "observer.hpp"

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

using Tangents = std::unordered_map<const Node*, Tensor>;

// Undefined if there is none.
Tensor tangent_of(const Tangents& tangents, const Node* node) {
  const auto it = tangents.find(node);
  return it == tangents.end() ? Tensor() : it->second;
}

// A recorded operation, and what its result looks like.
struct Step {
  NodeRef node;
  Shape shape;
  DType dtype;
};

// The Jacobian by each input is diagonal: its product with a tangent is the gradient's formula,
// with the tangent in the place of the gradient.
Tensor push_elementwise(const Step& step, const Tangents& tangents) {
  Tensor total;
  for (std::size_t i = 0; i < step.node->inputs().size(); ++i) {
    const Tensor t = tangent_of(tangents, step.node->inputs()[i].node.get());
    if (!t.defined()) continue;
    const Tensor share = detail::gradient_of(
        *step.node, i, t.shape() == step.shape ? t : broadcast_to(t, step.shape));
    total = total.defined() ? add(total, share) : share;
  }
  return total;
}

// A gradient that has no graph is a constant, or it was computed behind autograd's back.
void require_zero(const Node& node, const Tensor& gradient) {
  for (const double g : gradient.to_vector<double>())
    if (g != 0)
      throw GradError(str(node.name(), ": jvp: its gradient of shape ", gradient.shape(),
                          " does not depend on the incoming one by recorded operations; "
                          "compute it by operations on tensors, not on their values"));
}

// The gradient v -> J^T v is linear: its own gradient is J, whatever v it is taken at.
Tensor push_structural(const Step& step, const Tangents& tangents) {
  Tensor v;
  Tensors gradients, seeds;
  {
    const EnableGrad guard;
    v = reshape(ones(step.shape, {.dtype = step.dtype, .requires_grad = true}), step.shape);
    detail::GradientList list(
        *step.node, [&](const Node::Input& input) { return tangents.contains(input.node.get()); });
    step.node->gradients(v, list);
    for (std::size_t i = 0; i < list.values.size(); ++i) {
      if (!list.values[i].defined()) continue;
      const Tensor t = tangent_of(tangents, step.node->inputs()[i].node.get());
      const Tensor g = detail::sum_to(list.values[i], t.shape());
      if (!g.requires_grad()) {
        require_zero(*step.node, g);
        continue;
      }
      gradients.push_back(g);
      seeds.push_back(t);
    }
  }
  Tensor product;
  if (!gradients.empty())
    product = grad(gradients, {v},
                   {.grad_outputs = std::move(seeds),
                    .create_graph = is_grad_enabled(),
                    .allow_unused = true})
                  .front();
  return product.defined() ? product : zeros(step.shape, {.dtype = step.dtype});
}

// Writes down the operations that depend on those reached, in the order in which they are applied.
struct Recorder final : Observer {
  void computed(const char*, const Tensor& out, std::span<const Tensor* const>) override {
    Node* node = detail::impl(out).node;
    if (!node || std::ranges::none_of(node->inputs(), [&](const Node::Input& input) {
          return reached.contains(input.node.get());
        }))
      return;
    steps.push_back({NodeRef(node->retain()), out.shape(), out.dtype()});
    reached.insert(node);
  }

  std::vector<Step> steps;
  std::unordered_set<const Node*> reached;
};

// f, recorded once: a linear map between its inputs and outputs, to be applied either way any
// number of times.
class Linearization {
 public:
  Linearization(const char* op, const TensorFunction& f, const Tensors& inputs)
      : recording_(is_grad_enabled()) {
    record(op, f, inputs);
    for (std::size_t j = 0; j < outputs_.size(); ++j)
      expect_defined(op, numbered("output", j), outputs_[j]);
    differentiable_ = recording_ && (any_requires_grad(inputs) || has_other_sources());
  }

  const Tensors& recorded_outputs() const noexcept { return outputs_; }
  // The outputs, recorded if there is anything outside f to differentiate them for.
  Tensors outputs() const { return finished(outputs_, outputs_, differentiable_); }
  // Whether products with constants are recorded.
  bool differentiable() const noexcept { return differentiable_; }

  // J^T c.
  Tensors pull(const Tensors& cotangents) const {
    const bool recorded = is_recorded(cotangents);
    Tensors outputs, seeds, products(inputs_.size());
    for (std::size_t j = 0; j < cotangents.size(); ++j) {
      if (!reached_.contains(detail::impl(outputs_[j]).node)) continue;
      outputs.push_back(outputs_[j]);
      seeds.push_back(cotangents[j]);
    }
    if (!outputs.empty())
      products = grad(outputs, inputs_,
                      {.grad_outputs = std::move(seeds),
                       .retain_graph = true,
                       .create_graph = recorded,
                       .allow_unused = true});
    return finished(std::move(products), inputs_, recorded);
  }

  // J t. Throws GradError if the saved values of a step have been released, or its gradient is not
  // made of operations.
  Tensors push(const Tensors& tangents) const {
    const bool recorded = is_recorded(tangents);
    const detail::SweepGuard guard(recorded);
    Tangents known;
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      known.emplace(detail::impl(inputs_[i]).node, tangents[i]);
    for (const Step& step : steps_) {
      Node& node = *step.node;
      if (node.released())
        throw GradError(str(node.name(),
                            ": jvp: the saved values of this step, whose result has shape ",
                            step.shape,
                            ", were released within f; pass retain_graph = true to the grad() or "
                            "backward() there"));
      Tensor tangent =
          node.is_elementwise() ? push_elementwise(step, known) : push_structural(step, known);
      if (detail::mode.observer) Observer::notify(&Observer::pushed, node, tangent);
      known.emplace(&node, std::move(tangent));
    }
    Tensors products;
    for (const Tensor& y : outputs_) products.push_back(tangent_of(known, detail::impl(y).node));
    return finished(std::move(products), outputs_, recorded);
  }

 private:
  // Evaluates f at stand-ins for the inputs. Each is the result of an operation, so that it is no
  // other tensor's node, and the sweeps, which prune by the nodes' numbers, stay within f.
  void record(const char* op, const TensorFunction& f, const Tensors& inputs) {
    const EnableGrad guard;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Tensor& x = inputs[i];
      expect_floating(op, numbered("input", i), x);
      const bool recorded = recording_ && x.requires_grad();
      inputs_.push_back(reshape(recorded ? x : x.detach().requires_grad_(), x.shape()));
      reached_.insert(detail::impl(inputs_[i]).node);
    }
    {
      Recorder recorder;
      recorder.reached = std::move(reached_);
      outputs_ = f(inputs_);
      reached_ = std::move(recorder.reached);
      steps_ = std::move(recorder.steps);
    }
    std::unordered_set<const Node*> needed;
    for (const Tensor& y : outputs_)
      if (y.defined()) needed.insert(detail::impl(y).node);
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step)
      if (needed.contains(step->node.get()))
        for (const Node::Input& input : step->node->inputs()) needed.insert(input.node.get());
    std::erase_if(steps_, [&](const Step& step) { return !needed.contains(step.node.get()); });
    std::erase_if(reached_, [&](const Node* node) { return !needed.contains(node); });
  }

  // Whether the outputs depend on anything but the inputs that requires a gradient.
  bool has_other_sources() const {
    for (const Tensor& y : outputs_)
      if (y.requires_grad() && !reached_.contains(detail::impl(y).node)) return true;
    for (const Step& step : steps_)
      for (const Node::Input& input : step.node->inputs())
        if (input.needs_gradient() && !reached_.contains(input.node.get())) return true;
    return false;
  }

  bool is_recorded(const Tensors& vectors) const {
    return recording_ && (differentiable_ || any_requires_grad(vectors));
  }
  // The results, of which undefined ones are zeros like the models.
  static Tensors finished(Tensors results, const Tensors& models, bool recorded) {
    for (std::size_t k = 0; k < models.size(); ++k) {
      if (!results[k].defined()) results[k] = zeros_like(models[k]);
      if (!recorded && results[k].requires_grad()) results[k] = results[k].detach();
    }
    return results;
  }

  bool recording_;  // results may be
  bool differentiable_ = false;
  Tensors inputs_, outputs_;                 // of the recorded f
  std::vector<Step> steps_;                  // on the ways from the inputs to the outputs
  std::unordered_set<const Node*> reached_;  // those, and the inputs that they come from
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
  // Without the memory for the result, this throws before the first sweep.
  if (!detail::mode.calls) detail::make_tensor(op, shape, x.dtype());

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
  return jacobian_of("jacobian", detail::of_one("jacobian", f), x);
}

Tensor hessian(const Function& f, const Tensor& x) {
  return jacobian_of("hessian", gradient_of("hessian", detail::of_one("hessian", f)), x);
}

Tensor hvp(const Function& f, const Tensor& x, const Tensor& v) {
  const Linearization linear("hvp", gradient_of("hvp", detail::of_one("hvp", f)), {x});
  expect_alike("hvp", "vector", {v}, "input", {x});
  return linear.pull({v}).front();
}

}  // namespace xgrad
