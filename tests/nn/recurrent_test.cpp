// Recurrent networks and cells, against PyTorch's values (tests/golden/nn_recurrent.py), each
// sequence by itself, and finite differences; what they refuse; truncated backpropagation.

#include "nn/recurrent.hpp"

#include "autograd/gradcheck.hpp"
#include "autograd/ops.hpp"
#include "autograd/random.hpp"
#include "nn/loss.hpp"
#include "optim/clip_grad.hpp"
#include "tests/nn/nn_golden.hpp"

namespace xgrad::test {
namespace {

using Tensors = std::vector<Tensor>;
using Lengths = std::vector<std::int64_t>;

nn::RecurrentOptions options_of(const json& o) {
  return {.num_layers = o["num_layers"],
          .bias = o["bias"],
          .batch_first = o["batch_first"],
          .bidirectional = o["bidirectional"]};
}
nn::RNNNonlinearity nonlinearity_of(const json& o) {
  return o["nonlinearity"] == "relu" ? nn::RNNNonlinearity::relu : nn::RNNNonlinearity::tanh;
}

/// Calls f(module, run) for the module of a case, where run(x, states, lengths) are its results.
template <class F>
void with_module(const json& golden, const F& f) {
  const std::string name = golden["module"];
  const json& o = golden["options"];
  const auto network = [&](auto module) {
    f(module, [&](const Tensor& x, const Tensors& s, const Lengths& lengths) -> Tensors {
      const auto [output, state] =
          module.forward(x, s.empty() ? Tensor() : s[0], {.lengths = lengths});
      return {output, state};
    });
  };
  const auto cell = [&](auto module) {
    f(module, [&](const Tensor& x, const Tensors& s, const Lengths&) -> Tensors {
      return {module.forward(x, s.empty() ? Tensor() : s[0])};
    });
  };
  const auto pair = [](const Tensors& s) {
    return s.empty() ? nn::LSTMState() : nn::LSTMState{s[0], s[1]};
  };
  if (name == "LSTM") {
    nn::LSTM module(3, 2, options_of(o));
    return f(module, [&](const Tensor& x, const Tensors& s, const Lengths& lengths) -> Tensors {
      const auto [output, state] = module.forward(x, pair(s), {.lengths = lengths});
      return {output, state.h, state.c};
    });
  }
  if (name == "LSTMCell") {
    nn::LSTMCell module(3, 2, {.bias = o["bias"]});
    return f(module, [&](const Tensor& x, const Tensors& s, const Lengths&) -> Tensors {
      const auto [h, c] = module.forward(x, pair(s));
      return {h, c};
    });
  }
  if (name == "GRU") return network(nn::GRU(3, 2, options_of(o)));
  if (name == "RNN") {
    const nn::RecurrentOptions r = options_of(o);
    return network(nn::RNN(3, 2,
                           {.num_layers = r.num_layers,
                            .nonlinearity = nonlinearity_of(o),
                            .bias = r.bias,
                            .batch_first = r.batch_first,
                            .bidirectional = r.bidirectional}));
  }
  if (name == "GRUCell") return cell(nn::GRUCell(3, 2, {.bias = o["bias"]}));
  return cell(nn::RNNCell(3, 2, {.bias = o["bias"], .nonlinearity = nonlinearity_of(o)}));
}

TEST(Recurrent, EqualsPyTorch) {
  const json goldens = read_golden("nn_recurrent.json")["cases"];
  EXPECT_EQ(goldens.size(), 128U);
  for (const json& golden : goldens)
    for (const DType dtype : {float64, float32}) {
      SCOPED_TRACE(golden["module"].get<std::string>() + " " + golden["options"].dump());
      with_module(golden, [&](auto& module, const auto& run) {
        module.to(dtype);
        nn::StateDict parameters;
        for (const auto& [key, value] : golden["state_dict"].items())
          parameters[key] = golden_tensor(value, {.dtype = dtype});
        module.load_state_dict(parameters);
        const TensorOptions leaf{.dtype = dtype, .requires_grad = true};
        const Tensor x = golden_tensor(golden["x"], leaf);
        Tensors states;
        for (const json& state : golden["states"]) states.push_back(golden_tensor(state, leaf));
        const Tensors results = run(x, states, golden["lengths"].template get<Lengths>());
        Tensors flat;
        for (std::size_t i = 0; i < results.size(); ++i) {
          expect_golden(results[i], golden["results"][i]);
          flat.push_back(reshape(results[i], {-1}));
        }
        const Tensor all = concatenate(flat);
        all.backward(golden_seed(all));
        expect_golden(x.grad(), golden["gradients"]["x"]);
        for (std::size_t i = 0; i < states.size(); ++i)
          expect_golden(states[i].grad(), golden["gradients"][i == 0 ? "h" : "c"]);
        for (const auto& [key, parameter] : module.named_parameters())
          expect_golden(parameter.grad(), golden["gradients"][key]);
      });
    }
}

TEST(Recurrent, SequencesOfUnequalLengthAreAsEachAlone) {
  nn::LSTM lstm(3, 4, {.num_layers = 2, .bidirectional = true});
  lstm.to(float64);
  const Tensor x = randn({5, 3, 3}, f64);
  const Lengths lengths = {5, 2, 3};
  // What is beyond the end is not read.
  const Tensor padded = where(unsqueeze(unsqueeze(arange(5), 1), 2) < tensor(lengths, {1, 3, 1}), x,
                              std::numeric_limits<double>::quiet_NaN());
  const auto [output, state] = lstm.forward(padded, {}, {.lengths = lengths});
  for (std::int64_t i = 0; i < 3; ++i) {
    const std::int64_t length = lengths[static_cast<std::size_t>(i)];
    const Tensor own = slice(slice(x, 1, i, i + 1), 0, 0, length);
    const auto [alone, last] = lstm.forward(own);
    expect_close(slice(slice(output, 1, i, i + 1), 0, 0, length), alone);
    EXPECT_EQ(sum(abs(slice(slice(output, 1, i, i + 1), 0, length, 5))).item<double>(), 0);
    expect_close(slice(state.h, 1, i, i + 1), last.h);
    expect_close(slice(state.c, 1, i, i + 1), last.c);
  }
  sum(output).backward();
  for (const Tensor& parameter : lstm.parameters())
    EXPECT_TRUE(all(isfinite(parameter.grad())).item<bool>());
}

template <class Net>
void expect_gradients(Net net) {
  net.to(float64);
  Tensors inputs = net.parameters();
  inputs.push_back(randn({3, 2, 2}, {.dtype = float64, .requires_grad = true}));
  const auto f = [&](const Tensors& in) {
    return net.forward(in.back(), {}, {.lengths = {3, 2}}).output;
  };
  EXPECT_TRUE(gradcheck(f, inputs));
  EXPECT_TRUE(gradgradcheck(f, inputs, {.fast = true}));
}

TEST(Recurrent, PassesGradcheckAndGradgradcheck) {
  expect_gradients(nn::LSTM(2, 3, {.num_layers = 2, .bidirectional = true}));
  expect_gradients(nn::GRU(2, 3, {.num_layers = 2, .bidirectional = true}));
  expect_gradients(nn::RNN(2, 3, {.num_layers = 2, .bidirectional = true}));
}

TEST(Recurrent, FusedEqualsComposed) {
  const TensorOptions leaf{.dtype = float64, .requires_grad = true};
  const Tensor h = randn({5, 17}, leaf), c = randn({5, 17}, leaf), bias = randn({51}, leaf);
  const auto expect_equal = [&](const auto& fused, const auto& composed, std::size_t gates) {
    const Tensor x = randn({6, 5, gates * 17}, leaf), w = randn({gates * 17, 17}, leaf);
    const Tensors inputs = {x, w, h, c, bias};
    const auto first = [&](const auto& f) {
      const Tensor y = f(x, w);
      Tensors all = grad({y}, inputs, {.grad_outputs = {cos(y.detach())}, .allow_unused = true});
      all.push_back(y);
      return all;
    };
    const Tensors a = first(fused), b = first(composed);
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].defined(), b[i].defined());
      if (a[i].defined()) expect_close(a[i], b[i], 1e-11);
    }
  };
  for (const bool reverse : {false, true}) {
    expect_equal(
        [&](const Tensor& x, const Tensor& w) { return lstm_sequence(x, w, h, c, reverse); },
        [&](const Tensor& x, const Tensor& w) {
          return detail::composed_lstm(x, w, h, c, reverse);
        },
        4);
    expect_equal(
        [&](const Tensor& x, const Tensor& w) { return gru_sequence(x, w, bias, h, reverse); },
        [&](const Tensor& x, const Tensor& w) {
          return detail::composed_gru(x, w, bias, h, reverse);
        },
        3);
    expect_equal(
        [&](const Tensor& x, const Tensor& w) { return rnn_sequence(x, w, h, false, reverse); },
        [&](const Tensor& x, const Tensor& w) {
          return detail::composed_rnn(x, w, h, false, reverse);
        },
        1);
  }
}

