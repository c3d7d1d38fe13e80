#include "tensor.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "../graph/grad_mode.hpp"
#include "../graph/hooks.hpp"
#include "../graph/node.hpp"
#include "../kernels/map.hpp"
#include "../ops/arithmetic.hpp"
#include "../ops/shaping.hpp"
#include "../support/allocator.hpp"
#include "../support/message.hpp"
#include "convert.hpp"
#include "creation.hpp"

namespace xgrad {
namespace detail {

constinit thread_local ThreadMode mode;

std::size_t bytes_of_nothing(const char* op, const Shape& shape, DType dtype) {
  for (std::size_t extent : shape)
    if (extent == 0) return 0;
  throw ShapeError(message(mode.operation ? mode.operation : op, ": shape ", shape, " of ",
                           name(dtype),
                           " has more bytes than can be addressed; expected less than "
                           "2^47"));
}

void throw_no_memory(const char* op, const Shape& shape, DType dtype, std::size_t bytes) {
  throw MemoryError(message(mode.operation ? mode.operation : op, ": ", bytes, " bytes for shape ",
                            shape, " of ", name(dtype),
                            " cannot be allocated; use smaller tensors or free others first"));
}

std::string shown(const Scalar& number) {
  if (number.exceeds_int64()) return message(static_cast<std::uint64_t>(number.integer));
  return number.is_integer ? message(number.integer) : message(number.value);
}

void throw_outside(const char* op, const Scalar& value, const Scalar& least,
                   const Scalar& greatest) {
  throw ValueError(message(op, ": ", shown(value),
                           " is not within the integers asked for; expected ", shown(least), " to ",
                           shown(greatest)));
}

void destroy(TensorImpl* impl) noexcept {
  if (impl->hooks || (impl->node && impl->node->hooks)) [[unlikely]]
    if (!Hooks::let_go(*impl)) return;
  Tensor grad = std::move(impl->grad);
  if (impl->storage) impl->storage->release();
  if (impl->node) impl->node->release();
  impl->~TensorImpl();
  memory::deallocate(impl, sizeof(TensorImpl));
  // A gradient may have a gradient, and so on: each is taken off before its owner goes.
  while (grad.defined() && grad.impl().refs.load(std::memory_order_acquire) == 1) {
    Tensor next = std::move(grad.impl().grad);
    grad = std::move(next);
  }
}

}  // namespace detail

// ---- queries and values

void Tensor::throw_undefined() {
  throw ValueError("Tensor: undefined tensor used; assign it a value first, as from zeros({2, 3})");
}

std::size_t Tensor::size(int axis) const { return shape()[normalize_axis("size", axis, ndim())]; }

const Tensor& Tensor::grad() const { return impl().grad; }

const char* Tensor::op_name() const { return impl().node ? impl().node->name() : ""; }

const void* Tensor::single_element() const {
  if (numel() != 1)
    throw ShapeError(message("item: tensor of shape ", shape(), " has ", numel(),
                             " elements; exactly 1 is expected"));
  return impl().storage->data();
}

void Tensor::check_dtype(DType requested) const {
  if (dtype() != requested)
    throw DTypeError(message("data: elements are ", name(dtype()), ", not ", name(requested),
                             "; use data<T>() with the matching type, or to(", name(requested),
                             ") first"));
}

// ---- gradient state

Tensor& Tensor::requires_grad_(bool value) {
  if (!is_leaf() && value) return *this;  // it requires one already
  if (!is_leaf())
    throw GradError(message("requires_grad_: this tensor of shape ", shape(), " is the result of '",
                            op_name(), "', not a leaf; use detach() to get one"));
  if (value && !is_floating(dtype()))
    throw GradError(message("requires_grad_: a tensor of ", name(dtype()), " of shape ", shape(),
                            " cannot carry gradients; convert it with to(float32) or "
                            "to(float64)"));
  impl().requires_grad = value;
  if (value) impl().is_parameter = true;
  return *this;
}

void Tensor::zero_grad() { impl().grad = Tensor(); }

void Tensor::set_grad(const Tensor& gradient) {
  if (gradient.defined()) {
    if (gradient.shape() != shape())
      throw ShapeError(message("set_grad: gradient of shape ", gradient.shape(),
                               " for a tensor of shape ", shape(), "; they must be equal"));
    if (gradient.dtype() != dtype())
      throw DTypeError(message("set_grad: gradient of ", name(gradient.dtype()),
                               " for a tensor of ", name(dtype()), "; they must be equal"));
  }
  impl().grad = gradient.defined() && !gradient.is_leaf() ? gradient.detach() : gradient;
}

Tensor Tensor::detach() const {
  impl().storage->retain();
  return adopt(detail::make_impl(shape(), dtype(), impl().storage));
}

void Tensor::throw_no_memory(const char* op, std::size_t bytes_an_element) const {
  detail::throw_no_memory(op, shape(), dtype(), numel() * bytes_an_element);
}

// ---- in place

void Tensor::unshare() {
  if (impl().storage->has_other_users()) impl().storage->move_out();
}

void Tensor::begin_write() {
  unshare();
  ++impl().storage->version;
}

void Tensor::begin_in_place(const char* op) {
  if (!is_leaf())
    throw GradError(message(op, ": this tensor of shape ", shape(), " is the result of '",
                            op_name(), "'; only leaves are changed in place; use detach()"));
  if (requires_grad() && is_grad_enabled())
    throw GradError(message(op, ": a leaf of shape ", shape(),
                            " that requires a gradient is changed in place while gradients are "
                            "recorded; do it under NoGrad"));
  begin_write();
}

Tensor& Tensor::copy_(const Tensor& src) {
  Tensor values;
  {
    NoGrad guard;
    values = src.to(dtype());
    if (values.shape() != shape()) {
      if (broadcast_shapes("copy_", shape(), values.shape()) != shape())
        throw ShapeError(
            message("copy_: source of shape ", src.shape(), " does not broadcast to ", shape()));
      values = broadcast_to(values, shape());
    }
  }
  begin_in_place("copy_");
  std::memmove(impl().storage->data(), values.impl().storage->data(), impl().storage->bytes);
  return *this;
}

Tensor& Tensor::fill_(Scalar value) {
  kernels::require_held("fill_", dtype(), value);
  begin_in_place("fill_");
  kernels::fill(impl().storage->data(), numel(), dtype(), value);
  return *this;
}

namespace {

// bytes <- the integers, each of which must be one.
Tensor& assign_bytes(const char* op, Tensor& bytes, const Tensor& integers) {
  Tensor values = detail::make_like(op, bytes);
  kernels::convert_exactly(op, values.impl().storage->data(), uint8,
                           integers.impl().storage->data(), int64, bytes.numel());
  bytes.begin_in_place(op);
  std::memcpy(bytes.impl().storage->data(), values.impl().storage->data(), bytes.numel());
  return bytes;
}

}  // namespace

Tensor& Tensor::add_(const Tensor& t, Scalar alpha) {
  if (t.dtype() != dtype())
    throw DTypeError(message("add_: ", name(t.dtype()), " is added to ", name(dtype()),
                             "; convert it with to(", name(dtype()), ")"));
  Tensor source = t;
  if (t.shape() != shape()) {
    if (broadcast_shapes("add_", shape(), t.shape()) != shape())
      throw ShapeError(message("add_: shape ", t.shape(), " does not broadcast to ", shape()));
    NoGrad guard;
    source = broadcast_to(t, shape());
  }
  if (dtype() == uint8) {
    kernels::require_held("add_", int64, alpha);
    return assign_bytes("add_", *this, *this + source * alpha);
  }
  kernels::require_held("add_", dtype(), alpha);
  begin_in_place("add_");
  visit_dtype(dtype(), [&]<class T>(T) {
    const T factor = kernels::element<T>(alpha);
    const T* in[] = {static_cast<const T*>(impl().storage->data()),
                     static_cast<const T*>(source.impl().storage->data())};
    kernels::map_flat([factor](auto a, auto b) { return a + factor * b; },
                      static_cast<T*>(impl().storage->data()), in, numel());
  });
  return *this;
}

Tensor& Tensor::mul_(Scalar factor) {
  if (dtype() == uint8) {
    kernels::require_held("mul_", int64, factor);
    return assign_bytes("mul_", *this, *this * factor);
  }
  kernels::require_held("mul_", dtype(), factor);
  begin_in_place("mul_");
  visit_dtype(dtype(), [&]<class T>(T) {
    const T f = kernels::element<T>(factor);
    const T* in[] = {static_cast<const T*>(impl().storage->data())};
    kernels::map_flat([f](auto a) { return a * f; }, static_cast<T*>(impl().storage->data()), in,
                      numel());
  });
  return *this;
}

}  // namespace xgrad
