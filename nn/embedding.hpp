#pragma once

#include <cstdint>
#include <optional>

#include "module.hpp"

namespace xgrad::nn {

struct EmbeddingOptions {
  /// A row that starts as zeros and gets no gradient: that of a word which only fills up. Negative
  /// ones count from the end.
  std::optional<std::int64_t> padding_idx = {};
};

/// Rows of weight (n, d), looked up: indices, int64 (or uint8) of any shape (…), give (…, d). The
/// gradient of a row is the sum of those of its occurrences; the row `padding_idx` gets none.
/// Errors: ShapeError unless weight is a matrix, DTypeError for other indices, ValueError for a
/// padding_idx or, naming the first, an index outside 0 … n - 1.
Tensor embedding(const Tensor& indices, const Tensor& weight,
                 std::optional<std::int64_t> padding_idx = {});

/// embedding with a weight of its own, (num_embeddings, embedding_dim), which starts from the
/// normal distribution. Errors: ValueError for a negative number or a padding_idx out of range;
/// forward: those of embedding.
class Embedding : public Module {
 public:
  Embedding(Extent num_embeddings, Extent embedding_dim, const EmbeddingOptions& options = {});
  Tensor forward(const Tensor& indices) override;
  std::string extra_repr() const override;

  Tensor weight;
  XGRAD_FIELDS(weight)

 private:
  std::optional<std::int64_t> padding_idx_;  ///< counted from the front
};

}  // namespace xgrad::nn
