// What the values of single operations cost, in xgrad and in libtorch.

#include <torch/torch.h>

#include <string>
#include <vector>
#include <xgrad.hpp>

#include "side_by_side.hpp"

namespace {

/// The elements of x in libtorch.
torch::Tensor to_torch(const xgrad::Tensor& x) {
  const std::vector<std::int64_t> sizes(x.shape().begin(), x.shape().end());
  xgrad::Tensor copy = x.to(xgrad::float64).clone();
  return torch::from_blob(copy.data<double>().data(), sizes, torch::kFloat64)
      .to(x.dtype() == xgrad::float32   ? torch::kFloat32
          : x.dtype() == xgrad::float64 ? torch::kFloat64
          : x.dtype() == xgrad::int64   ? torch::kInt64
          : x.dtype() == xgrad::uint8   ? torch::kUInt8
                                        : torch::kBool,
          false, true);
}

template <class Tensor>
struct Operands {
  Tensor x, y, positive;  // (1000, 1000)
  Tensor row;             // (1000)
  Tensor column;          // (1000, 1)
  Tensor mask;            // (1000, 1000) boolean
  Tensor index;           // (1000) int64 from 0 to 999
};

class Comparison {
 public:
  explicit Comparison(const side_by_side::Settings& settings) : settings_(settings) {
    ours_.x = xgrad::randn({1000, 1000});
    ours_.y = xgrad::randn({1000, 1000});
    ours_.positive = abs(ours_.x) + 0.1;
    ours_.row = xgrad::randn({1000});
    ours_.column = xgrad::randn({1000, 1});
    ours_.mask = ours_.x > 0;
    ours_.index = xgrad::randint(0, 1000, {1000});
    theirs_ = {to_torch(ours_.x),    to_torch(ours_.y),      to_torch(ours_.positive),
               to_torch(ours_.row),  to_torch(ours_.column), to_torch(ours_.mask),
               to_torch(ours_.index)};
  }

  /// Prints the row of f(operands of xgrad) and g(those of libtorch).
  template <class F, class G>
  void compare(const std::string& name, F f, G g) const {
    std::vector<side_by_side::Contestant> contestants = {{"xgrad", [&] { f(ours_); }},
                                                         {"libtorch", [&] { g(theirs_); }}};
    side_by_side::race(contestants, settings_);
    table_.row(name, contestants);
  }
  template <class F>
  void compare(const std::string& name, F f) const {
    compare(name, f, f);
  }

