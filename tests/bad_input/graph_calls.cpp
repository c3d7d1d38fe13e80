// Derivatives, functions of functions, checks of gradients, capture.

#include "world.hpp"

namespace xgrad::test {
namespace {

using Function = std::function<Tensor(const Tensor&)>;

Tensor squares(const Tensor& t) { return sum(square(t)); }
Tensor to_undefined(const Tensor&) { return {}; }
std::vector<Tensor> twice(const std::vector<Tensor>& t) { return {2 * t[0]}; }
Tensor throwing(const Tensor&) { throw ValueError("f: nothing is right; expected nothing"); }
const auto cube = custom_function(
    "cube", [](const Tensor& t) { return t * t * t; },
    [](const Tensor& g, const Tensor& t) { return g * 3 * square(t); });

}  // namespace

// A table is read by its columns.
// clang-format off
std::vector<WrongCall> graph_calls() {
  return {
      WRONG(GradError, "grad", grad(w.y, w.x), "grad: ", "(2, 3)", "6 elements", "scalar"),
      WRONG(GradError, "grad", grad(w.loss, w.a), "grad: ", "input 0", "(2, 3)", "requires_grad_()"),
      WRONG(GradError, "grad", grad(w.loss, w.p), "grad: ", "input 0", "(2,)", "allow_unused"),
      WRONG(GradError, "grad", grad({sum(w.y * w.v)}, {w.x, w.p}), "grad: ", "input 1", "(2,)", "allow_unused"),
      WRONG(GradError, "grad", grad({w.loss}, {w.x, w.p}), "grad: ", "input 1", "(2,)", "allow_unused"),
      WRONG(GradError, "grad", grad(w.released, w.x), "sum: backward: ", "retain_graph = true"),
      WRONG(GradError, "grad", grad(sum(w.a), w.x), "grad: ", "()", "requires_grad_()"),
      WRONG(ValueError, "grad", grad({w.loss}, {w.x}, {.grad_outputs = {w.v, w.v}}), "grad: ", "2", "1"),
      WRONG(ShapeError, "grad", grad({w.y}, {w.x}, {.grad_outputs = {w.v}}), "grad: ", "(3,)", "(2, 3)"),
      WRONG(DTypeError, "grad", grad({w.y}, {w.x}, {.grad_outputs = {w.f}}), "grad: ", "float32", "float64"),
      WRONG(ValueError, "grad", grad({w.undefined}, {w.x}), "grad: ", "undefined"),
      WRONG(ValueError, "grad", grad({w.loss}, {w.undefined}), "grad: ", "undefined"),
      WRONG(ValueError, "vjp", vjp(twice, {w.x}, {}), "vjp: ", "0", "1"),
      WRONG(ShapeError, "vjp", vjp(twice, {w.x}, {w.v}), "vjp: ", "(3,)", "(2, 3)"),
      WRONG(DTypeError, "vjp", vjp(twice, {w.x}, {w.f}), "vjp: ", "float32", "float64"),
      WRONG(DTypeError, "vjp", vjp(twice, {w.i}, {w.i}), "vjp: ", "int64"),
      WRONG(ValueError, "vjp", vjp(twice, {w.undefined}, {w.a}), "vjp: ", "undefined"),
      WRONG(ValueError, "vjp", vjp(to_undefined, w.x, w.a), "vjp: ", "undefined"),
      WRONG(ValueError, "jvp", jvp(twice, {w.x}, {w.a, w.a}), "jvp: ", "2", "1"),
      WRONG(ShapeError, "jvp", jvp(twice, {w.x}, {w.v}), "jvp: ", "(3,)", "(2, 3)"),
      WRONG(DTypeError, "jvp", jvp(twice, {w.x}, {w.f}), "jvp: ", "float32", "float64"),
      WRONG(ValueError, "jvp", jvp(to_undefined, w.x, w.a), "jvp: ", "undefined"),
      WRONG(ValueError, "jvp", jvp(throwing, w.x, w.a), "f: ", "expected nothing"),
      WRONG(ValueError, "jacobian", jacobian(squares, w.undefined), "jacobian: ", "undefined"),
      WRONG(ValueError, "jacobian", jacobian({}, w.x), "jacobian: ", "empty"),
      WRONG(DTypeError, "jacobian", jacobian(squares, w.i), "jacobian: ", "int64"),
      WRONG(DTypeError, "jacobian", jacobian([](const Tensor& t) { return argmax(t); }, w.x), "jacobian: ", "int64"),
      WRONG(ShapeError, "jacobian", jacobian(squares, zeros({1, 1, 1, 1, 1, 1, 1, 1, 1}, float64)), "Shape: ", "9", "8"),
      WRONG(ShapeError, "jacobian", jacobian([](const Tensor& t) { return 2 * t; }, zeros({1, 1, 1, 1, 1}, float64)), "jacobian: ", "(1, 1, 1, 1, 1)", "8 axes", "reshape"),
      WRONG(ShapeError, "hessian", hessian([](const Tensor& t) { return 2 * t; }, w.x), "hessian: ", "(2, 3)", "a scalar"),
      WRONG(ValueError, "hessian", hessian(to_undefined, w.x), "hessian: ", "undefined"),
      WRONG(ValueError, "hessian", hessian({}, w.x), "hessian: ", "empty"),
      WRONG(DTypeError, "hessian", hessian(squares, w.i), "hessian: ", "int64"),
      WRONG(ShapeError, "hvp", hvp(squares, w.x, w.v), "hvp: ", "(3,)", "(2, 3)"),
      WRONG(DTypeError, "hvp", hvp(squares, w.x, w.f), "hvp: ", "float32", "float64"),
      WRONG(ValueError, "hvp", hvp(squares, w.x, w.undefined), "hvp: ", "undefined"),
      WRONG(ValueError, "hvp", hvp({}, w.x, w.a), "hvp: ", "empty"),
      WRONG(ValueError, "to_dot", to_dot(w.undefined), "to_dot: ", "undefined"),
      // ---- functions of users
      WRONG(ValueError, "custom_function", custom_function("nothing", to_undefined, [](const Tensor& g, const Tensor&) { return g; })(w.x), "nothing: ", "undefined"),
      WRONG(GradError, "custom_function", custom_function("cut", [](const Tensor& t) { return t; }, [](const Tensor& g, const Tensor&) { return g[0][0] * zeros({4}, float64); })(w.x).sum().backward(), "cut: ", "(4,)", "(2, 3)"),
      WRONG(ValueError, "CustomFunction::CustomFunction", cube(w.undefined), "mul: ", "undefined"),
      WRONG(ValueError, "custom_function", custom_function("nothing", Function(), [](const Tensor& g, const Tensor&) { return g; }), "custom_function: ", "empty", "expected"),
      WRONG(ValueError, "capture", capture(Function()), "capture: ", "empty", "expected"),
      WRONG(ValueError, "vjp", vjp(Function(), w.x, w.a), "vjp: ", "empty", "expected"),
      WRONG(ValueError, "jvp", jvp(Function(), w.x, w.a), "jvp: ", "empty", "expected"),
      WRONG(ValueError, "gradcheck", gradcheck(Function(), w.x), "gradcheck: ", "empty", "expected"),
      WRONG(ValueError, "gradgradcheck", gradgradcheck(Function(), w.x), "gradgradcheck: ", "empty", "expected"),
      WRONG(ValueError, "numerical_gradient", numerical_gradient(Function(), w.x), "numerical_gradient: ", "empty", "expected"),
      WRONG(ValueError, "numerical_jacobian", numerical_jacobian(Function(), w.x), "numerical_jacobian: ", "empty", "expected"),
      WRONG(ValueError, "capture", capture(throwing, w.a), "f: ", "expected nothing"),
      WRONG(GradError, "capture", capture(squares, w.x), "capture: ", "(2, 3)", "let f use"),
      WRONG(ValueError, "Captured::Captured", { auto step = capture(squares); step(w.undefined); }, "capture: ", "undefined"),
      WRONG(ShapeError, "Captured::Captured", { auto step = capture([&](const Tensor& t) { return sum(w.v * t); }, w.v); step(zeros({4}, float64)); }, "mul: ", "(3,)", "(4,)"),
      // ---- checks
      WRONG(GradError, "gradcheck", gradcheck(squares, w.a), "gradcheck: ", "requires_grad_()"),
      WRONG(DTypeError, "gradcheck", gradcheck(squares, w.f.clone().requires_grad_()), "gradcheck: ", "float32", "float64"),
      WRONG(ValueError, "gradcheck", gradcheck(squares, w.x, {.eps = 0}), "gradcheck: ", "eps", "0"),
      WRONG(ValueError, "gradcheck", gradcheck(squares, w.x, {.atol = -1}), "gradcheck: ", "atol", "-1"),
      WRONG(ValueError, "gradcheck", gradcheck(squares, w.x, {.rtol = NAN}), "gradcheck: ", "rtol", "nan"),
      WRONG(ValueError, "gradcheck", gradcheck(squares, w.undefined), "gradcheck: ", "undefined"),
      WRONG(ValueError, "gradcheck", gradcheck(to_undefined, w.x), "gradcheck: ", "undefined"),
      WRONG(ValueError, "gradcheck", gradcheck(throwing, w.x), "f: ", "expected nothing"),
      WRONG(GradError, "gradgradcheck", gradgradcheck(squares, w.a), "gradgradcheck: ", "requires_grad_()"),
      WRONG(ValueError, "gradgradcheck", gradgradcheck(squares, w.x, {.eps = -1}), "gradgradcheck: ", "eps", "-1"),
      WRONG(DTypeError, "gradgradcheck", gradgradcheck(squares, w.f.clone().requires_grad_()), "gradgradcheck: ", "float32", "float64"),
      WRONG(DTypeError, "numerical_gradient", numerical_gradient(squares, w.f), "numerical_gradient: ", "float32", "float64"),
      WRONG(ShapeError, "numerical_gradient", numerical_gradient([](const Tensor& t) { return 2 * t; }, w.x), "numerical_gradient: ", "(2, 3)", "a scalar"),
      WRONG(ValueError, "numerical_gradient", numerical_gradient(squares, w.x, {.eps = 0}), "numerical_gradient: ", "eps", "0"),
      WRONG(ValueError, "numerical_gradient", numerical_gradient(squares, 1e30 * ones({2}, float64)), "numerical_gradient: ", "eps", "1e-06"),
      WRONG(ValueError, "numerical_gradient", numerical_gradient(throwing, w.x), "f: ", "expected nothing"),
      WRONG(ValueError, "numerical_gradient", numerical_gradient(squares, w.undefined), "numerical_gradient: ", "undefined"),
      WRONG(ValueError, "numerical_jacobian", numerical_jacobian(to_undefined, w.x), "numerical_jacobian: ", "undefined"),
      WRONG(DTypeError, "numerical_jacobian", numerical_jacobian(squares, w.i), "numerical_jacobian: ", "int64", "float64"),
      WRONG(ShapeError, "numerical_jacobian", numerical_jacobian([](const Tensor& t) { return 2 * t; }, zeros({1, 1, 1, 1, 1}, float64)), "numerical_jacobian: ", "(1, 1, 1, 1, 1)", "8 axes", "reshape"),
      WRONG(GradError, "check_graph", check_graph(w.a), "check_graph: ", "requires_grad_()"),
      WRONG(GradError, "check_graph", check_graph(w.released), "check_graph: ", "released", "retain_graph"),
      WRONG(ValueError, "check_graph", check_graph(w.loss, {.eps = 0}), "check_graph: ", "eps", "0"),
      WRONG(ValueError, "check_graph", check_graph(w.undefined), "check_graph: ", "undefined"),
      // ---- files of tensors
      WRONG(ValueError, "Safetensors::at", load_safetensors(w / "tensors.safetensors").at("b"), "Safetensors: ", "'b'", "'a'"),
      WRONG(IoError, "load_safetensors", load_safetensors(w / "none"), "DIR/none: ", "No such file"),
      WRONG(IoError, "load_safetensors", load_safetensors(w / "garbage"), "DIR/garbage: ", "bytes"),
      WRONG(IoError, "load_safetensors", load_safetensors(w / "empty"), "DIR/empty: ", "offset 0", "8 more bytes"),
      WRONG(IoError, "save_safetensors", save_safetensors(w / "none/t.safetensors", {{"a", w.a}}), "DIR/none/t.safetensors", "No such file"),
      WRONG(ValueError, "save_safetensors", save_safetensors(w / "tensors.safetensors", {{"a", w.undefined}}), "save_safetensors: DIR/tensors.safetensors: ", "'a'", "undefined"),
      WRONG(ValueError, "save_safetensors", save_safetensors(w / "tensors.safetensors", {{"__metadata__", w.a}}), "save_safetensors: DIR/tensors.safetensors: ", "__metadata__"),
      WRONG(ValueError, "save_safetensors", save_safetensors(w / "tensors.safetensors", {{"\xff", w.a}}), "save_safetensors: DIR/tensors.safetensors: ", "UTF-8"),
      WRONG(IoError, "save_safetensors", save_safetensors(w.files.path(), {{"a", w.a}}), "DIR: ", "directory"),
  };
}
// clang-format on

}  // namespace xgrad::test
