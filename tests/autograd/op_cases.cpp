#include "op_cases.hpp"

#include "op_samples.hpp"

namespace xgrad::test {

const std::vector<OpCase>& op_cases() {
  static const std::vector<OpCase> cases = [] {
    std::vector<OpCase> all;
    for (auto family : {elementwise_cases, arithmetic_cases, logic_cases, reduction_cases,
                        shaping_cases, indexing_cases, linalg_cases})
      for (OpCase& row : family()) all.push_back(std::move(row));
    return all;
  }();
  return cases;
}

}  // namespace xgrad::test
