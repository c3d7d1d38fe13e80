// Optimizers and the clipping of gradients.

#include "world.hpp"

namespace xgrad::test {
namespace {

optim::StateDict with(optim::StateDict state, const std::string& option, const std::string& value) {
  state.param_groups[0][option] = value;
  return state;
}

optim::StateDict with(optim::StateDict state, const std::string& name, const Tensor& t) {
  state.state[name] = t;
  return state;
}

// The network with a gradient that is not a number.
const std::vector<Tensor> spoilt(const World& w) {
  Tensor last = w.net.output.bias.clone().detach().requires_grad_();
  last.set_grad(full({2}, NAN));
  return {w.net.hidden.weight, last};
}

}  // namespace

// A table is read by its columns.
// clang-format off
std::vector<WrongCall> optimizer_calls() {
  using namespace optim;
  return {
      WRONG(ValueError, "optim::SGD::SGD", SGD({w.p}, {.lr = -1}), "SGD: ", "lr", "-1", "lr >= 0"),
      WRONG(ValueError, "optim::SGD::SGD", SGD({w.p}, {.momentum = 2}), "SGD: ", "momentum", "2", "0 <= momentum <= 1"),
      WRONG(ValueError, "optim::SGD::SGD", SGD({w.p}, {.nesterov = true}), "SGD: ", "nesterov", "momentum"),
      WRONG(ValueError, "optim::SGD::SGD", SGD(std::vector<Tensor>{}), "SGD: ", "empty", "at least one"),
      WRONG(ValueError, "optim::SGD::SGD", SGD({w.undefined}), "SGD: ", "parameter 0", "undefined"),
      WRONG(ValueError, "optim::SGD::SGD", SGD({w.p, w.p}), "SGD: ", "parameter 1", "(2,)"),
      WRONG(GradError, "optim::SGD::SGD", SGD({w.y}), "SGD: ", "parameter 0", "(2, 3)", "'tanh'"),
      WRONG(DTypeError, "optim::SGD::SGD", SGD({w.i}), "SGD: ", "parameter 0", "int64", "float32"),
      WRONG(ValueError, "optim::ASGD::ASGD", ASGD({w.p}, {.lambd = NAN}), "ASGD: ", "lambd", "nan", "finite"),
      WRONG(ValueError, "optim::Adagrad::Adagrad", Adagrad({w.p}, {.lr_decay = -1}), "Adagrad: ", "lr_decay", "-1", "lr_decay >= 0"),
      WRONG(ValueError, "optim::Adadelta::Adadelta", Adadelta({w.p}, {.rho = 1.5}), "Adadelta: ", "rho", "1.5", "rho"),
      WRONG(ValueError, "optim::RMSprop::RMSprop", RMSprop({w.p}, {.alpha = -0.5}), "RMSprop: ", "alpha", "-0.5", "alpha"),
      WRONG(ValueError, "optim::Adam::Adam", Adam({w.p}, {.betas = {0.9, 1}}), "Adam: ", "betas", "1", "0 <= betas"),
      WRONG(ValueError, "optim::Adam::Adam", Adam({w.p}, {.eps = -1}), "Adam: ", "eps", "-1", "eps >= 0"),
      WRONG(GradError, "optim::Adam::Adam", Adam({w.p, w.y}), "Adam: ", "parameter 1", "(2, 3)", "'tanh'"),
      WRONG(ValueError, "optim::AdamW::AdamW", AdamW({w.p}, {.weight_decay = -1}), "AdamW: ", "weight_decay", "-1", "weight_decay >= 0"),
      WRONG(ValueError, "optim::Adamax::Adamax", Adamax({w.p}, {.lr = INFINITY}), "Adamax: ", "lr", "inf"),
      WRONG(ValueError, "optim::NAdam::NAdam", NAdam({w.p}, {.momentum_decay = -1}), "NAdam: ", "momentum_decay", "-1", "momentum_decay >= 0"),
      WRONG(ValueError, "optim::RAdam::RAdam", RAdam({w.p}, {.betas = {-1, 0.9}}), "RAdam: ", "betas", "-1", "0 <= betas"),
      WRONG(ValueError, "optim::Rprop::Rprop", Rprop({w.p}, {.etas = {1.5, 1.2}}), "Rprop: ", "etas", "1.5", "etas"),
      WRONG(ValueError, "optim::LBFGS::LBFGS", LBFGS({w.p}, {.max_iter = 0}), "LBFGS: ", "max_iter", "0", "max_iter"),
      WRONG(ValueError, "optim::LBFGS::LBFGS", LBFGS({w.p}, {.history_size = 0}), "LBFGS: ", "history_size", "0", "history_size"),
      WRONG(DTypeError, "optim::LBFGS::LBFGS", LBFGS({w.p, w.net.hidden.bias}), "LBFGS: ", "float32", "float64"),
      WRONG(ValueError, "optim::LBFGS::step", w.lbfgs.step(), "LBFGS: ", "closure"),
      WRONG(ValueError, "optim::LBFGS::step", w.lbfgs.step(Closure()), "LBFGS: ", "closure", "empty"),
      WRONG(ValueError, "optim::LBFGS::step", w.lbfgs.step([&] { return w.undefined; }), "LBFGS: ", "closure", "undefined"),
      WRONG(ShapeError, "optim::LBFGS::step", w.lbfgs.step([&] { return w.v; }), "LBFGS: ", "closure", "(3,)"),
      WRONG(ValueError, "optim::LBFGS::step", w.lbfgs.step([&]() -> Tensor { throw ValueError("closure: wrong; expected another"); }), "closure: ", "another"),
      WRONG(ValueError, "optim::LBFGS::add_param_group", w.lbfgs.add_param_group(std::vector{w.x}), "LBFGS: ", "no further group", "constructor"),
      // ---- steps
      WRONG(ShapeError, "optim::Optimizer::step", { Tensor q = zeros({2}, {.requires_grad = true}); SGD s({q}, {.momentum = 0.5}); q.set_grad(zeros({2})); s.state(q)["momentum_buffer"] = zeros({3}); s.step(); }, "SGD: ", "momentum_buffer", "(3,)", "(2,)"),
      WRONG(ValueError, "optim::Optimizer::step", { AdamOptions o; Adam s(w.net.parameters(), o); s.param_groups()[0].options.lr = -1; s.step(); }, "Adam: ", "lr", "-1", "lr >= 0"),
      WRONG(ValueError, "optim::Optimizer::step", { nn::Linear l(3, 2); SGD s(w.right(l).parameters()); l.to(float64); s.step(); }, "SGD: ", "(2, 3)", "Linear: weight"),
      WRONG(ValueError, "optim::Optimizer::step", w.adam.step(Closure()), "Adam: ", "closure", "empty"),
      WRONG(ValueError, "optim::OptimizerOf::add_param_group", w.adam.add_param_group({{w.p}, {.lr = -1}}), "Adam: ", "lr", "-1", "lr >= 0"),
      WRONG(ValueError, "optim::OptimizerOf::add_param_group", w.adam.add_param_group(std::vector{w.net.hidden.weight}), "Adam: ", "(4, 3)"),
      WRONG(GradError, "optim::OptimizerOf::add_param_group", w.adam.add_param_group(std::vector{w.p, w.y}), "Adam: ", "(2, 3)", "'tanh'"),
      WRONG(DTypeError, "optim::OptimizerOf::add_param_group", w.adam.add_param_group(std::vector{w.i}), "Adam: ", "int64", "float32"),
      // ---- state
      WRONG(ValueError, "optim::Optimizer::state", w.adam.state(w.p), "Adam: ", "(2,)", "parameters"),
      WRONG(ValueError, "optim::State::operator[]", w.adam.state(w.net.hidden.weight)["momentum"], "Adam: ", "momentum", "exp_avg"),
      WRONG(ValueError, "optim::State::contains", w.adam.state(w.net.hidden.weight).contains("momentum"), "Adam: ", "momentum", "exp_avg"),
      WRONG(ValueError, "optim::State::tensor", w.adam.state(w.net.hidden.weight).tensor(9), "Adam: ", "9", "exp_avg"),
      WRONG(ValueError, "optim::State::scalar", w.adam.state(w.net.hidden.weight).scalar(9), "Adam: ", "9", "exp_avg"),
      WRONG(ValueError, "optim::Optimizer::option", w.adam.option(1, "lr"), "Adam: ", "group 1", "1"),
      WRONG(ValueError, "optim::Optimizer::option", w.adam.option(0, "momentum"), "Adam: ", "momentum", "lr"),
      WRONG(ValueError, "optim::Optimizer::find_option", w.adam.find_option(1, "lr"), "Adam: ", "group 1", "1"),
      WRONG(ValueError, "optim::Optimizer::initial_lr", w.adam.initial_lr(1), "Adam: ", "group 1", "1"),
      WRONG(ValueError, "optim::Optimizer::load_state_dict", w.adam.load_state_dict(w.lbfgs.state_dict()), "load_state_dict: ", "LBFGS", "Adam"),
      WRONG(ValueError, "optim::Optimizer::load_state_dict", w.adam.load_state_dict(with(w.adam.state_dict(), "lr", "-1")), "load_state_dict: ", "lr", "-1"),
      WRONG(ValueError, "optim::Optimizer::load_state_dict", w.adam.load_state_dict(with(w.adam.state_dict(), "lr", "fast")), "load_state_dict: ", "lr", "fast"),
      WRONG(ValueError, "optim::Optimizer::load_state_dict", w.adam.load_state_dict(with(w.adam.state_dict(), "momentum", "0")), "load_state_dict: ", "momentum"),
      WRONG(ShapeError, "optim::Optimizer::load_state_dict", w.adam.load_state_dict(with(w.adam.state_dict(), "0.exp_avg", w.v)), "load_state_dict: ", "exp_avg", "(3,)", "(4, 3)"),
      WRONG(DTypeError, "optim::Optimizer::load_state_dict", w.adam.load_state_dict(with(w.adam.state_dict(), "0.exp_avg", zeros({4, 3}, int64))), "load_state_dict: ", "exp_avg", "int64"),
      WRONG(ValueError, "optim::Optimizer::load_state_dict", w.adam.load_state_dict(with(w.adam.state_dict(), "0.exp_avg", w.undefined)), "load_state_dict: ", "exp_avg", "undefined"),
      WRONG(ValueError, "optim::Optimizer::load_state_dict", w.adam.load_state_dict(with(w.adam.state_dict(), "0.more", w.v)), "load_state_dict: ", "more"),
      WRONG(IoError, "optim::Optimizer::load", w.adam.load(w / "none"), "DIR/none: ", "No such file"),
      WRONG(IoError, "optim::Optimizer::load", w.adam.load(w / "garbage"), "DIR/garbage: ", "bytes"),
      WRONG(IoError, "optim::Optimizer::load", w.adam.load(w / "net.safetensors"), "DIR/net.safetensors: ", "optimizer"),
      WRONG(ValueError, "optim::Optimizer::load", w.lbfgs.load(w / "adam.safetensors"), "DIR/adam.safetensors: ", "Adam", "LBFGS"),
      WRONG(IoError, "optim::Optimizer::save", w.adam.save(w / "none/adam"), "DIR/none/adam", "No such file"),
      WRONG(IoError, "optim::to_state_dict", to_state_dict({{{"a", w.a}}, {}}, "memory"), "memory: ", "optimizer"),
      WRONG(ValueError, "optim::from_texts", { double lr = 0; from_texts({{"lr", "fast"}}, {{"lr", &lr}}, "memory"); }, "memory: ", "lr", "fast"),
      // ---- gradients
      WRONG(ValueError, "optim::clip_grad_norm_", clip_grad_norm_(w.net.parameters(), -1), "clip_grad_norm_: ", "max_norm", "-1", "0"),
      WRONG(ValueError, "optim::clip_grad_norm_", clip_grad_norm_(w.net.parameters(), 1, 0), "clip_grad_norm_: ", "norm_type", "0", "0"),
      WRONG(ValueError, "optim::clip_grad_norm_", clip_grad_norm_(w.net.parameters(), NAN), "clip_grad_norm_: ", "max_norm", "nan", "0"),
      WRONG(GradError, "optim::clip_grad_norm_", clip_grad_norm_(spoilt(w), 1), "clip_grad_norm_: ", "parameter 1", "(2,)", "error_if_nonfinite"),
      WRONG(ValueError, "optim::clip_grad_norm_", clip_grad_norm_({w.p, w.p}, 1), "clip_grad_norm_: ", "parameter 1", "(2,)"),
      WRONG(ValueError, "optim::clip_grad_norm_", clip_grad_norm_(w.undefined, 1), "clip_grad_norm_: ", "parameter 0", "undefined"),
      WRONG(ValueError, "optim::clip_grad_value_", clip_grad_value_(w.net.parameters(), -1), "clip_grad_value_: ", "clip_value", "-1", "0"),
      WRONG(GradError, "optim::clip_grad_value_", clip_grad_value_(spoilt(w), 1), "clip_grad_value_: ", "parameter 1", "(2,)", "error_if_nonfinite"),
      WRONG(ValueError, "optim::clip_grad_value_", clip_grad_value_({w.p, w.p}, 1), "clip_grad_value_: ", "parameter 1", "(2,)"),
  };
}
// clang-format on

}  // namespace xgrad::test
