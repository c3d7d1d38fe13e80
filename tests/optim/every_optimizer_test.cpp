
#include <memory>
#include <ostream>
#include <utility>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "autograd/library.hpp"
#include "autograd/support/allocator.hpp"
#include "autograd/support/str.hpp"
#include "optim/optim.hpp"
#include "tests/optim/count_allocations.hpp"
#include "tests/support/test.hpp"

/// @file
/// What holds for every optimizer that makes one pass over a parameter.

namespace xgrad::test {
namespace {

using namespace optim;

struct Maker {
  const char* name;
  std::function<std::unique_ptr<Optimizer>(const Tensors&)> make;
};

std::ostream& operator<<(std::ostream& out, const Maker& maker) { return out << maker.name; }

template <class O, class Options>
Maker maker(const char* name, const Options& options) {
  return {name, [=](const Tensors& params) { return std::make_unique<O>(params, options); }};
}

/// Every loop, with and without what an option compiles into it.
const Maker makers[] = {
    maker<SGD, SGDOptions>("SGD", {}),
    maker<SGD, SGDOptions>("SGDMomentum", {.momentum = 0.9, .weight_decay = 0.1}),
    maker<SGD, SGDOptions>("SGDNesterov", {.momentum = 0.9, .nesterov = true}),
    maker<ASGD, ASGDOptions>("ASGD", {}),
    maker<ASGD, ASGDOptions>("ASGDAveraging", {.t0 = -1}),
    maker<Adagrad, AdagradOptions>("Adagrad", {}),
    maker<Adadelta, AdadeltaOptions>("Adadelta", {}),
    maker<RMSprop, RMSpropOptions>("RMSprop", {}),
    maker<RMSprop, RMSpropOptions>("RMSpropMomentum", {.momentum = 0.9}),
    maker<RMSprop, RMSpropOptions>("RMSpropCentered", {.centered = true}),
    maker<RMSprop, RMSpropOptions>("RMSpropBoth", {.momentum = 0.9, .centered = true}),
    maker<Adam, AdamOptions>("Adam", {}),
    maker<Adam, AdamOptions>("AdamAmsgrad", {.amsgrad = true}),
    maker<AdamW, AdamWOptions>("AdamW", {}),
    maker<Adamax, AdamaxOptions>("Adamax", {}),
    maker<NAdam, NAdamOptions>("NAdam", {}),
    maker<RAdam, RAdamOptions>("RAdam", {}),
    maker<Rprop, RpropOptions>("Rprop", {}),
};

class EveryOptimizer : public testing::TestWithParam<Maker> {};

INSTANTIATE_TEST_SUITE_P(, EveryOptimizer, testing::ValuesIn(makers),
                         [](const auto& each) { return std::string(each.param.name); });

TEST_P(EveryOptimizer, AllocatesNothingInSteadyState) {
  Tensor a = full({3}, 1, f64_grad);
  Tensor b = full({50, 70}, 1, {.requires_grad = true});
  a.set_grad(ones({3}, f64));
  b.set_grad(ones({50, 70}));
  const auto optimizer = GetParam().make({a, b});
  for (int i = 0; i < 10; ++i) optimizer->step();  // RAdam takes its other loop from step 6 on
  const std::size_t before = allocations();
  const std::size_t blocks = memory::statistics().system_allocations;
  const std::size_t cached = memory::statistics().cached_bytes;
  for (int i = 0; i < 100; ++i) optimizer->step();
  EXPECT_EQ(allocations(), before);
  EXPECT_EQ(memory::statistics().system_allocations, blocks);
  EXPECT_EQ(memory::statistics().cached_bytes, cached);
}

/// The values after some steps, of elements that are a parameter each or one parameter together.
Doubles after_steps(const Maker& maker, DType dtype, bool together) {
  constexpr std::size_t n = 67;  // several vectors and a part of one
  Tensors params;
  for (std::size_t i = 0; i < (together ? 1 : n); ++i)
    params.push_back(zeros({together ? n : 1}, {.dtype = dtype, .requires_grad = true}));
  const auto optimizer = maker.make(params);
  for (std::size_t t = 0; t < 8; ++t) {
    Doubles gradients;
    for (std::size_t i = 0; i < n; ++i)
      gradients.push_back(static_cast<double>((5 * i + 3 * t) % 13) - 6.3);
    const Tensor all = tensor(gradients, {n}, {.dtype = dtype});
    for (std::size_t i = 0; i < params.size(); ++i) {
      const auto at = static_cast<std::int64_t>(i);
      params[i].set_grad(together ? all : slice(all, 0, at, at + 1));
    }
    optimizer->step();
  }
  NoGrad guard;
  return concatenate(params, 0).to_vector<double>();
}

TEST_P(EveryOptimizer, StepsEveryElementAlike) {
  for (const DType dtype : {float32, float64}) {
    const auto together = after_steps(GetParam(), dtype, true);
    const auto alone = after_steps(GetParam(), dtype, false);
    for (std::size_t i = 0; i < alone.size(); ++i) {
      EXPECT_NE(alone[i], 0);
      EXPECT_NEAR(together[i], alone[i], (dtype == float32 ? 1e-6 : 1e-14) * std::abs(alone[i]))
          << "element " << i;
    }
  }
}

template <class T>
bool is_denormal(T value) {
  return std::fpclassify(value) == FP_SUBNORMAL;
}

/// How many values are denormal.
std::size_t count_denormals(const Tensor& tensor) {
  return visit_floating(tensor.dtype(), [&]<class T>(T) {
    return static_cast<std::size_t>(std::ranges::count_if(tensor.data<T>(), is_denormal<T>));
  });
}

TEST_P(EveryOptimizer, KeepsItsStateClearOfDenormals) {
  for (const DType dtype : {float32, float64})
    for (const double gradient : {1e-3, 1e-30, 1e-160, 3e-305}) {
      SCOPED_TRACE(testing::Message() << dtype << ' ' << gradient);
      Tensor x = full({9}, 0.1, {.dtype = dtype, .requires_grad = true});
      const auto optimizer = GetParam().make({x});
      for (int t = 0; t < 10000; ++t) {
        const bool ends = t < 10 || (t > 9000 && gradient < 1e-3);  // the unit has died in between
        x.set_grad(full({9}, ends ? gradient : 0.0, {.dtype = dtype}));
        optimizer->step();
        if (t % 100 > 0 && t < 9990) continue;
        EXPECT_EQ(count_denormals(x), 0) << "after step " << t;
        for (const auto& [key, tensor] : optimizer->state(x).tensors())
          EXPECT_EQ(count_denormals(tensor), 0) << key << " after step " << t;
      }
    }
}

TEST(Optimizer, DecaysParametersPastDenormals) {
  const Maker decaying[] = {
      maker<SGD, SGDOptions>("SGD", {.lr = 0.5, .weight_decay = 0.5}),
      maker<SGD, SGDOptions>("SGDMomentum", {.lr = 0.5, .momentum = 0.5, .weight_decay = 0.5}),
      maker<ASGD, ASGDOptions>("ASGD", {.lr = 0.5, .lambd = 0.5, .alpha = 0}),
      maker<AdamW, AdamWOptions>("AdamW", {.lr = 0.5, .weight_decay = 0.5}),
  };
  for (const Maker& maker : decaying)
    for (const DType dtype : {float32, float64}) {
      Tensor x = full({9}, 1, {.dtype = dtype, .requires_grad = true});
      x.set_grad(zeros({9}, {.dtype = dtype}));
      const auto optimizer = maker.make({x});
      for (int t = 0; t < 4000; ++t) {
        optimizer->step();
        ASSERT_EQ(count_denormals(x), 0) << maker << " step " << t;
      }
      EXPECT_LT(std::abs(x.to_vector<double>()[0]), dtype == float32 ? 1e-36 : 1e-306) << maker;
    }
}

TEST_P(EveryOptimizer, LeavesDenormalStateInOneStep) {
  for (const DType dtype : {float32, float64}) {
    Tensor x = full({9}, 0.1, {.dtype = dtype, .requires_grad = true});
    x.set_grad(zeros({9}, {.dtype = dtype}));
    const auto optimizer = GetParam().make({x});
    optimizer->step();
    const double denormal = dtype == float32 ? 1e-40 : 1e-310;
    for (auto& [key, tensor] : optimizer->state(x).tensors())
      if (tensor.ndim() > 0) optimizer->state(x)[key].fill_(denormal);
    optimizer->step();
    for (const auto& [key, tensor] : optimizer->state(x).tensors())
      EXPECT_EQ(count_denormals(tensor), 0) << key;
  }
}

TEST_P(EveryOptimizer, KeepsADenormalParameterThatDoesNotMove) {
  const std::string name = GetParam().name;
  if (name == "AdamW" || name.starts_with("ASGD")) return;  // which decay their parameters
  for (const DType dtype : {float32, float64}) {
    const double denormal = dtype == float32 ? 1e-40 : 1e-310;
    Tensor x = full({9}, denormal, {.dtype = dtype, .requires_grad = true});
    const auto before = x.to_vector<double>();
    const auto optimizer = GetParam().make({x});
    x.set_grad(zeros({9}, {.dtype = dtype}));
    for (int t = 0; t < 10; ++t) optimizer->step();
    EXPECT_EQ(x.to_vector<double>(), before);
  }
}

TEST_P(EveryOptimizer, RefusesOptionsThatAreNotFinite) {
  Tensor x = full({3}, 0.5, {.requires_grad = true});
  x.set_grad(full({3}, 0.25));
  const auto optimizer = GetParam().make({x});
  const Doubles before = x.to_vector<double>();
  const StateDict saved = optimizer->state_dict();
  int numbers = 0;
  for (const auto& [option, text] : saved.param_groups[0]) {
    double* place = optimizer->find_option(0, option);
    if (!place) continue;
    ++numbers;
    for (const auto& [value, written] :
         {std::pair{inf, "inf"}, {-inf, "-inf"}, {std::nan(""), "nan"}}) {
      if (option == "t0" && !std::isnan(value)) continue;  // averaging starts never, or at once
      const std::string expected = str(optimizer->name(), ": ", option, " is ", written);
      const double good = std::exchange(*place, value);
      expect_contains(ERROR_OF(ValueError, optimizer->step()), {expected});
      EXPECT_EQ(x.to_vector<double>(), before);
      *place = good;
      StateDict bad = saved;
      bad.param_groups[0][option] = written;
      expect_contains(ERROR_OF(ValueError, optimizer->load_state_dict(bad)),
                      {"load_state_dict: " + expected});
    }
  }
  EXPECT_GE(numbers, 4);
  optimizer->step();
  EXPECT_NE(x.to_vector<double>(), before);
}

TEST_P(EveryOptimizer, RefusesAnEmptyClosure) {
  Tensor x = full({3}, 0.5, {.requires_grad = true});
  const auto optimizer = GetParam().make({x});
  EXPECT_EQ(ERROR_OF(ValueError, optimizer->step(Closure())),
            str(optimizer->name(),
                ": the closure is empty; give a function that computes the "
                "loss, calls backward() on it and returns it"));
}

#if defined(__SSE2__)
TEST_P(EveryOptimizer, LeavesTheFloatingPointModeAlone) {
  for (const bool flush : {false, true}) {
    Tensor x = full({9}, 0.1, {.requires_grad = true});
    const auto optimizer = GetParam().make({x});
    set_flush_denormal(flush);
    const unsigned before = _mm_getcsr();
    for (const double gradient : {1.0, 1e-30, 0.0}) {
      x.set_grad(full({9}, gradient));
      optimizer->step();
      EXPECT_EQ(_mm_getcsr(), before);
    }
    x.set_grad(full({9}, inf));
    optimizer->step();
    EXPECT_EQ(_mm_getcsr() & ~_MM_EXCEPT_MASK, before & ~_MM_EXCEPT_MASK);
    optimizer->state(x)["step"] = zeros({2});
    EXPECT_THROW(optimizer->step(), ShapeError);
    EXPECT_EQ(_mm_getcsr() & ~_MM_EXCEPT_MASK, before & ~_MM_EXCEPT_MASK);
  }
  set_flush_denormal(false);
}
#endif

}  // namespace
}  // namespace xgrad::test
