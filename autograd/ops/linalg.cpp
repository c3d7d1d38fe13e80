#include "linalg.hpp"

#include <algorithm>
#include <array>

#include "../kernels/gemm.hpp"
#include "../kernels/reduce.hpp"
#include "../op/operation.hpp"
#include "../support/str.hpp"
#include "arithmetic.hpp"
#include "axes.hpp"
#include "reduction.hpp"
#include "shaping.hpp"
#include "slicing.hpp"

namespace xgrad {
namespace {

using detail::batch_of;
using detail::product;
using detail::Transposes;
using detail::values;

// An extent of the matrices in the last two axes; a vector is a row or column of extent 1.
std::size_t rows(const Shape& shape) { return shape.size() == 1 ? 1 : shape.end()[-2]; }
std::size_t columns(const Shape& shape) { return shape.size() == 1 ? 1 : shape.back(); }

template <class T>
void multiply_batches(Tensor& out, const Shape& batch, const Tensor& a, const Tensor& b,
                      Transposes t) {
  const std::size_t m = t.a ? columns(a.shape()) : rows(a.shape());
  const std::size_t k = t.a ? rows(a.shape()) : a.shape().back();
  const std::size_t n = t.b ? rows(b.shape()) : columns(b.shape());
  // Two matrices, or many times one, which is a single tall product.
  if (b.ndim() <= 2 && (!t.a || batch.empty()))
    return kernels::gemm(t.a, t.b, batch.numel() * m, n, k, values<T>(a), values<T>(b), T(0),
                         values<T>(out));
  const Shape batch_a = batch_of(a.shape()), batch_b = batch_of(b.shape());
  const T *left = values<T>(a), *right = values<T>(b);
  T* const to = values<T>(out);
  kernels::Walk<2>::broadcast(batch, {&batch_a, &batch_b})
      .for_each(0, [&](std::size_t i, const auto& from) {
        kernels::gemm(t.a, t.b, m, n, k, left + from[0] * static_cast<std::ptrdiff_t>(m * k),
                      right + from[1] * static_cast<std::ptrdiff_t>(k * n), T(0), to + i * m * n);
      });
}

// (…, columns) -> (rows, columns)
Tensor as_matrix(const Tensor& x) {
  if (x.ndim() == 2) return x;
  const detail::Blocks blocks(x.shape(), x.ndim() - 1);
  return reshape(x, {blocks.outer, blocks.n});
}

// The gradient of C with the axes that vanished because operands are vectors.
Tensor with_vector_axes(Tensor g, const Shape& a, const Shape& b) {
  if (b.size() == 1) g = unsqueeze(g, -1);
  return a.size() == 1 ? unsqueeze(g, -2) : g;
}

// The gradient of input c.index, op(A) op(B) of its shape, where A and B are matrices if their
// leading axes are taken as one. Unless it is recorded, BLAS adds it to the sum there is.
template <class C>
void set_product(const C& c, InputGradients& out, const Tensor& a, const Tensor& b, Transposes t) {
  const Shape& shape = c.shape(c.index);
  if (is_grad_enabled()) {
    Tensor result = product(as_matrix(a), as_matrix(b), t);
    return out.set(c.index,
                   result.ndim() == shape.size() ? std::move(result) : reshape(result, shape));
  }
  const detail::Sum total = out.sum_of(c.index, true);
  const bool add = total && total->defined();
  Tensor result = add ? *total : detail::make_tensor("matmul", shape, c.g.dtype());
  const auto multiply = [t, add](Tensor& to, const Tensor& x, const Tensor& y) {
    visit_floating(to.dtype(), [&]<class T>(T) {
      const detail::Blocks left(x.shape(), x.ndim() - 1), right(y.shape(), y.ndim() - 1);
      kernels::gemm(t.a, t.b, t.a ? left.n : left.outer, t.b ? right.outer : right.n,
                    t.a ? left.outer : left.n, values<T>(x), values<T>(y), T(add ? 1 : 0),
                    values<T>(to));
    });
  };
  detail::launch(result, multiply, a, b);
  if (!total)
    out.set(c.index, std::move(result));
  else if (!add)
    total->swap(result);
}

// A gradient f(context, out), which gives it to `out` itself.
template <class F>
constexpr Gradient<F> gradient_by(unsigned reads, F f) {
  return {reads, f};
}

// With A' and B' the operands as they enter the product C = A' B': dA' = dC B'^T and dB' = A'^T dC;
// where an operand enters transposed, its gradient is the transpose of that.
constexpr auto matmul_op = operation<Transposes>(
    "matmul",
    [](const Inputs& in, const Transposes& t) {
      const Shape &a = in[0].shape(), &b = in[1].shape();
      const bool single = a.size() <= 2 && b.size() <= 2;
      const Shape batch = single ? Shape() : broadcast_shapes("matmul", batch_of(a), batch_of(b));
      Shape shape = batch;
      if (a.size() > 1) shape.push_back(t.a ? columns(a) : rows(a));
      if (b.size() > 1) shape.push_back(t.b ? rows(b) : columns(b));
      Tensor out = empty(shape, {.dtype = in[0].dtype()});
      const auto multiply = [batch, t](Tensor& c, const Tensor& left, const Tensor& right) {
        visit_floating(c.dtype(),
                       [&]<class T>(T) { multiply_batches<T>(c, batch, left, right, t); });
      };
      detail::launch(out, multiply, in[0], in[1]);
      return out;
    },
    gradient_by(reads::input(1),
                [](const auto& c, InputGradients& out) {
                  const Transposes t = c.attributes;
                  const Tensor& b = c.input(1);
                  if (c.shape(0).size() == 2 && b.ndim() == 2)
                    return t.a ? set_product(c, out, b, c.g, {t.b, true})
                               : set_product(c, out, c.g, b, {false, !t.b});
                  const Tensor right = b.ndim() == 1 ? unsqueeze(b, 1) : b;
                  const Tensor full = with_vector_axes(c.g, c.shape(0), c.shape(1));
                  Tensor result =
                      t.a ? product(right, full, {t.b, true}) : product(full, right, {false, !t.b});
                  out.set(c.index,
                          c.shape(0).size() == 1 ? squeeze(result, -2) : std::move(result));
                }),
    gradient_by(reads::input(0), [](const auto& c, InputGradients& out) {
      const Transposes t = c.attributes;
      const Tensor& a = c.input(0);
      // Many matrices times one: its gradient is a single product too.
      if (c.shape(1).size() == 2 && (a.ndim() == 2 || (a.ndim() > 2 && !t.a)))
        return t.b ? set_product(c, out, c.g, a, {true, t.a})
                   : set_product(c, out, a, c.g, {!t.a, false});
      Tensor left = a.ndim() == 1 ? unsqueeze(a, 0) : a;
      Tensor full = with_vector_axes(c.g, c.shape(0), c.shape(1));
      if (c.shape(1).size() == 1 && !t.a) left = as_matrix(left), full = as_matrix(full);
      Tensor result = t.b ? product(full, left, {true, t.a}) : product(left, full, {!t.a, false});
      out.set(c.index, c.shape(1).size() == 1 ? squeeze(result, -1) : std::move(result));
    }));

// inputs: x (…, in), weight (out, in), bias (out) or undefined
constexpr auto linear_op = operation(
    "linear",
    [](const Inputs& in) {
      const std::size_t n = in[1].shape()[0], k = in[1].shape()[1];
      Shape shape = in[0].shape();
      shape[shape.size() - 1] = n;
      Tensor out = empty(shape, {.dtype = in[0].dtype()});
      const std::size_t rows = n ? out.numel() / n : 0;
      const auto compute = [=](Tensor& y, const Tensor& x, const Tensor& weight,
                               const Tensor& bias) {
        visit_floating(y.dtype(), [&]<class T>(T) {
          T* to = values<T>(y);
          if (bias.defined())
            for (std::size_t r = 0; r < rows; ++r) std::copy_n(values<T>(bias), n, to + r * n);
          kernels::gemm(false, true, rows, n, k, values<T>(x), values<T>(weight),
                        bias.defined() ? T(1) : T(0), to);
        });
      };
      detail::launch(out, compute, in[0], in[1], in[2]);
      return out;
    },
    gradient_by(
        reads::input(1),
        [](const auto& c, InputGradients& out) { set_product(c, out, c.g, c.input(1), {}); }),
    gradient_by(reads::input(0),
                [](const auto& c, InputGradients& out) {
                  set_product(c, out, c.g, c.input(0), {true, false});
                }),
    gradient_by(reads::nothing, [](const auto& c, InputGradients& out) {
      if (is_grad_enabled()) return out.set(c.index, sum(as_matrix(c.g), 0));
      Tensor total = detail::make_tensor("linear", c.shape(c.index), c.g.dtype());
      const auto sum_rows = [](Tensor& to, const Tensor& g) {
        visit_floating(to.dtype(), [&]<class T>(T) {
          const detail::Blocks rows(g.shape(), 0, g.ndim() - 1);
          if (rows.n == 1)
            std::copy_n(values<T>(g), rows.inner, values<T>(to));
          else
            kernels::sum(values<T>(to), values<T>(g), rows);
        });
      };
      detail::launch(total, sum_rows, c.g);
      out.set(c.index, std::move(total));
    }));

constexpr auto dot_op = operation(
    "dot",
    [](const Inputs& in) {
      Tensor out = empty({}, {.dtype = in[0].dtype()});
      visit_number(out.dtype(), [&]<class T>(T) {
        *values<T>(out) = kernels::dot(values<T>(in[0]), values<T>(in[1]), in[0].numel());
      });
      return out;
    },
    gradient(reads::input(1), [](const Tensor& g, const auto& c) { return g * c.input(1); }),
    gradient(reads::input(0), [](const Tensor& g, const auto& c) { return g * c.input(0); }));

constexpr auto outer_op = operation(
    "outer", [](const Inputs& in) { return unsqueeze(in[0], 1) * in[1]; },
    gradient(reads::input(1),
             [](const Tensor& g, const auto& c) { return product(g, c.input(1)); }),
    gradient(reads::input(0),
             [](const Tensor& g, const auto& c) { return product(c.input(0), g); }));

void require_vectors(const char* op, const Tensor& a, const Tensor& b) {
  if (a.ndim() != 1 || b.ndim() != 1)
    throw ShapeError(str(op, ": ", a.shape(), " and ", b.shape(), ": expected two vectors"));
}

}  // namespace

Tensor detail::product(const Tensor& a, const Tensor& b, Transposes t) {
  return matmul_op(a, b, t);
}

void detail::require_one_float(const char* op, const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || !is_floating(a.dtype()))
    throw DTypeError(str(op, ": ", a.dtype(), " ", a.shape(), " and ", b.dtype(), " ", b.shape(),
                         "; expected both float32 or both float64",
                         convert_one(a.dtype(), b.dtype())));
}

