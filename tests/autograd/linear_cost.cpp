// Operations with many inputs or outputs, n = 500 and 2000, for tests/autograd/linear_cost.py,
// which runs this under callgrind and compares the instructions.

#include <valgrind/callgrind.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "autograd/creation.hpp"
#include "autograd/custom_function.hpp"
#include "autograd/engine.hpp"
#include "autograd/ops.hpp"

using namespace xgrad;

namespace {

using Tensors = std::vector<Tensor>;

Tensor parameter(const Shape& shape) { return full(shape, 0.5, {.requires_grad = true}); }
Tensors parameters(std::size_t n, const Shape& shape) {
  Tensors list;
  for (std::size_t i = 0; i < n; ++i) list.push_back(parameter(shape));
  return list;
}
Tensor sum_of(const Tensors& list) {
  Tensor total = sum(list[0]);
  for (std::size_t i = 1; i < list.size(); ++i) total = total + sum(list[i] * list[i]);
  return total;
}
template <class F>
Tensors collect(std::size_t n, const F& f) {
  Tensors list;
  for (std::size_t i = 0; i < n; ++i) list.push_back(f(static_cast<std::int64_t>(i)));
  return list;
}

const auto joined = custom_function(
    "joined", [](const Tensors& in) { return stack(in); },
    [](const Tensor& g, const Tensors& in) {
      return split(g, 1), collect(in.size(), [&](auto i) { return select(g, 0, i); });
    });

struct Case {
  const char* name;
  std::function<Tensor(std::size_t n, Tensors& inputs)> f;  // a number, of what it appends
};

const Case cases[] = {
    {"stack",
     [](std::size_t n, Tensors& in) { return sum(square(stack(in = parameters(n, {})))); }},
    {"concatenate",
     [](std::size_t n, Tensors& in) { return sum(square(concatenate(in = parameters(n, {2})))); }},
    {"concatenate_one_tensor",
     [](std::size_t n, Tensors& in) {
       in = {parameter({2})};
       return sum(square(concatenate(Tensors(n, in[0] * 2), 0)));
     }},
    {"concatenate_columns",
     [](std::size_t n, Tensors& in) {
       return sum(square(concatenate(in = parameters(n, {2, 1}), 1)));
     }},
    {"split",
     [](std::size_t n, Tensors& in) { return in = {parameter({n})}, sum_of(split(in[0], 1)); }},
    {"split_of_a_result",
     [](std::size_t n, Tensors& in) { return in = {parameter({n})}, sum_of(split(in[0] * 2, 1)); }},
    {"split_columns",
     [](std::size_t n, Tensors& in) {
       return in = {parameter({2, n})}, sum_of(split(in[0] * 2, 1, 1));
     }},
    {"split_and_concatenate",
     [](std::size_t n, Tensors& in) {
       return in = {parameter({n})}, sum(square(concatenate(split(in[0], 1))));
     }},
    {"chunk",
     [](std::size_t n, Tensors& in) {
       return in = {parameter({n})}, sum_of(chunk(in[0], static_cast<std::int64_t>(n)));
     }},
    {"select",
     [](std::size_t n, Tensors& in) {
       in = {parameter({n})};
       return sum_of(collect(n, [&](auto i) { return select(in[0], 0, i); }));
     }},
    {"index",
     [](std::size_t n, Tensors& in) {
       in = {parameter({n, 2})};
       return sum_of(collect(n, [&](auto i) { return in[0][i]; }));
     }},
    {"index_by_tensors",
     [](std::size_t n, Tensors& in) {
       in = {parameter({n, 2})};
       const Tensor x = in[0] * 2;
       return sum_of(collect(n, [&](auto i) { return x[{tensor({i}), 0}]; }));
     }},
    {"rows",
     [](std::size_t n, Tensors& in) {
       in = {parameter({n, 2})};
       return sum_of(Tensors(in[0].begin(), in[0].end()));
     }},
    {"slice",
     [](std::size_t n, Tensors& in) {
       in = {parameter({n + 1})};
       const Tensor x = tanh(in[0]);
       return sum_of(collect(n, [&](auto i) { return slice(x, 0, i, i + 2); }));
     }},
    {"take",
     [](std::size_t n, Tensors& in) {
       in = {parameter({n, 2})};
       return sum_of(collect(n, [&](auto i) { return take(in[0], tensor({i}), 0); }));
     }},
    {"gather",
     [](std::size_t n, Tensors& in) {
       in = {parameter({n})};
       return sum_of(collect(n, [&](auto i) { return gather(in[0], 0, tensor({i})); }));
     }},
    {"custom_function",
     [](std::size_t n, Tensors& in) { return sum(square(joined(in = parameters(n, {})))); }},
    {"uses_of_a_leaf",
     [](std::size_t n, Tensors& in) {
       in = {parameter({2})};
       return sum_of(Tensors(n, in[0]));
     }},
    {"uses_of_a_result",
     [](std::size_t n, Tensors& in) {
       in = {parameter({2})};
       return sum_of(Tensors(n, exp(in[0])));
     }},
    {"leaves", [](std::size_t n, Tensors& in) { return sum_of(in = parameters(n, {2})); }},
    {"hooked_leaves",
     [](std::size_t n, Tensors& in) {
       in = parameters(n, {2});
       for (const Tensor& each : in) each.register_hook([](const Tensor&) {});
       return sum_of(in);
     }},
    {"hooks_of_a_leaf",
     [](std::size_t n, Tensors& in) {
       in = {parameter({2})};
       for (std::size_t i = 0; i < n; ++i) in[0].register_hook([](const Tensor&) {});
       return sum(in[0] * in[0]);
     }},
};

void measured(const std::string& what, std::size_t n, const std::function<void()>& f) {
  const std::string position = what + " " + std::to_string(n);
  CALLGRIND_ZERO_STATS;
  f();
  CALLGRIND_DUMP_STATS_AT(position.c_str());
}

}  // namespace

int main() {
  for (const Case& each : cases)
    for (const std::size_t n : {std::size_t{500}, std::size_t{2000}}) {
      Tensors inputs;
      const std::string name = each.name;
      Tensor y;
      measured(name + "/forward", n, [&] { y = each.f(n, inputs); });
      measured(name + "/backward", n, [&] { y.backward({.retain_graph = true}); });
      Tensors g;
      measured(name + "/grad", n, [&] { g = grad(y, inputs, {.retain_graph = true}); });
      measured(name + "/create_graph", n, [&] { g = grad(y, inputs, {.create_graph = true}); });
      measured(name + "/second", n, [&] { grad(g, inputs, {.grad_outputs = g}); });
    }
}
