// Fields that XGRAD_FIELDS should name but does not.

#include <memory>

#include "autograd/support/str.hpp"
#include "nn/activation.hpp"
#include "nn/linear.hpp"
#include "nn/sequential.hpp"
#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

struct Net : nn::Module {
  nn::Linear hidden{3, 4}, output{4, 2};
  XGRAD_FIELDS(hidden, output)
  Tensor forward(const Tensor& x) override { return output(relu(hidden(x))); }
};

TEST(ForgottenFields, AreKnownToTheCompilerWhereThereAreNone) {
  struct Forgetful : nn::Module {
    nn::Linear layer{1, 1};
  };
  struct Derived : Net {
    nn::Linear more{2, 2};
  };
  struct Complete : Net {
    nn::Linear more{2, 2};
    XGRAD_FIELDS(hidden, output, more)
  };
  static_assert(nn::detail::names_its_fields<Net>);
  static_assert(nn::detail::names_its_fields<nn::ReLU>);
  static_assert(nn::detail::names_its_fields<nn::Sequential>);
  static_assert(nn::detail::names_its_fields<Complete>);
  static_assert(!nn::detail::names_its_fields<Forgetful>);
  static_assert(!nn::detail::names_its_fields<Derived>);
  EXPECT_EQ(ERROR_OF(Error, Derived().clone()),
            "clone: Derived inherits the XGRAD_FIELDS of Net; it has to name its fields itself");
  const std::string text =
      "XGRAD_FIELDS: Derived inherits the XGRAD_FIELDS of Net; it has to name its fields itself";
  Derived derived;
  EXPECT_EQ(ERROR_OF(Error, derived.parameters()), text);
  EXPECT_EQ(ERROR_OF(Error, derived.state_dict()), text);
  EXPECT_EQ(ERROR_OF(Error, derived.eval()), text);
  EXPECT_EQ(Complete().clone().parameters().size(), 6U);
}

TEST(ForgottenFields, ThatAreModulesAreRefusedAtFirstUse) {
  struct Partial : nn::Module {
    nn::Linear first{2, 2};
    std::optional<nn::Sequential> second = nn::Sequential{nn::ReLU()};
    XGRAD_FIELDS(first)
  };
  const std::string text =
      "Partial: its member of class Sequential is not named in XGRAD_FIELDS, which has to name "
      "every Tensor and Module; hold by pointer what shall be none of its fields";
  Partial partial;
  EXPECT_EQ(ERROR_OF(Error, partial.parameters()), text);
  EXPECT_EQ(ERROR_OF(Error, partial.eval()), text);
  EXPECT_EQ(ERROR_OF(Error, str(partial)), text);
  EXPECT_EQ(ERROR_OF(Error, nn::Sequential(Partial(), nn::ReLU()).state_dict()), text);
  partial.second.reset();
  EXPECT_EQ(partial.parameters().size(), 2U) << "there is nothing to forget";

  struct Inherited : Net {
    nn::Linear more{2, 2};
    XGRAD_FIELDS(hidden, more)
  };
  EXPECT_EQ(ERROR_OF(Error, Inherited().parameters()),
            "Inherited: its member of class Linear is not named in XGRAD_FIELDS, which has to name "
            "every Tensor and Module; hold by pointer what shall be none of its fields");

  struct Masked : nn::Linear {
    Masked() : Linear(2, 2) {}
    Tensor mask = ones({2, 2});
    XGRAD_FIELDS(bias, mask)
  };
  EXPECT_EQ(ERROR_OF(Error, Masked().parameters()),
            "Masked: its inherited field 'weight' is not named in XGRAD_FIELDS, which has to name "
            "those of the base class again");
  struct Scaled : nn::Linear {
    Scaled() : Linear(2, 2) {}
    Tensor scale = ones({2}, {.requires_grad = true});
    XGRAD_FIELDS(weight, bias, scale)
  };
  Scaled scaled;
  EXPECT_EQ(scaled.parameters().size(), 3U);
  nn::Linear part = scaled;
  EXPECT_EQ(part.parameters().size(), 2U);

  struct Student : nn::Module {
    nn::Linear layer{2, 2};
    std::shared_ptr<nn::Linear> teacher = std::make_shared<nn::Linear>(2, 2);
    XGRAD_FIELDS(layer)
  };
  EXPECT_EQ(Student().parameters().size(), 2U);
}

}  // namespace
}  // namespace xgrad::test