TEST(Recurrent, ATensorMayBeTwoInputs) {
  const Tensor h = randn({1, 2}, {.dtype = float64, .requires_grad = true});
  const Tensor w = randn({8, 2}, f64), x = randn({2, 1, 8}, f64);
  EXPECT_TRUE(
      gradgradcheck([&](const Tensors& in) { return lstm_sequence(x, w, in[0], in[0]); }, {h}));
}

TEST(Recurrent, StatesCarrySequencesOn) {
  for (const bool batch_first : {false, true}) {
    nn::GRU gru(3, 4, {.num_layers = 2, .batch_first = batch_first});
    const Tensor x = randn({6, 6, 3});
    const int time = batch_first ? 1 : 0;
    const auto [whole, last] = gru.forward(x);
    const auto [first, between] = gru.forward(slice(x, time, 0, 2));
    const auto [second, end] = gru.forward(slice(x, time, 2, 6), between);
    expect_close(concatenate({first, second}, time), whole, 1e-6);
    expect_close(end, last, 1e-6);
  }
}

// Truncated backpropagation through time: detach() of the state ends it, and the gradients are
// those of the last part alone.
TEST(Recurrent, DetachedStatesEndBackpropagation) {
  nn::LSTM lstm(2, 3);
  lstm.to(float64);
  const Tensor early = randn({4, 2, 2}, {.dtype = float64, .requires_grad = true});
  const Tensor late = randn({4, 2, 2}, f64);
  const auto [unused, state] = lstm.forward(early);
  sum(lstm.forward(late, {state.h.detach(), state.c.detach()}).output).backward();
  EXPECT_FALSE(early.grad().defined());
  Tensors truncated;
  for (const Tensor& parameter : lstm.parameters()) truncated.push_back(parameter.grad().clone());
  lstm.zero_grad();
  sum(lstm.forward(late, state).output).backward();
  EXPECT_TRUE(early.grad().defined());
  double difference = 0;
  for (std::size_t i = 0; i < truncated.size(); ++i)
    difference += sum(abs(lstm.parameters()[i].grad() - truncated[i])).item<double>();
  EXPECT_GT(difference, 1e-3);
}

