// Without memory, the error names the operation, the shape and the bytes; nothing else changes.

#include "autograd/functional.hpp"
#include "autograd/numerical.hpp"
#include "data/sampler.hpp"
#include "tests/support/faults.hpp"
#include "tests/support/sanitizer.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

// Sanitizers need the address space themselves.
constexpr bool limits_memory = !address_sanitizer && !thread_sanitizer;

// A limit of memory beyond which even a system that overcommits refuses.
constexpr rlim_t tebibyte = rlim_t{1} << 40;

constexpr std::size_t huge = std::size_t{1} << 40;
constexpr std::int64_t side = 1 << 20;

Tensor column() { return ones({side, 1}); }
Tensor row() { return ones({1, side}); }

struct Case {
  const char* op;
  std::function<void()> call;
};

TEST(MemoryErrors, NameOperationShapeAndBytes) {
  if (!limits_memory) GTEST_SKIP();
  const ResourceLimit limit(RLIMIT_AS, tebibyte);
  const Case cases[] = {
      {"empty", CALL(empty({huge}))},
      {"zeros", CALL(zeros({huge}))},
      {"ones", CALL(ones({huge, 1}))},
      {"full", CALL(full({huge}, 3))},
      {"rand", CALL(rand({huge}))},
      {"randn", CALL(randn({huge}))},
      {"randint", CALL(randint(0, 9, {huge}))},
      {"randperm", CALL(randperm(huge))},
      {"eye", CALL(eye(side))},
      {"arange", CALL(arange(0, std::int64_t{1} << 42))},
      {"linspace", CALL(linspace(0, 1, huge))},
      {"logspace", CALL(logspace(0, 1, huge))},
      {"uniform", CALL(uniform(0, 1, {huge}))},
      {"normal", CALL(normal(0, 1, {huge}))},
      {"multinomial", CALL(multinomial(ones(3), static_cast<std::int64_t>(huge), true))},
      {"bincount", CALL(bincount(tensor({0}), {}, static_cast<std::int64_t>(huge)))},
      {"histogram", CALL(histogram(ones(3), static_cast<std::int64_t>(huge)))},
      {"isclose", CALL(isclose(column(), row()))},
      {"one_hot", CALL(one_hot(tensor({0}), huge))},
      {"broadcast_to", CALL(broadcast_to(ones({1}), {static_cast<std::int64_t>(huge)}))},
      {"add", CALL(column() + row())},
      {"mul", CALL(column() * row())},
      {"maximum", CALL(maximum(column(), row()))},
      {"where", CALL(where(column() > 0, column(), row()))},
      {"lt", CALL((void)(column() < row()))},
      {"outer", CALL(outer(ones({side}), ones({side})))},
      {"matmul", CALL(matmul(column(), row()))},
      {"repeat", CALL(repeat(ones({10}), static_cast<std::int64_t>(huge)))},
      {"tile", CALL(tile(ones({10}), {static_cast<std::int64_t>(huge)}))},
      {"pad", CALL(pad(ones({1}), {{0, static_cast<std::int64_t>(huge)}}))},
      {"diag", CALL(diag(ones({side})))},
      {"convolution", CALL(conv2d(ones({1, 1, 4, 4}), ones({1, 1, 1, 1}), {}, {.padding = side}))},
      {"unfold", CALL(unfold(ones({1, 1, 4, 4}), 1, {.padding = side}))},
      {"jacobian", CALL(jacobian([](const Tensor& t) { return 2 * t; }, ones({side}, f64)))},
      {"numerical_jacobian",
       CALL(numerical_jacobian([](const Tensor& t) { return 2 * t; }, ones({side}, f64)))},
      {"WeightedRandomSampler", CALL(data::WeightedRandomSampler(ones({3}), huge).draw())},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.op);
    expect_contains(error_of<MemoryError>(each.call),
                    {std::string(each.op) + ": ", "bytes", "(", ",", ")"});
  }
}

TEST(MemoryErrors, OfABackwardPassLeaveTheGraphUsable) {
  if (!limits_memory) GTEST_SKIP();
  const ResourceLimit limit(RLIMIT_AS, tebibyte);
  const Tensor x = leaf({1, 2});
  const Tensor y = x * x;
  y.register_hook([](const Tensor&) { zeros({huge}); });
  EXPECT_THROW(sum(y).backward({.retain_graph = true}), MemoryError);
  expect_values(grad(sum(x * x), x), {2, 4});
}

}  // namespace
}  // namespace xgrad::test
