#include "tensor.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "../graph/calls.hpp"
#include "../graph/grad_mode.hpp"
#include "../graph/hooks.hpp"
#include "../graph/node.hpp"
#include "../kernels/map.hpp"
#include "../ops/arithmetic.hpp"
#include "../ops/elementwise.hpp"
#include "../ops/indexing.hpp"
#include "../ops/linalg.hpp"
#include "../ops/reduction.hpp"
#include "../ops/shaping.hpp"
#include "../support/allocator.hpp"
#include "../support/str.hpp"
#include "convert.hpp"
#include "creation.hpp"
#include "expect.hpp"

namespace xgrad {
namespace detail {

std::size_t bytes_of_nothing(const char* op, const Shape& shape, DType dtype) {
  if (std::ranges::find(shape, 0U) != shape.end()) return 0;
  throw ShapeError(str(mode.operation ? mode.operation : op, ": shape ", shape, " of ", dtype,
                       " has more bytes than can be addressed; expected less than "
                       "2^47"));
}

void throw_no_memory(const char* op, const Shape& shape, DType dtype, std::size_t bytes) {
  throw MemoryError(str(mode.operation ? mode.operation : op, ": ", bytes, " bytes for shape ",
                        shape, " of ", dtype,
                        " cannot be allocated; use smaller tensors or free others first"));
}

void throw_outside(const char* op, const Scalar& value, const std::string& of, const Scalar& low,
                   const Scalar& high) {
  throw ValueError(str(op, ": ", value, " is not ", of, low, " to ", high));
}

void destroy(TensorImpl* impl) noexcept {
  if (impl->hooks || (impl->node && impl->node->hooks)) [[unlikely]]
    if (!Hooks::may_destroy(*impl)) return;
  Tensor grad = std::move(impl->grad);
  if (impl->storage) impl->storage->release();
  if (impl->node) impl->node->release();
  impl->~TensorImpl();
  memory::deallocate(impl, sizeof(TensorImpl));
  // A gradient may have a gradient, and so on: each is taken off before its owner goes.
  while (grad.defined() && get(grad)->refs.load(std::memory_order_acquire) == 1) {
    Tensor next = std::move(get(grad)->grad);
    grad = std::move(next);
  }
}

}  // namespace detail

std::ostream& operator<<(std::ostream& out, const Scalar& number) {
  if (number.exceeds_int64()) return out << static_cast<std::uint64_t>(number.integer);
  return number.is_integer ? out << number.integer : out << detail::to_text(number.value);
}

std::ostream& operator<<(std::ostream& out, DType dtype) { return out << to_string(dtype); }

// ---- queries and values

void Tensor::throw_undefined() {
  throw ValueError("Tensor: undefined tensor used; assign it a value first, as from zeros({2, 3})");
}

std::size_t Tensor::size(int axis) const { return shape()[normalize_axis("size", axis, ndim())]; }

const Tensor& Tensor::grad() const { return impl().grad; }

const char* Tensor::op_name() const { return impl().node ? impl().node->name() : ""; }

void Tensor::throw_not_single() const {
  throw ShapeError(
      str("item: tensor of shape ", shape(), " has ", numel(), " elements; exactly 1 is expected"));
}

void Tensor::throw_other_dtype(DType requested) const {
  throw DTypeError(str("data: elements are ", dtype(), ", not ", requested,
                       "; use data<T>() with the matching type, or to(", requested, ") first"));
}

// ---- gradient state

Tensor& Tensor::requires_grad_(bool value) {
  if (!is_leaf() && value) return *this;  // it requires one already
  if (!is_leaf())
    throw GradError(str("requires_grad_: this tensor of shape ", shape(), " is the result of '",
                        op_name(), "', not a leaf; use detach() to get one"));
  if (value && !is_floating(dtype()))
    throw GradError(str("requires_grad_: a tensor of ", dtype(), " of shape ", shape(),
                        " cannot carry gradients; convert it with to(float32) or "
                        "to(float64)"));
  impl().requires_grad = value;
  if (value) impl().is_parameter = true;
  return *this;
}

void Tensor::zero_grad() {
  if (detail::mode.noting) [[unlikely]]
    detail::mode.calls->touch_gradient(impl(), true);
  impl().grad = Tensor();
}

void Tensor::set_grad(const Tensor& gradient) {
  if (gradient.defined()) {
    expect_same_shape("set_grad", "gradient", gradient, "the tensor", *this);
    expect_same_dtype("set_grad", "gradient", gradient, "the tensor", *this);
    expect<ValueError>(!gradient.is(*this), "set_grad: the tensor of shape ", shape(),
                       " is given as its own gradient; expected another one, as its clone()");
  }
  if (detail::mode.noting) detail::mode.calls->refuse("it calls set_grad");
  impl().grad = gradient.defined() && !gradient.is_leaf() ? gradient.detach() : gradient;
}

Tensor Tensor::detach() const {
  impl().storage->retain();
  return detail::attach(detail::make_impl(shape(), dtype(), impl().storage));
}

// ---- in place

void detail::begin_in_place(const Tensor& t, const char* op) {
  if (!t.is_leaf())
    throw GradError(str(op, ": this tensor of shape ", t.shape(), " is the result of '",
                        t.op_name(), "'; only leaves are changed in place; use detach()"));
  if (t.requires_grad() && is_grad_enabled())
    throw GradError(str(op, ": a leaf of shape ", t.shape(),
                        " that requires a gradient is changed in place while gradients are "
                        "recorded; do it under NoGrad"));
  begin_write(t);
}

namespace {

// src broadcast to the shape, unrecorded.
Tensor broadcast_source(const char* op, const Tensor& src, const Shape& shape) {
  if (src.shape() == shape) return src;
  if (broadcast_shapes(op, shape, src.shape()) != shape)
    throw ShapeError(str(op, ": shape ", src.shape(), " does not broadcast to ", shape));
  const NoGrad guard;
  return broadcast_to(src, shape);
}

bool is_byte(DType dtype) { return size_of(dtype) == 1; }

// bytes <- the integers. Throws ValueError unless each is an element of their dtype.
Tensor& assign_bytes(const char* op, Tensor& bytes, const Tensor& integers) {
  const Tensor values = detail::make_like(op, bytes);
  kernels::convert_exactly(op, detail::impl(values).storage->data(), bytes.dtype(),
                           detail::impl(integers).storage->data(), int64, bytes.numel());
  return bytes.copy_(values);
}

// total <- total + sign alpha t.
Tensor& add_to(const char* op, Tensor& total, const Tensor& t, const Scalar& alpha, int sign) {
  if (detail::mode.noting) [[unlikely]]
    return detail::note_change(
        total, t, [=](Tensor& to, const Tensor& x) { add_to(op, to, x, alpha, sign); });
  expect_defined(op, {{"the tensor", &total}, {"t", &t}});
  expect_same_dtype(op, "t", t, "the tensor", total);
  const Tensor source = broadcast_source(op, t, total.shape());
  kernels::require_held(op, is_byte(total.dtype()) ? int64 : total.dtype(), alpha);
  if (is_byte(total.dtype())) return assign_bytes(op, total, total + source * alpha * sign);
  detail::begin_in_place(total, op);
  visit_number(total.dtype(), [&]<class T>(T) {
    const T factor = static_cast<T>(sign) * kernels::element<T>(alpha);
    T* const values = static_cast<T*>(detail::impl(total).storage->data());
    const T* in[] = {values, static_cast<const T*>(detail::impl(source).storage->data())};
    kernels::map_flat([factor](auto a, auto b) { return a + factor * b; }, values, in,
                      total.numel());
  });
  return total;
}

// t <- value.
Tensor& fill(const char* op, Tensor& t, const Scalar& value) {
  if (detail::mode.noting) [[unlikely]]
    return detail::note_change(
        t, {}, [=](Tensor& to, const Tensor&) { fill(op, to, value); }, true);
  expect_defined(op, "the tensor", t);
  kernels::require_held(op, t.dtype(), value);
  detail::begin_in_place(t, op);
  kernels::fill(detail::impl(t).storage->data(), t.numel(), t.dtype(), value);
  return t;
}

}  // namespace

Tensor& Tensor::copy_(const Tensor& src) {
  if (detail::mode.noting) [[unlikely]]
    return detail::note_change(
        *this, src, [](Tensor& t, const Tensor& from) { t.copy_(from); }, true);
  expect_defined("copy_", {{"the tensor", this}, {"src", &src}});
  const auto convert = [&] {
    const NoGrad guard;
    return src.to(dtype());
  };
  const Tensor values = broadcast_source("copy_", convert(), shape());
  detail::begin_in_place(*this, "copy_");
  std::memmove(elements(), values.elements(), impl().storage->bytes);
  return *this;
}

Tensor& Tensor::fill_(Scalar value) { return fill("fill_", *this, value); }

Tensor& Tensor::zero_() { return fill("zero_", *this, 0); }

Tensor& Tensor::add_(const Tensor& t, Scalar alpha) { return add_to("add_", *this, t, alpha, 1); }

Tensor& Tensor::sub_(const Tensor& t, Scalar alpha) { return add_to("sub_", *this, t, alpha, -1); }

Tensor& Tensor::mul_(Scalar factor) {
  if (detail::mode.noting) [[unlikely]]
    return detail::note_change(*this, {}, [=](Tensor& t, const Tensor&) { t.mul_(factor); });
  expect_defined("mul_", "the tensor", *this);
  if (is_byte(dtype())) {
    kernels::require_held("mul_", int64, factor);
    return assign_bytes("mul_", *this, *this * factor);
  }
  kernels::require_held("mul_", dtype(), factor);
  detail::begin_in_place(*this, "mul_");
  visit_number(dtype(), [&]<class T>(T) {
    const T f = kernels::element<T>(factor);
    const T* in[] = {static_cast<const T*>(elements())};
    kernels::map_flat([f](auto a) { return a * f; }, static_cast<T*>(elements()), in, numel());
  });
  return *this;
}

Tensor& Tensor::div_(Scalar divisor) {
  if (detail::mode.noting) [[unlikely]]
    return detail::note_change(*this, {}, [=](Tensor& t, const Tensor&) { t.div_(divisor); });
  expect_floating("div_", "the tensor", *this);
  detail::begin_in_place(*this, "div_");
  visit_floating(dtype(), [&]<class T>(T) {
    const T d = kernels::element<T>(divisor);
    const T* in[] = {static_cast<const T*>(elements())};
    kernels::map_flat([d](auto a) { return a / d; }, static_cast<T*>(elements()), in, numel());
  });
  return *this;
}

Tensor& Tensor::clamp_(Scalar lo, Scalar hi) {
  if (detail::mode.noting) [[unlikely]]
    return detail::note_change(*this, {}, [=](Tensor& t, const Tensor&) { t.clamp_(lo, hi); });
  expect_defined("clamp_", "the tensor", *this);
  for (const Scalar& bound : {lo, hi}) {
    expect<ValueError>(bound.value == bound.value, "clamp_: bounds ", lo, " and ", hi,
                       "; expected numbers");
    if (!is_floating(dtype())) kernels::require_held("clamp_", int64, bound);
  }
  const Tensor values = xgrad::clamp(detach(), lo, hi);
  if (is_byte(dtype())) return assign_bytes("clamp_", *this, values);
  detail::begin_in_place(*this, "clamp_");
  std::memmove(elements(), values.elements(), impl().storage->bytes);
  return *this;
}

// ---- indexing

const Tensor Tensor::operator[](const Index& entry) const {
  return detail::index(*this, {&entry, 1});
}
const Tensor Tensor::operator[](std::initializer_list<Index> entries) const {
  return detail::index(*this, entries);
}
const Tensor Tensor::index(const std::vector<Index>& entries) const {
  return detail::index(*this, entries);
}

RowIterator Tensor::begin() const {
  expect<ShapeError>(ndim() > 0, "index: a tensor of shape ", shape(),
                     " has no axis to iterate over; expected at least 1 dimension (use item)");
  return {*this, 0};
}
RowIterator Tensor::end() const { return {*this, size(0)}; }

// ---- operations as methods

Tensor Tensor::sum(const Axes& axes, bool keepdims) const {
  return xgrad::sum(*this, axes, keepdims);
}
Tensor Tensor::mean(const Axes& axes, bool keepdims) const {
  return xgrad::mean(*this, axes, keepdims);
}
Tensor Tensor::max(const Axes& axes, bool keepdims) const {
  return xgrad::max(*this, axes, keepdims);
}
Tensor Tensor::min(const Axes& axes, bool keepdims) const {
  return xgrad::min(*this, axes, keepdims);
}
Tensor Tensor::argmax() const { return xgrad::argmax(*this); }
Tensor Tensor::argmax(int axis, bool keepdims) const {
  return xgrad::argmax(*this, axis, keepdims);
}
Tensor Tensor::reshape(const Extents& shape) const { return xgrad::reshape(*this, shape); }
Tensor Tensor::flatten(int start, int end) const { return xgrad::flatten(*this, start, end); }
Tensor Tensor::transpose(int a, int b) const { return xgrad::transpose(*this, a, b); }
Tensor Tensor::t() const { return xgrad::t(*this); }
Tensor Tensor::squeeze(const Axes& axes) const { return xgrad::squeeze(*this, axes); }
Tensor Tensor::unsqueeze(int axis) const { return xgrad::unsqueeze(*this, axis); }
Tensor Tensor::exp() const { return xgrad::exp(*this); }
Tensor Tensor::log() const { return xgrad::log(*this); }
Tensor Tensor::sqrt() const { return xgrad::sqrt(*this); }
Tensor Tensor::abs() const { return xgrad::abs(*this); }
Tensor Tensor::pow(Scalar exponent) const { return xgrad::pow(*this, exponent); }
Tensor Tensor::pow(const Tensor& exponent) const { return xgrad::pow(*this, exponent); }
Tensor Tensor::matmul(const Tensor& other) const { return xgrad::matmul(*this, other); }

}  // namespace xgrad
