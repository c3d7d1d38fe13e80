#include "distance.hpp"

#include "../autograd/op/apply.hpp"
#include "../autograd/ops.hpp"
#include "../autograd/tensor/expect.hpp"

namespace xgrad::nn {
namespace {

/// The shape that both broadcast to. Throws what arithmetic throws, in the name of `op`.
Shape check_alike(const char* op, const TensorOrScalar& x1, const TensorOrScalar& x2) {
  const xgrad::detail::Operands<2> both(op, xgrad::detail::Domain::floats, {&x1, &x2});
  return xgrad::detail::broadcast_all(op, both.in.data(), 2);
}

}  // namespace

Tensor cosine_similarity(const Tensor& x1, const Tensor& x2,
                         const CosineSimilarityOptions& options) {
  expect_defined("cosine_similarity", {{"x1", &x1}, {"x2", &x2}});
  expect_positive("cosine_similarity", "eps", options.eps);
  normalize_axis("cosine_similarity", options.dim, check_alike("cosine_similarity", x1, x2).size());
  const auto length = [&](const Tensor& x) {
    return maximum(norm(x, 2, {options.dim}, true), options.eps);
  };
  return sum((x1 / length(x1)) * (x2 / length(x2)), {options.dim});
}

Tensor pairwise_distance(const Tensor& x1, const Tensor& x2,
                         const PairwiseDistanceOptions& options) {
  expect_defined("pairwise_distance", {{"x1", &x1}, {"x2", &x2}});
  check_alike("pairwise_distance", x1, x2);
  return norm(x1 - x2 + options.eps, options.p, {-1}, options.keepdim);
}

}  // namespace xgrad::nn
