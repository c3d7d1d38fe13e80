#include "sampler.hpp"

#include <algorithm>
#include <vector>

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
    std::vector<std::int64_t> indices(n);
    std::ranges::generate(indices, [&] { return random::index(sums); });
    return tensor(indices);
  };
}

}  // namespace xgrad::data
