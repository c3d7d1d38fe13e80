#include "nn/checks.hpp"

#include "autograd/message.hpp"

namespace xgrad::nn::detail {

void check_floating(const char* op, const char* what, const Tensor& x) {
  if (!is_floating(x.dtype()))
    throw DTypeError(message(op, ": ", what, " of shape ", x.shape(), " is ", name(x.dtype()),
                             "; expected float32 or float64"));
}

void check_same_dtype(const char* op, const char* what, const Tensor& x, const char* other_what,
                      const Tensor& other) {
  if (x.dtype() != other.dtype())
    throw DTypeError(message(op, ": ", what, " is ", name(x.dtype()), " but ", other_what, " ",
                             name(other.dtype()), "; expected the same"));
}

}  // namespace xgrad::nn::detail
