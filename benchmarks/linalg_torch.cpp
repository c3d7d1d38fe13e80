// Decompositions of 200 x 200 doubles on one thread: their values beside the bare call of LAPACK,
// and their backward pass beside libtorch's.

#include <torch/torch.h>

#include <string>
#include <vector>
#include <xgrad.hpp>
#include <xtensor-blas/xblas.hpp>
#include <xtensor-blas/xlapack.hpp>

#include "side_by_side.hpp"

namespace {

using side_by_side::Contestant;
using Doubles = std::vector<double>;
using Int = xt::blas_index_t;

constexpr std::size_t n = 200;
constexpr auto order = static_cast<Int>(n);

/// Prints the times of the values in `bare`, xgrad and libtorch, and of backward: what that of all
/// results by `f` adds to recording.
template <class Bare, class Ours, class Theirs>
void compare(const side_by_side::Table& table, const side_by_side::Settings& settings,
             const std::string& name, const xgrad::Tensor& x, Bare bare, Ours f, Theirs g) {
  const xgrad::Tensor constant = x.detach();
  const torch::Tensor torch_constant =
      torch::from_blob(constant.clone().data<double>().data(), {n, n}, torch::kFloat64).clone();
  const torch::Tensor torch_x = torch_constant.clone().requires_grad_();
  std::vector<Contestant> contestants = {
      {"LAPACK", [&] { bare(constant); }},
      {"xgrad", [&] { f(constant); }},
      {"libtorch", [&] { g(torch_constant); }},
      {"xgrad recorded", [&] { f(x); }},
      {"xgrad with backward", [&] { sum(f(x)).backward(); }},
      {"libtorch recorded", [&] { g(torch_x); }},
      {"libtorch with backward", [&] { g(torch_x).sum().backward(); }},
  };
  side_by_side::race(contestants, settings);
  table.row(name + " | value", contestants);
  table.row(name + " | backward",
            {side_by_side::difference("xgrad", contestants[4], contestants[3]),
             side_by_side::difference("libtorch", contestants[6], contestants[5])});
}

}  // namespace

int main(int argc, char** argv) {
  side_by_side::keep_memory();
  const side_by_side::Settings settings = side_by_side::parse(argc, argv);
  torch::set_num_threads(1);
  xgrad::manual_seed(0);
  const xgrad::TensorOptions f64 = {.dtype = xgrad::float64};
  const xgrad::Tensor half = randn({n, n}, f64), b = randn({n, n}, f64);
  const xgrad::Tensor any = half.clone().requires_grad_();
  const xgrad::Tensor positive = (matmul(half, t(half)) + 10 * eye(n, f64)).requires_grad_();
  const torch::Tensor torch_b =
      torch::from_blob(b.clone().data<double>().data(), {n, n}, torch::kFloat64).clone();

  Doubles a(n * n), u(n * n), v(n * n), s(n), work(64 * n * n);
  std::vector<Int> integers(8 * n);
  const auto copy = [&](const xgrad::Tensor& x) { std::ranges::copy(x.data<double>(), a.begin()); };
  const auto size = static_cast<Int>(work.size());

  const side_by_side::Table table("Decompositions of 200 × 200 float64, 1 thread, µs",
                                  "function | part", {"LAPACK", "xgrad", "libtorch"});
  compare(
      table, settings, "solve", any,
      [&](const xgrad::Tensor& x) {
        copy(x);
        std::ranges::copy(b.data<double>(), u.begin());
        cxxlapack::gesv(order, order, a.data(), order, integers.data(), u.data(), order);
      },
      [&](const xgrad::Tensor& x) { return xgrad::linalg::solve(x, b); },
      [&](const torch::Tensor& x) { return torch::linalg_solve(x, torch_b); });
  compare(
      table, settings, "cholesky", positive,
      [&](const xgrad::Tensor& x) {
        copy(x);
        cxxlapack::potrf('U', order, a.data(), order);
      },
      [](const xgrad::Tensor& x) { return xgrad::linalg::cholesky(x); },
      [](const torch::Tensor& x) { return torch::linalg_cholesky(x); });
  compare(
      table, settings, "svd", any,
      [&](const xgrad::Tensor& x) {
        copy(x);
        cxxlapack::gesdd('S', order, order, a.data(), order, s.data(), u.data(), order, v.data(),
                         order, work.data(), size, integers.data());
      },
      [](const xgrad::Tensor& x) {
        const auto [left, values, right] = xgrad::linalg::svd(x);
        return square(left) + values + square(right);
      },
      [](const torch::Tensor& x) {
        const auto [left, values, right] = torch::linalg_svd(x, false);
        return left.square() + values + right.square();
      });
  compare(
      table, settings, "eigh", positive,
      [&](const xgrad::Tensor& x) {
        copy(x);
        integers.resize(3 + 5 * n);
        cxxlapack::syevd('V', 'U', order, a.data(), order, s.data(), work.data(), size,
                         integers.data(), static_cast<Int>(integers.size()));
      },
      [](const xgrad::Tensor& x) {
        const auto [values, vectors] = xgrad::linalg::eigh(x);
        return values + square(vectors);
      },
      [](const torch::Tensor& x) {
        const auto [values, vectors] = torch::linalg_eigh(x);
        return values + vectors.square();
      });
}
