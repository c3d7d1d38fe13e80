#include "autograd/dot.hpp"

#include <cstdlib>
#include <sstream>

#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using Names = std::vector<std::pair<std::string, Tensor>>;

Tensor variable(const Shape& shape) { return ones(shape, {.requires_grad = true}); }

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST(ToDot, DrawsOperationsLeavesAndConstants) {
  const Tensor w = variable({2, 3}), x = ones({4, 3});
  const Tensor y = sum(tanh(matmul(x, t(w))) * 2);
  EXPECT_EQ(to_dot(y, {{"weight", w}}),
            "digraph {\n"
            "  node [fontname=\"Helvetica\", fontsize=11];\n"
            "  op0 [label=\"permute\\n(3, 2) float32\", shape=box, style=filled, "
            "fillcolor=lightgrey];\n"
            "  leaf0 [label=\"weight\\n(2, 3) float32\", shape=ellipse, style=filled, "
            "fillcolor=lightblue];\n"
            "  leaf0 -> op0;\n"
            "  op1 [label=\"matmul\\n(4, 2) float32\", shape=box, style=filled, "
            "fillcolor=lightgrey];\n"
            "  leaf1 [label=\"(4, 3) float32\", shape=plaintext];\n"
            "  leaf1 -> op1 [style=bold];\n"
            "  op0 -> op1;\n"
            "  op2 [label=\"tanh\\n(4, 2) float32\", shape=box, style=filled, "
            "fillcolor=lightgrey];\n"
            "  op1 -> op2;\n"
            "  op3 [label=\"mul\\n(4, 2) float32\", shape=box, style=filled, "
            "fillcolor=lightgrey];\n"
            "  op2 -> op3;\n"
            "  leaf2 [label=\"2\", shape=plaintext];\n"
            "  leaf2 -> op3 [style=bold];\n"
            "  op4 [label=\"sum\\n() float32\", shape=box, style=filled, "
            "fillcolor=lightgrey];\n"
            "  op3 -> op4;\n"
            "}\n");
}

TEST(ToDot, DrawsWhatIsSharedOnce) {
  const Tensor x = variable({3});
  const Tensor y = exp(x);
  const std::string text = to_dot(y * y + x);
  EXPECT_EQ(count(text, "[label=\"exp"), 1U);
  EXPECT_EQ(count(text, "fillcolor=lightblue"), 1U);
  EXPECT_EQ(count(text, "leaf0 -> "), 2U);
  EXPECT_EQ(count(text, "op0 -> op1"), 2U);
}

TEST(ToDot, NamesResultsAndConstantsToo) {
  const Tensor x = variable({3}), offset = ones({3});
  const Tensor hidden = exp(x);
  expect_contains(to_dot(sum(hidden + offset), {{"hidden", hidden},
                                                {"offset", offset},
                                                {"not in it", variable({2})},
                                                {"undefined", Tensor()}}),
                  {"label=\"hidden\\nexp\\n(3,) float32\"", "label=\"offset\\n(3,) float32\""});
}

TEST(ToDot, DrawsATensorWithoutAGraph) {
  expect_contains(to_dot(variable({3}), {}), {"leaf0 [label=\"(3,) float32\", shape=ellipse"});
  expect_contains(to_dot(ones({3})), {"leaf0 [label=\"(3,) float32\", shape=plaintext]"});
  EXPECT_EQ(ERROR_OF(ValueError, to_dot(Tensor())),
            "to_dot: y is an undefined tensor; assign it a value first");
}

TEST(ToDot, IsTheSameForTheSameGraph) {
  const auto build = [] {
    const Tensor a = variable({2}), b = variable({2});
    Tensor y = a;
    for (int i = 0; i < 20; ++i) y = i % 2 ? y * b + a : tanh(y);
    return to_dot(y, {{"a", a}, {"b", b}});
  };
  const std::string first = build();
  const std::vector<std::string> other_addresses(100, std::string(1000, ' '));
  EXPECT_EQ(build(), first);
}

TEST(ToDot, KnowsLessOfAReleasedGraph) {
  const Tensor x = variable({3});
  const Tensor y = sum(exp(x) * ones({3}));
  y.backward();
  const std::string text = to_dot(y);
  expect_contains(text, {"[label=\"sum\\n() float32\"", "[label=\"exp\"", "leaf0 -> op0"});
}

const Names awkward = {
    {"a \"quoted\" name", variable({1})}, {"back\\slash \\N \\", variable({2})},
    {"line\nbreak\ttab", variable({3})},  {"&amp; <b>bold</b> {record|field}", variable({4})},
    {"Gewicht \xc3\xa4", variable({5})},  {std::string("nul\0l", 5), variable({6})}};

std::string awkward_graph() {
  Tensor y;
  for (const auto& [name, tensor] : awkward) y = y.defined() ? y + sum(tensor) : sum(tensor);
  return to_dot(y, awkward);
}

TEST(ToDot, EscapesNames) {
  expect_contains(awkward_graph(),
                  {R"("a \"quoted\" name\n)", R"("back\\slash \\N \\\n)", R"("line break tab\n)",
                   R"("&amp;amp; <b>bold</b> {record|field}\n)", R"("nul l\n)"});
}

TEST(ToDot, IsReadByGraphviz) {
  if (std::system("dot -V >/dev/null 2>&1") != 0) GTEST_SKIP() << "dot is not installed";
  const TemporaryDirectory directory;
  write_file(directory / "graph.dot", awkward_graph());
  const std::string command =
      "dot -Tplain -o '" + directory / "plain" + "' '" + directory / "graph.dot" + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const std::string drawn = read_file(directory / "plain");
  EXPECT_EQ(count(drawn, "\nnode "), 6U + 6U + 5U);
  EXPECT_EQ(count(drawn, "\nedge "), 6U + 5U * 2U);
  expect_contains(drawn, {"Gewicht \xc3\xa4", R"(back\\slash)"});
}

}  // namespace
}  // namespace xgrad::test
