// Layers of sequences: recurrent networks, their cells, attention.

#include "world.hpp"

namespace xgrad::test {

// A table is read by its columns.
// clang-format off
std::vector<WrongCall> sequence_layer_calls() {
  using namespace nn;
  return {
      WRONG(ValueError, "nn::LSTM::LSTM", LSTM(0, 2), "LSTM: ", "input_size", "0", "1"),
      WRONG(ValueError, "nn::LSTM::LSTM", LSTM(3, 2, {.num_layers = 0}), "LSTM: ", "num_layers", "0", "1"),
      WRONG(ValueError, "nn::LSTM::LSTM", LSTM(3, 2, {.dropout = 1.5}), "LSTM: ", "dropout", "1.5", "0 to 1"),
      WRONG(ShapeError, "nn::LSTM::forward", w.right(LSTM(4, 2)).forward(w.sequence), "LSTM: ", "(4, 2, 3)", "4"),
      WRONG(ShapeError, "nn::LSTM::forward", w.right(LSTM(3, 2)).forward(w.images), "LSTM: ", "(2, 3, 8, 8)", "(T, N, 3)"),
      WRONG(ShapeError, "nn::LSTM::forward", w.right(LSTM(3, 2)).forward(zeros({0, 2, 3})), "LSTM: ", "(0, 2, 3)", "at least one"),
      WRONG(ShapeError, "nn::LSTM::forward", w.right(LSTM(3, 2)).forward(w.sequence, {zeros({1, 2, 3}), zeros({1, 2, 2})}), "LSTM: ", "(1, 2, 3)", "(1, 2, 2)"),
      WRONG(ValueError, "nn::LSTM::forward", w.right(LSTM(3, 2)).forward(w.sequence, {zeros({1, 2, 2}), {}}), "LSTM: ", "only one of h and c", "both or none"),
      WRONG(ShapeError, "nn::LSTM::forward", w.right(LSTM(3, 2)).forward(w.sequence, {}, {.lengths = {1}}), "LSTM: ", "1", "2"),
      WRONG(ValueError, "nn::LSTM::forward", w.right(LSTM(3, 2)).forward(w.sequence, {}, {.lengths = {1, 5}}), "LSTM: ", "5", "1 to 4"),
      WRONG(ValueError, "nn::LSTM::forward", w.right(LSTM(3, 2)).forward(w.undefined), "LSTM: ", "undefined"),
      WRONG(Error, "nn::LSTM::forward", w.right(LSTM(3, 2))(w.sequence), "forward: ", "LSTM", "Tensor forward(const Tensor&)"),
      WRONG(ValueError, "nn::GRU::GRU", GRU(3, -2), "GRU: ", "hidden_size", "-2", "1"),
      WRONG(ShapeError, "nn::GRU::forward", w.right(GRU(4, 2)).forward(w.sequence), "GRU: ", "(4, 2, 3)", "4"),
      WRONG(ShapeError, "nn::GRU::forward", w.right(GRU(3, 2)).forward(w.sequence, zeros({2, 2})), "GRU: ", "(2, 2)", "(1, 2, 2)"),
      WRONG(ValueError, "nn::GRU::forward", w.right(GRU(3, 2)).forward(w.sequence, {}, {.lengths = {0, 4}}), "GRU: ", "0", "1 to 4"),
      WRONG(ValueError, "nn::RNN::RNN", RNN(3, 2, {.num_layers = -1}), "RNN: ", "num_layers", "-1", "1"),
      WRONG(ShapeError, "nn::RNN::forward", w.right(RNN(4, 2)).forward(w.sequence), "RNN: ", "(4, 2, 3)", "4"),
      WRONG(ShapeError, "nn::RNN::forward", w.right(RNN(3, 2)).forward(w.sequence, zeros({1, 1, 2})), "RNN: ", "(1, 1, 2)", "(1, 2, 2)"),
      WRONG(ValueError, "nn::LSTMCell::LSTMCell", LSTMCell(3, 0), "LSTMCell: ", "hidden_size", "0", "1"),
      WRONG(ShapeError, "nn::LSTMCell::forward", w.right(LSTMCell(4, 2)).forward(w.f), "LSTMCell: ", "(2, 3)", "4"),
      WRONG(ValueError, "nn::LSTMCell::forward", w.right(LSTMCell(3, 2)).forward(w.f, {{}, zeros({2, 2})}), "LSTMCell: ", "only one of h and c", "both or none"),
      WRONG(ShapeError, "nn::LSTMCell::forward", w.right(LSTMCell(3, 2)).forward(w.f, {zeros({2, 2}), zeros({2, 3})}), "LSTMCell: ", "(2, 3)", "(2, 2)"),
      WRONG(ValueError, "nn::GRUCell::GRUCell", GRUCell(-3, 2), "GRUCell: ", "input_size", "-3", "1"),
      WRONG(ShapeError, "nn::GRUCell::forward", w.right(GRUCell(4, 2))(w.f), "GRUCell: ", "(2, 3)", "4"),
      WRONG(ShapeError, "nn::GRUCell::forward", w.right(GRUCell(3, 2))(w.f, zeros({3, 2})), "GRUCell: ", "(3, 2)", "(2, 2)"),
      WRONG(ValueError, "nn::RNNCell::RNNCell", RNNCell(0, 2), "RNNCell: ", "input_size", "0", "1"),
      WRONG(ShapeError, "nn::RNNCell::forward", w.right(RNNCell(3, 2))(w.sequence), "RNNCell: ", "(4, 2, 3)", "(N, 3)"),
      WRONG(ValueError, "nn::RNNCell::forward", w.right(RNNCell(3, 2))(w.undefined), "RNNCell: ", "undefined"),
      // ---- attention
      WRONG(ShapeError, "nn::scaled_dot_product_attention", scaled_dot_product_attention(w.a, ones({2, 4}, float64), w.a), "scaled_dot_product_attention: ", "(2, 3)", "(2, 4)"),
      WRONG(ShapeError, "nn::scaled_dot_product_attention", scaled_dot_product_attention(w.a, w.a, ones({4, 3}, float64)), "scaled_dot_product_attention: ", "(4, 3)", "(2, 3)"),
      WRONG(ShapeError, "nn::scaled_dot_product_attention", scaled_dot_product_attention(w.a, w.a, w.a, {.mask = w.b}), "scaled_dot_product_attention: ", "mask", "(2, 3)", "(2, 2)"),
      WRONG(DTypeError, "nn::scaled_dot_product_attention", scaled_dot_product_attention(w.a, w.f, w.a), "scaled_dot_product_attention: ", "float32", "float64"),
      WRONG(DTypeError, "nn::scaled_dot_product_attention", scaled_dot_product_attention(w.a, w.a, w.a, {.mask = ones({2, 2}, int64)}), "scaled_dot_product_attention: ", "mask", "int64", "boolean"),
      WRONG(ValueError, "nn::scaled_dot_product_attention", scaled_dot_product_attention(w.a, w.a, w.a, {.mask = ones({2, 2}, boolean), .is_causal = true}), "scaled_dot_product_attention: ", "mask", "is_causal"),
      WRONG(ValueError, "nn::scaled_dot_product_attention", scaled_dot_product_attention(w.a, w.a, w.a, {.dropout_p = 2}), "scaled_dot_product_attention: ", "dropout_p", "2", "0 to 1"),
      WRONG(ValueError, "nn::scaled_dot_product_attention", scaled_dot_product_attention(w.undefined, w.a, w.a), "scaled_dot_product_attention: ", "undefined"),
      WRONG(ValueError, "nn::MultiheadAttention::MultiheadAttention", MultiheadAttention(0, 1), "MultiheadAttention: ", "embed_dim", "0", "1"),
      WRONG(ValueError, "nn::MultiheadAttention::MultiheadAttention", MultiheadAttention(3, 2), "MultiheadAttention: ", "3", "2"),
      WRONG(ValueError, "nn::MultiheadAttention::MultiheadAttention", MultiheadAttention(4, 2, {.dropout = -1}), "MultiheadAttention: ", "dropout", "-1", "0 to 1"),
      WRONG(ShapeError, "nn::MultiheadAttention::forward", w.right(MultiheadAttention(4, 2)).forward(w.sequence, w.sequence, w.sequence), "MultiheadAttention: ", "(4, 2, 3)", "4"),
      WRONG(ShapeError, "nn::MultiheadAttention::forward", w.right(MultiheadAttention(3, 1)).forward(w.sequence, w.sequence, w.sequence[Slice(0, 2)]), "MultiheadAttention: ", "(4, 2, 3)", "(2, 2, 3)"),
      WRONG(ShapeError, "nn::MultiheadAttention::forward", w.right(MultiheadAttention(3, 1)).forward(w.sequence, w.sequence, w.sequence, {.attn_mask = w.b}), "MultiheadAttention: ", "attn_mask", "(2, 3)", "(4, 4)"),
      WRONG(DTypeError, "nn::MultiheadAttention::forward", w.right(MultiheadAttention(3, 1)).forward(w.sequence, w.sequence, w.sequence, {.key_padding_mask = ones({2, 4}, int64)}), "MultiheadAttention: ", "key_padding_mask", "int64", "boolean"),
      WRONG(ValueError, "nn::MultiheadAttention::forward", w.right(MultiheadAttention(3, 1)).forward(w.sequence, w.undefined, w.sequence), "MultiheadAttention: ", "k", "undefined"),
      WRONG(ValueError, "nn::TransformerEncoderLayer::TransformerEncoderLayer", TransformerEncoderLayer(4, 2, {.dim_feedforward = 0}), "TransformerEncoderLayer: ", "dim_feedforward", "0", "1"),
      WRONG(ValueError, "nn::TransformerEncoderLayer::TransformerEncoderLayer", TransformerEncoderLayer(4, 3), "MultiheadAttention: ", "4", "3"),
      WRONG(ShapeError, "nn::TransformerEncoderLayer::forward", w.right(TransformerEncoderLayer(4, 2, {.dim_feedforward = 4}))(w.sequence), "MultiheadAttention: ", "(4, 2, 3)", "4"),
      WRONG(ValueError, "nn::TransformerEncoderLayer::forward", w.right(TransformerEncoderLayer(4, 2, {.dim_feedforward = 4}))(w.undefined), "MultiheadAttention: ", "q", "undefined"),
      WRONG(ValueError, "nn::PositionalEncoding::PositionalEncoding", PositionalEncoding(0), "PositionalEncoding: ", "d_model", "0", "1"),
      WRONG(ValueError, "nn::PositionalEncoding::PositionalEncoding", PositionalEncoding(4, {.max_len = 0}), "PositionalEncoding: ", "max_len", "0", "1"),
      WRONG(ShapeError, "nn::PositionalEncoding::forward", w.right(PositionalEncoding(4))(w.sequence), "PositionalEncoding: ", "(4, 2, 3)", "4"),
      WRONG(ShapeError, "nn::PositionalEncoding::forward", w.right(PositionalEncoding(3, {.max_len = 2}))(w.sequence), "PositionalEncoding: ", "4", "2"),
      WRONG(ValueError, "nn::PositionalEncoding::forward", w.right(PositionalEncoding(3))(w.undefined), "PositionalEncoding: ", "undefined"),
  };
}
// clang-format on

}  // namespace xgrad::test
