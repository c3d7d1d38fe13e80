#pragma once

#include <cstdint>

#include "dropout.hpp"
#include "linear.hpp"
#include "normalization.hpp"

/// @file
/// Attention and the layers made of it. Names, shapes, defaults and initialisation are PyTorch's,
/// so that a state dict made there loads here. All can be differentiated twice. Source: Vaswani et
/// al. 2017, "Attention is all you need".

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverloaded-virtual"  // a forward of other results hides Module's

namespace xgrad::nn {

/// Options of scaled_dot_product_attention.
struct AttentionOptions {
  /// Broadcast to (…, L, S). Boolean: a query takes part of the keys that are true. Floats: added
  /// to the scores.
  Tensor mask = {};
  bool is_causal = false;  ///< query l sees the keys 0 … l only; not together with a mask
  double dropout_p = 0;    ///< of the weights, whenever the function is called
};
/// softmax(q k^T / sqrt(E)) v of q (…, L, E), k (…, S, E) and v (…, S, V): (…, L, V). A query that
/// sees no key has NaN, as in PyTorch 2. Throws ShapeError if the shapes do not fit, DTypeError
/// unless all are of one float dtype and the mask is boolean or of that dtype, ValueError for an
/// undefined tensor, a mask with is_causal, and a dropout_p outside 0 … 1.
Tensor scaled_dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                    const AttentionOptions& options = {});

/// Options of MultiheadAttention.
struct MultiheadAttentionOptions {
  double dropout = 0;        ///< in training, of the weights
  bool bias = true;          ///< whether the four products have biases
  bool batch_first = false;  ///< sequences are (N, L, E) instead of (L, N, E)
};
/// Options of a call of MultiheadAttention.
struct MultiheadAttentionCall {
  /// (N, S), or (S). Boolean: true where a key is to be ignored. Floats: added.
  Tensor key_padding_mask = {};
  /// (L, S), or (N num_heads, L, S). Boolean: true where a query may not see a key. Floats: added.
  Tensor attn_mask = {};
  bool need_weights = true;  ///< whether the weights are returned
};
/// What MultiheadAttention returns.
struct AttentionOutput {
  Tensor output;   ///< (L, N, embed_dim), or as q is
  Tensor weights;  ///< (N, L, S), the mean over the heads; undefined unless needed
};

/// Attention of num_heads heads, each on its own part of embed_dim / num_heads numbers of products
/// of q, k and v: `auto [output, weights] = attention.forward(q, k, v);` with q (L, N, embed_dim),
/// k and v (S, N, embed_dim), or all without N. in_proj_weight (3 embed_dim, embed_dim) makes q, k
/// and v of the inputs, and starts by xavier_uniform_; the biases start as 0.
///
/// The constructor throws ValueError for sizes below 1, unless num_heads divides embed_dim, and for
/// a dropout outside 0 … 1; forward throws ShapeError for inputs and masks that do not fit,
/// DTypeError for a mask of another dtype, ValueError for an undefined input.
class MultiheadAttention : public Module {
 public:
  /// The parameters, float32.
  MultiheadAttention(Extent embed_dim, Extent num_heads,
                     const MultiheadAttentionOptions& options = {});
  /// The attention of q to k and v.
  AttentionOutput forward(const Tensor& q, const Tensor& k, const Tensor& v,
                          const MultiheadAttentionCall& call = {});
  std::string extra_repr() const override;

  Tensor in_proj_weight;  ///< (3 embed_dim, embed_dim): of q, k and v
  Tensor in_proj_bias;    ///< (3 embed_dim), undefined without biases
  Linear out_proj;        ///< of the heads, side by side
  XGRAD_FIELDS(in_proj_weight, in_proj_bias, out_proj)

 private:
  std::size_t heads_;
  MultiheadAttentionOptions options_;
};

/// The function between the two linear layers of TransformerEncoderLayer.
enum class TransformerActivation { relu, gelu };
/// Options of TransformerEncoderLayer.
struct TransformerEncoderLayerOptions {
  std::int64_t dim_feedforward = 2048;  ///< features between the two linear layers
  double dropout = 0.1;  ///< in training, of attention, of what is added and between the layers
  TransformerActivation activation = TransformerActivation::relu;  ///< between the layers
  double layer_norm_eps = 1e-5;                                    ///< eps of both LayerNorms
  bool batch_first = false;  ///< sequences are (N, T, d_model) instead of (T, N, d_model)
  bool norm_first = false;   ///< normalise what attention and the linear layers read, not the sums
};
/// Options of a call of TransformerEncoderLayer.
struct TransformerEncoderLayerCall {
  Tensor src_mask = {};              ///< attn_mask of MultiheadAttentionCall
  Tensor src_key_padding_mask = {};  ///< key_padding_mask of MultiheadAttentionCall
};
/// Attention of a sequence to itself, and two linear layers, each added to what it read:
///     y = norm1(x + attention(x))    norm2(y + linear2(activation(linear1(y))))
/// of x (T, N, d_model) or (T, d_model). Throws as its parts, and ValueError for a dim_feedforward
/// below 1.
class TransformerEncoderLayer : public Module {
 public:
  /// The parameters, float32.
  TransformerEncoderLayer(Extent d_model, Extent nhead,
                          const TransformerEncoderLayerOptions& options = {});
  Tensor forward(const Tensor& x) override { return forward(x, {}); }
  /// With masks: of x's shape.
  Tensor forward(const Tensor& x, const TransformerEncoderLayerCall& call);

  /// The parts of the formula above.
  /// @{
  MultiheadAttention self_attn;
  Linear linear1, linear2;
  LayerNorm norm1, norm2;
  Dropout dropout;
  /// @}
  XGRAD_FIELDS(self_attn, linear1, linear2, norm1, norm2, dropout)

 private:
  TransformerEncoderLayerOptions options_;
};

/// Options of PositionalEncoding.
struct PositionalEncodingOptions {
  std::int64_t max_len = 5000;  ///< steps that x has at most
  double dropout = 0.1;         ///< in training, of the sum
  bool batch_first = false;     ///< x is (N, T, d_model)
};
/// x + pe, where pe[t, 2 i] = sin(t / 10000^(2 i / d)) and pe[t, 2 i + 1] the cosine, followed by
/// dropout: of x (T, N, d_model) or (T, d_model). pe (max_len, d_model) is a buffer. The
/// constructor throws ValueError for sizes below 1, forward ShapeError for an x of another d_model
/// and of more than max_len steps.
class PositionalEncoding : public Module {
 public:
  /// pe, float32.
  explicit PositionalEncoding(Extent d_model, const PositionalEncodingOptions& options = {});
  Tensor forward(const Tensor& x) override;

  Tensor pe;        ///< (max_len, d_model), a buffer
  Dropout dropout;  ///< of the sum
  XGRAD_FIELDS(pe, dropout)

 private:
  bool batch_first_;
};

}  // namespace xgrad::nn

#pragma GCC diagnostic pop
