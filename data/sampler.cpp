#include "sampler.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
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
  std::vector<double> sums = weights.to_vector<double>();
  for (std::size_t i = 0; i < sums.size(); ++i)
    expect_not_negative(op, str("weights[", i, "]"), sums[i]);
  const double largest = sums.empty() ? 0 : *std::ranges::max_element(sums);
  expect<ValueError>(largest > 0, op, ": no weight above 0 among ", sums.size(),
                     "; expected at least one");
  for (double& weight : sums) weight /= largest;  // so that sums neither overflow nor underflow
  std::partial_sum(sums.begin(), sums.end(), sums.begin());
  size = static_cast<std::size_t>(num_samples);
  draw = [n = size, sums = std::move(sums)] {
    std::vector<std::int64_t> indices(n);
    for (std::int64_t& index : indices)
      index = std::ranges::upper_bound(sums, random::uniform() * sums.back()) - sums.begin();
    return tensor(indices, {n});
  };
}

}  // namespace xgrad::data
