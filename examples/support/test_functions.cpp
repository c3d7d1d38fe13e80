#include "examples/support/test_functions.hpp"

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/elementwise.hpp"

namespace xgrad::examples {

ContourPanel beale() {
  return {.title = "Beale's function",
          .f =
              [](const Tensor& x, const Tensor& y) {
                return square(1.5 - x + x * y) + square(2.25 - x + x * square(y)) +
                       square(2.625 - x + x * square(y) * y);
              },
          .x = {-4.5, 4.5},
          .y = {-4.5, 4.5},
          .levels = {.low = 0.1, .high = 1e5, .count = 22, .logarithmic = true},
          .paths = {},
          .minima = {{3, 0.5}}};
}

ContourPanel six_hump_camel() {
  return {.title = "Six-hump camel function",
          .f =
              [](const Tensor& x, const Tensor& y) {
                const Tensor x2 = square(x), y2 = square(y);
                return (4 - 2.1 * x2 + square(x2) / 3) * x2 + x * y + (-4 + 4 * y2) * y2;
              },
          .x = {-2, 2},
          .y = {-1, 1},
          .levels = {.low = -1, .high = 5.5, .count = 27},
          .paths = {},
          .minima = {{0.08984201310031806, -0.7126564030207396},
                     {-0.08984201310031806, 0.7126564030207396},
                     {1.7036067149699807, -0.7960835686726251},
                     {-1.7036067149699807, 0.7960835686726251},
                     {1.6071047529201972, 0.5686514548841314},
                     {-1.6071047529201972, -0.5686514548841314}}};
}

ContourPanel ellipse() {
  return {.title = "x²/16 + 9 y²",
          .f = [](const Tensor& x, const Tensor& y) { return square(x) / 16 + 9 * square(y); },
          .x = {-3, 1.5},
          .y = {-0.4, 0.4},
          .levels = {.low = 0.002, .high = 2, .count = 16, .logarithmic = true},
          .paths = {},
          .minima = {{0, 0}}};
}

ContourPanel quadratic() {
  return {.title = "x² + y²/2",
          .f = [](const Tensor& x, const Tensor& y) { return square(x) + 0.5 * square(y); },
          .x = {-5, 5},
          .y = {-5, 5},
          .levels = {.low = 0.5, .high = 36.5, .count = 19},
          .paths = {},
          .minima = {{0, 0}}};
}

}  // namespace xgrad::examples
