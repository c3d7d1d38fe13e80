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
          spectral_cases, matrix_functions_cases, images_cases, recurrent_cases})
      for (OpCase& row : family()) all.push_back(std::move(row));
    return all;
  }();
  return cases;
}

std::vector<OpRow> op_rows() { return {op_cases().begin(), op_cases().end()}; }

std::vector<OpRow> differentiable_op_rows() {
  std::vector<OpRow> rows = op_rows();
  std::erase_if(rows, [](const OpCase& op) {
    return std::ranges::all_of(op.samples, [](const Sample& sample) { return sample.order == 0; });
  });
  return rows;
}

}  // namespace xgrad::test
