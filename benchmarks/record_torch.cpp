// What recording costs: elementwise operations on 4 x 4 tensors, where there is little to compute,
// in xgrad and in libtorch; and the memory that a recorded operation holds.

#include <torch/torch.h>

#include <vector>
#include <xgrad.hpp>

#include "autograd/support/allocator.hpp"
#include "side_by_side.hpp"

namespace {

using side_by_side::Contestant;

/// The medians, in nanoseconds, of recording `op` and dropping the result, and of its backward:
/// what a backward pass adds to that.
struct Costs {
  double record;
  double backward;
};

Costs difference(const std::vector<Contestant>& contestants, std::size_t first) {
  const double record = contestants[first].median();
  return {record, contestants[first + 1].median() - record};
}

/// y = op(y, b), `length` times from y = a on; each figure is divided by their number.
template <class XgradOp, class TorchOp>
void compare(const char* name, XgradOp xgrad_op, TorchOp torch_op, std::size_t length = 1) {
  const auto chain = [length](auto op, const auto& a, const auto& b) {
    auto y = op(a, b);
    for (std::size_t i = 1; i < length; ++i) y = op(y, b);
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
      {"xgrad with backward", [&] { chain(xgrad_op, a, b).backward(seed); }},
      {"libtorch", [&] { chain(torch_op, ta, tb); }},
      {"libtorch with backward", [&] { chain(torch_op, ta, tb).backward(torch_seed); }},
  };
  side_by_side::race(contestants, 51, 2000 / length);
  const Costs ours = difference(contestants, 0), theirs = difference(contestants, 2);
  const auto each = static_cast<double>(length);
  std::printf("%-8s %8.1f %9.1f %7.3f %10.1f %9.1f %7.3f\n", name, ours.record / each,
              theirs.record / each, ours.record / theirs.record, ours.backward / each,
              theirs.backward / each, ours.backward / theirs.backward);
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
  std::printf("%-8s %8.1f\n", name,
              static_cast<double>(before - after) / static_cast<double>(count));
}

const auto add = [](const auto& a, const auto& b) { return a + b; };
const auto mul = [](const auto& a, const auto& b) { return a * b; };
const auto scale = [](const auto& a, const auto&) { return a * 2; };
const auto tanh_of = [](const auto& a, const auto&) { return tanh(a); };

}  // namespace

int main() {
  torch::set_num_threads(1);
  const char* header = "%-8s %8s %9s %7s %10s %9s %7s\n";
  std::printf("one operation on 4 x 4 float32 tensors, medians in ns\n");
  std::printf(header, "", "record", "libtorch", "ratio", "backward", "libtorch", "ratio");
  compare("a + b", add, add);
  compare("a * b", mul, mul);
  compare("a * 2", scale, scale);
  compare("tanh(a)", tanh_of, tanh_of);
  std::printf("\neach of a chain of 100\n");
  std::printf(header, "", "record", "libtorch", "ratio", "backward", "libtorch", "ratio");
  compare("y + b", add, add, 100);
  compare("y * b", mul, mul, 100);
  compare("y * 2", scale, scale, 100);
  compare("tanh(y)", tanh_of, tanh_of, 100);
  std::printf("\nbytes held by a recorded operation, its result included\n");
  report_memory("a + b", add);
  report_memory("a * b", mul);
  report_memory("a * 2", scale);
  report_memory("tanh(a)", tanh_of);
}
