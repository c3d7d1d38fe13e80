#include "op_cases.hpp"

#include <algorithm>

#include "op_samples.hpp"

namespace xgrad::test {

const std::vector<OpCase>& op_cases() {
  static const std::vector<OpCase> cases = [] {
    std::vector<OpCase> all;
    for (auto family :
         {elementwise_cases, arithmetic_cases, logic_cases, reduction_cases, statistics_cases,
          ordering_cases, counting_cases, shaping_cases, slicing_cases, rearranging_cases,
          triangular_cases, indexing_cases, linalg_cases, einsum_cases, decomposition_cases,
          spectral_cases, matrix_functions_cases, images_cases})
      for (OpCase& row : family()) all.push_back(std::move(row));
    return all;
  }();
  return cases;
}

std::vector<OpCase> differentiable_op_cases() {
  std::vector<OpCase> cases;
  for (const OpCase& op : op_cases())
    if (std::any_of(op.samples.begin(), op.samples.end(),
                    [](const Sample& sample) { return sample.order > 0; }))
      cases.push_back(op);
  return cases;
}

}  // namespace xgrad::test
