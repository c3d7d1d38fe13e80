// Hooks can be removed, and none keeps its tensor alive.

#include <string>
#include <utility>
#include <vector>

#include "autograd/support/allocator.hpp"
#include "tests/support/sanitizer.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

TEST(HookHandle, Removes) {
  Tensor x = leaf({1, 2});
  HookHandle first = x.register_hook([](const Tensor& g) { return g * 10; });
  HookHandle second = x.register_hook([](const Tensor& g) { return g + 1; });
  expect_values(grad(sum(x), x), {11, 11});
  first.remove();
  expect_values(grad(sum(x), x), {2, 2});
  first.remove();
  HookHandle copy = second;
  copy.remove();
  second.remove();
  expect_values(grad(sum(x), x), {1, 1});
  HookHandle().remove();
}

TEST(HookHandle, RemovesFromAResult) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 2;
  HookHandle handle = y.register_hook([](const Tensor& g) { return g * 10; });
  expect_values(grad(sum(y), x, {.retain_graph = true}), {20, 20});
  handle.remove();
  expect_values(grad(sum(y), x), {2, 2});
}

TEST(HookHandle, MayBeUsedWithinTheHook) {
  Tensor x = leaf({1, 2});
  HookHandle handle;
  int calls = 0, after = 0;
  handle = x.register_hook([&](const Tensor&) {
    ++calls;
    handle.remove();
  });
  x.register_hook([&](const Tensor&) { ++after; });
  for (int i = 0; i < 3; ++i) sum(x * x).backward();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(after, 3);
}

TEST(HookHandle, MayOutliveTheTensor) {
  HookHandle leaf_hook, result_hook;
  {
    const Tensor x = leaf({1, 2}), y = x * 2;
    leaf_hook = x.register_hook([x](const Tensor&) {});
    result_hook = y.register_hook([y](const Tensor&) {});
  }
  leaf_hook.remove();
  result_hook.remove();
}

// Whoever hands a gradient on, to other processes for instance, does so while others are computed.
TEST(Hooks, OfALeafRunOnceItsGradientIsWhole) {
  const Tensor x = leaf({1, 2}), first = leaf({3, 4}), second = leaf({5, 6}), both = leaf({7, 8});
  std::vector<std::string> order;
  const auto note = [&](const Tensor& t, const char* name) {
    t.register_hook([&order, name](const Tensor&) { order.push_back(name); });
  };
  const Tensor hidden = x * first * both;
  const Tensor y = hidden * second * second * both;
  note(first, "first");
  note(second, "second");
  note(both, "both");
  note(hidden, "hidden");
  Tensor seen;
  both.register_hook([&](const Tensor& g) { seen = g; });
  sum(y).backward();
  EXPECT_EQ(order, (std::vector<std::string>{"second", "hidden", "both", "first"}));
  expect_values(seen, {2 * 1 * 3 * 25 * 7, 2 * 2 * 4 * 36 * 8});
  expect_values(both.grad(), seen.to_vector<double>());
}

TEST(Hooks, OfAReleasedGraphAreRefused) {
  const Tensor x = leaf({1, 2}), y = x * 2;
  sum(y).backward();
  expect_contains(ERROR_OF(GradError, y.register_hook([](const Tensor&) {})),
                  {"register_hook", "(2,)", "released"});
}

TEST(Hooks, MustBeFunctions) {
  const Tensor x = leaf({1, 2});
  const std::string expected = "register_hook: the hook of a tensor of shape (2,) is an empty";
  expect_contains(ERROR_OF(ValueError, x.register_hook(Hook())), {expected});
  expect_contains(ERROR_OF(ValueError, x.register_hook(std::function<void(const Tensor&)>())),
                  {expected});
  expect_values(grad(sum(x), x), {1, 1});
}

// ---- ownership

struct Situation {
  const char* name;
  std::function<void()> run;
};

