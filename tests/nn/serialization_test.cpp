#include "nn/serialization.hpp"

#include "autograd/safetensors.hpp"
#include "nn/activation.hpp"
#include "nn/linear.hpp"
#include "nn/sequential.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

nn::Sequential network(int hidden) {
  return nn::Sequential(nn::Linear(4, hidden), nn::ReLU(), nn::Linear(hidden, 2));
}

class Serialization : public ::testing::Test {
 protected:
  TemporaryDirectory directory_;
  std::string path_ = directory_ / "net.safetensors";
};

TEST_F(Serialization, RestoresEveryBit) {
  for (const DType dtype : {float32, float64}) {
    nn::Sequential saved = network(3);
    saved.to(dtype);
    nn::save(saved, path_);
    nn::Sequential loaded = network(3);
    loaded.to(dtype);
    const Tensor weight = loaded.parameters()[0];
    nn::load(loaded, path_);
    EXPECT_TRUE(loaded.parameters()[0].is(weight)) << "in place";
    EXPECT_TRUE(loaded.parameters()[0].requires_grad());
    for (const auto& [name, tensor] : saved.state_dict())
      EXPECT_EQ(loaded.state_dict().at(name).to_vector<double>(), tensor.to_vector<double>())
          << name;
  }
}

TEST_F(Serialization, WritesTheNamesOfTheStateDict) {
  nn::save(network(3), path_);
  const Safetensors file = load_safetensors(path_);
  ASSERT_EQ(file.tensors.size(), 4U);
  EXPECT_EQ(file.tensors.at("0.weight").shape(), (Shape{3, 4}));
  EXPECT_EQ(file.tensors.at("2.bias").shape(), (Shape{2}));
  EXPECT_EQ(file.metadata, (std::map<std::string, std::string>{{"format", "pt"}}));
}

/// A file of other element types, as networks are published.
TEST_F(Serialization, LoadsOtherElementTypes) {
  const auto write = [&](const std::string& type, const std::string& values) {
    const std::string header = R"({"weight":{"dtype":")" + type +
                               R"(","shape":[1,2],"data_offsets":[0,)" +
                               std::to_string(values.size()) + "]}}";
    std::string length(8, '\0');
    length[0] = static_cast<char>(header.size());
    write_file(path_, length + header + values);
  };
  nn::Linear layer(2, 1, {.bias = false});
  write("F16", std::string("\0\x3c\0\xc0", 4));
  nn::load(layer, path_);
  expect_values(layer.weight, {1, -2});
  write("BF16", std::string("\x40\x40\x80\xbf", 4));
  nn::load(layer, path_);
  expect_values(layer.weight, {3, -1});

  write("F8_E4M3", "xx");
  EXPECT_EQ(ERROR_OF(IoError, nn::load(layer, path_)),
            path_ +
                ": holds what cannot be read:\n  tensor 'weight': F8_E4M3 of shape (1, 2), which "
                "no dtype holds");
  write("I16", "1234");
  expect_contains(ERROR_OF(IoError, nn::load(layer, path_)),
                  {"weight: expected (1, 2) float32, found (1, 2) int64"});
  expect_values(layer.weight, {3, -1});
}

TEST_F(Serialization, NamesTheOperationWherePathsAreNone) {
  nn::Linear layer(2, 1);
  EXPECT_EQ(ERROR_OF(IoError, nn::load(layer, "")),
            "load: the path is empty; expected a file's name");
  EXPECT_EQ(ERROR_OF(IoError, nn::save(layer, "")),
            "save: the path is empty; expected a file's name");
}

TEST_F(Serialization, SharedTensorsStayShared) {
  nn::Linear layer(2, 2);
  nn::Sequential saved(layer, layer);
  nn::save(saved, path_);
  nn::Linear other(2, 2);
  nn::Sequential loaded(other, other);
  nn::load(loaded, path_);
  EXPECT_EQ(other.weight.to_vector<float>(), layer.weight.to_vector<float>());
  EXPECT_EQ(loaded.parameters().size(), 2U);
}

TEST_F(Serialization, RefusesAnotherArchitectureAndChangesNothing) {
  nn::save(network(5), path_);
  nn::Sequential net = network(3);
  const std::vector<float> before = net.parameters()[3].to_vector<float>();
  EXPECT_EQ(ERROR_OF(IoError, nn::load(net, path_)),
            path_ +
                ": load_state_dict: the state does not fit Sequential:\n"
                "  0.bias: expected (3,) float32, found (5,) float32\n"
                "  0.weight: expected (3, 4) float32, found (5, 4) float32\n"
                "  2.weight: expected (2, 3) float32, found (2, 5) float32");
  EXPECT_EQ(net.parameters()[3].to_vector<float>(), before);

  nn::Sequential shorter(nn::Linear(4, 5), nn::Linear(5, 2));
  EXPECT_EQ(ERROR_OF(IoError, nn::load(shorter, path_)),
            path_ +
                ": load_state_dict: the state does not fit Sequential:\n"
                "  missing: 1.bias (2,) float32\n"
                "  missing: 1.weight (2, 5) float32\n"
                "  unexpected: 2.bias (2,) float32\n"
                "  unexpected: 2.weight (2, 5) float32");
}

TEST_F(Serialization, RefusesAnotherDType) {
  nn::Linear layer(1, 1);
  nn::save(layer, path_);
  layer.to(float64);
  EXPECT_EQ(ERROR_OF(IoError, nn::load(layer, path_)),
            path_ +
                ": load_state_dict: the state does not fit Linear:\n"
                "  bias: expected (1,) float64, found (1,) float32\n"
                "  weight: expected (1, 1) float64, found (1, 1) float32");
}

TEST_F(Serialization, NamesTheMissingFile) {
  nn::Linear layer(1, 1);
  EXPECT_EQ(ERROR_OF(IoError, nn::load(layer, path_)),
            path_ + ": cannot be opened: No such file or directory");
  EXPECT_EQ(ERROR_OF(IoError, nn::save(layer, directory_ / "no/net")),
            (directory_ / "no/net") + ": cannot be opened for writing: No such file or directory");
}

TEST_F(Serialization, RefusesToSaveNothing) {
  EXPECT_EQ(
      ERROR_OF(ValueError, nn::save(nn::ReLU(), path_)),
      "save: ReLU has no parameters to write to " + path_ + "; name its fields with XGRAD_FIELDS");
}

}  // namespace
}  // namespace xgrad::test
