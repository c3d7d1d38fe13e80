// Random graphs: the bytes choose inputs, operations and their arguments. Every graph is swept
// twice; one of smooth operations is also compared with differences, to second order.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <limits>
#include <span>

#include "autograd/creation.hpp"
#include "autograd/engine.hpp"
#include "autograd/gradcheck.hpp"
#include "autograd/ops.hpp"
#include "autograd/print.hpp"
#include "autograd/random.hpp"
#include "fuzz.hpp"

namespace {

using namespace xgrad;

constexpr std::size_t max_numel = 64;

struct Operation {
  const char* name;
  /// Of two tensors that there are, and of two numbers from -3 to 4.
  Tensor (*call)(const Tensor& a, const Tensor& b, int i, int j);
};

#define OPERATION(expression)                                                               \
  {                                                                                         \
    #expression,                                                                            \
        []([[maybe_unused]] const Tensor& a, [[maybe_unused]] const Tensor& b,              \
           [[maybe_unused]] int i, [[maybe_unused]] int j) -> Tensor { return expression; } \
  }

/// Differentiable everywhere, so that differences can check them.
const Operation smooth[] = {
    OPERATION(a + b),
    OPERATION(a - b),
    OPERATION(a* b),
    OPERATION(a * 0.5 - i),
    OPERATION(a / (1 + square(b))),
    OPERATION(sin(a)),
    OPERATION(tanh(a)),
    OPERATION(exp(-square(a))),
    OPERATION(log1p(square(a))),
    OPERATION(rsqrt(1 + square(a))),
    OPERATION(hypot(a, 1 + square(b))),
    OPERATION(erf(a)),
    OPERATION(gelu(a)),
    OPERATION(softplus(a)),
    OPERATION(pow(a, 2)),
    OPERATION(sum(a)),
    OPERATION(sum(a, {i, j})),
    OPERATION(mean(a, i, true)),
    OPERATION(prod(a, i)),
    OPERATION(var(a, i)),
    OPERATION(centered(a, i)),
    OPERATION(logsumexp(a, i)),
    OPERATION(softmax(a, i)),
    OPERATION(log_softmax(a, i)),
    OPERATION(cumsum(a, i)),
    OPERATION(cumprod(a, i)),
    OPERATION(logcumsumexp(a, i)),
    OPERATION(matmul(a, b)),
    OPERATION(linear(a, b)),
    OPERATION(outer(a, b)),
    OPERATION(kron(a, b)),
    OPERATION(tensordot(a, b, i)),
    OPERATION(einsum("...i,i...->...", {a, b})),
    OPERATION(solve(a + 8 * eye(a.size(-1), float64), b)),
    OPERATION(det(a)),
    OPERATION(trace(a, i)),
    OPERATION(conv1d(a, b, {}, {.padding = i})),
    OPERATION(avg_pool1d(a, i, {.padding = j})),
    OPERATION(conv2d(a, b, {}, {.stride = i, .padding = {0, j}})),
    OPERATION(conv2d(a, b, {}, {.dilation = {i, j}, .groups = 2})),
    OPERATION(conv_transpose1d(a, b, {}, {.stride = i, .output_padding = j})),
    OPERATION(conv_transpose2d(a, b, {}, {.stride = {i, j}, .padding = 1})),
    OPERATION(unfold(a, {i, j}, {.padding = 1})),
    OPERATION(fold(a, {i, 3}, {j, 1})),
    OPERATION(avg_pool2d(a, {i, 1}, {.stride = j, .ceil_mode = true})),
    OPERATION(adaptive_avg_pool2d(a, {i, j})),
    OPERATION(interpolate(a, {.size = {i, j}, .mode = InterpolateMode::bilinear})),
    OPERATION(linalg::matrix_exp(a)),
    OPERATION(linalg::matrix_power(a, std::abs(i))),
    OPERATION(linalg::cross(a, b, i)),
    OPERATION(linalg::multi_dot({a, b, a})),
    OPERATION(reshape(a, {i, j})),
    OPERATION(flatten(a, i, j)),
    OPERATION(squeeze(a)),
    OPERATION(unsqueeze(a, i)),
    OPERATION(transpose(a, i, j)),
    OPERATION(moveaxis(a, i, j)),
    OPERATION(broadcast_to(a, b.shape())),
    OPERATION(concatenate({a, b, a}, i)),
    OPERATION(stack({a, b}, i)),
    OPERATION(slice(a, i, j, -1, 2)),
    OPERATION(slice(a, i, 3, j, -1)),
    OPERATION(select(a, i, j)),
    OPERATION(split(a, i, j).back()),
    OPERATION(diff(a, i, j)),
    OPERATION(pad(a, {{i, j}})),
    OPERATION(tril(a, i)),
    OPERATION(triu(a, i)),
    OPERATION(diag(a, i)),
    OPERATION(diagonal(a, i, j, -1)),
    OPERATION(flip(a, i)),
    OPERATION(tile(a, {i, j})),
    OPERATION(repeat(a, i, j)),
    OPERATION(roll(a, i, j)),
    OPERATION(take(a, b, i)),
    OPERATION(gather(a, i, b)),
    OPERATION(scatter_add(a, i, b, a)),
    OPERATION(index(a, {{b}})),
    OPERATION(index_put(a, {{b}}, sum(a), true)),
    OPERATION(masked_select(a, b)),
    OPERATION(masked_fill(a, b, i)),
    OPERATION(where(b, a, square(a))),
};

/// With kinks, jumps, poles or another dtype, or refused for some values.
const Operation rough[] = {
    OPERATION(relu(a)),
    OPERATION(abs(a)),
    OPERATION(maximum(a, b)),
    OPERATION(max(a, i)),
    OPERATION(min(a)),
    OPERATION(clamp(a, i, j)),
    OPERATION(log(a)),
    OPERATION(a / b),
    OPERATION(pow(a, b)),
    OPERATION(lgamma(a)),
    OPERATION(floor_divide(a, b)),
    OPERATION(remainder(a, b)),
    OPERATION(fmod(a, b)),
    OPERATION(norm(a, i, j)),
    OPERATION(sort(a, i).values),
    OPERATION(topk(a, i, j).indices),
    OPERATION(median(a, i)),
    OPERATION(quantile(a, sigmoid(b), i)),
    OPERATION(argmax(a, i)),
    OPERATION(a < b),
    OPERATION(logical_and(a, b)),
    OPERATION(nonzero(a)),
    OPERATION(unique(a).values),
    OPERATION(bincount(a, b, i)),
    OPERATION(searchsorted(a, b)),
    OPERATION(max_pool1d(a, i, {.padding = j})),
    OPERATION(inverse(a)),
    OPERATION(cholesky(a)),
    OPERATION(max_pool2d(a, {i, j}, {.stride = 2, .padding = 1, .ceil_mode = true})),
    OPERATION(adaptive_max_pool2d(a, {i, j})),
    OPERATION(interpolate(a, {.scale_factor = i * 0.4})),
    OPERATION(linalg::svdvals(a)),
    OPERATION(linalg::svd(a).U),
    OPERATION(linalg::eigh(a).eigenvectors),
    OPERATION(linalg::qr(a).Q),
    OPERATION(linalg::pinv(a)),
    OPERATION(linalg::lstsq(a, b)),
    OPERATION(linalg::matrix_power(a, i)),
    OPERATION(linalg::slogdet(a).logabsdet),
    OPERATION(linalg::solve_triangular(a, b)),
    OPERATION(linalg::cond(a, i)),
    OPERATION(linalg::norm(a, i)),
    OPERATION(histogram(a, i).counts),
    OPERATION(histogram(a, b).counts),
    OPERATION(a.to(float32)),
    OPERATION(a.to(int64)),
    OPERATION(a.to(uint8)),
    OPERATION(a.to(boolean)),
    OPERATION(a.detach()),
    OPERATION(one_hot(a, a.numel())),
};

/// The bytes as numbers; 0 after their end.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  bool empty() const { return rest_.empty(); }
  std::size_t below(std::size_t n) {
    if (empty()) return 0;
    const std::size_t value = rest_.front() % n;
    rest_ = rest_.subspan(1);
    return value;
  }

