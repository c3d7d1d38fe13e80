// The table of operations is complete, and its golden values are those of its inputs.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "golden.hpp"

namespace xgrad::test {
namespace {

/// Names of all functions that the public headers of the operations declare: what stands between
/// the type of the result, at the beginning of a line, and a parenthesis. So operators are left
/// out, and what is in the namespaces detail and formula.
std::set<std::string> declared_operations() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(XGRAD_SOURCE_DIR "/autograd/ops")) {
    if (entry.path().extension() != ".hpp") continue;
    std::ifstream header(entry.path());
    bool internal = false;
    for (std::string line; std::getline(header, line);) {
      if (line.starts_with("namespace"))
        internal = line.ends_with("detail {") || line.ends_with("formula {");
      if (line.starts_with("}  // namespace")) internal = false;
      for (const std::string type : {"Tensor ", "bool ", "std::vector<Tensor> ", "Sorted ",
                                     "Unique ", "Histogram ", "QR ", "SVD ", "Eigh ", "SlogDet "})
        if (!internal && line.starts_with(type))
          names.insert(line.substr(type.size(), line.find('(') - type.size()));
    }
  }
  return names;
}

TEST(OpCases, CoverEveryDeclaredOperation) {
  std::set<std::string> rows;
  for (const OpCase& op : op_cases())
    EXPECT_TRUE(rows.insert(op.name).second) << "two rows are named '" << op.name << "'";
  const std::set<std::string> declared = declared_operations();
  EXPECT_GE(declared.size(), 50u);
  for (const std::string& name : declared)
    EXPECT_TRUE(rows.contains(name)) << "tests/autograd/op_cases/ lacks a row for '" << name << "'";
}

TEST(OpCases, AreThoseOfTheGoldenValues) {
  for (const OpCase& op : op_cases()) {
    SCOPED_TRACE(op.name);
    for_each_sample(op, [](const Sample& sample, const Golden& expected) {
      EXPECT_EQ(expected.fingerprint, fingerprint(sample))
          << "tests/golden/ops.json holds the results of other inputs. With Debian's python3-torch "
             "installed, run\n  dump_op_cases | python3 tests/golden/ops.py";
    });
  }
}

TEST(OpCases, ReachBeyondOneRegister) {
  for (const OpCase& op : op_cases()) {
    bool any = false;
    for (const Sample& sample : op.samples)
      for (const Input& input : sample.inputs) any = any || input.shape.numel() > 16;
    // Too small on purpose: nothing is computed.
    const std::set<std::string> moved = {"squeeze", "unsqueeze", "t",     "flatten",
                                         "stack",   "one_hot",   "select"};
    EXPECT_TRUE(any || moved.contains(op.name)) << op.name;
  }
}

}  // namespace
}  // namespace xgrad::test
