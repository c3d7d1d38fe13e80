#include "attention.hpp"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "../autograd/ops.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"
#include "init.hpp"

namespace xgrad::nn {
namespace {

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

// Adds a mask of floats to the scores, or makes those -inf where one of booleans is true.
Tensor masked(const char* op, const char* what, const Tensor& scores, const Tensor& mask) {
  expect<DTypeError>(mask.dtype() == boolean || mask.dtype() == scores.dtype(), op, ": ", what,
                     " is ", mask.dtype(), "; expected boolean or ", scores.dtype());
  const std::string name = str(op, ": ", what);
  expect<ShapeError>(broadcast_shapes(name.c_str(), mask.shape(), scores.shape()) == scores.shape(),
                     name, " of shape ", mask.shape(), "; expected one that broadcasts to ",
                     scores.shape());
  if (mask.dtype() == boolean) return masked_fill(scores, mask, minus_infinity);
  return scores + mask;
}

void check_sizes(const char* name,
                 std::initializer_list<std::pair<const char*, std::int64_t>> all) {
  for (const auto& [what, size] : all)
    expect<ValueError>(size > 0, name, ": ", what, " is ", size, "; expected at least 1");
}

// embed_dim, after all that the constructor is given has been checked.
std::int64_t checked(Extent embed_dim, Extent heads, const MultiheadAttentionOptions& options) {
  expect_fraction("MultiheadAttention", "dropout", options.dropout);
  check_sizes("MultiheadAttention", {{"embed_dim", embed_dim.value}, {"num_heads", heads.value}});
  expect<ValueError>(embed_dim.value % heads.value == 0, "MultiheadAttention: embed_dim ",
                     embed_dim.value, " in ", heads.value,
                     " heads; expected a number that divides it");
  return embed_dim.value;
}

// q k^T / sqrt(E)
Tensor scores_of(const Tensor& q, const Tensor& k) {
  const double scale = 1 / std::sqrt(static_cast<double>(q.shape().back()));
  return einsum("...ld,...sd->...ls", {q * scale, k});
}

}  // namespace

Tensor scaled_dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                    const AttentionOptions& options) {
  const char* const op = "scaled_dot_product_attention";
  expect_defined(op, {{"q", &q}, {"k", &k}, {"v", &v}});
  expect_floating(op, "q", q);
  expect_same_dtype(op, "k", k, "q", q);
  expect_same_dtype(op, "v", v, "q", q);
  expect_fraction(op, "dropout_p", options.dropout_p);
  expect<ShapeError>(q.ndim() > 1 && k.ndim() > 1 && v.ndim() > 1 &&
                         q.shape().back() == k.shape().back() &&
                         k.shape().end()[-2] == v.shape().end()[-2],
                     op, ": q ", q.shape(), ", k ", k.shape(), " and v ", v.shape(),
                     "; expected (…, L, E), (…, S, E) and (…, S, V)");
  const auto batch = [](const Tensor& x) {
    return Shape(std::vector<std::size_t>(x.shape().begin(), x.shape().end() - 2));
  };
  const std::string what = str(op, ": q ", q.shape(), ", k ", k.shape(), " and v ", v.shape());
  broadcast_shapes(what.c_str(), broadcast_shapes(what.c_str(), batch(q), batch(k)), batch(v));
  expect<ValueError>(!options.is_causal || !options.mask.defined(), op,
                     ": a mask and is_causal; expected one of them");
  Tensor scores = scores_of(q, k);
  if (options.is_causal) {
    const Tensor all = ones({scores.shape().end()[-2], scores.shape().back()}, {.dtype = boolean});
    scores = masked_fill(scores, !tril(all), minus_infinity);
  }
  if (options.mask.defined())
    scores =
        masked(op, "mask", scores, options.mask.dtype() == boolean ? !options.mask : options.mask);
  return matmul(dropout(softmax(scores, -1), options.dropout_p), v);
}

// ---- MultiheadAttention

