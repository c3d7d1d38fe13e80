// Shapes, creators, random numbers, printing, settings.

#include "world.hpp"

namespace xgrad::test {
namespace {

constexpr std::int64_t beyond = std::int64_t{1} << 46;  // elements that no program can address

}  // namespace

// A table is read by its columns.
// clang-format off
std::vector<WrongCall> creation_calls() {
  return {
      // ---- shapes
      WRONG(ShapeError, "Shape::Shape", (Shape{2, -3}), "Shape: ", "extent 1 is -3", "0 or greater"),
      WRONG(ShapeError, "Shape::Shape", Shape(std::vector<std::size_t>(9, 1)), "Shape: ", "9", "8"),
      WRONG(ShapeError, "Extents::Extents", Extents(std::vector<std::int64_t>(9, 1)), "Extents: ", "9", "8"),
      WRONG(ShapeError, "Axes::Axes", Axes(std::vector<int>(9, 1)), "Axes: ", "9", "8"),
      WRONG(ShapeError, "InlineVector::push_back", { Shape s(std::vector<std::size_t>(8, 1)); s.push_back(1); }, "insert: ", "9", "8"),
      WRONG(ShapeError, "InlineVector::insert", { Shape s(std::vector<std::size_t>(8, 1)); s.insert(0, 1); }, "insert: ", "9", "8"),
      WRONG(ShapeError, "broadcast_shapes", broadcast_shapes("sum of squares", {2, 3}, {2}), "sum of squares: ", "(2, 3)", "(2,)"),
      WRONG(ValueError, "unravel_index", unravel_index(6, {2, 3}), "unravel_index: ", "6", "(2, 3)", "expected 0 to 5"),
      // ---- creators
      WRONG(ShapeError, "empty", empty({beyond}), "empty: ", "(70368744177664,)", "bytes"),
      WRONG(ShapeError, "empty", empty({beyond, beyond, beyond}), "empty: ", "70368744177664", "bytes"),
      WRONG(GradError, "empty", empty(2, {.dtype = int64, .requires_grad = true}), "requires_grad_: ", "int64", "to(float32)"),
      WRONG(ShapeError, "zeros", zeros({beyond}), "zeros: ", "(70368744177664,)", "bytes"),
      WRONG(ShapeError, "zeros", zeros({-1}), "Shape: ", "-1"),
      WRONG(ShapeError, "ones", ones({beyond}), "ones: ", "(70368744177664,)", "bytes"),
      WRONG(ValueError, "full", full(2, 0.5, int64), "full: ", "0.5", "int64"),
      WRONG(ValueError, "full", full(2, -1, uint8), "full: ", "-1", "uint8", "0 to 255"),
      WRONG(ValueError, "full", full(2, NAN, int64), "full: ", "nan", "int64"),
      WRONG(ShapeError, "eye", eye(std::size_t{1} << 30), "eye: ", "(1073741824, 1073741824)", "bytes"),
      WRONG(ValueError, "arange", arange(0, 10, 0), "arange: ", "step", "0"),
      WRONG(ValueError, "arange", arange(0, 10, -1), "arange: ", "-1", "0", "10"),
      WRONG(ValueError, "arange", arange(0, INFINITY), "arange: ", "inf"),
      WRONG(ValueError, "arange", arange(0, 1e300), "arange: ", "1e+300"),
      WRONG(ValueError, "arange", arange(0, 300, 1, uint8), "arange: ", "uint8", "0 to 255"),
      WRONG(ValueError, "linspace", linspace(0, 1, 0), "linspace: ", "steps", "0", "1"),
      WRONG(ValueError, "linspace", linspace(0, NAN, 3), "linspace: ", "nan", "finite"),
      WRONG(ValueError, "linspace", linspace(0, 300, 3, uint8), "linspace: ", "300", "uint8"),
      WRONG(ShapeError, "linspace", linspace(0, 1, std::size_t{1} << 60), "linspace: ", "(1152921504606846976,)", "bytes"),
      WRONG(ValueError, "logspace", logspace(0, 1, 0), "logspace: ", "steps", "0", "1"),
      WRONG(ValueError, "logspace", logspace(0, INFINITY, 3), "logspace: ", "inf", "finite"),
      WRONG(ValueError, "logspace", logspace(0, 30, 3, 10, int64), "logspace: ", "1e+30", "int64"),
      WRONG(ShapeError, "rand", rand({beyond}), "rand: ", "(70368744177664,)", "bytes"),
      WRONG(DTypeError, "rand", rand(2, int64), "rand: ", "int64", "float32"),
      WRONG(DTypeError, "randn", randn(2, uint8), "randn: ", "uint8", "float32"),
      WRONG(ValueError, "randint", randint(3, 3, 2), "randint: ", "from 3 to 3", "low < high"),
      WRONG(ValueError, "randint", randint(0, 300, 2, uint8), "randint: ", "299", "uint8", "0 to 255"),
      WRONG(ValueError, "randint", randint(0, 1 << 25, 2, float32), "randint: ", "33554431", "float32", "16777216"),
      WRONG(ValueError, "randperm", randperm(300, {.dtype = uint8}), "randperm: ", "299", "uint8", "0 to 255"),
      WRONG(ValueError, "uniform", uniform(1, 0, 2), "uniform: ", "from 1 to 0", "low <= high"),
      WRONG(ValueError, "uniform", uniform(0, INFINITY, 2), "uniform: ", "inf", "finite"),
      WRONG(DTypeError, "uniform", uniform(0, 1, 2, int64), "uniform: ", "int64", "float32"),
      WRONG(ValueError, "normal", normal(0, -1, 2), "normal: ", "-1", "0"),
      WRONG(ValueError, "normal", normal(NAN, 1, 2), "normal: ", "nan", "finite"),
      WRONG(ShapeError, "normal", normal(w.a, zeros({4}, float64)), "normal: ", "(2, 3)", "(4,)"),
      WRONG(DTypeError, "normal", normal(w.a, abs(w.f)), "normal: ", "float64", "float32", ".to("),
      WRONG(ValueError, "normal", normal(w.a, -1), "normal: ", "-1", "0"),
      WRONG(ValueError, "normal", normal(w.undefined, 1), "normal: ", "undefined"),
      WRONG(ValueError, "bernoulli", bernoulli(tensor({0.5, 1.5})), "bernoulli: ", "1.5", "0", "1"),
      WRONG(ValueError, "bernoulli", bernoulli(tensor({NAN})), "bernoulli: ", "nan", "0", "1"),
      WRONG(DTypeError, "bernoulli", bernoulli(w.i), "bernoulli: ", "int64", "float"),
      WRONG(ValueError, "bernoulli", bernoulli(w.undefined), "bernoulli: ", "undefined"),
      WRONG(ShapeError, "multinomial", multinomial(w.images, 1), "multinomial: ", "(2, 3, 8, 8)", "(k) or (rows, k)"),
      WRONG(ValueError, "multinomial", multinomial(tensor({1., -1.}), 1), "multinomial: ", "-1", "0"),
      WRONG(ValueError, "multinomial", multinomial(tensor({{1., 1.}, {0., 0.}}), 1), "multinomial: ", "probabilities[1]", "above 0"),
      WRONG(ValueError, "multinomial", multinomial(zeros({3}), 1), "multinomial: ", "0"),
      WRONG(ValueError, "multinomial", multinomial(ones({3}), 0), "multinomial: ", "0", "1 or more"),
      WRONG(ValueError, "multinomial", multinomial(ones({3}), 4), "multinomial: ", "4", "3", "replacement"),
      WRONG(ValueError, "empty_like", empty_like(w.undefined), "empty_like: ", "undefined"),
      WRONG(ValueError, "zeros_like", zeros_like(w.undefined), "zeros_like: ", "undefined"),
      WRONG(ValueError, "ones_like", ones_like(w.undefined), "ones_like: ", "undefined"),
      WRONG(ValueError, "full_like", full_like(w.undefined, 0), "full_like: ", "undefined"),
      WRONG(ValueError, "full_like", full_like(w.u, 256), "full_like: ", "256", "uint8"),
      WRONG(ValueError, "rand_like", rand_like(w.undefined), "rand_like: ", "undefined"),
      WRONG(DTypeError, "rand_like", rand_like(w.i), "rand_like: ", "int64", "float32"),
      WRONG(ValueError, "randn_like", randn_like(w.undefined), "randn_like: ", "undefined"),
      WRONG(DTypeError, "randn_like", randn_like(w.i), "randn_like: ", "int64", "float32"),
      WRONG(ShapeError, "tensor", (tensor({{1, 2}, {3}})), "tensor: ", "1", "2"),
      WRONG(ShapeError, "tensor", tensor(std::vector<double>{1, 2, 3}, {2, 2}), "tensor: ", "3", "(2, 2)", "4"),
      WRONG(ValueError, "tensor", (tensor({1, 300}, uint8)), "tensor: ", "300", "uint8"),
      WRONG(ValueError, "tensor", (tensor({1.5}, int64)), "tensor: ", "1.5", "int64"),
      WRONG(ValueError, "tensor", tensor(std::vector<std::uint64_t>{~std::uint64_t{0}}), "tensor: ", "18446744073709551615", "expected -9223372036854775808 to 9223372036854775807"),
      WRONG(GradError, "tensor", (tensor({1, 2}, {.requires_grad = true})), "requires_grad_: ", "int64", "to(float32)"),
      // ---- random numbers
      WRONG(DTypeError, "set_rng_state", set_rng_state(w.a), "set_rng_state: ", "float64", "int64"),
      WRONG(ShapeError, "set_rng_state", set_rng_state(w.i), "set_rng_state: ", "(2, 3)", "(313,)"),
      WRONG(ValueError, "set_rng_state", set_rng_state(full(313, -1, int64)), "set_rng_state: ", "-1", "0 to 312"),
      WRONG(ValueError, "set_rng_state", set_rng_state(w.undefined), "set_rng_state: ", "undefined"),
      WRONG(ValueError, "random::running_sums", random::running_sums("draw", "weights", {1, -1}), "draw: ", "weights", "-1", "0"),
      WRONG(ValueError, "random::running_sums", random::running_sums("draw", "weights", {}), "draw: ", "weights"),
      WRONG(ValueError, "random::below", random::below(0), "below: ", "0", "at least 1"),
      WRONG(ValueError, "random::index", random::index({}), "index: ", "running sums", "at least one"),
      // ---- printing, settings
      WRONG(ValueError, "set_printoptions", set_printoptions({.precision = -1}), "set_printoptions: ", "precision", "-1", "1074"),
      WRONG(ValueError, "set_printoptions", set_printoptions({.precision = 2, .edgeitems = 0}), "set_printoptions: ", "edgeitems", "0", "1"),
      WRONG(ValueError, "set_printoptions", set_printoptions({.precision = 2, .linewidth = -1}), "set_printoptions: ", "linewidth", "-1"),
      WRONG(ValueError, "set_printoptions", set_printoptions({.precision = 2, .threshold = -1}), "set_printoptions: ", "threshold", "-1"),
      WRONG(ValueError, "set_printoptions", set_printoptions({.profile = "long"}), "set_printoptions: ", "long", "default", "short", "full"),
      WRONG(ValueError, "set_num_threads", set_num_threads(0), "set_num_threads: ", "0", "at least 1"),
  };
}
// clang-format on

}  // namespace xgrad::test
