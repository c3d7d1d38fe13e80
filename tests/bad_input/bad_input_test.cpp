// Wrong calls of every public function: each throws what it should, changes nothing, and leaves
// everything usable.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "declarations.hpp"
#include "tests/autograd/op_cases.hpp"
#include "world.hpp"

namespace xgrad::test {
namespace {

std::vector<WrongCall> wrong_calls() {
  std::vector<WrongCall> all;
  for (auto part : {tensor_calls, creation_calls, graph_calls, module_calls, layer_calls,
                    image_layer_calls, sequence_layer_calls, loss_calls, optimizer_calls,
                    scheduler_calls, data_calls, training_calls})
    std::ranges::move(part(), std::back_inserter(all));
  return all;
}

using Snapshot = std::map<std::string, std::string>;

// Names of what differs.
std::set<std::string> differences(const Snapshot& a, const Snapshot& b) {
  std::set<std::string> names;
  for (const auto& [one, other] : {std::tie(a, b), std::tie(b, a)})
    for (const auto& [name, value] : one)
      if (!other.contains(name) || other.at(name) != value) names.insert(name);
  return names;
}

// What a world is like before and after it is used.
const Snapshot& before() {
  static const Snapshot all = World().snapshot();
  return all;
}
const Snapshot& after() {
  static const Snapshot all = [] {
    World w;
    w.use();
    return w.snapshot();
  }();
  return all;
}

// The call throws E with these parts in its message, of which the first is the beginning, in a
// world that is the same afterwards, and works on as one in which nothing was called.
void expect_refused(const std::function<void(World&)>& call,
                    const std::function<bool(const Error&)>& has_type,
                    const std::vector<std::string>& parts) {
  const Snapshot &expected = before(), &expected_then = after();
  World w;
  try {
    call(w);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    std::string text = error.what();
    EXPECT_TRUE(has_type(error)) << typeid(error).name() << ": " << text;
    const std::string directory = w.files.path();
    for (std::size_t at; (at = text.find(directory)) != text.npos;)
      text.replace(at, directory.size(), "DIR");
    EXPECT_TRUE(text.starts_with(parts[0])) << text << "\ndoes not begin with: " << parts[0];
    for (const std::string& part : parts)
      EXPECT_NE(text.find(part), text.npos) << text << "\nlacks: " << part;
  } catch (const std::exception& error) {
    ADD_FAILURE() << typeid(error).name() << ": " << error.what();
  }
  const std::set<std::string> none;
  EXPECT_EQ(differences(w.snapshot(), expected), none) << "changed";
  w.use();
  EXPECT_EQ(differences(w.snapshot(), expected_then), none) << "works otherwise";
}

TEST(BadInput, IsRefusedAndChangesNothing) {
  for (const WrongCall& wrong : wrong_calls()) {
    SCOPED_TRACE(wrong.function + std::string(": ") + wrong.text);
    EXPECT_GE(wrong.message.size(), 2u) << "the row lacks values, or what would be right";
    expect_refused(
        wrong.call, [&](const Error& error) { return typeid(error) == wrong.type; }, wrong.message);
  }
}

class BadInputOfOperation : public testing::TestWithParam<OpRow> {};

TEST_P(BadInputOfOperation, IsRefusedAndChangesNothing) {
  const OpCase& op = GetParam();
  ASSERT_FALSE(op.bad.empty()) << "the row of '" << op.name << "' lacks calls that must throw";
  for (std::size_t i = 0; i < op.bad.size(); ++i) {
    SCOPED_TRACE("bad call " + std::to_string(i));
    std::vector<std::string> parts = op.bad[i].message;
    parts.insert(parts.begin(), op.name + ": ");
    expect_refused([&](World&) { op.bad[i].call(); }, op.bad[i].has_type, parts);
  }
}

INSTANTIATE_TEST_SUITE_P(All, BadInputOfOperation, testing::ValuesIn(op_rows()),
                         [](const auto& instance) { return instance.param.get().name; });

TEST(BadInput, CoversEveryPublicFunction) {
  std::set<std::string> called;
  for (const WrongCall& wrong : wrong_calls()) called.insert(wrong.function);
  for (const OpCase& op : op_cases()) called.insert(op.name);
  const std::set<std::string> declared = declared_functions();
  EXPECT_GE(declared.size(), 400u);
  for (const std::string& name : declared)
    EXPECT_TRUE(called.contains(name)) << "tests/bad_input lacks a wrong call of '" << name << "'";
}

}  // namespace
}  // namespace xgrad::test
