#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "autograd/creation.hpp"
#include "autograd/error.hpp"
#include "autograd/ops.hpp"

/// @file
/// The one table of operations. Each row is an operation with samples of its use and calls it must
/// refuse; the tests op_*_test.cpp run over all of them, and tests/golden/ops.py asks PyTorch what
/// their results are. A new operation costs one row in op_cases/.

namespace xgrad::test {

/// The inputs of a call. In the PyTorch expression they are called a, b, c and d.
using X = const std::vector<Tensor>&;

/// What the elements of an input lie between.
struct Range {
  double low;
  double high;
};

/// One input of a sample: numbers that float32 holds exactly.
struct Input {
  Shape shape;
  DType dtype = float64;
  Range range = {-2, 2};
  bool distinct = false;            ///< no two elements within 1/8 of each other
  std::vector<double> values = {};  ///< drawn from the range when left empty
};

/// One call of an operation.
struct Sample {
  std::string torch;  ///< the same call in PyTorch
  std::function<Tensor(X)> call;
  std::vector<Input> inputs;
  int order = 2;        ///< how often it is differentiated: 0 for results without a gradient
  bool numeric = true;  ///< compared with finite differences too: not at kinks and infinities
};

/// A call that must throw.
struct BadCall {
  std::function<void()> call;
  std::function<bool(const Error&)> has_type;
  std::vector<std::string> message;  ///< what the text must contain beside the operation's name
};

struct OpCase {
  std::string name;  ///< of the function in autograd/ops/*.hpp
  std::vector<Sample> samples;
  std::vector<BadCall> bad;
};

const std::vector<OpCase>& op_cases();

/// A row as the parameter of a test: for each of thousands of tests, it is copied some times before
/// any runs.
using OpRow = std::reference_wrapper<const OpCase>;
std::vector<OpRow> op_rows();
/// The operations with a sample that is differentiated.
std::vector<OpRow> differentiable_op_rows();
std::ostream& operator<<(std::ostream& out, const OpCase& op);

/// The inputs of a sample as tensors: float64 ones become `real`, and require a gradient if the
/// sample is differentiable; the others keep their dtype.
std::vector<Tensor> make_inputs(const Sample& sample, DType real = float64);

/// Whether gradients of this input are taken.
bool is_differentiable(const Sample& sample, std::size_t input);

/// "torch.tanh(a) with a (2, 3)": names a sample in failures.
std::string describe(const Sample& sample);

/// A hash of all that the golden values of a sample depend on.
std::string fingerprint(const Sample& sample);

/// Fixed numbers in [-1, 1] without a zero: the cotangents and directions with which gradients are
/// compared. `offset` selects which: 0 for the cotangent, direction_offset(i) for input i.
inline constexpr std::size_t weight_count = 4096;
double weight(std::size_t k);
Tensor weights(const Shape& shape, DType dtype, std::size_t offset);
constexpr std::size_t direction_offset(std::size_t input) { return 101 * (input + 1); }

}  // namespace xgrad::test
