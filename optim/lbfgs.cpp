#include "lbfgs.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "../autograd/graph/grad_mode.hpp"
#include "../autograd/ops/arithmetic.hpp"
#include "../autograd/ops/elementwise.hpp"
#include "../autograd/ops/reduction.hpp"
#include "../autograd/ops/shaping.hpp"
#include "../autograd/ops/slicing.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"
#include "strong_wolfe.hpp"
#include "vector.hpp"

namespace xgrad::optim {
namespace {

using detail::inner;
using detail::max_abs;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr const char* line_searches[] = {"none", "strong_wolfe"};

/// What is kept from step to step.
struct Memory {
  double n_iter = 0, func_evals = 0, t = 0, prev_loss = 0;
  Tensor d, prev_flat_grad;
  detail::LimitedMemory last;

  Memory(const State& state, std::int64_t history_size)
      : last{static_cast<std::size_t>(history_size)} {
    std::map<std::string, Tensor> kept = state.tensors();
    for (const auto& [name, value] : scalars())
      if (kept[name].defined()) *value = kept[name].item<double>();
    if (n_iter == 0) {  // the rest is not read
      last.scale = 1;
      return;
    }
    d = kept["d"];
    prev_flat_grad = kept["prev_flat_grad"];
    std::int64_t k = 0;
    for (const double rho : kept["ro"].to_vector<double>()) {
      last.pairs.push_back({select(kept["old_stps"], 0, k), select(kept["old_dirs"], 0, k), rho});
      ++k;
    }
  }

  void write(State& state) {
    for (const auto& [name, value] : scalars()) state[name].fill_(*value);
    state["d"] = d;
    state["prev_flat_grad"] = prev_flat_grad;
    const TensorOptions options{.dtype = d.dtype()};
    std::vector<Tensor> s, y;
    std::vector<double> rho;
    for (const auto& pair : last.pairs) {
      s.push_back(pair.s);
      y.push_back(pair.y);
      rho.push_back(pair.rho);
    }
    const Tensor none = zeros({0, d.numel()}, options);
    state["old_dirs"] = y.empty() ? none : stack(y);
    state["old_stps"] = s.empty() ? none : stack(s);
    state["ro"] = tensor(rho, {rho.size()}, options);
  }

