#include "nn/metrics.hpp"

#include "tests/support/golden.hpp"
#include "tests/support/test.hpp"

/// @file
/// Metrics, and scikit-learn's by tests/golden/metrics.json, which metrics.py wrote.

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

const json& golden() {
  static const json file = read_golden("metrics.json");
  return file;
}

Tensor matrix(const json& rows) {
  Doubles values;
  for (const json& row : rows)
    for (const double value : row) values.push_back(value);
  return tensor(values, {rows.size(), rows[0].size()});
}

Tensor integers(const json& values) {
  return tensor(values.get<std::vector<std::int64_t>>(), {values.size()});
}

TEST(Metrics, ScoresOfClassesAreScikitLearns) {
  using nn::Average;
  const std::pair<const char*, Average> averages[] = {{"macro", Average::macro},
                                                      {"weighted", Average::weighted},
                                                      {"micro", Average::micro},
                                                      {"binary", Average::binary}};
  for (const json& c : golden()["cases"]) {
    const Tensor x = matrix(c["logits"]), y = integers(c["labels"]);
    const nn::ClassScores scores = nn::class_scores(x, y);
    expect_near(scores.precision, c["scores"][0].get<Doubles>());
    expect_near(scores.recall, c["scores"][1].get<Doubles>());
    expect_near(scores.f1, c["scores"][2].get<Doubles>());
    expect_near(scores.support, c["scores"][3].get<Doubles>());
    for (const auto& [name, average] : averages) {
      if (average == Average::binary && x.size(1) != 2) continue;
      const auto expected = [&c, name = name](const char* metric) {
        return c[std::string(metric) + " " + name].get<double>();
      };
      EXPECT_NEAR(nn::precision(x, y, average), expected("precision"), 1e-15) << name;
      EXPECT_NEAR(nn::recall(x, y, average), expected("recall"), 1e-15) << name;
      EXPECT_NEAR(nn::f1_score(x, y, average), expected("f1_score"), 1e-15) << name;
    }
    for (std::size_t k = 1; k < x.size(1); ++k)
      EXPECT_EQ(nn::top_k_accuracy(matrix(c["distinct"]), y, k), c["top_k"][k - 1].get<double>());
    EXPECT_EQ(nn::top_k_accuracy(x, y, 1), accuracy(x, y));
    EXPECT_EQ(nn::top_k_accuracy(x, y, x.size(1)), 1);
    if (c.contains("roc_auc")) {
      EXPECT_NEAR(nn::roc_auc(matrix(c["shares"]), y), c["roc_auc"].get<double>(), 1e-15);
    }
  }
}

TEST(Metrics, AreaUnderTheCurveIsScikitLearns) {
  for (const json& c : golden()["binary"]) {
    const auto scores = c["scores"].get<Doubles>();
    EXPECT_NEAR(nn::roc_auc(tensor(scores, {scores.size()}), integers(c["labels"])),
                c["roc_auc"].get<double>(), 1e-15);
  }
  EXPECT_EQ(nn::roc_auc(tensor({1.0, 1.0}), tensor({0, 1})), 0.5);
}

TEST(Metrics, OfRegressionsAreScikitLearns) {
  for (const json& c : golden()["regression"]) {
    const Shape shape = golden_shape(c["shape"]);
    const Tensor p = tensor(c["prediction"].get<Doubles>(), shape);
    const Tensor t = tensor(c["target"].get<Doubles>(), shape);
    EXPECT_NEAR(nn::r2_score(p, t), c["r2_score"].get<double>(), 1e-14);
    EXPECT_NEAR(nn::mean_absolute_error(p, t), c["mean_absolute_error"].get<double>(), 1e-15);
  }
  EXPECT_EQ(nn::r2_score(ones({3}), ones({3})), 1);
}

TEST(Metrics, ErrorsOfScores) {
  EXPECT_EQ(ERROR_OF(ValueError, nn::top_k_accuracy(logits, labels, 4)),
            "top_k_accuracy: k is 4 of 3 classes; expected 1 to 3");
  EXPECT_EQ(ERROR_OF(ValueError, nn::top_k_accuracy(logits, labels, 0)),
            "top_k_accuracy: k is 0 of 3 classes; expected 1 to 3");
  EXPECT_EQ(ERROR_OF(ValueError, nn::f1_score(logits, labels, nn::Average::binary)),
            "f1_score: Average::binary for 3 classes; expected 2, or use macro, weighted or micro");
  EXPECT_EQ(ERROR_OF(ShapeError, nn::precision(logits, tensor({1, 2}))),
            "precision: labels of shape (2,) for scores of shape (4, 3); expected (4,)");
  EXPECT_EQ(ERROR_OF(ValueError, nn::roc_auc(tensor({1.0, 2.0}), tensor({1, 1}))),
            "roc_auc: 2 of 2 samples are of class 1; expected some of it and some of others");
  EXPECT_EQ(ERROR_OF(ValueError, nn::roc_auc(tensor({1.0, std::nan("")}), tensor({0, 1}))),
            "roc_auc: a score of class 1 is nan; expected numbers");
  EXPECT_EQ(ERROR_OF(ShapeError, nn::roc_auc(zeros({2, 2, 2}), tensor({0, 1}))),
            "roc_auc: scores of shape (2, 2, 2); expected (N) or (N, classes)");
  EXPECT_EQ(ERROR_OF(ValueError, nn::r2_score(ones({1}), ones({1}))),
            "r2_score: target of shape (1,); expected two samples or more");
  EXPECT_EQ(
      ERROR_OF(ShapeError, nn::mean_absolute_error(ones({3}), ones({3, 1}))),
      "mean_absolute_error: prediction has shape (3,) but target has (3, 1); expected the same");
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
