#include "convolution.hpp"

#include <cmath>

#include "../autograd/support/str.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"
#include "init.hpp"

namespace xgrad::nn {

detail::Convolution::Convolution(const char* name, Extent in, Extent out, bool transposed,
                                 std::int64_t groups, bool has_bias,
                                 std::initializer_list<std::int64_t> kernel)
    : repr_(str(in.value, ", ", out.value, ", kernel_size=",
                kernel.size() == 1 ? joined(kernel) : '(' + joined(kernel) + ')')) {
  expect<ValueError>(in.value >= 0 && out.value >= 0, name, ": ", in.value, " input and ",
                     out.value, " output channels; expected 0 or more of each");
  expect<ValueError>(groups > 0 && in.value % groups == 0 && out.value % groups == 0, name, ": ",
                     in.value, " input and ", out.value, " output channels in ", groups,
                     " groups; expected a number of groups that divides both");
  const std::int64_t first = transposed ? in.value : out.value;
  const std::int64_t second = (transposed ? out.value : in.value) / groups;
  Shape shape{first, second};
  double fan = static_cast<double>(second);
  for (const std::int64_t k : kernel) {
    expect<ValueError>(k > 0, name, ": kernel_size is ", k, "; expected at least 1");
    shape.push_back(static_cast<std::size_t>(k));
    fan *= static_cast<double>(k);
  }
  const double bound = fan > 0 ? 1 / std::sqrt(fan) : 0;
  const TensorOptions parameter{.requires_grad = true};
  weight = init::uniform_(empty(shape, parameter), -bound, bound);
  if (has_bias) bias = init::uniform_(empty({out}, parameter), -bound, bound);
}

Conv1d::Conv1d(Extent in, Extent out, std::int64_t kernel, const Conv1dOptions& o)
    : Convolution("Conv1d", in, out, false, o.groups, o.bias, {kernel}), options_(o) {
  check_parameters(false);
}
Conv2d::Conv2d(Extent in, Extent out, Size2d kernel, const Conv2dOptions& o)
    : Convolution("Conv2d", in, out, false, o.groups, o.bias, {kernel.h, kernel.w}), options_(o) {
  check_parameters(false);
}
ConvTranspose1d::ConvTranspose1d(Extent in, Extent out, std::int64_t kernel,
                                 const ConvTranspose1dOptions& o)
    : Convolution("ConvTranspose1d", in, out, true, o.groups, o.bias, {kernel}), options_(o) {
  check_parameters(false);
}
ConvTranspose2d::ConvTranspose2d(Extent in, Extent out, Size2d kernel,
                                 const ConvTranspose2dOptions& o)
    : Convolution("ConvTranspose2d", in, out, true, o.groups, o.bias, {kernel.h, kernel.w}),
      options_(o) {
  check_parameters(false);
}

}  // namespace xgrad::nn
