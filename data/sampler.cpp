#include "sampler.hpp"

#include <algorithm>
#include <numeric>

#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"
#include "../autograd/tensor/random.hpp"

namespace xgrad::data {

WeightedRandomSampler::WeightedRandomSampler(const Tensor& weights, std::int64_t num_samples) {
  constexpr const char* op = "WeightedRandomSampler";
  expect_defined(op, "weights", weights);
  expect<ShapeError>(weights.ndim() == 1, op, ": weights of shape ", weights.shape(),
                     "; expected (N,)");
  expect<ValueError>(num_samples >= 1, op, ": num_samples is ", num_samples,
                     "; expected 1 or more");
  size = static_cast<std::size_t>(num_samples);
  draw = [n = size, sums = random::running_sums(op, "weights", weights.to_vector<double>())] {
    Tensor indices = xgrad::detail::make_tensor(op, {n}, int64);
    std::ranges::generate(indices.data<std::int64_t>(), [&] { return random::index(sums); });
    return indices;
  };
}

DistributedSampler::DistributedSampler(std::size_t num_samples, std::size_t rank, std::size_t ranks,
                                       const DistributedSamplerOptions& options) {
  constexpr const char* op = "DistributedSampler";
  expect<ValueError>(num_samples >= 1, op, ": num_samples is 0; expected 1 or more");
  expect<ValueError>(rank < ranks, op, ": rank is ", rank, " of ", ranks,
                     "; expected one from 0 to ranks - 1");
  size = options.drop_last ? num_samples / ranks : (num_samples - 1) / ranks + 1;
  expect<ValueError>(size >= 1, op, ": drop_last leaves nothing of ", num_samples,
                     " samples to each of ", ranks, " ranks; expected one for each or more");
  draw = [=, n = size, epoch = epoch_] {
    Tensor all = xgrad::detail::make_tensor(op, {num_samples}, int64);
    Tensor own_part = xgrad::detail::make_tensor(op, {n}, int64);
    const auto order = all.data<std::int64_t>(), indices = own_part.data<std::int64_t>();
    std::iota(order.begin(), order.end(), 0);
    if (options.shuffle) {
      const Tensor own = get_rng_state();
      manual_seed(options.seed + *epoch);
      random::shuffle(order);
      set_rng_state(own);
    }
    ++*epoch;
    for (std::size_t i = 0; i < n; ++i) indices[i] = order[(rank + i * ranks) % num_samples];
    return own_part;
  };
}

}  // namespace xgrad::data
