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

Embedding::Embedding(Extent num_embeddings, Extent embedding_dim, const EmbeddingOptions& options) {
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

std::string Embedding::extra_repr() const {
  if (!weight.defined()) return "";  // moved from
  return str(weight.size(0), ", ", weight.size(1),
             padding_idx_ ? str(", padding_idx=", *padding_idx_) : "");
}

}  // namespace xgrad::nn
