#include "lbfgs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../autograd/graph/grad_mode.hpp"
#include "../autograd/support/message.hpp"
#include "../autograd/tensor/creation.hpp"
#include "limited_memory.hpp"
#include "strong_wolfe.hpp"
#include "vector.hpp"

namespace xgrad::optim {
namespace {

using detail::dot;
using detail::LimitedMemory;
using detail::max_abs;

constexpr const char* line_searches[] = {"none", "strong_wolfe"};

// ---- state

/// What is kept from step to step.
template <class T>
struct Memory {
  double n_iter = 0, func_evals = 0, t = 0, prev_loss = 0;
  std::vector<T> d, prev_flat_grad;
  LimitedMemory<T> pairs;

  Memory(const State& state, std::size_t history_size);
  void write(State& state, std::size_t n) const;
};

template <class T>
Memory<T>::Memory(const State& state, std::size_t history_size) : pairs(history_size) {
  const std::map<std::string, Tensor> kept = state.tensors();
  const auto scalar = [&](const char* name) {
    const auto found = kept.find(name);
    return found == kept.end() ? 0 : found->second.item<double>();
  };
  n_iter = scalar("n_iter");
  func_evals = scalar("func_evals");
  if (n_iter == 0) return;
  t = scalar("t");
  prev_loss = scalar("prev_loss");
  d = kept.at("d").to_vector<T>();
  prev_flat_grad = kept.at("prev_flat_grad").to_vector<T>();
  const std::size_t n = d.size();
  const auto rho = kept.at("ro").to_vector<double>();
  const auto s = kept.at("old_stps").to_vector<T>(), y = kept.at("old_dirs").to_vector<T>();
  const auto row = [n](const std::vector<T>& all, std::size_t k) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(k * n);
    return std::vector<T>(begin, begin + static_cast<std::ptrdiff_t>(n));
  };
  std::deque<typename LimitedMemory<T>::Pair> loaded;
  for (std::size_t k = 0; k < rho.size(); ++k) loaded.push_back({row(s, k), row(y, k), rho[k]});
  pairs.assign(std::move(loaded), scalar("H_diag"));
}

template <class T>
void Memory<T>::write(State& state, std::size_t n) const {
  const std::size_t k = pairs.pairs().size();
  std::vector<T> s, y, rho;
  for (const auto& pair : pairs.pairs()) {
    s.insert(s.end(), pair.s.begin(), pair.s.end());
    y.insert(y.end(), pair.y.begin(), pair.y.end());
    rho.push_back(static_cast<T>(pair.rho));
  }
  Tensor vectors[] = {tensor(d, {n}), tensor(prev_flat_grad, {n}), tensor(y, {k, n}),
                      tensor(s, {k, n}), tensor(rho, {k})};
  constexpr const char* names[] = {"d", "prev_flat_grad", "old_dirs", "old_stps", "ro"};
  for (std::size_t i = 0; i < std::size(names); ++i) state[names[i]] = std::move(vectors[i]);
  state["n_iter"].fill_(n_iter);
  state["t"].fill_(t);
  state["prev_loss"].fill_(prev_loss);
  state["H_diag"].fill_(pairs.scale());
}

// ---- the parameters as one vector

template <class T>
std::vector<T> gather(const std::vector<Tensor>& params) {
  std::vector<T> all;
  for (const Tensor& p : params) {
    const auto values = p.data<T>();
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

template <class T>
std::vector<T> gather_gradients(const std::vector<Tensor>& params) {
  std::vector<T> all;
  for (const Tensor& p : params) {
    if (p.has_grad()) {
      const auto values = p.grad().template data<T>();
      all.insert(all.end(), values.begin(), values.end());
    } else {
      all.resize(all.size() + p.numel());
    }
  }
  return all;
}

/// θ ← x + t d, or x where d is empty.
template <class T>
void scatter(std::vector<Tensor> params, const std::vector<T>& x, double t,
             const std::vector<T>& d) {
  std::size_t offset = 0;
  for (Tensor& p : params) {
    xgrad::detail::begin_in_place(p, "LBFGS");
    T* to = p.data<T>().data();
    for (std::size_t i = 0; i < p.numel(); ++i, ++offset)
      to[i] = d.empty() ? x[offset] : x[offset] + static_cast<T>(t) * d[offset];
  }
}

/// Puts θ back unless told that all went well.
template <class T>
class Restore {
 public:
  explicit Restore(const std::vector<Tensor>& params) : params_(params), x_(gather<T>(params)) {}
  ~Restore() {
    if (armed_) scatter<T>(params_, x_, 0, {});
  }
  Restore(const Restore&) = delete;
  Restore& operator=(const Restore&) = delete;
  void dismiss() { armed_ = false; }

 private:
  const std::vector<Tensor>& params_;
  std::vector<T> x_;
  bool armed_ = true;
};

void check_loss(const Tensor& loss) {
  if (!loss.defined())
    throw ValueError("LBFGS: the closure returned an undefined tensor; return the loss");
  if (loss.numel() != 1)
    throw ShapeError(message("LBFGS: the closure returned a tensor of shape ", loss.shape(),
                             "; the loss must be a scalar"));
}

}  // namespace

// ---- steps

LBFGS::LBFGS(std::vector<Tensor> params, LBFGSOptions options)
    : LBFGS(std::vector<ParamGroup>{std::move(params)}, options) {}

LBFGS::LBFGS(std::vector<ParamGroup> groups, LBFGSOptions defaults)
    : OptimizerOf(std::move(groups), defaults) {
  if (num_param_groups() > 1)
    throw ValueError(message("LBFGS: ", num_param_groups(),
                             " parameter groups; expected one, of all parameters"));
  check_params();
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
  return visit_floating(params()[0].dtype(), [&]<class T>(T) { return iterate<T>(closure); });
}

template <class T>
Tensor LBFGS::iterate(const Closure& closure) {
  const LBFGSOptions& o = param_groups()[0].options;
  const NoGrad guard;
  State& kept = state(params()[0]);
  Memory<T> memory(kept, static_cast<std::size_t>(o.history_size));
  Restore<T> restore(params());

  std::int64_t evaluations = 0;
  const auto evaluate = [&] {
    ++evaluations;
    Tensor loss = call(closure);
    check_loss(loss);
    check_step();
    return loss;
  };
  const auto finish = [&](const Tensor& loss) {
    kept["func_evals"].fill_(memory.func_evals + static_cast<double>(evaluations));
    restore.dismiss();
    return loss;
  };

  const Tensor first_loss = evaluate();
  double loss = first_loss.item<double>();
  std::vector<T> gradient = gather_gradients<T>(params());
  if (max_abs(gradient) <= o.tolerance_grad) return finish(first_loss);

  for (std::int64_t iteration = 1;; ++iteration) {
    if (++memory.n_iter > 1) {
      std::vector<T> y = gradient, s = memory.d;
      for (std::size_t i = 0; i < y.size(); ++i) {
        y[i] -= memory.prev_flat_grad[i];
        s[i] *= static_cast<T>(memory.t);
      }
      if (dot(y, s) > 1e-10) memory.pairs.push(std::move(s), std::move(y));
    }
    memory.d = memory.pairs.direction(gradient);
    memory.prev_flat_grad = gradient;
    memory.prev_loss = loss;
    memory.t = o.lr;
    if (memory.n_iter == 1) {
      double total = 0;
      for (const T g : gradient) total += std::abs(g);
      memory.t *= std::min(1.0, 1 / total);
    }
    const double slope = dot(gradient, memory.d);
    if (slope > -o.tolerance_change) break;

    const std::vector<T> x = gather<T>(params());
    if (o.line_search == LineSearch::strong_wolfe) {
      detail::WolfeTrial<T> found = detail::strong_wolfe<T>(
          {0, loss, slope, std::move(gradient)}, memory.t, max_abs(memory.d), o.tolerance_change,
          [&](double t) -> detail::WolfeTrial<T> {
            scatter<T>(params(), x, t, memory.d);
            double f = evaluate().template item<double>();
            if (std::isnan(f)) f = std::numeric_limits<double>::infinity();  // so it is no decrease
            std::vector<T> g = gather_gradients<T>(params());
            const double along = dot(g, memory.d);
            return {t, f, along, std::move(g)};
          });
      memory.t = found.t;
      loss = found.loss;
      gradient = std::move(found.gradient);
      scatter<T>(params(), x, memory.t, memory.d);
    } else {
      scatter<T>(params(), x, memory.t, memory.d);
      if (iteration < o.max_iter) {  // else there is no use for it in this step
        loss = evaluate().template item<double>();
        gradient = gather_gradients<T>(params());
      }
    }

    if (iteration == o.max_iter || evaluations >= o.max_eval) break;
    if (max_abs(gradient) <= o.tolerance_grad) break;
    if (max_abs(memory.d) * memory.t <= o.tolerance_change) break;
    if (std::abs(loss - memory.prev_loss) < o.tolerance_change) break;
  }
  memory.write(kept, numel());
  return finish(first_loss);
}

// ---- options and checks

Rule<LBFGSOptions> LBFGS::rule() {
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
          .fields = [](LBFGSOptions& o) -> std::vector<Option> {
            return {{"lr", &o.lr, Allowed::non_negative},
                    {"max_iter", &o.max_iter, Allowed::positive},
                    {"max_eval", &o.max_eval, Allowed::positive},
                    {"tolerance_grad", &o.tolerance_grad, Allowed::non_negative},
                    {"tolerance_change", &o.tolerance_change, Allowed::non_negative},
                    {"history_size", &o.history_size, Allowed::positive},
                    {"line_search", Choice(o.line_search, line_searches)}};
          }};
}

std::size_t LBFGS::numel() const {
  std::size_t n = 0;
  for (const Tensor& p : params()) n += p.numel();
  return n;
}

void LBFGS::check_params() const {
  const DType dtype = params()[0].dtype();
  for (std::size_t i = 0; i < params().size(); ++i)
    if (params()[i].dtype() != dtype)
      throw DTypeError(message("LBFGS: parameter ", i, " is ", xgrad::name(params()[i].dtype()),
                               " and parameter 0 ", xgrad::name(dtype),
                               "; all must have one dtype"));
}

void LBFGS::check_loaded(const State& first, const std::string& origin) const {
  const std::map<std::string, Tensor> state = first.tensors();
  const auto n_iter = state.find("n_iter");
  if (n_iter == state.end() || n_iter->second.item<double>() == 0) return;  // the rest is not read
  for (const StateTensor& tensor : state_tensors())
    if (!state.contains(tensor.name))
      throw ValueError(message(origin, ": state tensor '", tensor.name, "' is missing, after ",
                               n_iter->second.item<double>(), " iterations"));
  const std::size_t n = numel(), k = state.at("ro").numel();
  const auto check_shape = [&](const char* tensor, const Shape& expected) {
    if (const Shape& shape = state.at(tensor).shape(); shape != expected)
      throw ShapeError(message(origin, ": state tensor '", tensor, "' has shape ", shape,
                               "; expected ", expected, " for ", n, " parameters and ", k,
                               " pairs"));
  };
  check_shape("ro", {k});
  check_shape("d", {n});
  check_shape("prev_flat_grad", {n});
  check_shape("old_dirs", {k, n});
  check_shape("old_stps", {k, n});
}

}  // namespace xgrad::optim
