#include "recurrent.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "../graph/engine.hpp"
#include "../kernels/gemm.hpp"
#include "../kernels/recurrent.hpp"
#include "../kernels/reduce.hpp"
#include "../op/operation.hpp"
#include "../support/str.hpp"
#include "../tensor/creation.hpp"
#include "../tensor/expect.hpp"
#include "arithmetic.hpp"
#include "elementwise.hpp"
#include "linalg.hpp"
#include "reduction.hpp"
#include "shaping.hpp"
#include "slicing.hpp"

namespace xgrad {
namespace {

using detail::values;

// The inputs of all three operations; those that one does not have are undefined.
enum Input : std::size_t { x_in, weight_in, bias_in, h_in, c_in };

// What a recording keeps from the way there, and makes on the way back.
struct Kept {
  Tensor gates;                      // values of all gates of all steps
  Tensor hidden_gradient, dh0, dc0;  // the first one: GRU's, of what W h + b is
  std::array<Tensor, 5> recorded;    // gradients that are recorded, until they are passed on
};

struct Sequence {
  bool reverse = false, rectifies = false;
  std::shared_ptr<Kept> kept = nullptr;  // null if nothing is recorded
};

// Extents, and where the steps lie.
struct Steps {
  std::size_t count, rows, n, width;  // width: of all gates of a sample
  bool reverse;

  Steps(const Tensor& x, const Tensor& h, const Sequence& s)
      : count(x.shape()[0]),
        rows(x.shape()[1]),
        n(h.shape()[1]),
        width(x.shape()[2]),
        reverse(s.reverse) {}
  // The place of step k.
  std::size_t at(std::size_t k) const { return reverse ? count - 1 - k : k; }
  std::size_t state() const { return rows * n; }
  // The state before step k, of those after each place.
  template <class T>
  const T* before(std::size_t k, const T* states, const T* first) const {
    return k == 0 ? first : states + at(k - 1) * state();
  }
  // Calls f(row) for all samples, on the library's threads where that pays.
  template <class F>
  void for_each_row(const F& f) const {
    kernels::parallel_ranges(rows, static_cast<double>(n), [&](std::size_t from, std::size_t to) {
      for (std::size_t r = from; r < to; ++r) f(r);
    });
  }
};

// The memory for the gates of all steps, which are kept, or of one.
template <class T>
struct Gates {
  Gates(const Sequence& s, const Tensor& x, std::size_t size) : size_(size) {
    if (s.kept && !s.kept->gates.defined())
      s.kept->gates = empty({x.shape()[0], size}, {.dtype = x.dtype()});
    all_ = s.kept ? values<T>(s.kept->gates) : nullptr;
    if (!all_) one_.emplace(size);
  }
  T* at(std::size_t t) { return all_ ? all_ + t * size_ : one_->begin(); }

 private:
  std::size_t size_;
  T* all_;
  std::optional<memory::Scratch<T>> one_;
};

// ---- forward

struct Lstm {
  static constexpr const char* name = "lstm_sequence";
  static constexpr std::size_t gate_count = 4, results = 2;

  template <class T>
  static void forward(Tensor& out, const Inputs& in, const Sequence& s) {
    const Steps steps(in[x_in], in[h_in], s);
    const std::size_t n = steps.n;
    Gates<T> memory(s, in[x_in], steps.rows * steps.width);
    T* const h = values<T>(out);
    T* const c = h + steps.count * steps.state();
    for (std::size_t k = 0; k < steps.count; ++k) {
      const std::size_t t = steps.at(k), place = t * steps.state();
      T* const now = memory.at(t);
      std::copy_n(values<T>(in[x_in]) + t * steps.rows * steps.width, steps.rows * steps.width,
                  now);
      kernels::gemm(false, true, steps.rows, steps.width, n,
                    steps.before(k, h, values<T>(in[h_in])), values<T>(in[weight_in]), T(1), now);
      const T* const cell = steps.before(k, c, values<T>(in[c_in]));
      steps.for_each_row([&](std::size_t r) {
        kernels::lstm_step(now + r * steps.width, cell + r * n, c + place + r * n,
                           h + place + r * n, n);
      });
    }
  }

