#pragma once

#include <cstddef>

#include "lanes.hpp"

/// @file
/// One step of the recurrent cells, on the n elements of one sample's state: all gates in one pass,
/// and their gradients in another.

namespace xgrad::kernels {

/// Calls f(load, store) for each register of rows of n elements, of which load(p) and store(p, v)
/// see one.
template <class T, class F>
void for_each_register(std::size_t n, const F& f) {
  using V = Lanes<T>;
  std::size_t j = 0;
  for (; j + V::size <= n; j += V::size)
    f([j](const T* p) { return V::load(p + j); }, [j](T* p, V v) { v.store(p + j); });
  if (j < n)
    f([=](const T* p) { return load_partial(p + j, n - j); },
      [=](T* p, V v) { store_partial(v, p + j, n - j); });
}

template <class T>
Lanes<T> logistic(Lanes<T> x) noexcept {
  return 1 / (1 + exp(-x));
}

/// Long short-term memory. `gates` are i, f, g, o, side by side: what is under their sigmoids and
/// tanh, which becomes their values.
///     c' = f c + i g    h' = o tanh(c')
template <class T>
void lstm_step(T* gates, const T* c, T* c_next, T* h_next, std::size_t n) {
  for_each_register<T>(n, [=](auto load, auto store) {
    const auto i = logistic(load(gates)), f = logistic(load(gates + n));
    const auto g = tanh(load(gates + 2 * n)), o = logistic(load(gates + 3 * n));
    const auto next = f * load(c) + i * g;
    store(gates, i), store(gates + n, f), store(gates + 2 * n, g), store(gates + 3 * n, o);
    store(c_next, next), store(h_next, o * tanh(next));
  });
}
/// From the gradients dh_next + g of h' and dc + gc of c': that of what is under the gates, and, in
/// dc, of c.
template <class T>
void lstm_step_gradient(T* d, T* dc, const T* dh_next, const T* g_h, const T* g_c, const T* gates,
                        const T* c, const T* c_next, std::size_t n) {
  for_each_register<T>(n, [=](auto load, auto store) {
    const auto i = load(gates), f = load(gates + n), g = load(gates + 2 * n),
               o = load(gates + 3 * n), t = tanh(load(c_next));
    const auto dh = load(dh_next) + load(g_h);
    const auto total = load(dc) + load(g_c) + dh * o * (1 - t * t);
    store(d, total * g * i * (1 - i));
    store(d + n, total * load(c) * f * (1 - f));
    store(d + 2 * n, total * i * (1 - g * g));
    store(d + 3 * n, dh * t * o * (1 - o));
    store(dc, total * f);
  });
}

/// Gated recurrent unit. x and hidden are what the input and the state give to r, z, n, side by
/// side; `gates` becomes r, z, n, and hidden's part of n.
///     n = tanh(x_n + r hidden_n)    h' = (1 - z) n + z h
template <class T>
void gru_step(T* gates, const T* x, const T* hidden, const T* h, T* h_next, std::size_t n) {
  for_each_register<T>(n, [=](auto load, auto store) {
    const auto r = logistic(load(x) + load(hidden)), z = logistic(load(x + n) + load(hidden + n));
    const auto own = load(hidden + 2 * n), next = tanh(load(x + 2 * n) + r * own);
    store(gates, r), store(gates + n, z), store(gates + 2 * n, next), store(gates + 3 * n, own);
    store(h_next, next + z * (load(h) - next));
  });
}
/// From the gradient dh + g of h': those of x and of hidden, and, in dh, the part of h's that does
/// not come through hidden.
template <class T>
void gru_step_gradient(T* dx, T* dhidden, T* dh, const T* g_h, const T* gates, const T* h,
                       std::size_t n) {
  for_each_register<T>(n, [=](auto load, auto store) {
    const auto r = load(gates), z = load(gates + n), next = load(gates + 2 * n),
               own = load(gates + 3 * n), total = load(dh) + load(g_h);
    const auto dn = total * (1 - z) * (1 - next * next);
    const auto dr = dn * own * r * (1 - r), dz = total * (load(h) - next) * z * (1 - z);
    store(dx, dr), store(dx + n, dz), store(dx + 2 * n, dn);
    store(dhidden, dr), store(dhidden + n, dz), store(dhidden + 2 * n, dn * r);
    store(dh, total * z);
  });
}

/// The plain cell: h' = tanh(h') or relu(h') in place.
template <class T>
void rnn_step(T* h_next, bool rectifies, std::size_t n) {
  for_each_register<T>(n, [=](auto load, auto store) {
    const auto v = load(h_next);
    store(h_next, rectifies ? where(v < 0, 0, v) : tanh(v));
  });
}
/// From the gradient dh + g of h': that of what is under the tanh or relu.
template <class T>
void rnn_step_gradient(T* d, const T* dh, const T* g_h, const T* h_next, bool rectifies,
                       std::size_t n) {
  for_each_register<T>(n, [=](auto load, auto store) {
    const auto y = load(h_next), total = load(dh) + load(g_h);
    store(d, rectifies ? where(y <= 0, 0, total) : total * (1 - y * y));
  });
}

}  // namespace xgrad::kernels
