#include "recurrent.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "../autograd/ops.hpp"
#include "../autograd/support/str.hpp"
#include "../autograd/tensor/creation.hpp"
#include "../autograd/tensor/expect.hpp"
#include "dropout.hpp"
#include "init.hpp"

namespace xgrad::nn {
namespace {

// The parameters that read `input` numbers, uniform within 1 / sqrt(hidden).
RecurrentWeights make_weights(std::size_t input, std::size_t hidden, std::size_t gates, bool bias,
                              std::string suffix = "") {
  const double bound = 1 / std::sqrt(static_cast<double>(hidden));
  const auto parameter = [&](const Shape& shape) {
    return init::uniform_(empty(shape, {.requires_grad = true}), -bound, bound);
  };
  RecurrentWeights weights{std::move(suffix),
                           parameter({gates * hidden, input}),
                           parameter({gates * hidden, hidden}),
                           {},
                           {}};
  if (bias) {
    weights.bias_ih = parameter({gates * hidden});
    weights.bias_hh = parameter({gates * hidden});
  }
  return weights;
}

void check_sizes(const char* name, Extent input, Extent hidden) {
  expect<ValueError>(input.value > 0 && hidden.value > 0, name, ": input_size ", input.value,
                     " and hidden_size ", hidden.value, "; expected at least 1 of each");
}

std::size_t size_of(Extent extent) { return static_cast<std::size_t>(extent.value); }

Tensor sum_of(const Tensor& a, const Tensor& b) { return a.defined() ? a + b : Tensor(); }

// For each step t of each sequence, (T, N, 1): t or, within the sequence's own steps, its place
// counted from the end.
Tensor places_from_end(const std::vector<std::int64_t>& lengths, std::size_t steps) {
  std::vector<std::int64_t> places;
  for (std::int64_t t = 0; t < static_cast<std::int64_t>(steps); ++t)
    for (const std::int64_t length : lengths) places.push_back(t < length ? length - 1 - t : t);
  return tensor(places, {steps, lengths.size(), 1});
}

}  // namespace

void visit_field(FieldVisitor& visitor, std::string_view, RecurrentWeights& weights) {
  const auto show = [&](const char* name, Tensor& tensor) {
    visit_field(visitor, name + weights.suffix, tensor);
  };
  show("weight_ih", weights.weight_ih);
  show("weight_hh", weights.weight_hh);
  show("bias_ih", weights.bias_ih);
  show("bias_hh", weights.bias_hh);
}

// ---- networks

detail::Recurrent::Recurrent(const char* name, Extent input_size, Extent hidden_size,
                             std::size_t gates, const RecurrentOptions& options)
    : name_(name), input_size_(input_size), hidden_size_(hidden_size), options_(options) {
  check_sizes(name, input_size, hidden_size);
  expect<ValueError>(options.num_layers > 0, name, ": num_layers is ", options.num_layers,
                     "; expected at least 1");
  expect_fraction(name, "dropout", options.dropout);
  const std::size_t n = size_of(hidden_size);
  for (std::int64_t layer = 0; layer < options.num_layers; ++layer)
    for (const bool reverse : {false, true}) {
      if (reverse && !options.bidirectional) continue;
      const std::size_t input =
          layer == 0 ? size_of(input_size) : (options.bidirectional ? 2 : 1) * n;
      layers.push_back(
          make_weights(input, n, gates, options.bias, str("_l", layer, reverse ? "_reverse" : "")));
    }
}

std::string detail::Recurrent::extra_repr() const {
  std::string text = str(input_size_.value, ", ", hidden_size_.value);
  if (options_.num_layers != 1) text += str(", num_layers=", options_.num_layers);
  if (!options_.bias) text += ", bias=False";
  if (options_.batch_first) text += ", batch_first=True";
  if (options_.dropout != 0) text += str(", dropout=", options_.dropout);
  if (options_.bidirectional) text += ", bidirectional=True";
  return text;
}

detail::Recurrent::Result detail::Recurrent::run(const Tensor& input, const Tensor& h,
                                                 const Tensor& c, const SequenceOptions& call) {
  expect_defined(name_, "x", input);
  const bool batched = input.ndim() == 3;
  expect<ShapeError>((batched || input.ndim() == 2) && input.shape().back() == size_of(input_size_),
                     name_, ": x of shape ", input.shape(), "; expected ",
                     options_.batch_first ? "(N, T, " : "(T, N, ", input_size_.value, ") or (T, ",
                     input_size_.value, ")");
  Tensor x = as_dtype_of(layers[0].weight_hh, input);
  if (!batched) x = unsqueeze(x, 1);
  if (batched && options_.batch_first) x = transpose(x, 0, 1);
  const std::size_t steps = x.size(0), rows = x.size(1), n = size_of(hidden_size_);
  expect<ShapeError>(steps > 0, name_, ": x of shape ", input.shape(),
                     " has no steps; expected at least one");

  // The states of all layers before the first step.
  const auto initial = [&](const char* what, const Tensor& given) {
    Shape shape{layers.size(), rows, n};
    if (!given.defined()) return zeros(shape, {.dtype = x.dtype()});
    if (!batched) shape = {layers.size(), n};
    expect<ShapeError>(given.shape() == shape, name_, ": ", what, " of shape ", given.shape(),
                       "; expected ", shape, ", (layers and directions", batched ? ", N" : "",
                       ", hidden_size)");
    const Tensor state = as_dtype_of(layers[0].weight_hh, given);
    return batched ? state : unsqueeze(state, 1);
  };
  const Tensor h0 = initial("h", h), c0 = has_cell() ? initial("c", c) : Tensor();

  const std::vector<std::int64_t>& lengths = call.lengths;
  Tensor from_end, own, ends;  // of sequences of unequal length
  if (!lengths.empty()) {
    expect<ShapeError>(lengths.size() == rows, name_, ": ", lengths.size(), " lengths for ", rows,
                       " sequences; expected one for each");
    for (const std::int64_t length : lengths)
      expect<ValueError>(length >= 1 && length <= static_cast<std::int64_t>(steps), name_,
                         ": a length of ", length, "; expected 1 to ", steps, ", the steps of x");
    from_end = places_from_end(lengths, steps);
    const Tensor last = tensor(lengths, {1, rows, 1});
    own = unsqueeze(unsqueeze(arange(static_cast<std::int64_t>(steps)), 1), 2) < last;
    ends = broadcast_to(last - 1, {1, rows, n});
  }
  // The elements at the steps counted from the end.
  const auto reversed = [&](const Tensor& t) {
    return gather(t, 0, broadcast_to(from_end, t.shape()));
  };

  std::vector<Tensor> all_h, all_c;
  for (std::size_t layer = 0, i = 0; i < layers.size(); ++layer) {
    if (layer > 0) x = dropout(x, options_.dropout, is_training());
    if (own.defined()) x = where(own, x, 0);
    std::vector<Tensor> directions;
    for (const bool reverse : {false, true}) {
      if (reverse && !options_.bidirectional) continue;
      const auto number = static_cast<std::int64_t>(i);
      const Tensor first_c = has_cell() ? select(c0, 0, number) : Tensor();
      const bool turns = reverse && own.defined();  // sequences end at different steps
      const States states = sequence(turns ? reversed(x) : x, layers[i], select(h0, 0, number),
                                     first_c, reverse && !turns);
      const auto last = [&](const Tensor& t) {
        return own.defined() ? squeeze(gather(t, 0, ends), 0)
                             : select(t, 0, reverse ? 0 : static_cast<std::int64_t>(steps) - 1);
      };
      all_h.push_back(last(states.h));
      if (has_cell()) all_c.push_back(last(states.c));
      directions.push_back(turns ? reversed(states.h) : states.h);
      ++i;
    }
    x = directions.size() == 1 ? directions[0] : concatenate(directions, 2);
  }
  if (own.defined()) x = where(own, x, 0);
  if (!batched) x = squeeze(x, 1);
  if (batched && options_.batch_first) x = transpose(x, 0, 1);
  const auto stacked = [&](const std::vector<Tensor>& states) {
    if (states.empty()) return Tensor();
    const Tensor all = stack(states);
    return batched ? all : squeeze(all, 1);
  };
  return {x, stacked(all_h), stacked(all_c)};
}

LSTM::LSTM(Extent input_size, Extent hidden_size, const LSTMOptions& options)
    : Recurrent("LSTM", input_size, hidden_size, 4, options) {
  check_parameters(false);
}
LSTMOutput LSTM::forward(const Tensor& x, const LSTMState& state, const SequenceOptions& options) {
  expect<ValueError>(state.h.defined() == state.c.defined(),
                     "LSTM: a state with only one of h and c; expected both or none");
  Result result = run(x, state.h, state.c, options);
  return {result.output, {result.h, result.c}};
}
detail::Recurrent::States LSTM::sequence(const Tensor& x, const RecurrentWeights& w,
                                         const Tensor& h0, const Tensor& c0, bool reverse) const {
  const Tensor y = lstm_sequence(linear(x, w.weight_ih, sum_of(w.bias_ih, w.bias_hh)), w.weight_hh,
                                 h0, c0, reverse);
  return {select(y, 0, 0), select(y, 0, 1)};
}

GRU::GRU(Extent input_size, Extent hidden_size, const GRUOptions& options)
    : Recurrent("GRU", input_size, hidden_size, 3, options) {
  check_parameters(false);
}
RecurrentOutput GRU::forward(const Tensor& x, const Tensor& state, const SequenceOptions& options) {
  const Result result = run(x, state, {}, options);
  return {result.output, result.h};
}
detail::Recurrent::States GRU::sequence(const Tensor& x, const RecurrentWeights& w,
                                        const Tensor& h0, const Tensor&, bool reverse) const {
  return {gru_sequence(linear(x, w.weight_ih, w.bias_ih), w.weight_hh, w.bias_hh, h0, reverse), {}};
}

RNN::RNN(Extent input_size, Extent hidden_size, const RNNOptions& o)
    : Recurrent("RNN", input_size, hidden_size, 1,
                {o.num_layers, o.bias, o.batch_first, o.dropout, o.bidirectional}),
      rectifies_(o.nonlinearity == RNNNonlinearity::relu) {
  check_parameters(false);
}
RecurrentOutput RNN::forward(const Tensor& x, const Tensor& state, const SequenceOptions& options) {
  const Result result = run(x, state, {}, options);
  return {result.output, result.h};
}
detail::Recurrent::States RNN::sequence(const Tensor& x, const RecurrentWeights& w,
                                        const Tensor& h0, const Tensor&, bool reverse) const {
  return {rnn_sequence(linear(x, w.weight_ih, sum_of(w.bias_ih, w.bias_hh)), w.weight_hh, h0,
                       rectifies_, reverse),
          {}};
}

// ---- cells

detail::Cell::Cell(const char* name, Extent input_size, Extent hidden_size, std::size_t gates,
                   bool bias)
    : name_(name), input_size_(input_size), hidden_size_(hidden_size) {
  check_sizes(name, input_size, hidden_size);
  RecurrentWeights weights = make_weights(size_of(input_size), size_of(hidden_size), gates, bias);
  weight_ih = std::move(weights.weight_ih), weight_hh = std::move(weights.weight_hh);
  bias_ih = std::move(weights.bias_ih), bias_hh = std::move(weights.bias_hh);
}

std::string detail::Cell::extra_repr() const {
  return str(input_size_.value, ", ", hidden_size_.value, bias_ih.defined() ? "" : ", bias=False");
}

Tensor detail::Cell::step(const Tensor& x) const {
  expect_defined(name_, "x", x);
  expect<ShapeError>((x.ndim() == 1 || x.ndim() == 2) && x.shape().back() == size_of(input_size_),
                     name_, ": x of shape ", x.shape(), "; expected (N, ", input_size_.value,
                     ") or (", input_size_.value, ")");
  return reshape(as_dtype_of(weight_hh, x), {1, -1, input_size_.value});
}
Tensor detail::Cell::state(const Tensor& x, const char* what, const Tensor& given) const {
  Shape shape = x.shape();
  shape[shape.size() - 1] = size_of(hidden_size_);
  if (!given.defined())
    return zeros({shape.numel() / shape.back(), shape.back()}, {.dtype = weight_hh.dtype()});
  expect<ShapeError>(given.shape() == shape, name_, ": ", what, " of shape ", given.shape(),
                     " with x of shape ", x.shape(), "; expected ", shape);
  return reshape(as_dtype_of(weight_hh, given), {-1, hidden_size_.value});
}
Tensor detail::Cell::result(const Tensor& x, const Tensor& states) {
  const Tensor h = squeeze(states, 0);
  return x.ndim() == 1 ? squeeze(h, 0) : h;
}

LSTMCell::LSTMCell(Extent input_size, Extent hidden_size, const LSTMCellOptions& options)
    : Cell("LSTMCell", input_size, hidden_size, 4, options.bias) {
  check_parameters(false);
}
LSTMState LSTMCell::forward(const Tensor& x, const LSTMState& before) const {
  expect<ValueError>(before.h.defined() == before.c.defined(),
                     "LSTMCell: a state with only one of h and c; expected both or none");
  const Tensor read = linear(step(x), weight_ih, sum_of(bias_ih, bias_hh));
  const Tensor y = lstm_sequence(read, weight_hh, state(x, "h", before.h), state(x, "c", before.c));
  return {result(x, select(y, 0, 0)), result(x, select(y, 0, 1))};
}

GRUCell::GRUCell(Extent input_size, Extent hidden_size, const GRUCellOptions& options)
    : Cell("GRUCell", input_size, hidden_size, 3, options.bias) {
  check_parameters(false);
}
Tensor GRUCell::forward(const Tensor& x, const Tensor& h) const {
  const Tensor read = linear(step(x), weight_ih, bias_ih);
  return result(x, gru_sequence(read, weight_hh, bias_hh, state(x, "h", h)));
}

RNNCell::RNNCell(Extent input_size, Extent hidden_size, const RNNCellOptions& options)
    : Cell("RNNCell", input_size, hidden_size, 1, options.bias),
      rectifies_(options.nonlinearity == RNNNonlinearity::relu) {
  check_parameters(false);
}
Tensor RNNCell::forward(const Tensor& x, const Tensor& h) const {
  const Tensor read = linear(step(x), weight_ih, sum_of(bias_ih, bias_hh));
  return result(x, rnn_sequence(read, weight_hh, state(x, "h", h), rectifies_));
}

}  // namespace xgrad::nn
