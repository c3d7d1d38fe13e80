#include "autograd/ops/linalg.hpp"

#include <algorithm>

#include "autograd/apply.hpp"
#include "autograd/kernels/gemm.hpp"
#include "autograd/kernels/reduce.hpp"
#include "autograd/message.hpp"
#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/reduction.hpp"
#include "autograd/ops/shaping.hpp"

namespace xgrad {
namespace {

struct Transposes {
  bool a = false, b = false;
};

/// (rows, columns) of the matrices in the last two axes, as stored or transposed.
struct MatrixShape {
  std::size_t rows, columns;
  MatrixShape(const Shape& shape, bool transposed)
      : rows(shape[shape.size() - 2]), columns(shape.back()) {
    if (transposed) std::swap(rows, columns);
  }
};

Shape batch_of(const Shape& shape) {
  Shape batch = shape;
  batch.erase(batch.size() - 1);
  batch.erase(batch.size() - 1);
  return batch;
}

template <class T>
void multiply_batches(Tensor& out, const Tensor& a, const Tensor& b, Transposes t) {
  const MatrixShape left(a.shape(), t.a), right(b.shape(), t.b);
  const std::size_t m = left.rows, n = right.columns, k = left.columns;
  // Many matrices times one: a single tall product.
  if (b.ndim() == 2 && !t.a)
    return kernels::gemm(false, t.b, k ? a.numel() / k : out.numel() / std::max<std::size_t>(n, 1),
                         n, k, detail::values<T>(a), detail::values<T>(b), T(0),
                         detail::values<T>(out));
  const Shape batch = batch_of(out.shape()), batch_a = batch_of(a.shape()),
              batch_b = batch_of(b.shape());
  const kernels::BroadcastPlan<2> plan(batch, {&batch_a, &batch_b});
  plan.for_each_row(
      [&](std::size_t offset, const auto& from, std::size_t count, const auto& varies) {
        for (std::size_t i = 0; i < count; ++i)
          kernels::gemm(t.a, t.b, m, n, k, detail::values<T>(a) + (from[0] + i * varies[0]) * m * k,
                        detail::values<T>(b) + (from[1] + i * varies[1]) * k * n, T(0),
                        detail::values<T>(out) + (offset + i) * m * n);
      });
}

Tensor product(const Tensor& a, const Tensor& b, Transposes t);

// With A' and B' the operands as they enter the product C = A' B': dA' = dC B'^T and dB' = A'^T dC;
// where an operand enters transposed, its gradient is the transpose of that.
constexpr auto matmul_op = operation<Transposes>(
    "matmul",
    [](const Inputs& in, const Transposes& t) {
      Shape shape = broadcast_shapes("matmul", batch_of(in[0].shape()), batch_of(in[1].shape()));
      shape.push_back(MatrixShape(in[0].shape(), t.a).rows);
      shape.push_back(MatrixShape(in[1].shape(), t.b).columns);
      Tensor out = empty(shape, {.dtype = in[0].dtype()});
      out.dtype() == float32 ? multiply_batches<float>(out, in[0], in[1], t)
                             : multiply_batches<double>(out, in[0], in[1], t);
      return out;
    },
    gradient(
        reads::input(1),
        [](const Tensor& g, const auto& c) {
          const Transposes t = c.attributes;
          return t.a ? product(c.input(1), g, {t.b, true}) : product(g, c.input(1), {false, !t.b});
        }),
    gradient(reads::input(0), [](const Tensor& g, const auto& c) {
      const Transposes t = c.attributes;
      // Many matrices times one: its gradient is a single product too.
      if (c.shape(1).size() == 2 && c.input(0).ndim() > 2 && !t.a) {
        const auto flat = [](const Tensor& x) {
          return reshape(x, {x.shape().numel() / std::max<std::size_t>(x.shape().back(), 1),
                             x.shape().back()});
        };
        if (g.numel() && c.input(0).numel())
          return t.b ? product(flat(g), flat(c.input(0)), {true, false})
                     : product(flat(c.input(0)), flat(g), {true, false});
      }
      return t.b ? product(g, c.input(0), {true, t.a}) : product(c.input(0), g, {!t.a, false});
    }));

Tensor product(const Tensor& a, const Tensor& b, Transposes t) { return matmul_op(a, b, t); }

// inputs: x (rows, in), weight (out, in), bias (out) or undefined
constexpr auto linear_op = operation(
    "linear",
    [](const Inputs& in, const NoAttributes&) {
      const std::size_t rows = in[0].shape()[0], k = in[0].shape()[1], n = in[1].shape()[0];
      Tensor out = empty(Shape{rows, n}, {.dtype = in[0].dtype()});
      const auto run = [&]<class T>(T) {
        T* to = detail::values<T>(out);
        if (in[2].defined())
          for (std::size_t r = 0; r < rows; ++r)
            std::copy_n(detail::values<T>(in[2]), n, to + r * n);
        kernels::gemm(false, true, rows, n, k, detail::values<T>(in[0]), detail::values<T>(in[1]),
                      in[2].defined() ? T(1) : T(0), to);
      };
      out.dtype() == float32 ? run(float{}) : run(double{});
      return out;
    },
    gradient(reads::input(1),
             [](const Tensor& g, const auto& c) { return product(g, c.input(1), {}); }),
    gradient(reads::input(0),
             [](const Tensor& g, const auto& c) {
               return product(g, c.input(0), {true, false});
             }),
    gradient(reads::nothing, [](const Tensor& g, const auto&) { return sum(g, 0); }));

void require_one_float(const char* op, const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || !is_floating(a.dtype()))
    throw DTypeError(message(op, ": ", name(a.dtype()), " ", a.shape(), " x ", name(b.dtype()), " ",
                             b.shape(), "; expected both float32 or both float64"));
}

// Leading axes, aligned at their last, are equal or 1.
void require_broadcasting_batches(const Tensor& a, const Tensor& b) {
  for (std::size_t i = 3; i <= std::min(a.ndim(), b.ndim()); ++i) {
    const std::size_t left = a.shape()[a.ndim() - i], right = b.shape()[b.ndim() - i];
    if (left != right && left != 1 && right != 1)
      throw ShapeError(message("matmul: batches do not broadcast: ", a.shape(), " x ", b.shape(),
                               ": ", left, " vs ", right, "; expected equal extents, or 1"));
  }
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  detail::require_defined("matmul", a, b);
  require_one_float("matmul", a, b);
  if (a.ndim() == 0 || b.ndim() == 0)
    throw ShapeError(message("matmul: ", a.shape(), " x ", b.shape(),
                             ": expected at least 1 dimension each (use * for scalars)"));
  const std::size_t inner_a = a.shape().back();
  const std::size_t inner_b = b.shape()[b.ndim() == 1 ? 0 : b.ndim() - 2];
  if (inner_a != inner_b)
    throw ShapeError(message("matmul: inner dimensions differ: ", a.shape(), " x ", b.shape(), ": ",
                             inner_a, " vs ", inner_b));
  require_broadcasting_batches(a, b);
  const Tensor left = a.ndim() == 1 ? unsqueeze(a, 0) : a;
  const Tensor right = b.ndim() == 1 ? unsqueeze(b, 1) : b;
  Tensor result = product(left, right, {});
  if (a.ndim() > 1 && b.ndim() > 1) return result;
  Shape shape = result.shape();
  if (b.ndim() == 1) shape.erase(shape.size() - 1);
  if (a.ndim() == 1) shape.erase(shape.size() - (b.ndim() == 1 ? 1 : 2));
  return reshape(result, shape);
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  detail::require_defined("linear", x, weight);
  require_one_float("linear", x, weight);
  if (x.ndim() == 0 || weight.ndim() != 2 || x.shape().back() != weight.shape()[1])
    throw ShapeError(message("linear: x ", x.shape(), " with weight ", weight.shape(),
                             ": expected x (…, in) and weight (out, in)"));
  if (bias.defined()) {
    require_one_float("linear", x, bias);
    if (bias.shape() != Shape{weight.shape()[0]})
      throw ShapeError(message("linear: bias ", bias.shape(), " with weight ", weight.shape(),
                               ": expected (", weight.shape()[0], ",)"));
  }
  if (x.ndim() == 2) return linear_op(x, weight, bias);
  Shape shape = x.shape();
  std::size_t rows = 1;
  for (std::size_t i = 0; i + 1 < x.ndim(); ++i) rows *= shape[i];
  shape[shape.size() - 1] = weight.shape()[0];
  return reshape(linear_op(reshape(x, {rows, x.shape().back()}), weight, bias), shape);
}

}  // namespace xgrad
