#include "examples/support/recurrent_net.hpp"

#include "autograd/error.hpp"
#include "autograd/index.hpp"
#include "autograd/support/str.hpp"

namespace xgrad::examples {

const std::vector<std::string>& recurrent_names() {
  static const std::vector<std::string> names{"rnn", "lstm", "gru"};
  return names;
}

RecurrentNet::RecurrentNet(const std::string& name, std::size_t inputs, std::size_t hidden,
                           std::size_t outputs, const nn::RecurrentOptions& options)
    : output(hidden, outputs) {
  if (name == "rnn")
    rnn.emplace(inputs, hidden,
                nn::RNNOptions{.num_layers = options.num_layers, .dropout = options.dropout});
  else if (name == "lstm")
    lstm.emplace(inputs, hidden, options);
  else if (name == "gru")
    gru.emplace(inputs, hidden, options);
  else
    throw ValueError(str("'", name, "' is not the name of a recurrent layer"));
}

nn::RecurrentWeights& RecurrentNet::weights() {
  return (rnn ? rnn->layers : lstm ? lstm->layers : gru->layers).front();
}

Tensor RecurrentNet::states(const Tensor& x, nn::LSTMState& state) {
  if (lstm) {
    const auto [all, last] = lstm->forward(x, state);
    state = last;
    return all;
  }
  const auto [all, last] = rnn ? rnn->forward(x, state.h) : gru->forward(x, state.h);
  state.h = last;
  return all;
}

Tensor RecurrentNet::forward(const Tensor& x) {
  nn::LSTMState state;
  return output(states(x, state)[-1]);
}

}  // namespace xgrad::examples
