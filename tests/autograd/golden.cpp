#include "golden.hpp"

#include "tests/support/golden.hpp"

namespace xgrad::test {
namespace {

std::map<std::size_t, Doubles> to_gradients(const json& sample, const char* order) {
  std::map<std::size_t, Doubles> gradients;
  if (sample.contains(order))
    for (const auto& [input, values] : sample[order].items())
      gradients[std::stoul(input)] = golden_numbers(values);
  return gradients;
}

Golden to_golden(const json& sample) {
  return {.fingerprint = sample["fingerprint"],
          .dtype = golden_dtype(sample["dtype"]),
          .shape = golden_shape(sample["shape"]),
          .values = golden_numbers(sample["values"]),
          .first = to_gradients(sample, "first"),
          .second = to_gradients(sample, "second")};
}

std::map<std::string, std::vector<Golden>> read() {
  const json document = read_golden("ops.json");
  std::map<std::string, std::vector<Golden>> all;
  for (const auto& [op, samples] : document.at("cases").items())
    for (const json& sample : samples) all[op].push_back(to_golden(sample));
  return all;
}

// Gradients of `output` for the differentiable inputs; zeros where they do not meet.
Tensors gradients(const Sample& sample, const Tensors& inputs, const Tensor& output,
                  const Tensor& seed, bool create_graph) {
  Tensors wanted;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (is_differentiable(sample, i)) wanted.push_back(inputs[i]);
  Tensors found(wanted.size());
  if (output.requires_grad())
    found = grad({output}, wanted,
                 {.grad_outputs = {seed}, .create_graph = create_graph, .allow_unused = true});
  Tensors all(inputs.size());
  for (std::size_t i = inputs.size(); i-- > 0;) {
    if (!is_differentiable(sample, i)) continue;
    all[i] = found.back().defined() ? found.back() : zeros_like(inputs[i]);
    found.pop_back();
  }
  return all;
}

}  // namespace

const std::vector<Golden>& golden(const std::string& op) {
  static const std::map<std::string, std::vector<Golden>> all = read();
  static const std::vector<Golden> none;
  const auto found = all.find(op);
  return found == all.end() ? none : found->second;
}

double tolerance_of(DType dtype) { return dtype == float32 ? 2e-6 : 1e-12; }

Tensors first_gradients(const Sample& sample, const Tensors& inputs, const Tensor& result,
                        bool create_graph) {
  return gradients(sample, inputs, result, weights(result.shape(), result.dtype(), 0),
                   create_graph);
}

Tensors second_gradients(const Sample& sample, const Tensors& inputs, const Tensors& first) {
  Tensor total = zeros({}, {.dtype = float64});
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!first[i].defined()) continue;
    const Tensor w = weights(first[i].shape(), first[i].dtype(), direction_offset(i));
    total += sum(first[i] * w).to(float64);
  }
  return gradients(sample, inputs, total, Tensor(), false);
}

}  // namespace xgrad::test
