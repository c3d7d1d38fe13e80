#pragma once

#include "module.hpp"

/// @file
/// How far vectors are from each other, as functions and as modules. Names and defaults are
/// PyTorch's.

namespace xgrad::nn {

/// Options of cosine_similarity.
struct CosineSimilarityOptions {
  int dim = 1;        ///< the axis that vectors lie along
  double eps = 1e-8;  ///< what lengths are taken to be at least
};
/// x1 x2 / (max(|x1|, eps) max(|x2|, eps)), summed along `dim`; x1 and x2 are broadcast. Throws
/// ValueError for an undefined tensor and an eps that is not above 0, and what arithmetic throws.
Tensor cosine_similarity(const Tensor& x1, const Tensor& x2,
                         const CosineSimilarityOptions& options = {});

/// Options of pairwise_distance.
struct PairwiseDistanceOptions {
  double p = 2;          ///< of the norm
  double eps = 1e-6;     ///< added to each difference, so that a distance of 0 has a gradient
  bool keepdim = false;  ///< whether the last axis stays, of extent 1
};
/// |x1 - x2 + eps|_p along the last axis; x1 and x2 are broadcast. Throws ValueError for an
/// undefined tensor, and what arithmetic and norm throw.
Tensor pairwise_distance(const Tensor& x1, const Tensor& x2,
                         const PairwiseDistanceOptions& options = {});

/// cosine_similarity as a module.
class CosineSimilarity : public Module {
 public:
  /// The options, which are checked when it is called.
  explicit CosineSimilarity(const CosineSimilarityOptions& options = {}) : options_(options) {}
  using Module::forward;
  /// The function cosine_similarity of these tensors.
  Tensor forward(const Tensor& x1, const Tensor& x2) const {
    return cosine_similarity(x1, x2, options_);
  }
  XGRAD_FIELDS()

 private:
  CosineSimilarityOptions options_;
};

/// pairwise_distance as a module.
class PairwiseDistance : public Module {
 public:
  /// The options, which are checked when it is called.
  explicit PairwiseDistance(const PairwiseDistanceOptions& options = {}) : options_(options) {}
  using Module::forward;
  /// The function pairwise_distance of these tensors.
  Tensor forward(const Tensor& x1, const Tensor& x2) const {
    return pairwise_distance(x1, x2, options_);
  }
  XGRAD_FIELDS()

 private:
  PairwiseDistanceOptions options_;
};

}  // namespace xgrad::nn