  template <class T>
  static void backward(Tensor& d, const Sequence& s, const Tensor& g, const Tensor& weight,
                       const Tensor& y, const Tensor& h0, const Tensor& c0) {
    const Steps steps(d, h0, s);
    const std::size_t n = steps.n, whole = steps.count * steps.state();
    T *const dh = values<T>(s.kept->dh0), *const dc = values<T>(s.kept->dc0);
    const T *const g_h = values<T>(g), *const c = values<T>(y) + whole;
    std::fill_n(dh, steps.state(), T(0));
    std::fill_n(dc, steps.state(), T(0));
    for (std::size_t k = steps.count; k-- > 0;) {
      const std::size_t t = steps.at(k), place = t * steps.state();
      T* const now = values<T>(d) + t * steps.rows * steps.width;
      const T* const gates = values<T>(s.kept->gates) + t * steps.rows * steps.width;
      const T* const cell = steps.before(k, c, values<T>(c0));
      steps.for_each_row([&](std::size_t r) {
        const std::size_t at = r * n;
        kernels::lstm_step_gradient(now + r * steps.width, dc + at, dh + at, g_h + place + at,
                                    g_h + whole + place + at, gates + r * steps.width, cell + at,
                                    c + place + at, n);
      });
      kernels::gemm(false, false, steps.rows, n, steps.width, now, values<T>(weight), T(0), dh);
    }
  }
};

struct Gru {
  static constexpr const char* name = "gru_sequence";
  static constexpr std::size_t gate_count = 3, results = 1;

  template <class T>
  static void forward(Tensor& out, const Inputs& in, const Sequence& s) {
    const Steps steps(in[x_in], in[h_in], s);
    const std::size_t n = steps.n;
    Gates<T> memory(s, in[x_in], steps.rows * 4 * n);
    memory::Scratch<T> hidden(steps.rows * steps.width);
    const bool biased = in[bias_in].defined();
    T* const h = values<T>(out);
    for (std::size_t k = 0; k < steps.count; ++k) {
      const std::size_t t = steps.at(k);
      const T* const before = steps.before(k, h, values<T>(in[h_in]));
      if (biased)
        for (std::size_t r = 0; r < steps.rows; ++r)
          std::copy_n(values<T>(in[bias_in]), steps.width, hidden.begin() + r * steps.width);
      kernels::gemm(false, true, steps.rows, steps.width, n, before, values<T>(in[weight_in]),
                    T(biased ? 1 : 0), hidden.begin());
      const T* const x = values<T>(in[x_in]) + t * steps.rows * steps.width;
      T* const gates = memory.at(t);
      steps.for_each_row([&](std::size_t r) {
        kernels::gru_step(gates + r * 4 * n, x + r * steps.width, hidden.begin() + r * steps.width,
                          before + r * n, h + t * steps.state() + r * n, n);
      });
    }
  }

  template <class T>
  static void backward(Tensor& d, const Sequence& s, const Tensor& g, const Tensor& weight,
                       const Tensor& y, const Tensor& h0, const Tensor&) {
    const Steps steps(d, h0, s);
    const std::size_t n = steps.n;
    T* const dh = values<T>(s.kept->dh0);
    std::fill_n(dh, steps.state(), T(0));
    for (std::size_t k = steps.count; k-- > 0;) {
      const std::size_t t = steps.at(k), place = t * steps.rows * steps.width;
      T* const hidden = values<T>(s.kept->hidden_gradient) + place;
      const T* const gates = values<T>(s.kept->gates) + t * steps.rows * 4 * n;
      const T* const before = steps.before(k, values<T>(y), values<T>(h0));
      steps.for_each_row([&](std::size_t r) {
        kernels::gru_step_gradient(values<T>(d) + place + r * steps.width, hidden + r * steps.width,
                                   dh + r * n, values<T>(g) + t * steps.state() + r * n,
                                   gates + r * 4 * n, before + r * n, n);
      });
      kernels::gemm(false, false, steps.rows, n, steps.width, hidden, values<T>(weight), T(1), dh);
    }
  }
};

struct Rnn {
  static constexpr const char* name = "rnn_sequence";
  static constexpr std::size_t gate_count = 1, results = 1;

  template <class T>
  static void forward(Tensor& out, const Inputs& in, const Sequence& s) {
    const Steps steps(in[x_in], in[h_in], s);
    T* const h = values<T>(out);
    std::copy_n(values<T>(in[x_in]), steps.count * steps.state(), h);
    for (std::size_t k = 0; k < steps.count; ++k) {
      T* const now = h + steps.at(k) * steps.state();
      kernels::gemm(false, true, steps.rows, steps.n, steps.n,
                    steps.before(k, h, values<T>(in[h_in])), values<T>(in[weight_in]), T(1), now);
      steps.for_each_row(
          [&](std::size_t r) { kernels::rnn_step(now + r * steps.n, s.rectifies, steps.n); });
    }
  }