TEST(Recurrent, ClippingBoundsGradientsThatExplode) {
  nn::RNN rnn(1, 8, {.nonlinearity = nn::RNNNonlinearity::relu});
  {
    NoGrad guard;
    rnn.layers[0].weight_hh.copy_(2 * eye(8));
  }
  sum(rnn.forward(ones({40, 1, 1})).output).backward();
  EXPECT_GT(optim::clip_grad_norm_(rnn.parameters(), 1), 1e6);
  double squares = 0;
  for (const Tensor& parameter : rnn.parameters())
    squares += sum(square(parameter.grad())).item<double>();
  EXPECT_NEAR(squares, 1, 1e-4);
}

TEST(Recurrent, DropoutIsBetweenLayersInTraining) {
  nn::LSTM two(3, 4, {.num_layers = 2, .dropout = 1});
  const Tensor x = randn({5, 2, 3});
  // The second layer reads zeros: its output does not depend on x.
  expect_close(two.forward(x).output, two.forward(2 * x).output, 0);
  two.eval();
  EXPECT_GT(max(abs(two.forward(x).output - two.forward(2 * x).output)).item<float>(), 1e-3F);
}

TEST(Recurrent, ClonesPrintsAndNames) {
  nn::LSTM lstm(3, 2, {.num_layers = 2, .batch_first = true, .bidirectional = true});
  EXPECT_EQ(lstm.extra_repr(), "3, 2, num_layers=2, batch_first=True, bidirectional=True");
  EXPECT_EQ(nn::GRUCell(3, 2).extra_repr(), "3, 2");
  EXPECT_EQ(nn::LSTMCell(3, 2, {.bias = false}).extra_repr(), "3, 2, bias=False");
  std::vector<std::string> names;
  for (const auto& [name, parameter] : lstm.named_parameters()) names.push_back(name);
  EXPECT_EQ(names.size(), 16U);
  EXPECT_EQ(names[0], "weight_ih_l0");
  EXPECT_EQ(names[7], "bias_hh_l0_reverse");
  EXPECT_EQ(names[12], "weight_ih_l1_reverse");
  nn::LSTM copy = lstm.clone();
  EXPECT_FALSE(copy.layers[0].weight_ih.is(lstm.layers[0].weight_ih));
  for (const Tensor& parameter : lstm.parameters())
    EXPECT_LE(max(abs(parameter)).item<float>(), 1 / std::sqrt(2.0F));
}

