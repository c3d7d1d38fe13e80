// Schedules of the learning rate, and functions that find minima and roots.

#include "world.hpp"

namespace xgrad::test {
namespace {

Tensor squares(const Tensor& t) { return sum(square(t)); }
Tensor line(const Tensor& t, const Tensor& p) { return p[0] + p[1] * t; }
Tensor throwing(const Tensor&) { throw ValueError("f: nothing is right; expected nothing"); }

}  // namespace

// A table is read by its columns.
// clang-format off
std::vector<WrongCall> scheduler_calls() {
  using namespace optim;
  return {
      WRONG(ValueError, "optim::StepLR::StepLR", StepLR(w.lbfgs), "StepLR: ", "step_size", "0", "step_size > 0"),
      WRONG(ValueError, "optim::StepLR::StepLR", StepLR(w.lbfgs, {.step_size = 2, .gamma = -1}), "StepLR: ", "gamma", "-1", "gamma >= 0"),
      WRONG(ValueError, "optim::StepLR::StepLR", { SGD s({w.p}); StepLR(s, {.step_size = 2, .last_epoch = 3}); }, "StepLR: ", "last_epoch", "3"),
      WRONG(ValueError, "optim::StepLR::StepLR", StepLR(w.lbfgs, {.step_size = 2, .last_epoch = -2}), "StepLR: ", "last_epoch", "-2"),
      WRONG(ValueError, "optim::MultiStepLR::MultiStepLR", MultiStepLR(w.lbfgs, {.milestones = {3, -1}}), "MultiStepLR: ", "milestones", "-1"),
      WRONG(ValueError, "optim::ExponentialLR::ExponentialLR", ExponentialLR(w.lbfgs), "ExponentialLR: ", "gamma", "0", "gamma > 0"),
      WRONG(ValueError, "optim::ConstantLR::ConstantLR", ConstantLR(w.lbfgs, {.factor = 2}), "ConstantLR: ", "factor", "2", "0 < factor <= 1"),
      WRONG(ValueError, "optim::LinearLR::LinearLR", LinearLR(w.lbfgs, {.start_factor = 0}), "LinearLR: ", "start_factor", "0", "0 < start_factor <= 1"),
      WRONG(ValueError, "optim::PolynomialLR::PolynomialLR", PolynomialLR(w.lbfgs, {.total_iters = 0}), "PolynomialLR: ", "total_iters", "0", "total_iters > 0"),
      WRONG(ValueError, "optim::LambdaLR::LambdaLR", LambdaLR(w.lbfgs), "LambdaLR: ", "lr_lambda"),
      WRONG(ValueError, "optim::LambdaLR::LambdaLR", LambdaLR(w.lbfgs, [](std::int64_t) { return -1.0; }), "LambdaLR: ", "-1", "0"),
      WRONG(ValueError, "optim::MultiplicativeLR::MultiplicativeLR", MultiplicativeLR(w.lbfgs), "MultiplicativeLR: ", "lr_lambda"),
      WRONG(ValueError, "optim::CosineAnnealingLR::CosineAnnealingLR", CosineAnnealingLR(w.lbfgs), "CosineAnnealingLR: ", "T_max", "0", "T_max > 0"),
      WRONG(ValueError, "optim::CosineAnnealingWarmRestarts::CosineAnnealingWarmRestarts", CosineAnnealingWarmRestarts(w.lbfgs, {.T_0 = 3, .T_mult = 0}), "CosineAnnealingWarmRestarts: ", "T_mult", "0"),
      WRONG(ValueError, "optim::OneCycleLR::OneCycleLR", OneCycleLR(w.adam, {.max_lr = 0.1}), "OneCycleLR: ", "total_steps"),
      WRONG(ValueError, "optim::OneCycleLR::OneCycleLR", OneCycleLR(w.adam, {.total_steps = 9}), "OneCycleLR: ", "max_lr"),
      WRONG(ValueError, "optim::OneCycleLR::OneCycleLR", OneCycleLR(w.adam, {.max_lr = {0.1, 0.2}, .total_steps = 9}), "OneCycleLR: ", "max_lr", "2", "1"),
      WRONG(ValueError, "optim::OneCycleLR::OneCycleLR", OneCycleLR(w.lbfgs, {.max_lr = 0.1, .total_steps = 9}), "OneCycleLR: ", "momentum", "cycle_momentum"),
      WRONG(ValueError, "optim::OneCycleLR::OneCycleLR", OneCycleLR(w.adam, {.max_lr = 0.1, .total_steps = 9, .pct_start = 2}), "OneCycleLR: ", "pct_start", "2", "0 <= pct_start <= 1"),
      WRONG(ValueError, "optim::ReduceLROnPlateau::ReduceLROnPlateau", ReduceLROnPlateau(w.adam, {.factor = 1}), "ReduceLROnPlateau: ", "factor", "1", "0 <= factor < 1"),
      WRONG(ValueError, "optim::ReduceLROnPlateau::ReduceLROnPlateau", ReduceLROnPlateau(w.adam, {.patience = -1}), "ReduceLROnPlateau: ", "patience", "-1", "patience >= 0"),
      WRONG(ValueError, "optim::ReduceLROnPlateau::ReduceLROnPlateau", ReduceLROnPlateau(w.adam, {.min_lr = {0, 0}}), "ReduceLROnPlateau: ", "min_lr", "2", "1"),
      WRONG(ValueError, "optim::ReduceLROnPlateau::step", { SGD s({w.p}); SGD t({w.x}); ReduceLROnPlateau r(s, {.min_lr = {0.1, 0.1}}); }, "ReduceLROnPlateau: ", "min_lr", "2", "1"),
      WRONG(ValueError, "optim::SequentialLR::SequentialLR", SequentialLR(w.adam, {.schedulers = {}, .milestones = {}}), "SequentialLR: ", "schedulers"),
      WRONG(ValueError, "optim::SequentialLR::SequentialLR", SequentialLR(w.adam, {w.schedule}, {3}), "SequentialLR: ", "milestones is (3)", "1 schedulers", "one fewer"),
      WRONG(ValueError, "optim::SequentialLR::SequentialLR", SequentialLR(w.lbfgs, {w.schedule}, {}), "SequentialLR: ", "optimizer"),
      WRONG(ValueError, "optim::SequentialLR::step", { SGD s({w.p}); ExponentialLR e(s, {.gamma = 1}); LambdaLR l(s, [](std::int64_t t) { return t == 0 ? 1.0 : NAN; }); SequentialLR q(s, {l, e}, {3}); q.step(); }, "LambdaLR: ", "nan", "0"),
      WRONG(ValueError, "optim::ChainedScheduler::ChainedScheduler", ChainedScheduler({}), "ChainedScheduler: ", "schedulers"),
      WRONG(ValueError, "optim::ChainedScheduler::ChainedScheduler", ChainedScheduler({w.schedule, w.schedule}), "ChainedScheduler: ", "StepLR", "twice"),
      WRONG(ValueError, "optim::ChainedScheduler::step", { SGD s({w.p}); LambdaLR l(s, [](std::int64_t t) { return t == 0 ? 1.0 : NAN; }); ChainedScheduler q({l}); q.step(); }, "LambdaLR: ", "nan", "0"),
      WRONG(ValueError, "optim::LRScheduler::step", w.schedule.step(0.5), "StepLR: ", "0.5", "whole number"),
      WRONG(ValueError, "optim::LRScheduler::step", w.schedule.step(-1), "StepLR: ", "-1", "0"),
      WRONG(ValueError, "optim::LRScheduler::step", { SGD s({w.p}); OneCycleLR o(s, {.max_lr = 0.1, .total_steps = 1, .cycle_momentum = false}); o.step(); o.step(); }, "OneCycleLR: ", "step 2 of 1", "stop calling"),
      WRONG(ValueError, "optim::SchedulerBase::load_state_dict", w.schedule.load_state_dict(w.plateau.state_dict()), "load_state_dict: ", "ReduceLROnPlateau", "StepLR"),
      WRONG(ValueError, "optim::SchedulerBase::load_state_dict", w.schedule.load_state_dict(with(w.schedule.state_dict(), "step_size", "0")), "load_state_dict: ", "step_size", "0"),
      WRONG(ValueError, "optim::SchedulerBase::load_state_dict", w.schedule.load_state_dict(with(w.schedule.state_dict(), "last_epoch", "soon")), "load_state_dict: ", "last_epoch", "soon"),
      WRONG(ValueError, "optim::SchedulerBase::load_state_dict", w.plateau.load_state_dict(with(w.plateau.state_dict(), "more", "1")), "load_state_dict: ", "more"),
      WRONG(IoError, "optim::SchedulerBase::load", w.schedule.load(w / "none"), "DIR/none: ", "No such file"),
      WRONG(IoError, "optim::SchedulerBase::load", w.schedule.load(w / "net.safetensors"), "DIR/net.safetensors: ", "scheduler"),
      WRONG(ValueError, "optim::SchedulerBase::load", w.plateau.load(w / "schedule.safetensors"), "DIR/schedule.safetensors: ", "StepLR", "ReduceLROnPlateau"),
      WRONG(IoError, "optim::SchedulerBase::save", w.schedule.save(w / "none/schedule"), "DIR/none/schedule", "No such file"),
      // ---- minima and roots
      WRONG(ValueError, "optim::minimize", minimize(squares, w.undefined), "minimize: ", "x0", "undefined"),
      WRONG(ValueError, "optim::minimize", minimize(squares, zeros({0})), "minimize: ", "x0", "(0,)"),
      WRONG(ValueError, "optim::minimize", minimize(squares, full({2}, NAN)), "minimize: ", "x0", "nan", "finite"),
      WRONG(DTypeError, "optim::minimize", minimize(squares, w.i), "minimize: ", "x0", "int64", "float32"),
      WRONG(ValueError, "optim::minimize", minimize({}, w.v), "minimize: ", "empty"),
      WRONG(ShapeError, "optim::minimize", minimize([](const Tensor& t) { return 2 * t; }, w.v), "minimize: ", "(3,)", "a scalar"),
      WRONG(GradError, "optim::minimize", minimize([&](const Tensor&) { return sum(w.v); }, w.v), "minimize: ", "x"),
      WRONG(ValueError, "optim::minimize", minimize(squares, w.v, {.tol = -1}), "minimize: ", "tol", "-1", "0"),
      WRONG(ValueError, "optim::minimize", minimize(squares, w.v, {.max_iter = 0}), "minimize: ", "max_iter", "0", "1"),
      WRONG(ValueError, "optim::minimize", minimize(squares, w.v, {.max_eval = 0}), "minimize: ", "max_eval", "0", "1"),
      WRONG(ValueError, "optim::minimize", minimize(squares, w.v, {.bounds = {{1, 0}}}), "minimize: ", "1", "0"),
      WRONG(ValueError, "optim::minimize", minimize(squares, w.v, {.bounds = {{0, 1}, {0, 1}}}), "minimize: ", "2", "3"),
      WRONG(ValueError, "optim::minimize", minimize(squares, w.v, {.method = Method::bfgs, .bounds = {{0, 1}}}), "minimize: ", "bounds", "bfgs", "l_bfgs_b"),
      WRONG(ValueError, "optim::minimize", minimize(throwing, w.v), "f: ", "expected nothing"),
      WRONG(ValueError, "optim::find_root", find_root(throwing, w.v), "f: ", "expected nothing"),
      WRONG(ValueError, "optim::find_root", find_root({}, w.v), "find_root: ", "empty"),
      WRONG(ValueError, "optim::find_root", find_root(squares, full({2}, INFINITY)), "find_root: ", "x0", "inf", "finite"),
      WRONG(ShapeError, "optim::find_root", find_root(squares, w.v), "find_root: ", "()", "(3,)"),
      WRONG(DTypeError, "optim::find_root", find_root(squares, w.i), "find_root: ", "int64", "float32"),
      WRONG(ValueError, "optim::find_root", find_root(squares, w.v, {.max_iter = 0}), "find_root: ", "max_iter", "0", "1"),
      WRONG(ValueError, "optim::find_root", find_root(squares, w.v, {.tol = NAN}), "find_root: ", "tol", "nan"),
      WRONG(ValueError, "optim::least_squares", least_squares(throwing, w.v), "f: ", "expected nothing"),
      WRONG(ValueError, "optim::least_squares", least_squares({}, w.v), "least_squares: ", "empty"),
      WRONG(ValueError, "optim::least_squares", least_squares(squares, w.v, {.bounds = {{2, 3}}}), "least_squares: ", "x0", "[-1.,  0.,  1.]", "[2., 2., 2.]", "[3., 3., 3.]"),
      WRONG(ValueError, "optim::least_squares", least_squares(squares, w.v, {.f_scale = 0}), "least_squares: ", "f_scale", "0"),
      WRONG(ValueError, "optim::least_squares", least_squares(squares, w.v, {.ftol = -1}), "least_squares: ", "ftol", "-1"),
      WRONG(ValueError, "optim::least_squares", least_squares(squares, w.v, {.max_nfev = 0}), "least_squares: ", "max_nfev", "0", "1"),
      WRONG(ValueError, "optim::least_squares", least_squares([](const Tensor& t) { return t * NAN; }, w.v), "least_squares: ", "residuals", "[-1.,  0.,  1.]", "not finite"),
      WRONG(DTypeError, "optim::least_squares", least_squares(squares, w.i), "least_squares: ", "int64", "float32"),
      WRONG(ValueError, "optim::curve_fit", curve_fit(line, w.v, full({3}, NAN, float64), ones({2}, float64)), "curve_fit: ", "y", "nan", "finite"),
      WRONG(ShapeError, "optim::curve_fit", curve_fit(line, w.v, ones({4}, float64), ones({2}, float64)), "curve_fit: ", "(3,)", "(4,)"),
      WRONG(ValueError, "optim::curve_fit", curve_fit(line, w.v, w.v, ones({2}, float64), {.sigma = zeros({3})}), "curve_fit: ", "sigma", "0"),
      WRONG(ShapeError, "optim::curve_fit", curve_fit(line, w.v, w.v, ones({2}, float64), {.sigma = ones({4})}), "curve_fit: ", "sigma", "(4,)", "(3,)"),
      WRONG(ValueError, "optim::curve_fit", curve_fit({}, w.v, w.v, ones({2}, float64)), "curve_fit: ", "empty"),
      WRONG(ValueError, "optim::curve_fit", curve_fit(line, w.v, w.undefined, ones({2}, float64)), "curve_fit: ", "y", "undefined"),
  };
}
// clang-format on

}  // namespace xgrad::test
