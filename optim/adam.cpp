#include "adam.hpp"

#include <cmath>

#include "adamax.hpp"
#include "adamw.hpp"
#include "nadam.hpp"
#include "radam.hpp"
#include "update.hpp"

namespace xgrad::optim {
namespace {

/// Adam's rule, and AdamW's, in which a decay takes the place of the penalty.
template <class Options>
Rule rule_of(const char* name, Options& o) {
  enum : std::size_t { step_count, exp_avg, exp_avg_sq, max_exp_avg_sq };
  constexpr bool decays = std::is_same_v<Options, AdamWOptions>;
  const auto update = [&o]<class T>(T, State& state) {
    const struct {
      double weight_decay;
      bool maximize;
    } penalty{decays ? 0 : o.weight_decay, o.maximize};
    const double decay = decays ? o.lr * o.weight_decay : 0;
    const double t = ++state.scalar(step_count);
    const auto [beta1, beta2] = o.betas;
    const RunningAverage<T> mean(beta1), mean_square(beta2);
    const auto step_size = static_cast<T>(o.lr / (1 - std::pow(beta1, t)));
    // A product where the formula divides: a fifth faster, and at most one rounding apart.
    const auto correction = static_cast<T>(1 / std::sqrt(1 - std::pow(beta2, t)));
    const auto epsilon = static_cast<T>(o.eps), decay_factor = static_cast<T>(1 - decay);
    const auto element = [=](T& param, T g, T& m, T& v, auto&... maximum) {
      m = mean.next(m, g);
      v = mean_square.next_of_square(v, g);
      T square = v;
      ((square = maximum = maximum > square ? maximum : square), ...);
      const T d = step_size * m / (std::sqrt(square) * correction + epsilon);
      param = stepped(decayed(param, decay_factor), d);
    };
    if (o.amsgrad)
      for_each_element<T>(penalty, state, element, exp_avg, exp_avg_sq, max_exp_avg_sq);
    else
      for_each_element<T>(penalty, state, element, exp_avg, exp_avg_sq);
  };
  return {.name = name,
          .state = {{"step", true}, {"exp_avg"}, {"exp_avg_sq"}, {"max_exp_avg_sq"}},
          .fields = common_fields(o, {{"amsgrad", &o.amsgrad}}),
          .update = of_dtype(update)};
}

}  // namespace

Rule AdamOptions::rule(AdamOptions& o) { return rule_of("Adam", o); }
Rule AdamWOptions::rule(AdamWOptions& o) { return rule_of("AdamW", o); }

Rule AdamaxOptions::rule(AdamaxOptions& o) {
  enum : std::size_t { step_count, exp_avg, exp_inf };
  const auto update = [&o]<class T>(T, State& state) {
    const double t = ++state.scalar(step_count);
    const auto [beta1, beta2] = o.betas;
    const RunningAverage<T> mean(beta1);
    const auto step_size = static_cast<T>(o.lr / (1 - std::pow(beta1, t)));
    const auto decay = static_cast<T>(beta2), epsilon = static_cast<T>(o.eps);
    const auto element = [=](T& param, T g, T& m, T& u) {
      m = mean.next(m, g);
      const T before = decay * u, now = std::abs(g) + epsilon;
      u = before > now ? before : now;  // NaN if g is
      param = stepped(param, step_size * m / u);
    };
    for_each_element<T>(o, state, element, exp_avg, exp_inf);
  };
  return {.name = "Adamax",
          .state = {{"step", true}, {"exp_avg"}, {"exp_inf"}},
          .fields = common_fields(o),
          .update = of_dtype(update)};
}

Rule NAdamOptions::rule(NAdamOptions& o) {
  static constexpr double one = 1;
  enum : std::size_t { step_count, mu_product, exp_avg, exp_avg_sq };
  const std::vector<Option> fields =
      common_fields(o, {{"momentum_decay", &o.momentum_decay, Allowed::non_negative}});
  const auto update = [&o]<class T>(T, State& state) {
    const auto momentum = [&](double t) {
      return o.betas[0] * (1 - 0.5 * std::pow(0.96, t * o.momentum_decay));
    };
    const double t = ++state.scalar(step_count);
    const auto [beta1, beta2] = o.betas;
    const RunningAverage<T> mean(beta1), mean_square(beta2);
    const double mu = momentum(t), mu_next = momentum(t + 1);
    const double p = state.scalar(mu_product) *= mu;
    const auto grad_size = static_cast<T>(o.lr * (1 - mu) / (1 - p));
    const auto average_size = static_cast<T>(o.lr * mu_next / (1 - p * mu * mu_next));
    const auto correction = static_cast<T>(1 / std::sqrt(1 - std::pow(beta2, t)));
    const auto epsilon = static_cast<T>(o.eps);
    const auto element = [=](T& param, T g, T& m, T& v) {
      m = mean.next(m, g);
      v = mean_square.next_of_square(v, g);
      const T d = (grad_size * g + average_size * m) / (std::sqrt(v) * correction + epsilon);
      param = stepped(param, d);
    };
    for_each_element<T>(o, state, element, exp_avg, exp_avg_sq);
  };
  return {.name = "NAdam",
          .state = {{"step", true}, {"mu_product", true, &one}, {"exp_avg"}, {"exp_avg_sq"}},
          .fields = fields,
          .update = of_dtype(update)};
}

Rule RAdamOptions::rule(RAdamOptions& o) {
  enum : std::size_t { step_count, exp_avg, exp_avg_sq };
  const auto update = [&o]<class T>(T, State& state) {
    const double t = ++state.scalar(step_count);
    const auto [beta1, beta2] = o.betas;
    const RunningAverage<T> mean(beta1), mean_square(beta2);
    const double power = std::pow(beta2, t), limit = 2 / (1 - beta2) - 1;
    const double rho = limit - 2 * t * power / (1 - power);
    double step_size = o.lr / (1 - std::pow(beta1, t));
    const bool rectified = rho > 5;
    if (rectified)
      step_size *= std::sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)) *
                   std::sqrt(1 - power);
    const auto size = static_cast<T>(step_size), epsilon = static_cast<T>(o.eps);
    const auto element = [=](T& param, T g, T& m, T& v) {
      m = mean.next(m, g);
      v = mean_square.next_of_square(v, g);
      const T step = size * m;
      param = stepped(param, rectified ? step / (std::sqrt(v) + epsilon) : step);
    };
    for_each_element<T>(o, state, element, exp_avg, exp_avg_sq);
  };
  return {.name = "RAdam",
          .state = {{"step", true}, {"exp_avg"}, {"exp_avg_sq"}},
          .fields = common_fields(o),
          .update = of_dtype(update)};
}

}  // namespace xgrad::optim
