// Where there is no memory, the error names the operation, the shape and the bytes; nothing else
// changes.

#include <sys/resource.h>

#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool limits_memory = false;  // sanitizers need the address space themselves
#else
constexpr bool limits_memory = true;
#endif

// A tebibyte for the process, so that more is refused whatever the system promises.
class MemoryLimit {
 public:
  MemoryLimit() {
    getrlimit(RLIMIT_AS, &before_);
    rlimit limit = before_;
    limit.rlim_cur = rlim_t{1} << 40;
    setrlimit(RLIMIT_AS, &limit);
  }
  ~MemoryLimit() { setrlimit(RLIMIT_AS, &before_); }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

 private:
  rlimit before_{};
};

constexpr std::size_t huge = std::size_t{1} << 40;
constexpr std::int64_t side = 1 << 20;

Tensor column() { return ones({side, 1}); }
Tensor row() { return ones({1, side}); }

struct Case {
  const char* op;
  std::function<void()> call;
};

const Case cases[] = {
    {"empty", [] { empty({huge}); }},
    {"zeros", [] { zeros({huge}); }},
    {"ones",
     [] {
       ones({huge, 1});
     }},
    {"full", [] { full({huge}, 3); }},
    {"rand", [] { rand({huge}); }},
    {"randn", [] { randn({huge}); }},
    {"randint", [] { randint(0, 9, {huge}); }},
    {"randperm", [] { randperm(huge); }},
    {"eye", [] { eye(side); }},
    {"arange", [] { arange(0, std::int64_t{1} << 42); }},
    {"linspace", [] { linspace(0, 1, huge); }},
    {"one_hot", [] { one_hot(tensor({0}), huge); }},
    {"broadcast_to", [] { broadcast_to(ones({1}), {static_cast<std::int64_t>(huge)}); }},
    {"add", [] { column() + row(); }},
    {"mul", [] { column() * row(); }},
    {"maximum", [] { maximum(column(), row()); }},
    {"where", [] { where(column() > 0, column(), row()); }},
    {"lt", [] { column() < row(); }},
    {"outer", [] { outer(ones({side}), ones({side})); }},
    {"matmul", [] { matmul(column(), row()); }},
    {"repeat", [] { repeat(ones({10}), static_cast<std::int64_t>(huge)); }},
    {"tile", [] { tile(ones({10}), {static_cast<std::int64_t>(huge)}); }},
    {"pad",
     [] {
       pad(ones({1}), {{0, static_cast<std::int64_t>(huge)}});
     }},
    {"diag", [] { diag(ones({side})); }},
};

TEST(MemoryErrors, NameOperationShapeAndBytes) {
  if (!limits_memory) GTEST_SKIP();
  const MemoryLimit limit;
  for (const Case& each : cases) {
    SCOPED_TRACE(each.op);
    expect_contains(error_of<MemoryError>(each.call),
                    {std::string(each.op) + ": ", "bytes", "(", ",", ")"});
  }
}

TEST(MemoryErrors, OfABackwardPassLeaveTheGraphUsable) {
  if (!limits_memory) GTEST_SKIP();
  const MemoryLimit limit;
  const Tensor x = leaf({1, 2});
  const Tensor y = x * x;
  y.register_hook([](const Tensor&) { zeros({huge}); });
  EXPECT_THROW(sum(y).backward({.retain_graph = true}), MemoryError);
  expect_values(grad(sum(x * x), x), {2, 4});
}

}  // namespace
}  // namespace xgrad::test
