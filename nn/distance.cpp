#include "distance.hpp"

#include "../autograd/ops.hpp"
#include "../autograd/tensor/expect.hpp"
#include "operands.hpp"

namespace xgrad::nn {

Tensor cosine_similarity(const Tensor& x1, const Tensor& x2,
                         const CosineSimilarityOptions& options) {
  expect_defined("cosine_similarity", {{"x1", &x1}, {"x2", &x2}});
  expect_positive("cosine_similarity", "eps", options.eps);
  const Shape shape =
      detail::broadcast_operands("cosine_similarity", TensorOrScalar(x1), TensorOrScalar(x2));
  normalize_axis("cosine_similarity", options.dim, shape.size());
  const auto length = [&](const Tensor& x) {
    return maximum(norm(x, 2, {options.dim}, true), options.eps);
  };
  return sum((x1 / length(x1)) * (x2 / length(x2)), {options.dim});
}

Tensor pairwise_distance(const Tensor& x1, const Tensor& x2,
                         const PairwiseDistanceOptions& options) {
  expect_defined("pairwise_distance", {{"x1", &x1}, {"x2", &x2}});
  detail::broadcast_operands("pairwise_distance", TensorOrScalar(x1), TensorOrScalar(x2));
  return norm(x1 - x2 + options.eps, options.p, {-1}, options.keepdim);
}

}  // namespace xgrad::nn
