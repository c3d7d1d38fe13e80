// Attention and its layers, against PyTorch's values (tests/golden/nn_attention.py) and formulas;
// masks, dropout, and what they refuse.

#include "nn/attention.hpp"

#include "autograd/ops.hpp"
#include "autograd/random.hpp"
#include "tests/nn/nn_golden.hpp"

namespace xgrad::test {
namespace {

using Tensors = std::vector<Tensor>;

/// A mask of a case, undefined if it has none of this name.
Tensor mask_of(const json& golden, const std::string& name, DType dtype) {
  if (!golden["masks"].contains(name)) return {};
  const json& mask = golden["masks"][name];
  return golden_tensor(mask, {.dtype = dtype}).to(mask["boolean"] ? boolean : dtype);
}

template <class F>
void with_module(const json& golden, DType dtype, const F& f) {
  const json& o = golden["options"];
  const auto mask = [&](const char* name) { return mask_of(golden, name, dtype); };
  if (golden["module"] == "MultiheadAttention") {
    nn::MultiheadAttention module(4, 2, {.bias = o["bias"], .batch_first = o["batch_first"]});
    return f(module, [&](const Tensors& in) -> Tensors {
      const auto [output, weights] = module.forward(in[0], in[1], in[2],
                                                    {.key_padding_mask = mask("key_padding_mask"),
                                                     .attn_mask = mask("attn_mask"),
                                                     .need_weights = o["need_weights"]});
      EXPECT_EQ(weights.defined(), o["need_weights"].get<bool>());
      return weights.defined() ? Tensors{output, weights} : Tensors{output};
    });
  }
  using enum nn::TransformerActivation;
  nn::TransformerEncoderLayer module(4, 2,
                                     {.dim_feedforward = 6,
                                      .dropout = 0,
                                      .activation = o["activation"] == "relu" ? relu : gelu,
                                      .layer_norm_eps = 1e-3,
                                      .batch_first = o["batch_first"],
                                      .norm_first = o["norm_first"]});
  f(module, [&](const Tensors& in) -> Tensors {
    return {module.forward(in[0], {.src_mask = mask("src_mask"),
                                   .src_key_padding_mask = mask("src_key_padding_mask")})};
  });
}

TEST(Attention, EqualsPyTorch) {
  const json goldens = read_golden("nn_attention.json")["cases"];
  EXPECT_EQ(goldens.size(), 57U);
  for (const json& golden : goldens)
    for (const DType dtype : {float64, float32}) {
      SCOPED_TRACE(golden["module"].get<std::string>() + " " + golden["options"].dump() + " " +
                   golden["masks"].dump());
      with_module(golden, dtype, [&](auto& module, const auto& run) {
        module.to(dtype);
        nn::StateDict parameters;
        for (const auto& [key, value] : golden["state_dict"].items())
          parameters[key] = golden_tensor(value, {.dtype = dtype});
        module.load_state_dict(parameters);
        Tensors inputs, flat;
        for (const json& input : golden["inputs"])
          inputs.push_back(golden_tensor(input, {.dtype = dtype, .requires_grad = true}));
        const Tensors results = run(inputs);
        const double tolerance = dtype == float64 ? 1e-11 : 2e-4;
        const auto compare = [&](const Tensor& found, const json& expected) {
          expect_close(found, golden_tensor(expected, {.dtype = dtype}), tolerance);
        };
        for (std::size_t i = 0; i < results.size(); ++i) {
          compare(results[i], golden["results"][i]);
          flat.push_back(reshape(results[i], {-1}));
        }
        const Tensor all = concatenate(flat);
        all.backward(golden_seed(all));
        for (std::size_t i = 0; i < inputs.size(); ++i)
          compare(inputs[i].grad(), golden["input_gradients"][i]);
        for (const auto& [key, parameter] : module.named_parameters())
          compare(parameter.grad(), golden["gradients"][key]);
      });
    }
}

TEST(ScaledDotProductAttention, IsItsFormula) {
  const Tensor q = randn({2, 3, 4}, f64), k = randn({2, 5, 4}, f64), v = randn({2, 5, 6}, f64);
  const Tensor scores = matmul(q, transpose(k, 1, 2)) / 2;
  expect_close(nn::scaled_dot_product_attention(q, k, v), matmul(softmax(scores), v));
  const Tensor shift = randn({3, 5}, f64);
  expect_close(nn::scaled_dot_product_attention(q, k, v, {.mask = shift}),
               matmul(softmax(scores + shift), v));
  // True takes part, as in PyTorch 2; in MultiheadAttention it does not.
  const Tensor sees = shift > -0.5;
  expect_close(nn::scaled_dot_product_attention(q, k, v, {.mask = sees}),
               matmul(softmax(masked_fill(scores, !sees, -1e300)), v));
  const Tensor causal = nn::scaled_dot_product_attention(q, k, v, {.is_causal = true});
  expect_close(causal, nn::scaled_dot_product_attention(
                           q, k, v, {.mask = tril(ones({3, 5}, {.dtype = boolean}))}));
  // The first query sees the first key alone.
  expect_close(select(causal, 1, 0), select(v, 1, 0));
  const Tensor blind =
      nn::scaled_dot_product_attention(q, k, v, {.mask = zeros({3, 5}, {.dtype = boolean})});
  EXPECT_TRUE(all(isnan(blind)).item<bool>());
}

TEST(ScaledDotProductAttention, Drops) {
  const Tensor q = randn({2, 4}), k = randn({5, 4}), v = randn({5, 6});
  const Tensor y = nn::scaled_dot_product_attention(q, k, v, {.dropout_p = 1});
  EXPECT_EQ(max(abs(y)).item<float>(), 0);
  nn::MultiheadAttention attention(4, 2, {.dropout = 1});
  EXPECT_EQ(max(attention.forward(q, k, k).weights).item<float>(), 0);
  attention.eval();
  expect_close(sum(attention.forward(q, k, k).weights, -1), ones({2}), 1e-6);
}

TEST(PositionalEncoding, AddsSinesAndCosines) {
  for (const bool batch_first : {false, true}) {
    nn::PositionalEncoding encoding(5, {.max_len = 7, .dropout = 0, .batch_first = batch_first});
    const Tensor y = encoding(batch_first ? zeros({2, 3, 5}) : zeros({3, 2, 5}));
    for (const std::int64_t t : {0, 2}) {
      const Tensor row =
          batch_first ? select(select(y, 1, t), 0, 1) : select(select(y, 0, t), 0, 1);
      const double w = std::pow(10000.0, -0.4), w2 = std::pow(10000.0, -0.8);
      const auto at = static_cast<double>(t);
      const Doubles expected = {std::sin(at), std::cos(at), std::sin(at * w), std::cos(at * w),
                                std::sin(at * w2)};
      expect_close(row.to(float64), tensor(expected), 1e-7);
    }
    expect_close(encoding(zeros({3, 5})), slice(encoding.pe, 0, 0, 3), 0);
  }
}

TEST(Attention, StartsAsPyTorchDoesAndPrints) {
  const nn::MultiheadAttention attention(8, 2, {.dropout = 0.1, .batch_first = true});
  EXPECT_EQ(attention.extra_repr(), "8, num_heads=2, dropout=0.1, batch_first=True");
  EXPECT_EQ(max(abs(attention.in_proj_bias)).item<float>(), 0);
  EXPECT_EQ(max(abs(attention.out_proj.bias)).item<float>(), 0);
  EXPECT_LE(max(abs(attention.in_proj_weight)).item<float>(), std::sqrt(6.0F / 32));
}

TEST(Attention, RefusesWhatDoesNotFit) {
  const Tensor x = zeros({3, 2, 4}), y = zeros({5, 2, 4});
  nn::MultiheadAttention attention(4, 2);
  const auto call = [&](const nn::MultiheadAttentionCall& c) { attention.forward(x, y, y, c); };
  expect_contains(ERROR_OF(ValueError, nn::MultiheadAttention(4, 3)), {"embed_dim 4 in 3 heads"});
  expect_contains(ERROR_OF(ValueError, nn::MultiheadAttention(0, 1)), {"embed_dim is 0"});
  expect_contains(ERROR_OF(ValueError, nn::MultiheadAttention(4, 2, {.dropout = -1})),
                  {"dropout", "-1"});
  expect_contains(ERROR_OF(ShapeError, attention.forward(x, y, zeros({5, 2, 3}))),
                  {"(3, 2, 4)", "(5, 2, 4)", "(5, 2, 3)", "(L, N, 4)"});
  expect_contains(ERROR_OF(ShapeError, attention.forward(x, y, x)), {"as many values as keys"});
  expect_contains(ERROR_OF(ValueError, attention.forward(x, Tensor(), y)), {"k", "undefined"});
  expect_contains(ERROR_OF(ShapeError, call({.attn_mask = zeros({3, 4})})),
                  {"attn_mask (3, 4)", "(3, 5)", "(4, 3, 5)"});
  expect_contains(ERROR_OF(DTypeError, call({.attn_mask = zeros({3, 5}, f64)})),
                  {"attn_mask is float64"});
  expect_contains(ERROR_OF(ShapeError, call({.key_padding_mask = zeros({5}, {.dtype = boolean})})),
                  {"key_padding_mask (5,)", "(2, 5)"});
  expect_contains(ERROR_OF(ShapeError, nn::scaled_dot_product_attention(x, y, x)),
                  {"q (3, 2, 4)", "k (5, 2, 4)"});
  expect_contains(ERROR_OF(ValueError, nn::scaled_dot_product_attention(
                                           x, x, x, {.mask = zeros({2, 2}), .is_causal = true})),
                  {"a mask and is_causal"});
  expect_contains(ERROR_OF(ValueError, nn::TransformerEncoderLayer(4, 2, {.dim_feedforward = 0})),
                  {"dim_feedforward is 0"});
  expect_contains(ERROR_OF(ValueError, nn::PositionalEncoding(0)), {"d_model is 0"});
  nn::PositionalEncoding encoding(4, {.max_len = 4});
  expect_contains(ERROR_OF(ShapeError, encoding(y)), {"(5, 2, 4)", "at most 4 steps"});
}

}  // namespace
}  // namespace xgrad::test