void detail::require_broadcasting_batches(const char* op, const Tensor& a, const Tensor& b,
                                          std::size_t b_axes) {
  const std::size_t batch_a = a.ndim() - std::min<std::size_t>(a.ndim(), 2);
  const std::size_t batch_b = b.ndim() - std::min(b.ndim(), b_axes);
  for (std::size_t i = 1; i <= std::min(batch_a, batch_b); ++i) {
    const std::size_t left = a.shape()[batch_a - i], right = b.shape()[batch_b - i];
    if (left != right && left != 1 && right != 1)
      throw ShapeError(str(op, ": batches do not broadcast: ", a.shape(), " x ", b.shape(), ": ",
                           left, " vs ", right, "; expected equal extents, or 1"));
  }
}

Tensor matmul(const Tensor& a, const Tensor& b) {
  detail::require_defined("matmul", a, b);
  detail::require_one_float("matmul", a, b);
  if (a.ndim() == 0 || b.ndim() == 0)
    throw ShapeError(str("matmul: ", a.shape(), " x ", b.shape(),
                         ": expected at least 1 dimension each (use * for scalars)"));
  const std::size_t inner_a = a.shape().back();
  const std::size_t inner_b = b.shape()[b.ndim() == 1 ? 0 : b.ndim() - 2];
  if (inner_a != inner_b)
    throw ShapeError(str("matmul: inner dimensions differ: ", a.shape(), " x ", b.shape(), ": ",
                         inner_a, " vs ", inner_b));
  detail::require_broadcasting_batches("matmul", a, b);
  return product(a, b);
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  expect_defined("linear", {{"x", &x}, {"weight", &weight}});
  detail::require_one_float("linear", x, weight);
  if (x.ndim() == 0 || weight.ndim() != 2)
    throw ShapeError(str("linear: x of shape ", x.shape(), " with weight of shape ", weight.shape(),
                         "; expected x (…, in) and weight (out, in)"));
  if (x.shape().back() != weight.shape()[1])
    throw ShapeError(str("linear: x of shape ", x.shape(), " has ", x.shape().back(),
                         " features but weight of shape ", weight.shape(), " takes ",
                         weight.shape()[1], "; expected x (…, in) and weight (out, in)"));
  if (bias.defined()) {
    detail::require_one_float("linear", x, bias);
    if (bias.shape() != Shape{weight.shape()[0]})
      throw ShapeError(str("linear: bias of shape ", bias.shape(), " with weight of shape ",
                           weight.shape(), "; expected (", weight.shape()[0], ",)"));
  }
  return linear_op(x, weight, bias);
}

