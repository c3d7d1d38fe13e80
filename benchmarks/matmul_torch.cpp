// What batches of matrix products cost, in xgrad and in libtorch, and einsum beside matmul.

#include <torch/torch.h>

#include <utility>
#include <vector>
#include <xgrad.hpp>

#include "side_by_side.hpp"

namespace {

using side_by_side::Contestant;

void race(const char* title, std::vector<Contestant> contestants, std::size_t calls) {
  side_by_side::race(contestants, 101, calls);
  side_by_side::report(title, contestants);
}

void square(std::int64_t batch, std::int64_t n, std::size_t calls) {
  const xgrad::Tensor a = xgrad::randn({batch, n, n}), b = xgrad::randn({batch, n, n});
  const torch::Tensor ta = torch::randn({batch, n, n}), tb = torch::randn({batch, n, n});
  std::printf("%ld batches of %ld x %ld\n", batch, n, n);
  race("", {{"libtorch", [&] { torch::matmul(ta, tb); }}, {"xgrad", [&] { matmul(a, b); }}}, calls);
  race("",
       {{"libtorch, A B^T", [&] { torch::matmul(ta, tb.transpose(1, 2)); }},
        {"xgrad",
         [&] {
           xgrad::einsum("bij,bkj->bik", {a, b});
         }}},
       calls);
}

}  // namespace

int main() {
  torch::set_num_threads(1);
  xgrad::set_num_threads(1);
  const torch::NoGradGuard torch_guard;
  const xgrad::NoGrad guard;
  square(64, 64, 20);
  square(1000, 4, 20);
  square(64, 16, 50);
  square(16, 128, 10);

  // The products of attention: q k^T, then weights v.
  const xgrad::Tensor q = xgrad::randn({8, 8, 64, 32}), k = xgrad::randn({8, 8, 64, 32});
  const xgrad::Tensor kt = transpose(k, 2, 3), w = matmul(q, kt);
  const torch::Tensor tq = torch::randn({8, 8, 64, 32}), tk = torch::randn({8, 8, 64, 32});
  race("q k^T of attention",
       {{"matmul of k transposed before", [&] { matmul(q, kt); }},
        {"einsum",
         [&] {
           xgrad::einsum("bhqd,bhkd->bhqk", {q, k});
         }},
        {"matmul and transpose", [&] { matmul(q, transpose(k, 2, 3)); }},
        {"einsum of libtorch",
         [&] {
           torch::einsum("bhqd,bhkd->bhqk", {tq, tk});
         }}},
       20);
  race("weights v of attention",
       {{"matmul", [&] { matmul(w, k); }},
        {"einsum",
         [&] {
           xgrad::einsum("bhqk,bhkd->bhqd", {w, k});
         }}},
       20);
  // What the equation costs.
  const xgrad::Tensor small = xgrad::randn({4, 4});
  const torch::Tensor torch_small = torch::randn({4, 4});
  race("4 x 4",
       {{"matmul", [&] { matmul(small, small); }},
        {"einsum",
         [&] {
           xgrad::einsum("ij,jk->ik", {small, small});
         }},
        {"einsum of libtorch",
         [&] {
           torch::einsum("ij,jk->ik", {torch_small, torch_small});
         }}},
       1000);
}
