#pragma once

#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include "op_cases.hpp"
#include "tests/support/constants.hpp"

/// @file
/// What the rows of op_cases/*.cpp are built from: inputs, calls that must throw, and whole
/// families of operations; and the parts of the table, one for each file of autograd/ops.

namespace xgrad::test {

// ---- inputs

inline const Tensor undefined;

inline constexpr Range anywhere{-2, 2};
inline constexpr Range positive{0.25, 3};

/// float64. Drawn as odd multiples of 1/256, of another residue for every input of a sample: no two
/// inputs tie, and none meets a kink at a multiple of 1/32.
inline Input reals(const Shape& shape) { return {.shape = shape}; }
inline Input reals(const Shape& shape, Range range) { return {.shape = shape, .range = range}; }
/// The same, without neighbours within 1/8: for maxima and minima.
inline Input distinct(const Shape& shape) { return {.shape = shape, .distinct = true}; }
/// int64, low <= value < high.
inline Input integers(const Shape& shape, int low, int high) {
  return {.shape = shape, .dtype = int64, .range = {double(low), double(high)}};
}
inline Input mask(const Shape& shape) {
  return {.shape = shape, .dtype = boolean, .range = {0, 2}};
}
inline Input exactly(const Shape& shape, std::vector<double> values, DType dtype = float64) {
  return {.shape = shape, .dtype = dtype, .values = std::move(values)};
}
inline Input as(DType dtype, Input input) {
  input.dtype = dtype;
  return input;
}

/// A row of the table. Draws the inputs; samples of integers alone are not differentiated.
OpCase op(const std::string& name, std::vector<Sample> samples, std::vector<BadCall> bad);

/// A row with more samples, and calls to refuse, than those of its family.
OpCase with(OpCase row, const std::vector<Sample>& samples, const std::vector<BadCall>& bad = {});

/// Samples of one call on several inputs.
std::vector<Sample> each(const std::string& torch, const std::function<Tensor(X)>& call,
                         const std::vector<std::vector<Input>>& inputs);

/// Samples at kinks, infinities and NaN: no finite differences there.
std::vector<Sample> kinks(const std::string& torch, const std::function<Tensor(X)>& call,
                          const std::vector<std::vector<Input>>& inputs, int order = 1);

std::vector<Sample> operator+(std::vector<Sample> a, const std::vector<Sample>& b);

// ---- calls that must throw

template <class E>
BadCall bad(std::function<void()> call, std::vector<std::string> message) {
  return {std::move(call), [](const Error& e) { return typeid(e) == typeid(E); },
          std::move(message)};
}

/// The same for one call, whose operands are copied.
#define BAD(E, call, ...) bad<E>([=] { call; }, {__VA_ARGS__})

// ---- families

struct UnaryTraits {
  Range range = anywhere;  ///< of the samples that are compared with finite differences
  int order = 2;
};

/// f(a) of all shapes, of integers, and at zeros, infinities and NaN.
OpCase unary(const std::string& name, Tensor (*f)(const Tensor&), const std::string& torch,
             UnaryTraits traits = {});

struct BinaryTraits {
  Range left = anywhere;
  Range right = anywhere;
  int order = 2;
  bool infinities = true;  ///< not where PyTorch's gradients there are 0 times infinity
};

using BinaryFunction = Tensor (*)(const TensorOrScalar&, const TensorOrScalar&);

/// f(a, b) of shapes that broadcast either way, numbers on either side, mixed dtypes, and all pairs
/// of zeros, infinities and NaN.
OpCase binary(const std::string& name, BinaryFunction f, const std::string& torch,
              BinaryTraits traits = {});

/// f(a, axes, keepdims). `torch` is the name of a function of (a, dim, keepdim).
OpCase reduction(const std::string& name, Tensor (*f)(const Tensor&, const Axes&, bool),
                 const std::string& torch, Input (*input)(const Shape&),
                 const std::vector<Sample>& extra, std::vector<BadCall> extra_bad);

/// f(a, axis, keepdims) and flat(a): indices.
OpCase arg_reduction(const std::string& name, Tensor (*f)(const Tensor&, int, bool),
                     Tensor (*flat)(const Tensor&), const std::string& torch);

/// f(a, axis). `torch` is the name of a function of (a, dim).
OpCase along_axis(const std::string& name, Tensor (*f)(const Tensor&, int),
                  const std::string& torch);

// ---- the table, in parts

std::vector<OpCase> elementwise_cases();
std::vector<OpCase> arithmetic_cases();
std::vector<OpCase> logic_cases();
std::vector<OpCase> reduction_cases();
std::vector<OpCase> statistics_cases();
std::vector<OpCase> ordering_cases();
std::vector<OpCase> counting_cases();
std::vector<OpCase> shaping_cases();
std::vector<OpCase> slicing_cases();
std::vector<OpCase> rearranging_cases();
std::vector<OpCase> triangular_cases();
std::vector<OpCase> indexing_cases();
std::vector<OpCase> linalg_cases();
std::vector<OpCase> einsum_cases();
std::vector<OpCase> decomposition_cases();
std::vector<OpCase> spectral_cases();
std::vector<OpCase> matrix_functions_cases();
std::vector<OpCase> images_cases();
std::vector<OpCase> recurrent_cases();
/// The row "norm" with the cases of linalg::norm, whose errors have that name too.
OpCase with_matrix_norms(OpCase row);

}  // namespace xgrad::test