MultiheadAttention::MultiheadAttention(Extent embed_dim, Extent num_heads,
                                       const MultiheadAttentionOptions& options)
    : out_proj(checked(embed_dim, num_heads, options), embed_dim, {.bias = options.bias}),
      heads_(static_cast<std::size_t>(num_heads.value)),
      options_(options) {
  const TensorOptions parameter{.requires_grad = true};
  in_proj_weight = init::xavier_uniform_(empty({3 * embed_dim.value, embed_dim.value}, parameter));
  if (options.bias) {
    in_proj_bias = init::zeros_(empty({3 * embed_dim.value}, parameter));
    init::zeros_(out_proj.bias);
  }
  check_parameters(false);
}

std::string MultiheadAttention::extra_repr() const {
  std::string text = str(out_proj.weight.size(0), ", num_heads=", heads_);
  if (options_.dropout != 0) text += str(", dropout=", options_.dropout);
  if (options_.batch_first) text += ", batch_first=True";
  return text;
}

AttentionOutput MultiheadAttention::forward(const Tensor& query, const Tensor& key,
                                            const Tensor& value,
                                            const MultiheadAttentionCall& call) {
  const char* const op = "MultiheadAttention";
  expect_defined(op, {{"q", &query}, {"k", &key}, {"v", &value}});
  const auto dim = static_cast<std::int64_t>(out_proj.weight.size(0));
  const auto heads = static_cast<std::int64_t>(heads_);
  const std::size_t ndim = query.ndim();
  const bool batched = ndim == 3;
  const std::size_t batch = options_.batch_first ? 0 : 1;
  for (const Tensor* t : {&query, &key, &value})
    expect<ShapeError>((ndim == 2 || batched) && t->ndim() == ndim &&
                           t->shape().back() == out_proj.weight.size(0) &&
                           (!batched || t->shape()[batch] == query.shape()[batch]),
                       op, ": q ", query.shape(), ", k ", key.shape(), " and v ", value.shape(),
                       "; expected ", options_.batch_first ? "(N, L, " : "(L, N, ", dim,
                       ") or (L, ", dim, ") of each");
  // The part `i` of the input's products as (N, heads, L, dim / heads).
  const auto projected = [&](const Tensor& given, std::int64_t i) {
    Tensor x = as_dtype_of(in_proj_weight, given);
    if (!batched) x = unsqueeze(x, 0);
    if (batched && !options_.batch_first) x = transpose(x, 0, 1);
    const auto part = [&](const Tensor& all) {
      return all.defined() ? slice(all, 0, i * dim, (i + 1) * dim) : Tensor();
    };
    const Tensor y = linear(x, part(in_proj_weight), part(in_proj_bias));
    return transpose(reshape(y, {static_cast<std::int64_t>(y.size(0)),
                                 static_cast<std::int64_t>(y.size(1)), heads, dim / heads}),
                     1, 2);
  };
  const Tensor q = projected(query, 0), k = projected(key, 1), v = projected(value, 2);
  const std::size_t n = q.size(0), l = q.size(2), s = k.size(2);
  expect<ShapeError>(v.size(2) == s, op, ": k ", key.shape(), " and v ", value.shape(),
                     "; expected as many values as keys");

  Tensor scores = scores_of(q, k);
  if (const Tensor& mask = call.attn_mask; mask.defined()) {
    const bool shared = mask.shape() == Shape{l, s};
    expect<ShapeError>(shared || mask.shape() == Shape{n * heads_, l, s}, op, ": attn_mask ",
                       mask.shape(), "; expected ", Shape{l, s}, " or ", Shape{n * heads_, l, s});
    scores = masked(op, "attn_mask", scores, shared ? mask : reshape(mask, Shape{n, heads_, l, s}));
  }
  if (const Tensor& mask = call.key_padding_mask; mask.defined()) {
    const Shape expected = batched ? Shape{n, s} : Shape{s};
    expect<ShapeError>(mask.shape() == expected, op, ": key_padding_mask ", mask.shape(),
                       "; expected ", expected);
    scores = masked(op, "key_padding_mask", scores, reshape(mask, Shape{n, 1, 1, s}));
  }
  const Tensor weights = nn::dropout(softmax(scores, -1), options_.dropout, is_training());
  Tensor output =
      reshape(transpose(matmul(weights, v), 1, 2), Shape{n, l, out_proj.weight.size(0)});
  output = out_proj(output);
  Tensor mean_weights = call.need_weights ? mean(weights, 1) : Tensor();
  if (!batched) {
    output = squeeze(output, 0);
    if (call.need_weights) mean_weights = squeeze(mean_weights, 0);
  } else if (!options_.batch_first) {
    output = transpose(output, 0, 1);
  }
  return {output, mean_weights};
}

