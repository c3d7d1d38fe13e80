#pragma once

#include "../tensor/tensor.hpp"

/// @file
/// Recurrent cells over whole sequences: what nn::LSTM, nn::GRU and nn::RNN consist of. One product
/// with the state for each step, the gates of a step in one pass, and, going back, the weights'
/// gradients of all steps in one product. Differentiated again, they are the same composed of
/// elementary operations.
///
/// x (T, N, gates H) is what the input gives to each gate, biases included, for all T steps of N
/// sequences: a `linear` of the whole input. weight_hh is (gates H, H), a state (N, H). From the
/// last step to the first with `reverse`. All throw ValueError for an undefined tensor, DTypeError
/// unless all are of one float dtype, ShapeError for other shapes and for T = 0.

namespace xgrad {

/// @addtogroup recurrent
/// @{

/// (2, T, N, H): the states h after each step, and the cells c. The gates are i, f, g, o:
///     i, f, o = sigmoid(x_t + W h), g = tanh(x_t + W h)    c' = f c + i g    h' = o tanh(c')
/// Source: Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000.
Tensor lstm_sequence(const Tensor& x, const Tensor& weight_hh, const Tensor& h0, const Tensor& c0,
                     bool reverse = false);

/// (T, N, H): the state h after each step. The gates are r, z, n; bias_hh (3 H), which may be
/// undefined, is that of the state's product:
///     r, z = sigmoid(x_t + W h + b)    n = tanh(x_t + r (W h + b))    h' = (1 - z) n + z h
/// Source: Cho et al. 2014, in the form of cuDNN and PyTorch.
Tensor gru_sequence(const Tensor& x, const Tensor& weight_hh, const Tensor& bias_hh,
                    const Tensor& h0, bool reverse = false);

/// (T, N, H): h' = tanh(x_t + W h), or relu of it. Source: Elman 1990.
Tensor rnn_sequence(const Tensor& x, const Tensor& weight_hh, const Tensor& h0,
                    bool rectifies = false, bool reverse = false);

namespace detail {

/// @name The same, composed of other operations, which are recorded: the reference.
/// @{
Tensor composed_lstm(const Tensor& x, const Tensor& weight_hh, const Tensor& h0, const Tensor& c0,
                     bool reverse);
Tensor composed_gru(const Tensor& x, const Tensor& weight_hh, const Tensor& bias_hh,
                    const Tensor& h0, bool reverse);
Tensor composed_rnn(const Tensor& x, const Tensor& weight_hh, const Tensor& h0, bool rectifies,
                    bool reverse);
/// @}

}  // namespace detail

/// @}

}  // namespace xgrad
