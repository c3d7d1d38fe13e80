// What the values of single operations cost, in xgrad and in libtorch, on one thread.

#include <torch/torch.h>

#include <vector>
#include <xgrad.hpp>

#include "side_by_side.hpp"

namespace {

/// Prints the medians, in microseconds, of f(x) and of g(the same elements in libtorch), and their
/// ratio.
template <class F, class G>
void compare(const char* name, const xgrad::Tensor& x, F f, G g) {
  std::vector<std::int64_t> sizes(x.shape().begin(), x.shape().end());
  const torch::Tensor floats =
      torch::from_blob(x.to(xgrad::float64).data<double>().data(), sizes, torch::kFloat64);
  const torch::Tensor tx = floats.to(x.dtype() == xgrad::float32   ? torch::kFloat32
                                     : x.dtype() == xgrad::float64 ? torch::kFloat64
                                     : x.dtype() == xgrad::int64   ? torch::kInt64
                                                                   : torch::kUInt8,
                                     false, true);
  std::vector<side_by_side::Contestant> contestants = {{"xgrad", [&] { f(x); }},
                                                       {"libtorch", [&] { g(tx); }}};
  side_by_side::race(contestants, 51, x.numel() < 10'000 ? 500 : 3);
  const double ours = contestants[0].median() / 1000, theirs = contestants[1].median() / 1000;
  std::printf("%-10s %-8s (", name, xgrad::to_string(x.dtype()));
  for (std::size_t i = 0; i < sizes.size(); ++i) std::printf("%s%ld", i ? ", " : "", sizes[i]);
  std::printf(") %12.2f %12.2f %8.2f\n", ours, theirs, ours / theirs);
}

/// max, min, argmax and argmin along each axis.
void compare_extremes(const xgrad::Tensor& x) {
  for (int axis = 0; axis < static_cast<int>(x.ndim()); ++axis) {
    std::printf("axis %d\n", axis);
    compare(
        "max", x, [=](const auto& a) { max(a, axis); }, [=](const auto& a) { amax(a, axis); });
    compare(
        "min", x, [=](const auto& a) { min(a, axis); }, [=](const auto& a) { amin(a, axis); });
    compare(
        "argmax", x, [=](const auto& a) { argmax(a, axis); },
        [=](const auto& a) { argmax(a, axis); });
    compare(
        "argmin", x, [=](const auto& a) { argmin(a, axis); },
        [=](const auto& a) { argmin(a, axis); });
  }
}

}  // namespace

int main() {
  torch::set_num_threads(1);
  xgrad::set_num_threads(1);
  const torch::NoGradGuard torch_guard;
  const xgrad::NoGrad guard;
  std::printf("values of single operations, medians in us\n%-34s %12s %12s %8s\n", "", "xgrad",
              "libtorch", "ratio");
  const xgrad::Tensor x = xgrad::randn({1000, 1000});
  for (const xgrad::DType dtype : {xgrad::float32, xgrad::float64, xgrad::int64, xgrad::uint8})
    compare_extremes((250 * xgrad::rand({1000, 1000})).to(dtype));
  compare_extremes(xgrad::randn({1000}));
  compare_extremes(xgrad::randn({64, 10}));

  compare(
      "softmax 0", x, [](const auto& a) { softmax(a, 0); }, [](const auto& a) { softmax(a, 0); });
  compare(
      "softmax 1", x, [](const auto& a) { softmax(a, 1); }, [](const auto& a) { softmax(a, 1); });
  compare(
      "gelu", x, [](const auto& a) { xgrad::gelu(a); }, [](const auto& a) { torch::gelu(a); });
  compare(
      "pow", abs(x), [](const auto& a) { pow(a, 2.5); }, [](const auto& a) { pow(a, 2.5); });
  compare(
      "pow(a, a)", abs(x), [](const auto& a) { pow(a, a); }, [](const auto& a) { pow(a, a); });
  compare(
      "topk 10", x, [](const auto& a) { topk(a, 10); }, [](const auto& a) { topk(a, 10); });
}