TEST(Recurrent, RefusesWhatDoesNotFit) {
  nn::LSTM lstm(3, 2, {.batch_first = true});
  nn::GRU gru(3, 2);
  nn::LSTMCell cell(3, 2);
  const Tensor x = zeros({5, 4, 3}), undefined_state;
  const auto expect_refused = [](const std::string& message,
                                 const std::vector<std::string>& parts) {
    expect_contains(message, parts);
  };
  expect_refused(ERROR_OF(ValueError, nn::LSTM(0, 2)), {"LSTM", "input_size 0", "at least 1"});
  expect_refused(ERROR_OF(ValueError, nn::GRU(3, 2, {.num_layers = 0})),
                 {"GRU", "num_layers is 0"});
  expect_refused(ERROR_OF(ValueError, nn::RNN(3, 2, {.dropout = 1.5})), {"RNN", "dropout", "1.5"});
  expect_refused(ERROR_OF(ValueError, nn::RNNCell(3, -1)), {"RNNCell", "hidden_size -1"});
  expect_refused(ERROR_OF(ShapeError, lstm.forward(zeros({5, 4, 2}))),
                 {"LSTM: x of shape (5, 4, 2)", "(N, T, 3) or (T, 3)"});
  expect_refused(ERROR_OF(ShapeError, gru.forward(zeros({3}))),
                 {"GRU: x of shape (3,)", "(T, N, 3)"});
  expect_refused(ERROR_OF(ShapeError, lstm.forward(zeros({5, 0, 3}))), {"no steps"});
  expect_refused(ERROR_OF(ValueError, gru.forward(Tensor())), {"GRU: x", "undefined"});
  expect_refused(ERROR_OF(ShapeError, gru.forward(x, zeros({1, 5, 2}))),
                 {"GRU: h of shape (1, 5, 2)", "(1, 4, 2)"});
  expect_refused(ERROR_OF(ValueError, lstm.forward(x, {zeros({1, 5, 2}), {}})),
                 {"only one of h and c"});
  expect_refused(ERROR_OF(ShapeError, lstm.forward(x, {}, {.lengths = {1, 2}})),
                 {"2 lengths for 5 sequences"});
  for (const std::int64_t length : {0, 5})
    expect_refused(ERROR_OF(ValueError, lstm.forward(x, {}, {.lengths = {1, 2, 3, 4, length}})),
                   {str("a length of ", length), "1 to 4"});
  expect_refused(ERROR_OF(ShapeError, cell.forward(zeros({2, 4}))),
                 {"LSTMCell: x of shape (2, 4)"});
  expect_refused(ERROR_OF(ShapeError, cell.forward(zeros({2, 3}), {zeros({2}), zeros({2, 2})})),
                 {"LSTMCell: h of shape (2,)", "(2, 2)"});
}

}  // namespace
}  // namespace xgrad::test
