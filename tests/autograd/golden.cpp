#include "golden.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "autograd/engine.hpp"

namespace xgrad::test {
namespace {

using nlohmann::json;

double to_number(const json& value) {
  if (value.is_number()) return value.get<double>();
  const std::string text = value.get<std::string>();
  const double inf = std::numeric_limits<double>::infinity();
  return text == "inf" ? inf : text == "-inf" ? -inf : std::numeric_limits<double>::quiet_NaN();
}

std::vector<double> to_numbers(const json& values) {
  std::vector<double> numbers;
  for (const json& value : values) numbers.push_back(to_number(value));
  return numbers;
}

DType to_dtype(const std::string& text) {
  for (DType dtype : {float32, float64, int64, uint8})
    if (text == name(dtype)) return dtype;
  throw std::runtime_error("ops.json: unknown dtype " + text);
}

std::map<std::size_t, std::vector<double>> to_gradients(const json& sample, const char* order) {
  std::map<std::size_t, std::vector<double>> gradients;
  if (sample.contains(order))
    for (const auto& [input, values] : sample[order].items())
      gradients[std::stoul(input)] = to_numbers(values);
  return gradients;
}

Golden to_golden(const json& sample) {
  return {.fingerprint = sample["fingerprint"],
          .dtype = to_dtype(sample["dtype"]),
          .shape = Shape(sample["shape"].get<std::vector<std::size_t>>()),
          .values = to_numbers(sample["values"]),
          .first = to_gradients(sample, "first"),
          .second = to_gradients(sample, "second")};
}

std::map<std::string, std::vector<Golden>> read() {
  const char* path = XGRAD_SOURCE_DIR "/tests/golden/ops.json";
  std::ifstream file(path);
  if (!file) throw std::runtime_error(std::string("cannot open ") + path);
  const json document = json::parse(file);
  std::map<std::string, std::vector<Golden>> all;
  for (const auto& [op, samples] : document.at("cases").items())
    for (const json& sample : samples) all[op].push_back(to_golden(sample));
  return all;
}

// Gradients of `output` for the differentiable inputs; zeros where they do not meet.
std::vector<Tensor> gradients(const Sample& sample, const std::vector<Tensor>& inputs,
                              const Tensor& output, const Tensor& seed, bool create_graph) {
  std::vector<Tensor> wanted;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (is_differentiable(sample, i)) wanted.push_back(inputs[i]);
  std::vector<Tensor> found(wanted.size());
  if (output.requires_grad())
    found = grad({output}, wanted,
                 {.grad_outputs = {seed}, .create_graph = create_graph, .allow_unused = true});
  std::vector<Tensor> all(inputs.size());
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

testing::AssertionResult all_close(const std::vector<double>& actual,
                                   const std::vector<double>& expected, double tolerance) {
  if (actual.size() != expected.size())
    return testing::AssertionFailure()
           << actual.size() << " elements, expected " << expected.size();
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double a = actual[i], e = expected[i];
    const bool close = std::isfinite(e) ? std::abs(a - e) <= tolerance * std::max(1.0, std::abs(e))
                                        : a == e || (std::isnan(a) && std::isnan(e));
    if (!close)
      return testing::AssertionFailure() << std::setprecision(17) << "element " << i << " is " << a
                                         << ", expected " << e << " (difference " << a - e << ")";
  }
  return testing::AssertionSuccess();
}

double tolerance_of(DType dtype) { return dtype == float32 ? 2e-6 : 1e-12; }

std::vector<Tensor> first_gradients(const Sample& sample, const std::vector<Tensor>& inputs,
                                    const Tensor& result, bool create_graph) {
  return gradients(sample, inputs, result, weights(result.shape(), result.dtype(), 0),
                   create_graph);
}

std::vector<Tensor> second_gradients(const Sample& sample, const std::vector<Tensor>& inputs,
                                     const std::vector<Tensor>& first) {
  Tensor total = zeros({}, {.dtype = float64});
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!first[i].defined()) continue;
    const Tensor w = weights(first[i].shape(), first[i].dtype(), direction_offset(i));
    total += sum(first[i] * w).to(float64);
  }
  return gradients(sample, inputs, total, Tensor(), false);
}

}  // namespace xgrad::test
