#pragma once

#include <cstdint>
#include <optional>

#include "module.hpp"

namespace xgrad::nn {

/// Options of Embedding.
struct EmbeddingOptions {
  /// A row that starts as zeros and gets no gradient: that of the word with which sequences are
  /// filled up. A negative one counts from the end.
  std::optional<std::int64_t> padding_idx = {};
  /// Rows that are looked up and longer than this are first made as long, in place and unrecorded.
  std::optional<double> max_norm = {};
  double norm_type = 2;  ///< which norm is their length
};

/// Rows of weight (n, d), looked up: indices, int64 (or uint8) of any shape (…), give (…, d). The
/// gradient of a row is the sum of those of its occurrences; the row `padding_idx` gets none.
/// Throws ShapeError unless weight is a matrix, DTypeError for indices of floats, ValueError for a
/// padding_idx outside -n … n - 1 and, naming the first, an index outside 0 … n - 1.
Tensor embedding(const Tensor& indices, const Tensor& weight,
                 std::optional<std::int64_t> padding_idx = {});

/// embedding with a weight of its own, (num_embeddings, embedding_dim), which starts from the
/// normal distribution. Throws ValueError for a negative number, a padding_idx out of range and a
/// max_norm or norm_type that is not above 0; forward throws what embedding throws.
class Embedding : public Module {
 public:
  /// The parameter, float32.
  Embedding(Extent num_embeddings, Extent embedding_dim, const EmbeddingOptions& options = {});
  Tensor forward(const Tensor& indices) override;
  std::string extra_repr() const override;

  Tensor weight;  ///< a row for each index
  XGRAD_FIELDS(weight)

 private:
  std::optional<std::int64_t> padding_idx_;  ///< counted from the front
  std::optional<double> max_norm_;
  double norm_type_;
};

}  // namespace xgrad::nn
