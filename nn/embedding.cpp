#include "embedding.hpp"

#include <algorithm>

#include "../autograd/ops/arithmetic.hpp"
#include "../autograd/ops/indexing.hpp"
#include "../autograd/ops/logic.hpp"
#include "../autograd/ops/shaping.hpp"
#include "../autograd/support/message.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"
#include "init.hpp"

namespace xgrad::nn {
namespace {

/// padding_idx, if there is one, counted from the front.
std::optional<std::int64_t> from_front(const char* op, std::optional<std::int64_t> padding_idx,
                                       std::size_t rows) {
  if (!padding_idx) return {};
  const auto n = static_cast<std::int64_t>(rows);
  if (*padding_idx < -n || *padding_idx >= n)
    throw ValueError(message(op, ": padding_idx is ", *padding_idx, " but there are ", rows,
                             " rows; ", expected_between(-n, n - 1)));
  return *padding_idx < 0 ? *padding_idx + n : *padding_idx;
}

}  // namespace

Tensor embedding(const Tensor& indices, const Tensor& weight,
                 std::optional<std::int64_t> padding_idx) {
  const char* const op = "embedding";
  expect_defined(op, {{"indices", &indices}, {"weight", &weight}});
  if (weight.ndim() != 2)
    throw ShapeError(message(op, ": weight of shape ", weight.shape(), "; expected (n, d)"));
  if (is_floating(indices.dtype()))
    throw DTypeError(message(op, ": indices of shape ", indices.shape(), " are ",
                             name(indices.dtype()), "; expected int64"));
  const std::size_t rows = weight.size(0);
  const auto padding = from_front(op, padding_idx, rows);
  const std::vector<std::int64_t> values = indices.to_vector<std::int64_t>();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] < 0 || static_cast<std::size_t>(values[i]) >= rows)
      throw ValueError(
          message(op, ": index ", i, " is ", values[i], " but there are ", rows, " rows; ",
                  expected_between<std::int64_t>(0, static_cast<std::int64_t>(rows) - 1)));

  const Tensor found = take(weight, indices, 0);
  if (!padding || std::find(values.begin(), values.end(), *padding) == values.end()) return found;
  return where(unsqueeze(indices == *padding, -1), found.detach(), found);
}

Embedding::Embedding(Extent num_embeddings, Extent embedding_dim, const EmbeddingOptions& options) {
  if (num_embeddings.value < 0 || embedding_dim.value < 0)
    throw ValueError(message("Embedding: ", num_embeddings.value, " rows of ", embedding_dim.value,
                             " elements; expected 0 or more of each"));
  padding_idx_ =
      from_front("Embedding", options.padding_idx, static_cast<std::size_t>(num_embeddings.value));
  weight = empty({num_embeddings, embedding_dim}, {.requires_grad = true});
  init::normal_(weight);
  check_parameters(false);
  if (!padding_idx_) return;
  const auto d = static_cast<std::size_t>(embedding_dim.value);
  std::ranges::fill(weight.data<float>().subspan(static_cast<std::size_t>(*padding_idx_) * d, d),
                    0.0F);
}

Tensor Embedding::forward(const Tensor& indices) {
  return embedding(indices, weight, padding_idx_);
}

std::string Embedding::extra_repr() const {
  if (!weight.defined()) return "";  // moved from
  return message(weight.size(0), ", ", weight.size(1),
                 padding_idx_ ? message(", padding_idx=", *padding_idx_) : "");
}

}  // namespace xgrad::nn
