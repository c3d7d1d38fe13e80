#pragma once

#include <map>
#include <string>
#include <vector>

#include "op_cases.hpp"
#include "tests/support/test.hpp"

/// @file
/// PyTorch's results for the operation cases, as tests/golden/ops.py wrote them.

namespace xgrad::test {

struct Golden {
  std::string fingerprint;
  DType dtype;
  Shape shape;
  Doubles values;
  /// By input: d<w, y>/dx_i with w = weights(…, 0), and d(sum_i <w_i, that>)/dx_j with
  /// w_i = weights(…, direction_offset(i)).
  std::map<std::size_t, Doubles> first, second;
};

/// The results for the samples of one operation, in their order; empty for an unknown one.
const std::vector<Golden>& golden(const std::string& op);

/// Calls check(sample, golden) for every sample of the operation, naming it in failures. Fails when
/// the golden values are not those of this table.
template <class Check>
void for_each_sample(const OpCase& op, Check check) {
  const std::vector<Golden>& expected = golden(op.name);
  ASSERT_EQ(expected.size(), op.samples.size())
      << "tests/golden/ops.json is out of date. With Debian's python3-torch installed, run\n"
         "  dump_op_cases | python3 tests/golden/ops.py";
  for (std::size_t i = 0; i < op.samples.size(); ++i) {
    SCOPED_TRACE(describe(op.samples[i]));
    check(op.samples[i], expected[i]);
  }
}

/// How near results of this dtype, computed from the same formula, come to one another.
double tolerance_of(DType dtype);

/// The gradients d<weights, y>/dx of a result, one for each input (undefined where none is taken).
/// Where there is no graph, the gradients are zeros.
Tensors first_gradients(const Sample& sample, const Tensors& inputs, const Tensor& result,
                        bool create_graph);
/// The gradients of the sum of <weights, those>.
Tensors second_gradients(const Sample& sample, const Tensors& inputs, const Tensors& first);

}  // namespace xgrad::test