 private:
  std::span<const std::uint8_t> rest_;
};

struct Step {
  Operation operation;
  std::size_t a, b;
  int i, j;
};

/// Where differences are taken, all floats are float64.
Tensor make_input(Bytes& bytes, bool checked) {
  constexpr DType dtypes[] = {float64, float64, float64, float64, float32, int64, uint8, boolean};
  constexpr std::size_t extents[] = {2, 3, 1, 2, 3, 4, 0, 1};
  const DType dtype = dtypes[bytes.below(std::size(dtypes))];
  Shape shape;
  for (std::size_t axes = bytes.below(5); axes > 0; --axes)
    shape.push_back(extents[bytes.below(std::size(extents))]);
  const bool floats = is_floating(dtype);
  if (checked && floats) return uniform(-1.5, 1.5, shape, {float64, dtype == float64});
  if (checked) return randint(0, 3, shape).to(dtype);
  using Limits = std::numeric_limits<double>;
  constexpr double scales[] = {1, 1, 1, -1, 0, 1e38, Limits::infinity(), Limits::quiet_NaN()};
  const double scale = scales[bytes.below(std::size(scales))];
  if (floats) return (uniform(-1.5, 1.5, shape, {dtype}) * scale).detach().requires_grad_();
  return (randint(0, 3, shape).to(float64) * scale).to(dtype);
}