// ---- TransformerEncoderLayer

namespace {

// The options, before the parts are made of them.
const TransformerEncoderLayerOptions& checked(const TransformerEncoderLayerOptions& options) {
  const char* const name = "TransformerEncoderLayer";
  check_sizes(name, {{"dim_feedforward", options.dim_feedforward}});
  expect_fraction(name, "dropout", options.dropout);
  expect_not_negative(name, "layer_norm_eps", options.layer_norm_eps);
  return options;
}

}  // namespace

TransformerEncoderLayer::TransformerEncoderLayer(Extent d_model, Extent nhead,
                                                 const TransformerEncoderLayerOptions& options)
    : self_attn(d_model, nhead,
                {.dropout = checked(options).dropout, .batch_first = options.batch_first}),
      linear1(d_model, options.dim_feedforward),
      linear2(options.dim_feedforward, d_model),
      norm1(d_model.value, {.eps = options.layer_norm_eps}),
      norm2(d_model.value, {.eps = options.layer_norm_eps}),
      dropout(options.dropout),
      options_(options) {}

Tensor TransformerEncoderLayer::forward(const Tensor& x, const TransformerEncoderLayerCall& call) {
  const auto attention = [&](const Tensor& t) {
    return dropout(self_attn
                       .forward(t, t, t,
                                {.key_padding_mask = call.src_key_padding_mask,
                                 .attn_mask = call.src_mask,
                                 .need_weights = false})
                       .output);
  };
  const auto layers = [&](const Tensor& t) {
    const Tensor inner = linear1(t);
    const bool rectifies = options_.activation == TransformerActivation::relu;
    return dropout(linear2(dropout(rectifies ? relu(inner) : gelu(inner))));
  };
  if (options_.norm_first) {
    const Tensor y = x + attention(norm1(x));
    return y + layers(norm2(y));
  }
  const Tensor y = norm1(x + attention(x));
  return norm2(y + layers(y));
}

// ---- PositionalEncoding

PositionalEncoding::PositionalEncoding(Extent d_model, const PositionalEncodingOptions& options)
    : dropout(options.dropout), batch_first_(options.batch_first) {
  check_sizes("PositionalEncoding", {{"d_model", d_model.value}, {"max_len", options.max_len}});
  const Tensor place = unsqueeze(arange(options.max_len).to(float64), 1);
  const Tensor column = arange(d_model.value);
  const Tensor even = (column - remainder(column, 2)).to(float64);
  const Tensor angle =
      place * exp(even * (-std::log(10000.0) / static_cast<double>(d_model.value)));
  pe = where(remainder(column, 2) == 0, sin(angle), cos(angle)).to(float32);
}

Tensor PositionalEncoding::forward(const Tensor& x) {
  expect_defined("PositionalEncoding", "x", x);
  const std::size_t time = x.ndim() == 3 && batch_first_ ? 1 : 0;
  expect<ShapeError>((x.ndim() == 2 || x.ndim() == 3) && x.shape().back() == pe.size(1) &&
                         x.shape()[time] <= pe.size(0),
                     "PositionalEncoding: x ", x.shape(), "; expected ",
                     batch_first_ ? "(N, T, " : "(T, N, ", pe.size(1), ") or (T, ", pe.size(1),
                     ") with at most ", pe.size(0), " steps");
  Tensor own = slice(pe, 0, 0, static_cast<std::int64_t>(x.shape()[time]));
  if (x.ndim() == 3 && !batch_first_) own = unsqueeze(own, 1);
  return dropout(as_dtype_of(pe, x) + own);
}

}  // namespace xgrad::nn
