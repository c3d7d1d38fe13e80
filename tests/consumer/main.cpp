// A program outside the project that uses all libraries, defines operations of its own, and
// uses the bridge to xtensor.

#include <xgrad.hpp>
#if defined XTENSOR_VERSION_MAJOR || defined XSIMD_VERSION_MAJOR
#error "<xgrad.hpp> includes xtensor or xsimd"
#endif

#include <autograd/apply.hpp>
#include <autograd/xtensor.hpp>
#include <cstdio>

struct Net : xgrad::nn::Module {
  xgrad::nn::Linear hidden{3, 4};
  xgrad::nn::Linear output{4, 2};
  XGRAD_FIELDS(hidden, output)

  xgrad::Tensor forward(const xgrad::Tensor& x) { return output(xgrad::relu(hidden(x))); }
};

constexpr auto cube_formula = xgrad::formula::unary(
    "cube", [](const auto& x) { return x * x * x; },
    [](const auto& g, const auto& x, const auto&) { return g * 3 * x * x; });

bool own_operations_are_right() {
  const auto halved = xgrad::custom_function(
      "halved", [](const xgrad::Tensor& x) { return x / 2; },
      [](const xgrad::Tensor& g, const xgrad::Tensor&) { return g / 2; });
  const auto shifted = xgrad::xtensor_function(
      "shifted", [](const auto& x) { return x + 1; },
      [](const auto& g, const auto&, const auto&) { return g; });
  const auto f = [&](const xgrad::Tensor& x) {
    return shifted(halved(xgrad::apply(cube_formula, xgrad::view(x, xt::range(1, 33)))));
  };
  const xgrad::Tensor x = xgrad::randn({33}, {.dtype = xgrad::float64}).requires_grad_();
  return xgrad::gradcheck(f, x) && xgrad::gradgradcheck(f, x) && xgrad::check_graph(f(x));
}

int main() {
  xgrad::manual_seed(0);
  if (!own_operations_are_right()) return 1;
  Net net;
  xgrad::optim::Adam adam(net.parameters(), {.lr = 1e-2});
  xgrad::data::TensorDataset dataset(xgrad::randn({8, 3}), xgrad::tensor({0, 1, 0, 1, 0, 1, 0, 1}));
  xgrad::data::DataLoader batches(dataset, {.batch_size = 4});

  float first = 0;
  float last = 0;
  for (int epoch = 0; epoch < 100; ++epoch)
    for (auto& [x, labels] : batches) {
      adam.zero_grad();
      xgrad::Tensor loss = xgrad::nn::cross_entropy(net.forward(x), labels);
      loss.backward();
      adam.step();
      last = loss.item<float>();
      if (epoch == 0) first = last;
    }
  xgrad::nn::save(net, "consumer.safetensors");
  xgrad::nn::load(net, "consumer.safetensors");
  std::remove("consumer.safetensors");
  if (xgrad::as_xarray<float>(net.hidden.weight).shape(0) != 4) return 1;
  std::printf("loss %g -> %g\n", static_cast<double>(first), static_cast<double>(last));
  return last < first ? 0 : 1;
}
