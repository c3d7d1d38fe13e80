// The side of interchange.py that uses the library.
//   interchange write DIR   writes a network with inputs and its outputs, and arrays
//   interchange check DIR   reads what the script wrote, and compares

#include <cmath>
#include <cstdio>
#include <exception>
#include <string>
#include <xgrad.hpp>

#include "autograd/support/str.hpp"

using namespace xgrad;

namespace {

constexpr double tolerance = 1e-6;

struct Net : nn::Module {
  std::vector<nn::Linear> layers;
  XGRAD_FIELDS(layers)

  Net() {
    const std::size_t widths[] = {784, 100, 100, 50, 10};
    for (int i = 0; i < 4; ++i) layers.emplace_back(widths[i], widths[i + 1]);
  }
  Tensor forward(const Tensor& x) override {
    Tensor y = layers[0](x);
    for (std::size_t i = 1; i < layers.size(); ++i) y = layers[i](relu(y));
    return y;
  }
};

void write(const std::string& directory) {
  manual_seed(5);
  Net net;
  const Tensor inputs = rand({16, 784});
  nn::save(net, directory + "/network.safetensors");
  save_safetensors(directory + "/results.safetensors",
                   {{"inputs", inputs}, {"outputs", net(inputs).detach()}});
  const std::map<std::string, Tensor> arrays{{"float32", randn({3, 4})},
                                             {"float64", randn({2, 0, 3}, {.dtype = float64})},
                                             {"int64", randint(-1000, 1000, {2, 3, 4})},
                                             {"uint8", randint(0, 256, {300}, {.dtype = uint8})},
                                             {"boolean", rand({40}) > 0.5},
                                             {"scalar", tensor(0.1)}};
  save_safetensors(directory + "/arrays.safetensors", arrays);
  data::save_npz(directory + "/arrays.npz", arrays);
  for (const auto& [name, array] : arrays) data::save_npy(directory + "/" + name + ".npy", array);
}

void expect(bool right, const std::string& what) {
  if (!right) throw Error(what);
}

void check(const std::string& directory) {
  Net net;
  nn::load(net, directory + "/network.safetensors");
  const auto results = load_safetensors(directory + "/results.safetensors").tensors;
  const Tensor outputs = net(results.at("inputs")).to(float64);
  const double error = max(abs(outputs - results.at("outputs"))).item<double>();
  std::printf("network from NumPy: largest difference of the outputs %.2g\n", error);
  expect(error <= tolerance, str("outputs differ by ", error));

  const auto expected = load_safetensors(directory + "/arrays.safetensors").tensors;
  const auto arrays = data::load_npz(directory + "/arrays.npz");
  expect(arrays.size() == expected.size(), "arrays.npz has other arrays");
  for (const auto& [name, array] : expected) {
    for (const Tensor& found : {arrays.at(name), data::load_npy(directory + "/" + name + ".npy")})
      expect(found.dtype() == array.dtype() && found.shape() == array.shape() &&
                 found.to_vector<double>() == array.to_vector<double>(),
             name + " differs");
  }
  std::printf("%zu arrays from NumPy are the same\n", arrays.size());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc == 3 ? argv[1] : "";
  if (mode != "write" && mode != "check") return 2;
  try {
    mode == "write" ? write(argv[2]) : check(argv[2]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "interchange: %s\n", error.what());
    return 1;
  }
}
