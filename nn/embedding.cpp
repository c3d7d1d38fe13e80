#include "embedding.hpp"

#include <algorithm>

#include "../autograd/ops.hpp"
#include "../autograd/tensor/creation.hpp"
#include "init.hpp"
#include "labels.hpp"

namespace xgrad::nn {
namespace {

/// padding_idx, if there is one, counted from the front.
std::optional<std::int64_t> from_front(const char* op, std::optional<std::int64_t> padding_idx,
                                       Extent rows) {
  if (!padding_idx) return {};
  const std::int64_t n = rows.value;
  if (*padding_idx < -n || *padding_idx >= n)
    throw ValueError(str(op, ": padding_idx is ", *padding_idx, " but there are ", n, " rows; ",
                         expected_between(-n, n - 1)));
  return *padding_idx < 0 ? *padding_idx + n : *padding_idx;
}

}  // namespace

Tensor embedding(const Tensor& indices, const Tensor& weight,
                 std::optional<std::int64_t> padding_idx) {
  const char* const op = "embedding";
  detail::expect_integers(op, "indices", indices);
  expect_defined(op, "weight", weight);
  expect<ShapeError>(weight.ndim() == 2, op, ": weight of shape ", weight.shape(),
                     "; expected (n, d)");
  const auto padding = from_front(op, padding_idx, weight.size(0));
  detail::check_choices(op, "index", indices, weight.size(0), "rows");

  const Tensor found = take(weight, indices, 0);
  const Tensor is_padding = padding ? indices == *padding : Tensor();
  if (!padding || !any(is_padding).item<bool>()) return found;
  return where(unsqueeze(is_padding, -1), found.detach(), found);
}

Embedding::Embedding(Extent num_embeddings, Extent embedding_dim, const EmbeddingOptions& options)
    : max_norm_(options.max_norm), norm_type_(options.norm_type) {
  if (max_norm_) expect_positive("Embedding", "max_norm", *max_norm_);
  expect_positive("Embedding", "norm_type", norm_type_);
  const auto rows = num_embeddings.value, elements = embedding_dim.value;
  expect<ValueError>(rows >= 0 && elements >= 0, "Embedding: ", rows, " rows of ", elements,
                     " elements; expected 0 or more of each");
  padding_idx_ = from_front("Embedding", options.padding_idx, num_embeddings);
  weight = init::normal_(empty({num_embeddings, embedding_dim}, {.requires_grad = true}));
  check_parameters(false);
  if (!padding_idx_) return;
  const std::size_t d = weight.size(1), row = static_cast<std::size_t>(*padding_idx_);
  std::ranges::fill(weight.data<float>().subspan(row * d, d), 0.0F);
}

Tensor Embedding::forward(const Tensor& indices) {
  if (max_norm_ && indices.defined() && indices.numel() > 0) {
    detail::expect_integers("embedding", "indices", indices);
    detail::check_choices("embedding", "index", indices, weight.size(0), "rows");
    const NoGrad guard;
    const Tensor used = unique(indices.to(int64)).values, rows = take(weight, used, 0);
    const Tensor length = norm(rows, norm_type_, {1}, true);
    const Tensor scale = where(length > *max_norm_, *max_norm_ / (length + 1e-7), 1);
    weight.index_put_({used}, rows * scale);
  }
  return embedding(indices, weight, padding_idx_);
}

std::string Embedding::extra_repr() const {
  if (!weight.defined()) return "";  // moved from
  return str(weight.size(0), ", ", weight.size(1),
             padding_idx_ ? str(", padding_idx=", *padding_idx_) : "",
             max_norm_ ? str(", max_norm=", *max_norm_) : "");
}

}  // namespace xgrad::nn