/// All tensors: the inputs and the results of steps. One that is refused, or large, is none.
std::vector<Tensor> run(const std::vector<Step>& steps, std::vector<Tensor> all) {
  for (const Step& step : steps) {
    const Tensor &a = all[step.a % all.size()], &b = all[step.b % all.size()];
    try {
      Tensor result = step.operation.call(a, b, step.i, step.j);
      if (result.numel() <= max_numel) all.push_back(std::move(result));
    } catch (const Error&) {
    }
  }
  return all;
}

/// The places of the last results, up to three, that have a graph.
std::vector<std::size_t> last_results(const std::vector<Tensor>& all) {
  std::vector<std::size_t> places;
  for (std::size_t i = all.size(); i-- > 0 && places.size() < 3;)
    if (all[i].requires_grad() && !all[i].is_leaf()) places.push_back(i);
  return places;
}

/// Differences are exact enough for values that are neither large nor infinite.
bool moderate(const Tensor& t) {
  const std::vector<double> values = t.to_vector<double>();
  return std::ranges::all_of(values, [](double v) { return std::abs(v) < 20; });
}

void expect(const GradcheckReport& report, const std::vector<Step>& steps,
            const std::vector<Tensor>& inputs) {
  if (report) return;
  for (const Tensor& input : inputs) std::cerr << input << ' ' << input.dtype() << '\n';
  for (const Step& step : steps)
    std::cerr << step.operation.name << ", a = " << step.a << ", b = " << step.b
              << ", i = " << step.i << ", j = " << step.j << '\n';
  std::cerr << report.message << '\n';
  std::abort();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  manual_seed(bytes.below(256));
  const bool checked = bytes.below(4) > 0;
  std::vector<Tensor> inputs;
  for (std::size_t count = 1 + bytes.below(3); count > 0; --count)
    inputs.push_back(make_input(bytes, checked));
  std::vector<Step> steps;
  while (!bytes.empty() && steps.size() < 8) {
    std::size_t at =
        bytes.below(checked ? std::size(smooth) : std::size(smooth) + std::size(rough));
    const Operation& operation =
        at < std::size(smooth) ? smooth[at] : rough[at - std::size(smooth)];
    const std::size_t a = bytes.below(16), b = bytes.below(16);
    const auto number = [&] { return static_cast<int>(bytes.below(8)) - 3; };
    const int i = number(), j = number();
    steps.push_back({operation, a, b, i, j});
  }

  const std::vector<Tensor> all = run(steps, inputs);
  const std::vector<std::size_t> places = last_results(all);
  if (places.empty()) return 0;
  const auto chosen = [&](const std::vector<Tensor>& from) {
    std::vector<Tensor> tensors;
    for (const std::size_t place : places) tensors.push_back(from.at(place));
    return tensors;
  };
  std::vector<Tensor> seeds, leaves;
  for (const Tensor& t : chosen(all)) seeds.push_back(ones_like(t));
  std::ranges::copy_if(inputs, std::back_inserter(leaves), &Tensor::requires_grad);
  try {
    Tensor total = zeros({}, float64);
    for (const Tensor& gradient :
         grad(chosen(all), leaves,
              {.grad_outputs = seeds, .create_graph = true, .allow_unused = true}))
      if (gradient.defined()) total = total + sum(gradient).to(float64);
    if (total.requires_grad()) total.backward();
  } catch (const Error&) {  // a derivative that there is not, as that of QR for dependent columns
    if (checked) throw;
  }

  if (!checked || !std::ranges::all_of(all, moderate)) return 0;
  const auto f = [&](const std::vector<Tensor>& x) { return chosen(run(steps, x)); };
  const GradcheckOptions options{.fast = true, .allow_zero = true};
  expect(gradcheck(f, inputs, options), steps, inputs);
  expect(gradgradcheck(f, inputs, options), steps, inputs);
  return 0;
}