 private:
  side_by_side::Settings settings_;
  side_by_side::Table table_{
      "Operations on 1000 × 1000 float32, " + settings_.threads_text() + ", µs",
      "operation",
      {"xgrad", "libtorch"}};
  Operands<xgrad::Tensor> ours_;
  Operands<torch::Tensor> theirs_;
};

// An expression of the operands x, y, … that both libraries understand, or one for each of them.
#define EXPRESSION(expression)                                                          \
  [](const auto& operands) {                                                            \
    [[maybe_unused]] const auto& [x, y, positive, row, column, mask, index] = operands; \
    return expression;                                                                  \
  }
#define COMPARE(expression) comparison.compare(#expression, EXPRESSION(expression))
#define COMPARE_AS(name, ours, theirs) \
  comparison.compare(name, EXPRESSION(ours), EXPRESSION(theirs))

void compare_operations(const side_by_side::Settings& settings) {
  const Comparison comparison(settings);
  COMPARE(x + y);
  COMPARE(x * y);
  COMPARE(x / y);
  COMPARE(x * 2);
  COMPARE(x + row);
  COMPARE(x * column);
  COMPARE(x > y);
  COMPARE(maximum(x, y));
  COMPARE(where(mask, x, y));
  COMPARE(clamp(x, -1, 1));
  COMPARE(exp(x));
  COMPARE(log(positive));
  COMPARE(sqrt(positive));
  COMPARE(pow(positive, 2.5));
  COMPARE(pow(positive, positive));
  COMPARE(sin(x));
  COMPARE(tanh(x));
  COMPARE(sigmoid(x));
  COMPARE(relu(x));
  COMPARE_AS("gelu(x)", xgrad::gelu(x), torch::gelu(x));
  COMPARE_AS("softplus(x)", xgrad::softplus(x), torch::softplus(x));
  COMPARE(sum(x));
  COMPARE(sum(x, 0));
  COMPARE(sum(x, 1));
  COMPARE(mean(x, 1));
  COMPARE_AS("var(x, 0)", xgrad::var(x, 0), x.var(0, true));
  COMPARE_AS("var(x, 1)", xgrad::var(x, 1), x.var(1, true));
  COMPARE_AS("max(x, 0)", xgrad::max(x, 0), torch::amax(x, 0));
  COMPARE_AS("max(x, 1)", xgrad::max(x, 1), torch::amax(x, 1));
  COMPARE(argmax(x, 0));
  COMPARE(argmax(x, 1));
  COMPARE(logsumexp(x, 1));
  COMPARE(softmax(x, 0));
  COMPARE(softmax(x, 1));
  COMPARE(log_softmax(x, 1));
  COMPARE(cumsum(x, 0));
  COMPARE(cumsum(x, 1));
  COMPARE(prod(x, 1));
  COMPARE_AS("sort(x)", xgrad::sort(x), torch::sort(x));
  COMPARE_AS("topk(x, 10)", xgrad::topk(x, 10), torch::topk(x, 10));
  COMPARE_AS("t(x)", xgrad::t(x), x.t().contiguous());
  COMPARE_AS("concatenate({x, y})", xgrad::concatenate({x, y}), torch::cat({x, y}));
  COMPARE_AS("flip(x, 1)", xgrad::flip(x, 1), torch::flip(x, 1));
  COMPARE_AS("roll(x, 3, 1)", xgrad::roll(x, 3, 1), torch::roll(x, 3, 1));
  COMPARE(tril(x));
  COMPARE_AS("slice(x, 1, 100, 900)", xgrad::slice(x, 1, 100, 900),
             x.slice(1, 100, 900).contiguous());
  COMPARE_AS("take(x, index, 0)", xgrad::take(x, index, 0), torch::index_select(x, 0, index));
  COMPARE_AS("x[mask]", x[mask], torch::masked_select(x, mask));
  COMPARE(matmul(x, y));
  COMPARE_AS("layer_norm(x)", xgrad::nn::layer_norm(x, {1000}), torch::layer_norm(x, 1000));
}

/// max, min, argmax and argmin along each axis.
void compare_extremes(const side_by_side::Table& table, const side_by_side::Settings& settings,
                      const xgrad::Tensor& x) {
  const torch::Tensor tx = to_torch(x);
  std::string of = std::string(" | ") + xgrad::to_string(x.dtype()) + " | (";
  for (std::size_t i = 0; i < x.ndim(); ++i)
    of += (i > 0 ? ", " : "") + std::to_string(x.shape()[i]);
  for (int axis = 0; axis < static_cast<int>(x.ndim()); ++axis) {
    const auto compare = [&](const char* name, auto f, auto g) {
      std::vector<side_by_side::Contestant> contestants = {{"xgrad", [&] { f(x); }},
                                                           {"libtorch", [&] { g(tx); }}};
      side_by_side::race(contestants, settings);
      table.row(name + of + ") | " + std::to_string(axis), contestants);
    };
    compare(
        "max", [=](auto& a) { max(a, axis); }, [=](auto& a) { amax(a, axis); });
    compare(
        "min", [=](auto& a) { min(a, axis); }, [=](auto& a) { amin(a, axis); });
    compare(
        "argmax", [=](auto& a) { argmax(a, axis); }, [=](auto& a) { argmax(a, axis); });
    compare(
        "argmin", [=](auto& a) { argmin(a, axis); }, [=](auto& a) { argmin(a, axis); });
  }
}

}  // namespace

int main(int argc, char** argv) {
  side_by_side::keep_memory();
  side_by_side::Settings settings = side_by_side::parse(argc, argv);
  settings.seconds = 0.5;
  torch::set_num_threads(static_cast<int>(settings.threads));
  xgrad::set_num_threads(settings.threads);
  const torch::NoGradGuard torch_guard;
  const xgrad::NoGrad guard;
  compare_operations(settings);
  if (settings.threads > 1) return 0;
  const side_by_side::Table table("Extremes, " + settings.threads_text() + ", µs",
                                  "operation | dtype | shape | axis", {"xgrad", "libtorch"});
  for (const xgrad::DType dtype : {xgrad::float64, xgrad::int64, xgrad::uint8})
    compare_extremes(table, settings, (250 * xgrad::rand({1000, 1000})).to(dtype));
  compare_extremes(table, settings, xgrad::randn({1000}));
  compare_extremes(table, settings, xgrad::randn({64, 10}));
}
