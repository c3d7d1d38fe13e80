// What products of matrices and batches of them cost, in xgrad and in libtorch, and einsum beside
// matmul.

#include <torch/torch.h>

#include <string>
#include <vector>
#include <xgrad.hpp>

#include "side_by_side.hpp"

int main(int argc, char** argv) {
  side_by_side::keep_memory();
  side_by_side::Settings settings = side_by_side::parse(argc, argv);
  settings.seconds = 1;
  torch::set_num_threads(static_cast<int>(settings.threads));
  xgrad::set_num_threads(settings.threads);
  const torch::NoGradGuard torch_guard;
  const xgrad::NoGrad guard;
  using xgrad::einsum;
  const side_by_side::Table table("Products, " + settings.threads_text() + ", µs",
                                  "product | shapes", {"xgrad", "libtorch"});
  const auto compare = [&](const std::string& name, auto f, auto g) {
    std::vector<side_by_side::Contestant> contestants = {{"xgrad", f}, {"libtorch", g}};
    side_by_side::race(contestants, settings);
    table.row(name, contestants);
  };

  for (const std::int64_t n : {4, 16, 64, 256, 1024}) {
    const xgrad::Tensor a = xgrad::randn({n, n});
    const torch::Tensor ta = torch::randn({n, n});
    const std::string shape = std::to_string(n) + " × " + std::to_string(n);
    compare(
        "A B | " + shape, [&] { matmul(a, a); }, [&] { torch::matmul(ta, ta); });
  }
  for (const auto& [batch, n] :
       {std::pair<std::int64_t, std::int64_t>{1000, 4}, {64, 16}, {64, 64}, {16, 128}}) {
    const xgrad::Tensor a = xgrad::randn({batch, n, n});
    const torch::Tensor ta = torch::randn({batch, n, n});
    const std::string shape =
        std::to_string(batch) + " of " + std::to_string(n) + " × " + std::to_string(n);
    compare(
        "A B | " + shape, [&] { matmul(a, a); }, [&] { torch::matmul(ta, ta); });
    compare(
        "A Bᵀ by einsum | " + shape,
        [&] {
          einsum("bij,bkj->bik", {a, a});
        },
        [&] { torch::matmul(ta, ta.transpose(1, 2)); });
  }
  // The products of attention: q kᵀ, then weights v.
  const xgrad::Tensor q = xgrad::randn({8, 8, 64, 32}), w = xgrad::randn({8, 8, 64, 64});
  const torch::Tensor tq = torch::randn({8, 8, 64, 32}), tw = torch::randn({8, 8, 64, 64});
  compare(
      "q kᵀ by einsum | (8, 8, 64, 32)",
      [&] {
        einsum("bhqd,bhkd->bhqk", {q, q});
      },
      [&] {
        torch::einsum("bhqd,bhkd->bhqk", {tq, tq});
      });
  compare(
      "weights v | (8, 8, 64, 64)", [&] { matmul(w, q); }, [&] { torch::matmul(tw, tq); });
}
