// What recording costs: elementwise operations on 4 x 4 tensors, where there is little to compute,
// in xgrad and in libtorch; and the memory that a recorded operation holds.

#include <torch/torch.h>

#include <string>
#include <vector>
#include <xgrad.hpp>

#include "autograd/support/allocator.hpp"
#include "side_by_side.hpp"

namespace {

using side_by_side::Contestant;

/// y = op(y, b), 100 times from y = a on: recording and dropping the result, and what a backward
/// pass adds to that. Prints the time of one operation.
template <class XgradOp, class TorchOp>
void compare(const side_by_side::Table& table, const side_by_side::Settings& settings,
             const std::string& name, XgradOp xgrad_op, TorchOp torch_op) {
  const auto chain = [](auto op, const auto& a, const auto& b) {
    auto y = op(a, b);
    for (int i = 1; i < 100; ++i) y = op(y, b);
    return y;
  };
  const xgrad::Tensor a = xgrad::rand({4, 4}, {.requires_grad = true});
  const xgrad::Tensor b = xgrad::rand({4, 4}, {.requires_grad = true});
  const xgrad::Tensor seed = xgrad::ones({4, 4});
  const torch::Tensor ta = torch::rand({4, 4}, torch::requires_grad());
  const torch::Tensor tb = torch::rand({4, 4}, torch::requires_grad());
  const torch::Tensor torch_seed = torch::ones({4, 4});
  std::vector<Contestant> contestants = {
      {"xgrad", [&] { chain(xgrad_op, a, b); }},
      {"libtorch", [&] { chain(torch_op, ta, tb); }},
      {"xgrad with backward", [&] { chain(xgrad_op, a, b).backward(seed); }},
      {"libtorch with backward", [&] { chain(torch_op, ta, tb).backward(torch_seed); }},
  };
  side_by_side::race(contestants, settings);
  table.row(name + " | record", contestants);
  table.row(name + " | backward",
            {side_by_side::difference("xgrad", contestants[2], contestants[0]),
             side_by_side::difference("libtorch", contestants[3], contestants[1])});
}

/// Bytes that a recorded operation and its result take out of the allocator's lists.
template <class Op>
void report_memory(const char* name, Op op) {
  constexpr std::size_t count = 1000;
  const xgrad::Tensor a = xgrad::rand({4, 4}, {.requires_grad = true});
  const xgrad::Tensor b = xgrad::rand({4, 4}, {.requires_grad = true});
  std::vector<xgrad::Tensor> results(count);
  const auto record = [&] {
    for (xgrad::Tensor& result : results) result = op(a, b);
  };
  record();  // so that the lists hold enough
  results.assign(count, xgrad::Tensor());
  const std::size_t before = xgrad::memory::statistics().cached_bytes;
  record();
  const std::size_t after = xgrad::memory::statistics().cached_bytes;
  std::printf("| %s | %.0f |\n", name,
              static_cast<double>(before - after) / static_cast<double>(count));
}

const auto add = [](const auto& a, const auto& b) { return a + b; };
const auto mul = [](const auto& a, const auto& b) { return a * b; };
const auto scale = [](const auto& a, const auto&) { return a * 2; };
const auto tanh_of = [](const auto& a, const auto&) { return tanh(a); };

}  // namespace

int main(int argc, char** argv) {
  side_by_side::keep_memory();
  const side_by_side::Settings settings = side_by_side::parse(argc, argv);
  torch::set_num_threads(1);
  const side_by_side::Table table("Recording on 4 × 4 float32, ns an operation of a chain of 100",
                                  "operation | part", {"xgrad", "libtorch"}, 100);
  compare(table, settings, "y + b", add, add);
  compare(table, settings, "y * b", mul, mul);
  compare(table, settings, "y * 2", scale, scale);
  compare(table, settings, "tanh(y)", tanh_of, tanh_of);
  std::printf("\n| recorded operation on 4 × 4 | bytes held, its result included |\n|---|--:|\n");
  report_memory("a + b", add);
  report_memory("a * b", mul);
  report_memory("a * 2", scale);
  report_memory("tanh(a)", tanh_of);
}
