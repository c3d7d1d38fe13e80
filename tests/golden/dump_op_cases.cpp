// Writes the table of operation cases (tests/autograd/op_cases/) as JSON to standard output:
// what tests/golden/ops.py evaluates in PyTorch.

#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "tests/autograd/op_cases.hpp"

namespace {

using nlohmann::json;
using namespace xgrad;

// JSON has no infinities and no NaN.
json number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

json to_json(const test::Input& input) {
  json values = json::array();
  for (double value : input.values) values.push_back(number(value));
  return {{"dtype", to_string(input.dtype)},
          {"shape", std::vector<std::size_t>(input.shape.begin(), input.shape.end())},
          {"values", values}};
}

json to_json(const test::Sample& sample) {
  json inputs = json::array();
  json offsets = json::array();
  for (std::size_t i = 0; i < sample.inputs.size(); ++i) {
    inputs.push_back(to_json(sample.inputs[i]));
    offsets.push_back(test::direction_offset(i));
  }
  return {{"torch", sample.torch},
          {"order", sample.order},
          {"fingerprint", test::fingerprint(sample)},
          {"inputs", inputs},
          {"direction_offsets", offsets}};
}

}  // namespace

int main() {
  json dump = {{"weights", json::array()}, {"cases", json::object()}};
  for (std::size_t k = 0; k < test::weight_count; ++k) dump["weights"].push_back(test::weight(k));
  for (const test::OpCase& op : test::op_cases()) {
    json& samples = dump["cases"][op.name] = json::array();
    for (const test::Sample& sample : op.samples) samples.push_back(to_json(sample));
  }
  std::cout << dump << '\n';
}
