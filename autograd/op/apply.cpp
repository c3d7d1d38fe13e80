#include "apply.hpp"

#include <bit>
#include <string>

#include "../support/str.hpp"
#include "../tensor/convert.hpp"
#include "../tensor/expect.hpp"

namespace xgrad::detail {
namespace {

// NumPy's rule with PyTorch's weak scalars: tensors decide, floats before integers, and a number
// changes a tensor's dtype only from integers to float32, when it is fractional. uint8 and
// boolean count as int64: neither a difference of masks nor a product of pixels is a byte.
DType common_dtype(const char* op, const TensorOrScalar* const* given, std::size_t count) {
  bool has[5] = {};
  bool fractional = false;
  for (std::size_t k = 0; k < count; ++k)
    if (const Tensor* t = given[k]->tensor())
      has[static_cast<std::size_t>(t->dtype())] = true;
    else
      fractional = fractional || !given[k]->scalar().is_integer;
  const auto holds = [&](DType d) { return has[static_cast<std::size_t>(d)]; };
  if (holds(float32) && holds(float64)) {
    std::string operands;
    for (std::size_t k = 0; k < count; ++k)
      if (const Tensor* t = given[k]->tensor())
        operands += str(operands.empty() ? "" : " and ", t->dtype(), " ", t->shape());
    throw DTypeError(str(op, ": ", operands, " are mixed", convert_one(float32)));
  }
  if (holds(float64)) return float64;
  return holds(float32) || fractional ? float32 : int64;
}

}  // namespace

// Formulas are full of the same few numbers, so the last ones are kept.
Tensor scalar_tensor(const char* op, const Scalar& scalar, DType dtype) {
  const auto make = [&] {
    kernels::require_held(op, dtype, scalar);
    // A constant also where it is made within a call.
    const Restored<Mode> guard(mode);
    mode.noting = mode.launching = mode.calls;
    return full({}, is_floating(dtype) ? scalar.value : scalar, {.dtype = dtype});
  };
  if (!is_floating(dtype)) return make();
  struct Entry {
    std::uint64_t bits;
    Tensor tensor;
  };
  constexpr std::size_t entries = 16;
  thread_local Entry cache[2][entries];
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(scalar.value);
  Entry& entry = cache[dtype == float64][(bits * 0x9e3779b97f4a7c15) >> 60];
  if (!entry.tensor.defined() || entry.bits != bits) entry = {bits, make()};
  return entry.tensor;
}

void throw_undefined(const char* op, std::size_t operand) {
  throw ValueError(
      str(op, ": operand ", operand, " is an undefined tensor; assign it a value first"));
}

void unify(const char* op, Domain domain, const TensorOrScalar* const* given, std::size_t count,
           const Tensor** in, Tensor* converted) {
  for (std::size_t k = 0; k < count; ++k)
    if (given[k]->tensor() && !given[k]->tensor()->defined()) throw_undefined(op, k);
  DType dtype = common_dtype(op, given, count);
  if (domain == Domain::floats && !is_floating(dtype)) dtype = float32;
  for (std::size_t k = 0; k < count; ++k) {
    const Tensor* t = given[k]->tensor();
    const bool fits = t && t->dtype() == dtype;
    if (!fits) converted[k] = t ? t->to(dtype) : scalar_tensor(op, given[k]->scalar(), dtype);
    in[k] = fits ? t : &converted[k];
  }
}

Shape broadcast_all(const char* op, const Tensor* const* in, std::size_t count) {
  Shape shape = in[0]->shape();
  for (std::size_t k = 1; k < count; ++k)
    if (in[k]->ndim() != 0 && in[k]->shape() != shape)
      shape = shape.empty() ? in[k]->shape() : broadcast_shapes(op, shape, in[k]->shape());
  return shape;
}

}  // namespace xgrad::detail
