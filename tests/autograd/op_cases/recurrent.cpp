#include "autograd/support/str.hpp"
#include "tests/autograd/op_samples.hpp"

namespace xgrad::test {
namespace {

// Steps, sequences and hidden size: one of each, few, more than a register holds, no sequence.
struct Sizes {
  std::size_t t, n, h;
};
const std::vector<Sizes> sizes = {{1, 1, 1}, {3, 2, 3}, {2, 1, 9}, {4, 3, 2}, {2, 0, 2}};

std::vector<Sample> sequences(std::size_t gates, std::size_t states, bool bias,
                              const std::string& torch, std::function<Tensor(X, bool)> call,
                              bool kinks = false) {
  std::vector<Sample> samples;
  for (const auto& [t, n, h] : sizes)
    for (const bool reverse : {false, true}) {
      std::vector<Input> inputs = {reals({t, n, gates * h}), reals({gates * h, h})};
      if (bias) inputs.push_back(reals({gates * h}));
      inputs.insert(inputs.end(), states, reals({n, h}));
      std::vector<Sample> more = each(str(torch, ", reverse=", reverse ? "True" : "False", ")"),
                                      [call, reverse](X x) { return call(x, reverse); }, {inputs});
      for (Sample& sample : more) sample.numeric = !kinks;
      samples.insert(samples.end(), more.begin(), more.end());
    }
  return samples;
}

}  // namespace

// A table is read by its columns: one row an operation.
// clang-format off
std::vector<OpCase> recurrent_cases() {
  const Tensor x = zeros({3, 2, 8}, f64), w = zeros({8, 2}, f64), s = zeros({2, 2}, f64);
  const Tensor x3 = zeros({3, 2, 6}, f64), w3 = zeros({6, 2}, f64), x1 = zeros({3, 2, 2}, f64);
  return {
      op("lstm_sequence",
         sequences(4, 2, false, "lstm_sequence(a, b, c, d",
                   [](X in, bool r) { return lstm_sequence(in[0], in[1], in[2], in[3], r); }),
         {BAD(ShapeError, lstm_sequence(zeros({3, 8}, f64), w, s, s), "x of shape (3, 8)", "(T, N, 4 H)"),
          BAD(ShapeError, lstm_sequence(zeros({0, 2, 8}, f64), w, s, s), "at least one step"),
          BAD(ShapeError, lstm_sequence(x, zeros({6, 2}, f64), s, s), "weight_hh of shape (6, 2)", "(4 H, H)"),
          BAD(ShapeError, lstm_sequence(x, zeros({4, 1}, f64), s, s), "(3, 2, 8)", "(4, 1)", "(T, N, 4)"),
          BAD(ShapeError, lstm_sequence(x, w, zeros({3, 2}, f64), zeros({3, 2}, f64)), "h0 of shape (3, 2)", "(2, 2)"),
          BAD(ShapeError, lstm_sequence(x, w, s, zeros({2, 3}, f64)), "c0", "(2, 3)", "(2, 2)"),
          BAD(DTypeError, lstm_sequence(x, w.to(float32), s, s), "weight_hh", "float32"),
          BAD(DTypeError, lstm_sequence(zeros({3, 2, 8}, i64), w, s, s), "int64"),
          BAD(ValueError, lstm_sequence(undefined, w, s, s), "undefined tensor"),
          BAD(ValueError, lstm_sequence(x, undefined, s, s), "undefined tensor"),
          BAD(ValueError, lstm_sequence(x, w, undefined, s), "undefined tensor"),
          BAD(ValueError, lstm_sequence(x, w, s, undefined), "undefined tensor")}),
      op("gru_sequence",
         sequences(3, 1, true, "gru_sequence(a, b, c, d",
                   [](X in, bool r) { return gru_sequence(in[0], in[1], in[2], in[3], r); }) +
             sequences(3, 1, false, "gru_sequence(a, b, None, c",
                       [](X in, bool r) { return gru_sequence(in[0], in[1], {}, in[2], r); }),
         {BAD(ShapeError, gru_sequence(x, w, {}, s), "weight_hh of shape (8, 2)", "(3 H, H)"),
          BAD(ShapeError, gru_sequence(x3, w3, zeros({2}, f64), s), "bias_hh of shape (2,)", "(6, 2)"),
          BAD(DTypeError, gru_sequence(x3, w3, zeros({6}), s), "bias_hh", "float32"),
          BAD(ShapeError, gru_sequence(x3, w3, {}, zeros({1, 2}, f64)), "h0 of shape (1, 2)", "(2, 2)"),
          BAD(ValueError, gru_sequence(undefined, w3, {}, s), "undefined tensor"),
          BAD(ValueError, gru_sequence(x3, undefined, {}, s), "undefined tensor"),
          BAD(ValueError, gru_sequence(x3, w3, {}, undefined), "undefined tensor")}),
      op("rnn_sequence",
         sequences(1, 1, false, "rnn_sequence(a, b, c, torch.tanh",
                   [](X in, bool r) { return rnn_sequence(in[0], in[1], in[2], false, r); }) +
             sequences(1, 1, false, "rnn_sequence(a, b, c, torch.relu",
                       [](X in, bool r) { return rnn_sequence(in[0], in[1], in[2], true, r); }, true),
         {BAD(ShapeError, rnn_sequence(x1, w, s), "weight_hh of shape (8, 2)", "(1 H, H)"),
          BAD(ShapeError, rnn_sequence(x1, zeros({2, 2}, f64), zeros({2}, f64)), "h0 of shape (2,)", "(2, 2)"),
          BAD(ValueError, rnn_sequence(undefined, w, s), "undefined tensor"),
          BAD(ValueError, rnn_sequence(x1, undefined, s), "undefined tensor"),
          BAD(ValueError, rnn_sequence(x1, zeros({2, 2}, f64), undefined), "undefined tensor")})};
}
// clang-format on

}  // namespace xgrad::test