  template <class T>
  static void backward(Tensor& d, const Sequence& s, const Tensor& g, const Tensor& weight,
                       const Tensor& y, const Tensor& h0, const Tensor&) {
    const Steps steps(d, h0, s);
    T* const dh = values<T>(s.kept->dh0);
    std::fill_n(dh, steps.state(), T(0));
    for (std::size_t k = steps.count; k-- > 0;) {
      const std::size_t place = steps.at(k) * steps.state();
      T* const now = values<T>(d) + place;
      steps.for_each_row([&](std::size_t r) {
        const std::size_t at = r * steps.n;
        kernels::rnn_step_gradient(now + at, dh + at, values<T>(g) + place + at,
                                   values<T>(y) + place + at, s.rectifies, steps.n);
      });
      kernels::gemm(false, false, steps.rows, steps.n, steps.n, now, values<T>(weight), T(0), dh);
    }
  }
};

// ---- gradients

// d, the gradient of x; with it those of the first states and of GRU's W h + b, which are kept.
template <class Cell, class C>
const Tensor& gradients_of_steps(const C& c) {
  if (c.shared.defined()) return c.shared;
  const Sequence& s = c.attributes;
  const TensorOptions options{.dtype = c.g.dtype()};
  s.kept->dh0 = empty(c.shape(h_in), options);
  if (Cell::results == 2) s.kept->dc0 = empty(c.shape(h_in), options);
  if (Cell::gate_count == 3) s.kept->hidden_gradient = empty(c.shape(x_in), options);
  Tensor d = empty(c.shape(x_in), options);
  const auto run = [s](Tensor& to, const Tensor& g, const Tensor& weight, const Tensor& y,
                       const Tensor& h0, const Tensor& c0) {
    visit_floating(to.dtype(),
                   [&]<class T>(T) { Cell::template backward<T>(to, s, g, weight, y, h0, c0); });
  };
  const Tensor& h0 = c.input(h_in);
  detail::launch(d, run, c.g, c.input(weight_in), c.output(), h0,
                 Cell::results == 2 ? c.input(c_in) : h0);
  c.shared = d;
  return c.shared;
}

// The gradient of what the states before each step are multiplied by: one product of all steps, and
// that of the first.
template <class C>
void set_weight_gradient(const C& c, InputGradients& out, const Tensor& d) {
  Tensor result = detail::make_tensor("weight_hh", c.shape(weight_in), d.dtype());
  const auto run = [s = c.attributes](Tensor& to, const Tensor& x_gradient, const Tensor& y,
                                      const Tensor& h0) {
    const Tensor& of_gates =
        s.kept->hidden_gradient.defined() ? s.kept->hidden_gradient : x_gradient;
    const Steps steps(of_gates, h0, s);
    const std::size_t step = steps.rows * steps.width;
    visit_floating(to.dtype(), [&]<class T>(T) {
      const T* const gates = values<T>(of_gates);
      kernels::gemm(true, false, steps.width, steps.n, steps.rows, gates + steps.at(0) * step,
                    values<T>(h0), T(0), values<T>(to));
      if (steps.count > 1)
        kernels::gemm(true, false, steps.width, steps.n, (steps.count - 1) * steps.rows,
                      gates + (steps.reverse ? 0 : step),
                      values<T>(y) + (steps.reverse ? steps.state() : 0), T(1), values<T>(to));
    });
  };
  detail::launch(result, run, d, c.output(), c.input(h_in));
  out.set(weight_in, std::move(result));
}

// The gradient of an input by the composed form, which is recorded. All that are needed are
// computed with the first of them.
template <class C, class Composed>
void set_recorded(const C& c, InputGradients& out, const Composed& composed) {
  std::array<Tensor, 5>& gradients = c.attributes.kept->recorded;
  if (!c.shared.defined()) {
    c.shared = c.g;
    std::array<Tensor, 5> in;
    std::vector<Tensor> wanted;
    std::vector<std::size_t> numbers;
    // A node of its own for each, so that an input that occurs twice is not counted twice.
    for (std::size_t i = 0; i < c.node.inputs().size(); ++i) {
      if (c.node.inputs()[i].has_values) in[i] = reshape(c.input(i), c.shape(i));
      if (out.needs(i)) wanted.push_back(in[i]), numbers.push_back(i);
    }
    std::vector<Tensor> found =
        grad({composed(in, c.attributes)}, wanted, {.grad_outputs = {c.g}, .create_graph = true});
    for (std::size_t k = 0; k < found.size(); ++k) gradients[numbers[k]] = std::move(found[k]);
  }
  out.set(c.index, std::move(gradients[c.index]));
}

constexpr unsigned all = reads::input(x_in) | reads::input(weight_in) | reads::input(bias_in) |
                         reads::input(h_in) | reads::input(c_in) | reads::output;

template <class Cell, class Composed, class F>
constexpr auto gradient_of(Composed composed, F f) {
  const auto compute = [composed, f](const auto& c, InputGradients& out) {
    if (is_grad_enabled()) return set_recorded(c, out, composed);
    f(c, out, gradients_of_steps<Cell>(c));
  };
  return Gradient<decltype(compute)>{all, compute};
}

template <class Cell, class Composed>
constexpr auto recurrence(Composed composed) {
  return operation<Sequence>(
      Cell::name,
      [](const Inputs& in, const Sequence& s) {
        const Shape &x = in[x_in].shape(), &h = in[h_in].shape();
        Shape shape = Cell::results == 2 ? Shape{2, x[0], h[0], h[1]} : Shape{x[0], h[0], h[1]};
        Tensor out = empty(shape, {.dtype = in[x_in].dtype()});
        visit_floating(out.dtype(), [&]<class T>(T) { Cell::template forward<T>(out, in, s); });
        return out;
      },
      gradient_of<Cell>(composed, [](const auto& c, InputGradients& out,
                                     const Tensor& d) { out.set(c.index, Tensor(d)); }),
      gradient_of<Cell>(composed, [](const auto& c, InputGradients& out,
                                     const Tensor& d) { set_weight_gradient(c, out, d); }),
      gradient_of<Cell>(composed,
                        [](const auto& c, InputGradients& out, const Tensor&) {
                          const Tensor& d = c.attributes.kept->hidden_gradient;
                          out.set(c.index, sum(d, {0, 1}));
                        }),
      gradient_of<Cell>(composed,
                        [](const auto& c, InputGradients& out, const Tensor&) {
                          out.set(c.index, Tensor(c.attributes.kept->dh0));
                        }),
      gradient_of<Cell>(composed, [](const auto& c, InputGradients& out, const Tensor&) {
        out.set(c.index, Tensor(c.attributes.kept->dc0));
      }));
}

using All = std::array<Tensor, 5>;
constexpr auto lstm_op = recurrence<Lstm>([](const All& in, const Sequence& s) {
  return detail::composed_lstm(in[x_in], in[weight_in], in[h_in], in[c_in], s.reverse);
});
constexpr auto gru_op = recurrence<Gru>([](const All& in, const Sequence& s) {
  return detail::composed_gru(in[x_in], in[weight_in], in[bias_in], in[h_in], s.reverse);
});
constexpr auto rnn_op = recurrence<Rnn>([](const All& in, const Sequence& s) {
  return detail::composed_rnn(in[x_in], in[weight_in], in[h_in], s.rectifies, s.reverse);
});

// Throws what is said in the header, and applies the operation.
template <class Operation>
Tensor run(const Operation& op, std::size_t gates, const Tensor& x, const Tensor& weight,
           const Tensor& bias, const Tensor& h0, const Tensor& c0, Sequence s) {
  const char* const name = op.name();
  expect_defined(name, {{"x", &x}, {"weight_hh", &weight}, {"h0", &h0}});
  expect_floating(name, "x", x);
  expect_same_dtype(name, "weight_hh", weight, "x", x);
  expect_same_dtype(name, "h0", h0, "x", x);
  expect<ShapeError>(x.ndim() == 3 && x.shape()[0] > 0, name, ": x of shape ", x.shape(),
                     "; expected (T, N, ", gates, " H) with at least one step");
  expect<ShapeError>(weight.ndim() == 2 && weight.shape()[0] == gates * weight.shape()[1], name,
                     ": weight_hh of shape ", weight.shape(), "; expected (", gates, " H, H)");
  const std::size_t n = weight.shape()[1];
  expect<ShapeError>(x.shape()[2] == gates * n, name, ": x of shape ", x.shape(),
                     " with weight_hh of shape ", weight.shape(), "; expected (T, N, ", gates * n,
                     ")");
  const Shape state{x.shape()[1], n};
  expect<ShapeError>(h0.shape() == state, name, ": h0 of shape ", h0.shape(), "; expected ", state);
  const Tensor* in[] = {&x, &weight, &bias, &h0, &c0};
  if (is_grad_enabled() && detail::requires_grad(in)) s.kept = std::make_shared<Kept>();
  return op(in, s);
}

// x_t for each step in the order in which they are taken, and results put back into that of places.
template <class Step>
Tensor over_steps(const Tensor& x, bool reverse, const Step& step) {
  std::vector<Tensor> states(x.shape()[0]);
  for (std::size_t k = 0; k < states.size(); ++k) {
    const std::size_t t = reverse ? states.size() - 1 - k : k;
    states[t] = step(select(x, 0, static_cast<std::int64_t>(t)));
  }
  return stack(states);
}

}  // namespace

Tensor detail::composed_lstm(const Tensor& x, const Tensor& weight, const Tensor& h0,
                             const Tensor& c0, bool reverse) {
  Tensor h = h0, c = c0;
  return transpose(over_steps(x, reverse,
                              [&](const Tensor& now) {
                                const std::vector<Tensor> gate =
                                    chunk(now + linear(h, weight), 4, 1);
                                c = sigmoid(gate[1]) * c + sigmoid(gate[0]) * tanh(gate[2]);
                                h = sigmoid(gate[3]) * tanh(c);
                                return stack({h, c});
                              }),
                   0, 1);
}

Tensor detail::composed_gru(const Tensor& x, const Tensor& weight, const Tensor& bias,
                            const Tensor& h0, bool reverse) {
  Tensor h = h0;
  return over_steps(x, reverse, [&](const Tensor& now) {
    const std::vector<Tensor> in = chunk(now, 3, 1), own = chunk(linear(h, weight, bias), 3, 1);
    const Tensor n = tanh(in[2] + sigmoid(in[0] + own[0]) * own[2]);
    h = n + sigmoid(in[1] + own[1]) * (h - n);
    return h;
  });
}

Tensor detail::composed_rnn(const Tensor& x, const Tensor& weight, const Tensor& h0, bool rectifies,
                            bool reverse) {
  Tensor h = h0;
  return over_steps(x, reverse, [&](const Tensor& now) {
    h = now + linear(h, weight);
    h = rectifies ? relu(h) : tanh(h);
    return h;
  });
}

Tensor lstm_sequence(const Tensor& x, const Tensor& weight_hh, const Tensor& h0, const Tensor& c0,
                     bool reverse) {
  expect_defined("lstm_sequence", {{"x", &x}, {"h0", &h0}, {"c0", &c0}});
  expect_same_dtype("lstm_sequence", "c0", c0, "x", x);
  expect_same_shape("lstm_sequence", "c0", c0, "h0", h0);
  return run(lstm_op, 4, x, weight_hh, {}, h0, c0, {.reverse = reverse});
}

Tensor gru_sequence(const Tensor& x, const Tensor& weight_hh, const Tensor& bias_hh,
                    const Tensor& h0, bool reverse) {
  if (bias_hh.defined()) {
    expect_defined("gru_sequence", {{"x", &x}, {"weight_hh", &weight_hh}});
    expect_same_dtype("gru_sequence", "bias_hh", bias_hh, "x", x);
    expect<ShapeError>(weight_hh.ndim() == 2 && bias_hh.shape() == Shape{weight_hh.shape()[0]},
                       "gru_sequence: bias_hh of shape ", bias_hh.shape(),
                       " with weight_hh of shape ", weight_hh.shape(),
                       "; expected (3 H) and (3 H, H)");
  }
  return run(gru_op, 3, x, weight_hh, bias_hh, h0, {}, {.reverse = reverse});
}

Tensor rnn_sequence(const Tensor& x, const Tensor& weight_hh, const Tensor& h0, bool rectifies,
                    bool reverse) {
  return run(rnn_op, 1, x, weight_hh, {}, h0, {}, {.reverse = reverse, .rectifies = rectifies});
}

}  // namespace xgrad
