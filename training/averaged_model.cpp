#include "averaged_model.hpp"

#include <set>

#include "../autograd/graph/grad_mode.hpp"
#include "../autograd/ops/arithmetic.hpp"
#include "../autograd/support/str.hpp"

namespace xgrad::training::detail {

void update_average(nn::Module& average, const nn::Module& model, std::int64_t count,
                    const AveragedModelOptions& options) {
  const NoGrad guard;
  const double share = options.decay ? 1 - *options.decay : 1 / static_cast<double>(count + 1);
  const auto storage = [](const Tensor& t) { return xgrad::detail::impl(t).storage; };
  std::set<const xgrad::detail::Storage*> buffers;
  for (const auto& [name, buffer] : average.named_buffers()) buffers.insert(storage(buffer));

  const nn::StateDict own = average.state_dict();
  nn::StateDict values = model.state_dict();
  for (auto& [name, value] : values) {
    const auto found = own.find(name);
    if (count == 0 || found == own.end()) continue;  // what does not fit is refused below
    const Tensor& a = found->second;
    const bool copied = buffers.contains(storage(a)) && !options.use_buffers;
    if (copied || !is_floating(a.dtype()) || a.shape() != value.shape()) continue;
    value = a + share * (value.to(a.dtype()) - a);
  }
  try {
    average.load_state_dict(values);
  } catch (const ValueError& error) {
    throw ValueError(str("AveragedModel: ", error.what()));
  }
}

}  // namespace xgrad::training::detail