Tensor dot(const Tensor& a, const Tensor& b) {
  detail::require_defined("dot", a, b);
  require_vectors("dot", a, b);
  expect_same_dtype("dot", "a", a, "b", b);
  if (a.numel() != b.numel())
    throw ShapeError(str("dot: ", a.shape(), " and ", b.shape(), ": lengths differ: ", a.numel(),
                         " vs ", b.numel()));
  return dot_op(detail::widened(a), detail::widened(b));
}

Tensor outer(const Tensor& a, const Tensor& b) {
  detail::require_defined("outer", a, b);
  require_vectors("outer", a, b);
  const TensorOrScalar left(a), right(b);
  const detail::Operands<2> operands("outer", detail::Domain::numbers, {&left, &right});
  return outer_op(operands.in);
}

// Each axis of the result is one of a and one of b, side by side; those of extent 1 are left out.
Tensor kron(const Tensor& a, const Tensor& b) {
  detail::require_defined("kron", a, b);
  const TensorOrScalar left(a), right(b);
  const detail::Operands<2> operands("kron", detail::Domain::numbers, {&left, &right});
  const std::size_t ndim = std::max(a.ndim(), b.ndim());
  std::array<Shape, 2> apart;
  Shape shape;
  for (std::size_t i = 0; i < ndim; ++i) {
    shape.push_back(1);
    for (std::size_t k : {0U, 1U}) {
      const Shape& own = operands.in[k]->shape();
      if (i + own.size() < ndim) continue;
      const std::size_t extent = own[i + own.size() - ndim];
      shape[i] *= extent;
      if (extent == 1) continue;
      check_ndim("kron", apart[k].size() + 1);
      apart[k].push_back(extent);
      apart[1 - k].push_back(1);
    }
  }
  return reshape(reshape(*operands.in[0], apart[0]) * reshape(*operands.in[1], apart[1]), shape);
}

Tensor trace(const Tensor& x, std::int64_t offset, int axis1, int axis2) {
  return sum(detail::diagonal("trace", x, offset, axis1, axis2), -1);
}

}  // namespace xgrad