 private:
  std::array<std::pair<const char*, double*>, 5> scalars() {
    return {{{"n_iter", &n_iter},
             {"func_evals", &func_evals},
             {"t", &t},
             {"prev_loss", &prev_loss},
             {"H_diag", &last.scale}}};
  }
};

// ---- the parameters as one vector

std::size_t numel_of(const std::vector<Tensor>& params) {
  std::size_t n = 0;
  for (const Tensor& p : params) n += p.numel();
  return n;
}

/// The elements of all parameters, or of their gradients, which are 0 where there are none.
Tensor gather(const std::vector<Tensor>& params, bool gradients = false) {
  Tensor all = empty({numel_of(params)}, {.dtype = params[0].dtype()});
  visit_floating(all.dtype(), [&]<class T>(T) {
    T* to = all.data<T>().data();
    for (const Tensor& p : params) {
      const Tensor& from = gradients ? p.grad() : p;
      to = from.defined() ? std::ranges::copy(from.data<T>(), to).out
                          : std::fill_n(to, p.numel(), T{0});
    }
  });
  return all;
}

/// θ ← x.
void scatter(std::vector<Tensor> params, const Tensor& x) {
  visit_floating(x.dtype(), [&]<class T>(T) {
    const T* from = x.data<T>().data();
    for (Tensor& p : params) {
      xgrad::detail::begin_in_place(p, "LBFGS");
      std::copy_n(from, p.numel(), p.data<T>().data());
      from += p.numel();
    }
  });
}

void check_loss(const Tensor& loss) {
  if (!loss.defined())
    throw ValueError("LBFGS: the closure returned an undefined tensor; return the loss");
  if (loss.numel() != 1)
    throw ShapeError(str("LBFGS: the closure returned a tensor of shape ", loss.shape(),
                         "; the loss must be a scalar"));
}

}  // namespace

// ---- steps

LBFGS::LBFGS(std::vector<Tensor> params, LBFGSOptions options)
    : LBFGS(std::vector<ParamGroup>{std::move(params)}, options) {}

LBFGS::LBFGS(std::vector<ParamGroup> groups, LBFGSOptions defaults)
    : OptimizerOf(std::move(groups), defaults) {
  if (num_param_groups() > 1)
    throw ValueError(
        str("LBFGS: ", num_param_groups(), " parameter groups; expected one, of all parameters"));
  for (std::size_t i = 1; i < params().size(); ++i)
    expect_same_dtype("LBFGS", str("parameter ", i), params()[i], "parameter 0", params()[0]);
}

void LBFGS::add_param_group(ParamGroup) {
  throw ValueError("LBFGS: takes no further group; give all parameters to the constructor");
}

void LBFGS::step() {
  throw ValueError(
      "LBFGS: step() without a closure; pass one that computes the loss, calls backward() on it "
      "and returns it, as it is evaluated several times in a step");
}

Tensor LBFGS::step(const Closure& closure) {
  check_step();
  check_loaded(state(params()[0]), name());
  const NoGrad guard;
  const Tensor before = gather(params());
  const auto versions = [&] {
    std::uint64_t sum = 0;
    for (const Tensor& p : params()) sum += p.version();
    return sum;
  };
  const std::uint64_t version = versions();
  try {
    return iterate(closure);
  } catch (...) {
    if (versions() != version) scatter(params(), before);
    throw;
  }
}

Tensor LBFGS::iterate(const Closure& closure) {
  const LBFGSOptions& o = param_groups()[0].options;
  State& kept = state(params()[0]);
  Memory memory(kept, o.history_size);

  std::int64_t evaluations = 0;
  double loss = 0;
  Tensor gradient;
  const auto evaluate = [&] {
    ++evaluations;
    Tensor result = call(closure);
    check_loss(result);
    check_step();
    loss = result.item<double>();
    gradient = gather(params(), true);
    return result;
  };
  const auto finish = [&](const Tensor& first_loss) {
    kept["func_evals"].fill_(memory.func_evals += static_cast<double>(evaluations));
    return first_loss;
  };

  const Tensor first_loss = evaluate();
  if (max_abs(gradient) <= o.tolerance_grad) return finish(first_loss);

  for (std::int64_t iteration = 1;; ++iteration) {
    if (++memory.n_iter > 1) {
      const Tensor y = gradient - memory.prev_flat_grad, s = memory.d * memory.t;
      if (inner(y, s) > 1e-10) memory.last.push(s, y);
    }
    memory.d = memory.last.direction(gradient);
    memory.prev_flat_grad = gradient;
    memory.prev_loss = loss;
    memory.t = o.lr;
    if (memory.n_iter == 1) memory.t *= std::min(1.0, 1 / sum(abs(gradient)).item<double>());
    const double slope = inner(gradient, memory.d);
    if (slope > -o.tolerance_change) break;

    const Tensor x = gather(params());
    const auto move = [&](double t) {
      Tensor moved = x.clone();
      detail::add_to(moved, t, memory.d);
      scatter(params(), moved);
    };
    if (o.line_search == LineSearch::strong_wolfe) {
      const detail::Trial found =
          detail::strong_wolfe({0, slope, {.f = loss, .g = gradient}}, memory.t,
                               {.max_step = infinity,
                                .interval = 0,
                                .min_width = o.tolerance_change / max_abs(memory.d),
                                .max_trials = 25,
                                .torch = true},
                               [&](double t) -> detail::Trial {
                                 move(t);
                                 evaluate();
                                 if (std::isnan(loss)) loss = infinity;  // so it is no decrease
                                 return {t, inner(gradient, memory.d), {.f = loss, .g = gradient}};
                               });
      memory.t = found.t;
      loss = found.point.f;
      gradient = found.point.g;
      move(memory.t);
    } else {
      move(memory.t);
      if (iteration < o.max_iter) evaluate();  // else there is no use for it in this step
    }

    if (iteration == o.max_iter || evaluations >= o.max_eval ||
        max_abs(gradient) <= o.tolerance_grad ||
        max_abs(memory.d) * memory.t <= o.tolerance_change ||
        std::abs(loss - memory.prev_loss) < o.tolerance_change)
      break;
  }
  memory.write(kept);
  return finish(first_loss);
}

// ---- options and checks

Rule LBFGSOptions::rule(LBFGSOptions& o) {
  return {.name = "LBFGS",
          .state = {{"n_iter", true},
                    {"func_evals", true},
                    {"t", true},
                    {"prev_loss", true},
                    {"H_diag", true},
                    {.name = "d", .any_shape = true},
                    {.name = "prev_flat_grad", .any_shape = true},
                    {.name = "old_dirs", .any_shape = true},
                    {.name = "old_stps", .any_shape = true},
                    {.name = "ro", .any_shape = true}},
          .fields = {{"lr", &o.lr, Allowed::non_negative},
                     {"max_iter", &o.max_iter, Allowed::positive},
                     {"max_eval", &o.max_eval, Allowed::positive},
                     {"tolerance_grad", &o.tolerance_grad, Allowed::non_negative},
                     {"tolerance_change", &o.tolerance_change, Allowed::non_negative},
                     {"history_size", &o.history_size, Allowed::positive},
                     {"line_search", Choice(o.line_search, line_searches)}}};
}

void LBFGS::check_loaded(const State& first, const std::string& origin) const {
  const std::map<std::string, Tensor> state = first.tensors();
  const auto n_iter = state.find("n_iter");
  if (n_iter == state.end() || n_iter->second.item<double>() == 0) return;  // the rest is not read
  for (const StateTensor& tensor : state_tensors())
    if (!state.contains(tensor.name))
      throw ValueError(str(origin, ": state tensor '", tensor.name, "' is missing, after ",
                           n_iter->second.item<double>(), " iterations"));
  const std::size_t n = numel_of(params()), k = state.at("ro").numel();
  const auto check_shape = [&](const char* tensor, const Shape& expected) {
    if (const Shape& shape = state.at(tensor).shape(); shape != expected)
      throw ShapeError(str(origin, ": state tensor '", tensor, "' has shape ", shape, "; expected ",
                           expected, " for ", n, " parameters and ", k, " pairs"));
  };
  check_shape("ro", {k});
  for (const char* vector : {"d", "prev_flat_grad"}) check_shape(vector, {n});
  for (const char* rows : {"old_dirs", "old_stps"}) check_shape(rows, {k, n});
}

}  // namespace xgrad::optim
