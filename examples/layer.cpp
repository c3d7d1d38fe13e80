// A layer of one's own, used and checked like the library's: RMSNorm, which divides by the root of
// the mean square (Zhang & Sennrich 2019, "Root mean square layer normalization").

#include <iostream>
#include <xgrad.hpp>

using namespace xgrad;

struct RMSNormOptions {
  double eps = 1e-6;   ///< added to the mean square
  bool affine = true;  ///< whether a weight is learnt
};

/// x / sqrt(mean x^2 + eps) weight, the mean being taken over the last axis, of n elements.
class RMSNorm : public nn::Module {
 public:
  explicit RMSNorm(std::size_t n, const RMSNormOptions& options = {}) : options_(options) {
    expect_not_negative("RMSNorm", "eps", options.eps);
    if (options.affine) weight = ones({n}, {.requires_grad = true});
  }
  Tensor forward(const Tensor& input) override {
    const Tensor x = nn::as_dtype_of(weight, input);
    const Tensor y = x * rsqrt(mean(square(x), -1, true) + options_.eps);
    return weight.defined() ? y * weight : y;
  }
  std::string extra_repr() const override { return "eps=" + std::to_string(options_.eps); }

  Tensor weight;  ///< undefined unless affine
  XGRAD_FIELDS(weight)

 private:
  RMSNormOptions options_;
};

int main() {
  manual_seed(0);
  nn::Sequential net{nn::Linear(4, 8), RMSNorm(8, {.eps = 1e-3}), nn::GELU(), nn::Linear(8, 2)};
  std::cout << net << "\n";

  net.to(float64);
  const Tensor x = randn({3, 4}, {.dtype = float64}), labels = tensor({0, 1, 1});
  const auto loss = [&] { return nn::cross_entropy(net(x), labels); };
  std::cout << gradcheck(loss, net.parameters()) << "\n\n";

  optim::Adam adam(net.parameters(), {.lr = 0.01});
  for (int step = 0; step < 100; ++step) {
    adam.zero_grad();
    loss().backward();
    adam.step();
  }
  std::cout << "loss after 100 steps: " << loss().item<double>() << '\n';
  return loss().item<double>() < 0.05 ? 0 : 1;
}
