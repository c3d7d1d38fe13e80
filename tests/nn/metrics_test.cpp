#include "nn/metrics.hpp"

#include "tests/support/test.hpp"

namespace xgrad::test {
namespace {

using nn::accuracy;
using nn::confusion_matrix;

// Predictions 2, 0, 1 (the first of two equal logits), 1.
const Tensor logits = tensor({{0.F, 1.F, 2.F}, {5.F, 1.F, 2.F}, {0.F, 3.F, 3.F}, {0.F, 1.F, -1.F}});
const Tensor labels = tensor({2, 0, 2, 0});

TEST(Metrics, Accuracy) {
  EXPECT_EQ(accuracy(logits, labels), 0.5);
  EXPECT_EQ(accuracy(logits, tensor({2, 0, 1, 1})), 1);
  EXPECT_EQ(accuracy(logits, tensor({0, 1, 2, 2})), 0);
  EXPECT_EQ(accuracy(logits.to(float64), labels.to(uint8)), 0.5);
  EXPECT_TRUE(std::isnan(accuracy(zeros({0, 3}), zeros({0}, i64))));
}

TEST(Metrics, ConfusionMatrixHasARowForEachLabel) {
  const Tensor matrix = confusion_matrix(logits, labels, 3);
  EXPECT_EQ(matrix.dtype(), int64);
  EXPECT_EQ(matrix.shape(), (Shape{3, 3}));
  EXPECT_EQ(matrix.to_vector<int>(), (std::vector<int>{1, 1, 0,     // label 0: predicted 0 and 1
                                                       0, 0, 0,     // label 1 does not occur
                                                       0, 1, 1}));  // label 2: predicted 1 and 2
  expect_values(confusion_matrix(zeros({0, 2}), zeros({0}, i64), 2), Doubles(4, 0));
}

TEST(Metrics, Errors) {
  EXPECT_EQ(ERROR_OF(ShapeError, accuracy(logits, tensor({1, 2}))),
            "accuracy: labels of shape (2,) for scores of shape (4, 3); expected (4,)");
  EXPECT_EQ(ERROR_OF(ShapeError, accuracy(tensor({1.F}), tensor({0}))),
            "accuracy: logits of shape (1,); expected (N, classes)");
  EXPECT_EQ(ERROR_OF(DTypeError, accuracy(logits, zeros({4}))),
            "accuracy: labels of shape (4,) are float32; expected int64, as from to(int64)");
  EXPECT_EQ(ERROR_OF(ValueError, confusion_matrix(logits, tensor({0, 1, 3, 1}), 3)),
            "confusion_matrix: label 2 is 3 but there are 3 classes; expected 0 to 2");
  EXPECT_EQ(ERROR_OF(ShapeError, confusion_matrix(logits, labels, 10)),
            "confusion_matrix: logits of shape (4, 3) for 10 classes; expected (N, 10)");
}

}  // namespace
}  // namespace xgrad::test