const Situation situations[] = {
    {"a leaf's hook holds it",
     [] {
       Tensor x = leaf({1, 2});
       x.register_hook([x](const Tensor&) {});
     }},
    {"… and it is differentiated",
     [] {
       Tensor x = leaf({1, 2});
       x.register_hook([x](const Tensor& g) { return g * x; });
       sum(x * x).backward();
     }},
    {"two of a leaf's hooks hold it, one twice",
     [] {
       Tensor x = leaf({1, 2});
       x.register_hook([x, other = x](const Tensor&) {});
       x.register_hook([x](const Tensor&) {}).remove();
       x.register_hook([x](const Tensor&) {});
     }},
    {"a result's hook holds it, and no sweep comes",
     [] {
       Tensor y = leaf({1, 2}) * 2;
       y.register_hook([y](const Tensor&) {});
     }},
    {"… it goes before what was computed from it",
     [] {
       Tensor y = leaf({1, 2}) * 2;
       y.register_hook([y](const Tensor&) {});
       Tensor z = sum(y * y);
       y = Tensor();
     }},
    {"… and after",
     [] {
       Tensor y = leaf({1, 2}) * 2;
       y.register_hook([y](const Tensor&) {});
       sum(y * y);
     }},
    {"… and a sweep comes when only the graph is left",
     [] {
       Tensor x = leaf({1, 2}), y = x * 2;
       y.register_hook([y](const Tensor& g) { return g * y; });
       Tensor z = sum(y);
       y = Tensor();
       z.backward({.retain_graph = true});
       expect_values(x.grad(), {4, 8});
       z.backward();
       expect_values(x.grad(), {8, 16});
     }},
    {"… and the hook is removed when only the graph is left",
     [] {
       Tensor x = leaf({1, 2}), y = x * 2;
       HookHandle handle = y.register_hook([y](const Tensor& g) { return g * y; });
       Tensor z = sum(y);
       y = Tensor();
       handle.remove();
       z.backward();
       expect_values(x.grad(), {2, 2});
     }},
    {"… and it escapes through the hook",
     [] {
       Tensor kept;
       {
         Tensor x = leaf({1, 2}), y = x * 2;
         y.register_hook([y, &kept](const Tensor&) { kept = y; });
         Tensor z = sum(y);
         y = Tensor();
         z.backward();
       }
       expect_values(kept, {2, 4});
     }},
    {"a hook holds a later result, and a sweep releases the graph",
     [] {
       Tensor y = leaf({1, 2}) * 2;
       Tensor z = sum(y);
       y.register_hook([z](const Tensor&) {});
       z.backward();
     }},
    {"a graph with create_graph",
     [] {
       Tensor x = leaf({1, 2}), y = x * x;
       y.register_hook([y](const Tensor& g) { return g * y; });
       const Tensor g = grad(sum(y), x, {.create_graph = true});
       sum(g * g).backward();
     }},
    {"a hook that throws",
     [] {
       Tensor x = leaf({1, 2}), y = x * 2;
       y.register_hook([y](const Tensor&) { throw std::runtime_error("stop"); });
       EXPECT_THROW(sum(y).backward(), std::runtime_error);
     }},
};

class HookOwnership : public testing::TestWithParam<Situation> {};

TEST_P(HookOwnership, LeavesNothing) {
  for (int i = 0; i < 3; ++i) GetParam().run();
  if (address_sanitizer) return;
  const memory::Statistics before = memory::statistics();
  for (int i = 0; i < 100; ++i) GetParam().run();
  EXPECT_EQ(memory::statistics().system_allocations, before.system_allocations);
  EXPECT_EQ(memory::statistics().cached_bytes, before.cached_bytes);
}

INSTANTIATE_TEST_SUITE_P(Situations, HookOwnership, testing::ValuesIn(situations),
                         [](const auto& test) { return "Number" + std::to_string(test.index); });

}  // namespace
}  // namespace xgrad::test
