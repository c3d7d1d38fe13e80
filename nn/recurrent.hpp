#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "module.hpp"

/// @file
/// Recurrent networks and their cells. Names, shapes, defaults and initialisation are PyTorch's, so
/// that a state dict made there loads here. All can be differentiated twice.

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverloaded-virtual"  // a forward of other results hides Module's

namespace xgrad::nn {

/// Options of LSTM and GRU.
struct RecurrentOptions {
  std::int64_t num_layers = 1;  ///< each further one reads the states of the one before
  bool bias = true;             ///< whether gates have biases, bias_ih and bias_hh
  bool batch_first = false;     ///< x and output are (N, T, …) instead of (T, N, …)
  double dropout = 0;           ///< in training, of what goes from one layer to the next
  bool bidirectional = false;   ///< a second network goes back from the last step
};
using LSTMOptions = RecurrentOptions;  ///< the same
using GRUOptions = RecurrentOptions;   ///< the same

/// The function of RNN.
enum class RNNNonlinearity { tanh, relu };
/// Options of RNN.
struct RNNOptions {
  std::int64_t num_layers = 1;                           ///< as RecurrentOptions
  RNNNonlinearity nonlinearity = RNNNonlinearity::tanh;  ///< of the state
  bool bias = true;                                      ///< as RecurrentOptions
  bool batch_first = false;                              ///< as RecurrentOptions
  double dropout = 0;                                    ///< as RecurrentOptions
  bool bidirectional = false;                            ///< as RecurrentOptions
};

/// Options of a call.
struct SequenceOptions {
  /// How many steps of each sequence are its own, from 1 to T; the others are not read, and their
  /// output is 0. The state at the end is that after a sequence's last step, and a network that
  /// goes back begins there: as PyTorch's packed sequences. Empty: all have T.
  std::vector<std::int64_t> lengths = {};
};

/// The states of an LSTM, (layers, N, hidden_size), or of a cell, (N, hidden_size).
struct LSTMState {
  Tensor h;  ///< the output of the last step
  Tensor c;  ///< the cells
};
/// What a network makes of sequences: `auto [output, state] = lstm.forward(x);`
struct LSTMOutput {
  Tensor output;    ///< h of every step
  LSTMState state;  ///< after the last step
};
/// The same of GRU and RNN.
struct RecurrentOutput {
  Tensor output;  ///< h of every step
  Tensor state;   ///< after the last step
};

/// The parameters of a layer in one direction, named weight_ih_l0, …, weight_ih_l0_reverse, ….
struct RecurrentWeights {
  std::string suffix;  ///< "_l0", "_l0_reverse"
  Tensor weight_ih;    ///< (gates hidden_size, what is read)
  Tensor weight_hh;    ///< (gates hidden_size, hidden_size)
  Tensor bias_ih;      ///< (gates hidden_size), undefined without biases
  Tensor bias_hh;      ///< the same
};
/// Shows the visitor the four tensors, under their names.
void visit_field(FieldVisitor& visitor, std::string_view name, RecurrentWeights& weights);

namespace detail {

/// What LSTM, GRU and RNN have in common: layers, directions, lengths, and the checks.
class Recurrent : public Module {
 public:
  std::string extra_repr() const override;

  std::vector<RecurrentWeights> layers;  ///< layer by layer, forward before reverse

 protected:
  Recurrent(const char* name, Extent input_size, Extent hidden_size, std::size_t gates,
            const RecurrentOptions& options);
  /// The output, and h and c after the last steps; c is undefined unless the class has one.
  struct Result {
    Tensor output, h, c;
  };
  Result run(const Tensor& x, const Tensor& h, const Tensor& c, const SequenceOptions& options);

  struct States {
    Tensor h, c;  ///< (T, N, hidden_size), after each step
  };

 private:
  /// All steps of a layer; c0 is undefined unless has_cell().
  virtual States sequence(const Tensor& x, const RecurrentWeights& weights, const Tensor& h0,
                          const Tensor& c0, bool reverse) const = 0;
  virtual bool has_cell() const { return false; }

  const char* name_;
  Extent input_size_, hidden_size_;
  RecurrentOptions options_;
};

}  // namespace detail

/// Long short-term memory (lstm_sequence) of sequences x (T, N, input_size), or of one, (T,
/// input_size): the output (T, N, D hidden_size), with D = 2 for bidirectional networks, whose
/// directions are side by side, and the state (num_layers D, N, hidden_size). The state begins as
/// 0 where it is not given. The parameters, `layers`, are a list of RecurrentWeights, layer by
/// layer and forward before reverse; they start uniform within 1 / sqrt(hidden_size).
///
///     nn::LSTM lstm(64, 128, {.num_layers = 2, .batch_first = true});
///     auto [output, state] = lstm.forward(x);
///     auto [more, next] = lstm.forward(y, {state.h.detach(), state.c.detach()});
///
/// The constructor throws ValueError for an input_size or hidden_size below 1, fewer than one
/// layer, and a dropout outside 0 … 1. forward throws ShapeError for an x, state or number of
/// lengths that does not fit, and for T = 0; ValueError for lengths outside 1 … T, an undefined x,
/// and a state of which only h or only c is given.
class LSTM : public detail::Recurrent {
 public:
  /// The parameters, float32.
  LSTM(Extent input_size, Extent hidden_size, const LSTMOptions& options = {});
  /// Output and state of x, from a state on.
  LSTMOutput forward(const Tensor& x, const LSTMState& state = {},
                     const SequenceOptions& options = {});
  XGRAD_FIELDS(layers)

