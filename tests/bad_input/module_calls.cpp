// Modules as such, lists of them, their files, initial values, scaling.

#include "world.hpp"

namespace xgrad::test {
namespace {

struct NoForward : nn::Module {
  Tensor weight = ones({2, 3}, {.requires_grad = true});
  XGRAD_FIELDS(weight)
};

struct Pair : nn::Module {
  XGRAD_FIELDS()
  Tensor forward(const Tensor& a, const Tensor& b) { return a + b; }
  using Module::forward;
};

nn::StateDict with(nn::StateDict state, const std::string& name, const Tensor& t) {
  state[name] = t;
  return state;
}

nn::StateDict without(nn::StateDict state, const std::string& name) {
  state.erase(name);
  return state;
}

}  // namespace

// A table is read by its columns.
// clang-format off
std::vector<WrongCall> module_calls() {
  return {
      WRONG(Error, "nn::Module::forward", NoForward()(w.f), "forward: ", "NoForward", "Tensor forward(const Tensor&)"),
      WRONG(Error, "nn::Module::forward", Pair()(w.f), "forward: ", "Pair", "Tensor forward(const Tensor&)"),
      WRONG(ValueError, "nn::Module::check_parameters", { nn::Linear l(3, 4); w.right(l).weight = l.weight * 2.0; l.check_parameters(false); }, "Linear: ", "weight", "copy_"),
      WRONG(ValueError, "nn::Module::parameters", { nn::Linear l(3, 4); w.right(l).weight = zeros({4, 3}); l.parameters(); }, "Linear: ", "weight", "copy_"),
      WRONG(ValueError, "nn::Module::named_parameters", { nn::Linear l(3, 4); w.right(l).weight = zeros({4, 3}); l.named_parameters(); }, "Linear: ", "weight", "copy_"),
      WRONG(ValueError, "nn::Module::named_buffers", { nn::Linear l(3, 4); w.right(l).weight = zeros({4, 3}); l.named_buffers(); }, "Linear: ", "weight", "copy_"),
      WRONG(ValueError, "nn::Module::num_parameters", { nn::Linear l(3, 4); w.right(l).weight = zeros({4, 3}); l.num_parameters(); }, "Linear: ", "weight", "copy_"),
      WRONG(ValueError, "nn::Module::state_dict", { nn::Linear l(3, 4); w.right(l).weight = zeros({4, 3}); l.state_dict(); }, "Linear: ", "weight", "copy_"),
      WRONG(ValueError, "nn::Module::zero_grad", { nn::Linear l(3, 4); w.right(l).weight = zeros({4, 3}); l.zero_grad(); }, "Linear: ", "weight", "copy_"),
      WRONG(ValueError, "nn::Module::requires_grad_", { nn::Linear l(3, 4); w.right(l).weight = zeros({4, 3}); l.requires_grad_(false); }, "Linear: ", "weight", "copy_"),
      WRONG(ValueError, "nn::Module::train", { nn::Linear l(3, 4); w.right(l).weight = zeros({4, 3}); l.train(); }, "Linear: ", "weight", "copy_"),
      WRONG(ValueError, "nn::Module::eval", { nn::Linear l(3, 4); w.right(l).weight = zeros({4, 3}); l.eval(); }, "Linear: ", "weight", "copy_"),
      WRONG(DTypeError, "nn::Module::to", w.net.to(int64), "to: ", "int64", "float32"),
      WRONG(ValueError, "nn::Module::load_state_dict", w.net.load_state_dict(without(w.other.state_dict(), "hidden.bias")), "load_state_dict: ", "hidden.bias", "missing"),
      WRONG(ValueError, "nn::Module::load_state_dict", w.net.load_state_dict(with(w.other.state_dict(), "more", w.v)), "load_state_dict: ", "more", "unexpected"),
      WRONG(ValueError, "nn::Module::load_state_dict", w.net.load_state_dict(with(w.other.state_dict(), "output.bias", w.v)), "load_state_dict: ", "output.bias", "(3,)", "(2,)"),
      WRONG(ValueError, "nn::Module::load_state_dict", w.net.load_state_dict(with(w.other.state_dict(), "output.bias", zeros(2, float64)), {.same_dtype = true}), "load_state_dict: ", "output.bias", "float64", "float32"),
      WRONG(ValueError, "nn::Module::load_state_dict", w.net.load_state_dict(with(w.other.state_dict(), "output.bias", w.undefined)), "load_state_dict: ", "output.bias", "undefined"),
      WRONG(ValueError, "nn::Module::load_state_dict", w.net.load_state_dict({{"more", w.v}, {"output.bias", w.v}}, {.strict = false}), "load_state_dict: ", "output.bias", "(3,)", "(2,)"),
      WRONG(ValueError, "nn::functional_call", nn::functional_call(w.net, {{"more", w.v}}, w.rows), "functional_call: ", "Net", "'more'", "state_dict()"),
      WRONG(ValueError, "nn::functional_call", nn::functional_call(w.net, {{"output.bias", w.undefined}}, w.rows), "functional_call: ", "output.bias", "undefined"),
      WRONG(ShapeError, "nn::functional_call", nn::functional_call(w.net.output, {{"bias", zeros(3)}}, zeros({2, 4})), "linear: ", "(3,)", "(2, 4)"),
      WRONG(ValueError, "nn::AnyModule::AnyModule", { nn::AnyModule m = nn::ReLU(); const nn::AnyModule n = std::move(m); const nn::AnyModule copy = m; }, "AnyModule: ", "moved", "assign"),
      WRONG(ValueError, "nn::AnyModule::forward", { nn::AnyModule m = nn::ReLU(); nn::AnyModule n = std::move(m); m.forward(w.f); }, "AnyModule: ", "moved", "assign"),
      WRONG(ShapeError, "nn::AnyModule::forward", w.right(nn::AnyModule(nn::Linear(4, 2))).forward(w.f), "linear: ", "(2, 3)", "(2, 4)"),
      WRONG(ValueError, "nn::Sequential::operator[]", w.right(nn::Sequential(nn::ReLU()))[1], "Sequential: ", "module 1", "there are 1"),
      WRONG(ShapeError, "nn::Sequential::forward", w.right(nn::Sequential(nn::ReLU(), nn::Linear(4, 2)))(w.f), "linear: ", "(2, 3)", "(2, 4)"),
      WRONG(ValueError, "nn::Sequential::forward", w.right(nn::Sequential(nn::ReLU()))(w.undefined), "relu: ", "undefined"),
      WRONG(ValueError, "nn::Sequential::push_back", { nn::Sequential s; nn::AnyModule m = nn::ReLU(); const nn::AnyModule n = std::move(m); s.push_back(m); }, "AnyModule: ", "moved", "assign"),
      WRONG(ValueError, "nn::Sequential::clone", { nn::Sequential s{nn::Linear(3, 4)}; dynamic_cast<nn::Linear&>(w.right(s)[0]).weight = w.v; s.clone(); }, "Linear: ", "weight", "copy_"),
      // ---- files
      WRONG(IoError, "nn::load", nn::load(w.net, w / "none"), "DIR/none: ", "No such file"),
      WRONG(IoError, "nn::load", nn::load(w.net, w / "garbage"), "DIR/garbage: ", "bytes"),
      WRONG(IoError, "nn::load", nn::load(w.net, w / "tensors.safetensors"), "DIR/tensors.safetensors: ", "missing", "hidden.weight", "unexpected", "a"),
      WRONG(IoError, "nn::save", nn::save(w.net, w / "none/net"), "DIR/none/net", "No such file"),
      WRONG(ValueError, "nn::save", nn::save(nn::ReLU(), w / "net.safetensors"), "save: ReLU", "DIR/net.safetensors", "XGRAD_FIELDS"),
      WRONG(ValueError, "nn::copy_of", nn::copy_of({{"a", w.undefined}}), "copy_of: ", "'a'", "undefined"),
      // ---- initial values
      WRONG(ValueError, "nn::init::calculate_gain", nn::init::calculate_gain(nn::init::Nonlinearity::leaky_relu, NAN), "calculate_gain: ", "slope", "nan", "finite"),
      WRONG(GradError, "nn::init::zeros_", nn::init::zeros_(w.y), "fill_: ", "'tanh'", "detach()"),
      WRONG(ValueError, "nn::init::zeros_", nn::init::zeros_(w.undefined), "zeros_: ", "undefined"),
      WRONG(GradError, "nn::init::ones_", nn::init::ones_(w.y), "fill_: ", "'tanh'", "detach()"),
      WRONG(GradError, "nn::init::constant_", nn::init::constant_(w.y, 2), "fill_: ", "'tanh'", "detach()"),
      WRONG(ValueError, "nn::init::constant_", nn::init::constant_(w.u, 300), "fill_: ", "300", "uint8"),
      WRONG(ValueError, "nn::init::uniform_", nn::init::uniform_(w.a, 1, 0), "uniform_: ", "1", "0", "low <= high"),
      WRONG(DTypeError, "nn::init::uniform_", nn::init::uniform_(w.i), "uniform_: ", "int64", "float32"),
      WRONG(ValueError, "nn::init::normal_", nn::init::normal_(w.a, 0, -1), "normal_: ", "std", "-1", "0"),
      WRONG(DTypeError, "nn::init::normal_", nn::init::normal_(w.i), "normal_: ", "int64", "float32"),
      WRONG(ShapeError, "nn::init::xavier_uniform_", nn::init::xavier_uniform_(w.v), "xavier_uniform_: ", "(3,)", "2 dimensions"),
      WRONG(ValueError, "nn::init::xavier_uniform_", nn::init::xavier_uniform_(w.a, -1), "xavier_uniform_: ", "gain", "-1"),
      WRONG(DTypeError, "nn::init::xavier_uniform_", nn::init::xavier_uniform_(w.i), "xavier_uniform_: ", "int64", "float32"),
      WRONG(ShapeError, "nn::init::xavier_normal_", nn::init::xavier_normal_(w.v), "xavier_normal_: ", "(3,)", "2 dimensions"),
      WRONG(ValueError, "nn::init::xavier_normal_", nn::init::xavier_normal_(w.a, NAN), "xavier_normal_: ", "gain", "nan"),
      WRONG(ShapeError, "nn::init::kaiming_uniform_", nn::init::kaiming_uniform_(w.v), "kaiming_uniform_: ", "(3,)", "2 dimensions"),
      WRONG(ValueError, "nn::init::kaiming_uniform_", nn::init::kaiming_uniform_(w.a, INFINITY), "kaiming_uniform_: ", "inf", "finite"),
      WRONG(ShapeError, "nn::init::kaiming_normal_", nn::init::kaiming_normal_(w.v), "kaiming_normal_: ", "(3,)", "2 dimensions"),
      WRONG(GradError, "nn::init::kaiming_normal_", nn::init::kaiming_normal_(w.y), "kaiming_normal_: ", "'tanh'", "detach()"),
      WRONG(ShapeError, "nn::init::orthogonal_", nn::init::orthogonal_(w.v), "orthogonal_: ", "(3,)", "2 dimensions"),
      WRONG(GradError, "nn::init::orthogonal_", nn::init::orthogonal_(w.y), "orthogonal_: ", "'tanh'", "detach()"),
      WRONG(ValueError, "nn::init::orthogonal_", nn::init::orthogonal_(w.a, NAN), "orthogonal_: ", "gain", "nan"),
      // ---- scaling
      WRONG(ValueError, "nn::StandardScaler::StandardScaler", nn::StandardScaler(-1), "StandardScaler: ", "-1 features", "0 or more"),
      WRONG(ShapeError, "nn::StandardScaler::fit", w.scaler.fit(tensor(1.0)), "StandardScaler: ", "()", "(N, …)"),
      WRONG(ShapeError, "nn::StandardScaler::fit", w.scaler.fit(zeros({0, 3})), "StandardScaler: ", "(0, 3)"),
      WRONG(ValueError, "nn::StandardScaler::fit", w.scaler.fit(full({2, 3}, INFINITY)), "StandardScaler: ", "inf", "finite"),
      WRONG(ValueError, "nn::StandardScaler::fit", w.scaler.fit(w.undefined), "StandardScaler: ", "undefined"),
      WRONG(ShapeError, "nn::StandardScaler::fit_transform", w.scaler.fit_transform(zeros({0, 3})), "StandardScaler: ", "(0, 3)"),
      WRONG(ValueError, "nn::StandardScaler::transform", w.right(nn::StandardScaler()).transform(w.rows), "StandardScaler: ", "fit"),
      WRONG(ShapeError, "nn::StandardScaler::transform", w.scaler.transform(zeros({2, 4})), "StandardScaler: ", "(2, 4)", "(3,)"),
      WRONG(ValueError, "nn::StandardScaler::transform", w.scaler.transform(w.undefined), "StandardScaler: ", "undefined"),
      WRONG(ShapeError, "nn::StandardScaler::inverse_transform", w.scaler.inverse_transform(zeros({2, 4})), "StandardScaler: ", "(2, 4)", "(3,)"),
      WRONG(ValueError, "nn::StandardScaler::inverse_transform", w.right(nn::StandardScaler()).inverse_transform(w.rows), "StandardScaler: ", "fit"),
      WRONG(ShapeError, "nn::StandardScaler::forward", w.scaler(zeros({2, 4})), "StandardScaler: ", "(2, 4)", "(3,)"),
  };
}
// clang-format on

}  // namespace xgrad::test
