#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "nn/linear.hpp"
#include "nn/module.hpp"
#include "nn/recurrent.hpp"

namespace xgrad::examples {

/// The recurrent layers by the names that programs take: "rnn", "lstm" and "gru".
const std::vector<std::string>& recurrent_names();

/// A recurrent network with a linear layer behind it. Where state is spoken of, c is an LSTM's
/// alone, and an undefined h begins at 0.
struct RecurrentNet : nn::Module {
  std::optional<nn::RNN> rnn;
  std::optional<nn::LSTM> lstm;
  std::optional<nn::GRU> gru;
  nn::Linear output;
  XGRAD_FIELDS(rnn, lstm, gru, output)

  /// Errors: ValueError for a name that recurrent_names() does not have.
  RecurrentNet(const std::string& name, std::size_t inputs, std::size_t hidden, std::size_t outputs,
               const nn::RecurrentOptions& options = {});

  /// The parameters of the recurrent network's first layer.
  nn::RecurrentWeights& weights();
  /// The states h (T, N, hidden) after each step of x (T, N, inputs); takes `state` on.
  Tensor states(const Tensor& x, nn::LSTMState& state);
  /// The outputs (T, N, outputs) after each step; takes `state` on.
  Tensor read(const Tensor& x, nn::LSTMState& state) { return output(states(x, state)); }
  /// The outputs (N, outputs) after the last step.
  Tensor forward(const Tensor& x) override;
};

}  // namespace xgrad::examples