 private:
  States sequence(const Tensor& x, const RecurrentWeights& weights, const Tensor& h0,
                  const Tensor& c0, bool reverse) const override;
  bool has_cell() const override { return true; }
};

/// Gated recurrent units (gru_sequence), with one state h; else as LSTM.
class GRU : public detail::Recurrent {
 public:
  /// The parameters, float32.
  GRU(Extent input_size, Extent hidden_size, const GRUOptions& options = {});
  /// Output and state of x, from a state on.
  RecurrentOutput forward(const Tensor& x, const Tensor& state = {},
                          const SequenceOptions& options = {});
  XGRAD_FIELDS(layers)

 private:
  States sequence(const Tensor& x, const RecurrentWeights& weights, const Tensor& h0,
                  const Tensor& c0, bool reverse) const override;
};

/// The plain recurrent network (rnn_sequence), with tanh or relu, and one state h; else as LSTM.
class RNN : public detail::Recurrent {
 public:
  /// The parameters, float32.
  RNN(Extent input_size, Extent hidden_size, const RNNOptions& options = {});
  /// Output and state of x, from a state on.
  RecurrentOutput forward(const Tensor& x, const Tensor& state = {},
                          const SequenceOptions& options = {});
  XGRAD_FIELDS(layers)

 private:
  States sequence(const Tensor& x, const RecurrentWeights& weights, const Tensor& h0,
                  const Tensor& c0, bool reverse) const override;

  bool rectifies_;
};

/// Options of LSTMCell and GRUCell.
struct CellOptions {
  bool bias = true;  ///< whether gates have biases, bias_ih and bias_hh
};
using LSTMCellOptions = CellOptions;  ///< the same
using GRUCellOptions = CellOptions;   ///< the same
/// Options of RNNCell.
struct RNNCellOptions {
  bool bias = true;                                      ///< as CellOptions
  RNNNonlinearity nonlinearity = RNNNonlinearity::tanh;  ///< of the state
};

namespace detail {

/// A single step, and its parameters.
class Cell : public Module {
 public:
  std::string extra_repr() const override;

  Tensor weight_ih, weight_hh;  ///< (gates hidden_size, input_size) and (…, hidden_size)
  Tensor bias_ih, bias_hh;      ///< (gates hidden_size), undefined without biases

 protected:
  Cell(const char* name, Extent input_size, Extent hidden_size, std::size_t gates, bool bias);
  /// x in the parameters' dtype as a sequence of one step, (1, N, input_size), and a state, which
  /// is 0 where it is not given. Throws as forward.
  Tensor step(const Tensor& x) const;
  Tensor state(const Tensor& x, const char* what, const Tensor& given) const;
  /// The state (N, hidden_size) after the step, or (hidden_size) if x has no batch axis.
  static Tensor result(const Tensor& x, const Tensor& states);

  const char* name_;
  Extent input_size_, hidden_size_;
};

}  // namespace detail

/// One step of LSTM: of x (N, input_size) or (input_size), and the state before, 0 where it is not
/// given. weight_ih is (gates hidden_size, input_size), weight_hh (gates hidden_size, hidden_size),
/// bias_ih and bias_hh (gates hidden_size); they start as LSTM's. The constructor throws ValueError
/// for a size below 1; forward throws ShapeError for an x
/// or a state that does not fit, ValueError for an undefined x and for half a state.
class LSTMCell : public detail::Cell {
 public:
  /// The parameters, float32.
  LSTMCell(Extent input_size, Extent hidden_size, const LSTMCellOptions& options = {});
  /// The state after the step.
  LSTMState forward(const Tensor& x, const LSTMState& state = {}) const;
  XGRAD_FIELDS(weight_ih, weight_hh, bias_ih, bias_hh)
};

/// One step of GRU, which gives the state h; else as LSTMCell.
class GRUCell : public detail::Cell {
 public:
  /// The parameters, float32.
  GRUCell(Extent input_size, Extent hidden_size, const GRUCellOptions& options = {});
  Tensor forward(const Tensor& x) override { return forward(x, {}); }
  Tensor forward(const Tensor& x, const Tensor& h) const;  ///< the state after the step
  XGRAD_FIELDS(weight_ih, weight_hh, bias_ih, bias_hh)
};

/// One step of RNN, which gives the state h; else as LSTMCell.
class RNNCell : public detail::Cell {
 public:
  /// The parameters, float32.
  RNNCell(Extent input_size, Extent hidden_size, const RNNCellOptions& options = {});
  Tensor forward(const Tensor& x) override { return forward(x, {}); }
  Tensor forward(const Tensor& x, const Tensor& h) const;  ///< the state after the step
  XGRAD_FIELDS(weight_ih, weight_hh, bias_ih, bias_hh)

 private:
  bool rectifies_;
};

}  // namespace xgrad::nn

#pragma GCC diagnostic pop
