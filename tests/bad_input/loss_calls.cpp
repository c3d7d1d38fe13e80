// Losses, as functions and as modules, and metrics.

#include "world.hpp"

namespace xgrad::test {

// A table is read by its columns.
// clang-format off
std::vector<WrongCall> loss_calls() {
  using namespace nn;
  return {
      WRONG(ShapeError, "nn::mse_loss", mse_loss(w.a, zeros({4})), "mse_loss: ", "(2, 3)", "(4,)"),
      WRONG(DTypeError, "nn::mse_loss", mse_loss(w.i, w.i), "mse_loss: ", "int64", "float32"),
      WRONG(ValueError, "nn::mse_loss", mse_loss(w.a, w.a, {.reduction = Reduction::batchmean}), "mse_loss: ", "batchmean", "kl_div"),
      WRONG(ValueError, "nn::mse_loss", mse_loss(w.undefined, w.a), "mse_loss: ", "input", "undefined"),
      WRONG(ShapeError, "nn::MSELoss::forward", MSELoss()(w.a, zeros({4})), "mse_loss: ", "(2, 3)", "(4,)"),
      WRONG(ShapeError, "nn::l1_loss", l1_loss(w.a, zeros({4})), "l1_loss: ", "(2, 3)", "(4,)"),
      WRONG(DTypeError, "nn::l1_loss", l1_loss(w.i, w.i), "l1_loss: ", "int64", "float32"),
      WRONG(ValueError, "nn::L1Loss::forward", L1Loss()(w.a, w.undefined), "l1_loss: ", "target", "undefined"),
      WRONG(ValueError, "nn::huber_loss", huber_loss(w.a, w.a, {.delta = 0}), "huber_loss: ", "delta", "0", "more than 0"),
      WRONG(ShapeError, "nn::huber_loss", huber_loss(w.a, zeros({4})), "huber_loss: ", "(2, 3)", "(4,)"),
      WRONG(ValueError, "nn::HuberLoss::forward", HuberLoss({.delta = -1})(w.a, w.a), "huber_loss: ", "delta", "-1", "more than 0"),
      WRONG(ValueError, "nn::smooth_l1_loss", smooth_l1_loss(w.a, w.a, {.beta = -1}), "smooth_l1_loss: ", "beta", "-1", "0 or more"),
      WRONG(DTypeError, "nn::smooth_l1_loss", smooth_l1_loss(w.i, w.i), "smooth_l1_loss: ", "int64", "float32"),
      WRONG(ShapeError, "nn::SmoothL1Loss::forward", SmoothL1Loss()(w.a, zeros({4})), "smooth_l1_loss: ", "(2, 3)", "(4,)"),
      WRONG(ValueError, "nn::binary_cross_entropy", binary_cross_entropy(w.a, w.a), "binary_cross_entropy: ", "-1", "0 to 1"),
      WRONG(ShapeError, "nn::binary_cross_entropy", binary_cross_entropy(abs(w.a), zeros({3})), "binary_cross_entropy: ", "(2, 3)", "(3,)"),
      WRONG(ShapeError, "nn::binary_cross_entropy", binary_cross_entropy(abs(w.a), abs(w.a), {.weight = zeros({4})}), "binary_cross_entropy: ", "(4,)", "(2, 3)", "equal extents"),
      WRONG(DTypeError, "nn::binary_cross_entropy", binary_cross_entropy(w.i, w.i), "binary_cross_entropy: ", "int64", "float32"),
      WRONG(ValueError, "nn::BCELoss::forward", BCELoss()(abs(w.a), w.undefined), "binary_cross_entropy: ", "target", "undefined"),
      WRONG(ShapeError, "nn::binary_cross_entropy_with_logits", binary_cross_entropy_with_logits(w.a, w.v), "binary_cross_entropy_with_logits: ", "(2, 3)", "(3,)"),
      WRONG(ShapeError, "nn::binary_cross_entropy_with_logits", binary_cross_entropy_with_logits(w.a, w.a, {.pos_weight = zeros({4})}), "binary_cross_entropy_with_logits: ", "(4,)", "(2, 3)", "equal extents"),
      WRONG(DTypeError, "nn::binary_cross_entropy_with_logits", binary_cross_entropy_with_logits(w.i, w.i), "binary_cross_entropy_with_logits: ", "int64", "float32"),
      WRONG(ShapeError, "nn::BCEWithLogitsLoss::forward", BCEWithLogitsLoss()(w.a, w.v), "binary_cross_entropy_with_logits: ", "(2, 3)", "(3,)"),
      WRONG(ShapeError, "nn::kl_div", kl_div(w.a, zeros({4})), "kl_div: ", "(2, 3)", "(4,)"),
      WRONG(DTypeError, "nn::kl_div", kl_div(w.i, w.a), "kl_div: ", "int64", "float32"),
      WRONG(ValueError, "nn::KLDivLoss::forward", KLDivLoss()(w.undefined, w.a), "kl_div: ", "input", "undefined"),
      WRONG(ShapeError, "nn::cross_entropy", cross_entropy(w.rows, w.labels[Slice(0, 5)]), "cross_entropy: ", "(6, 3)", "(5,)"),
      WRONG(ShapeError, "nn::cross_entropy", cross_entropy(w.rows, w.labels, {.weight = w.p.detach()}), "cross_entropy: ", "weight", "(2,)", "(3,)"),
      WRONG(ShapeError, "nn::cross_entropy", cross_entropy(tensor(1.0), tensor(0)), "cross_entropy: ", "0-d", "(N, classes)"),
      WRONG(DTypeError, "nn::cross_entropy", cross_entropy(w.i, w.labels), "cross_entropy: ", "int64", "float32"),
      WRONG(ValueError, "nn::cross_entropy", cross_entropy(w.rows, w.labels + 2), "cross_entropy: ", "3", "0 to 2"),
      WRONG(ValueError, "nn::cross_entropy", cross_entropy(w.rows, w.labels - 1), "cross_entropy: ", "-1", "0 to 2"),
      WRONG(ValueError, "nn::cross_entropy", cross_entropy(w.rows, w.labels, {.label_smoothing = 2}), "cross_entropy: ", "label_smoothing", "2", "0 to 1"),
      WRONG(ValueError, "nn::cross_entropy", cross_entropy(w.rows, w.rows, {.ignore_index = 1}), "cross_entropy: ", "ignore_index", "1", "probabilities"),
      WRONG(ValueError, "nn::cross_entropy", cross_entropy(w.rows, w.undefined), "cross_entropy: ", "target", "undefined"),
      WRONG(ValueError, "nn::CrossEntropyLoss::forward", CrossEntropyLoss({.label_smoothing = -1})(w.rows, w.labels), "cross_entropy: ", "label_smoothing", "-1", "0 to 1"),
      WRONG(ShapeError, "nn::CrossEntropyLoss::forward", CrossEntropyLoss()(w.rows, w.v), "cross_entropy: ", "(6, 3)", "(3,)"),
      WRONG(ValueError, "nn::nll_loss", nll_loss(w.rows, w.labels + 2), "nll_loss: ", "3", "0 to 2"),
      WRONG(ShapeError, "nn::nll_loss", nll_loss(w.rows, w.labels[Slice(0, 5)]), "nll_loss: ", "(6, 3)", "(5,)"),
      WRONG(DTypeError, "nn::nll_loss", nll_loss(w.rows, w.labels.to(float32)), "nll_loss: ", "float32", "int64"),
      WRONG(ValueError, "nn::NLLLoss::forward", NLLLoss()(w.rows, w.labels - 1), "nll_loss: ", "-1", "0 to 2"),
      WRONG(ValueError, "nn::hinge_embedding_loss", hinge_embedding_loss(w.a, zeros({2, 3})), "hinge_embedding_loss: ", "0", "1 or -1"),
      WRONG(ValueError, "nn::hinge_embedding_loss", hinge_embedding_loss(w.a, ones({2, 3}), {.margin = NAN}), "hinge_embedding_loss: ", "margin", "nan", "finite"),
      WRONG(ShapeError, "nn::hinge_embedding_loss", hinge_embedding_loss(w.a, ones({4})), "hinge_embedding_loss: ", "(2, 3)", "(4,)"),
      WRONG(DTypeError, "nn::hinge_embedding_loss", hinge_embedding_loss(w.i, ones({2, 3})), "hinge_embedding_loss: ", "int64", "float32"),
      WRONG(ValueError, "nn::HingeEmbeddingLoss::forward", HingeEmbeddingLoss()(w.a, zeros({2, 3})), "hinge_embedding_loss: ", "0", "1 or -1"),
      // ---- metrics
      WRONG(ShapeError, "nn::accuracy", accuracy(w.v, w.labels), "accuracy: ", "(3,)", "(N, classes)"),
      WRONG(ShapeError, "nn::accuracy", accuracy(w.rows, w.i), "accuracy: ", "(2, 3)", "(6,)"),
      WRONG(DTypeError, "nn::accuracy", accuracy(w.rows, w.labels.to(float32)), "accuracy: ", "float32", "int64"),
      WRONG(ValueError, "nn::accuracy", accuracy(w.rows, w.labels + 2), "accuracy: ", "3", "0 to 2"),
      WRONG(ValueError, "nn::accuracy", accuracy(w.rows, w.undefined), "accuracy: ", "undefined"),
      WRONG(ValueError, "nn::top_k_accuracy", top_k_accuracy(w.rows, w.labels, 0), "top_k_accuracy: ", "k", "0", "1 to 3"),
      WRONG(ValueError, "nn::top_k_accuracy", top_k_accuracy(w.rows, w.labels, 4), "top_k_accuracy: ", "k", "4", "1 to 3"),
      WRONG(ShapeError, "nn::confusion_matrix", confusion_matrix(w.rows, w.labels, 2), "confusion_matrix: ", "(6, 3)", "2"),
      WRONG(ValueError, "nn::class_scores", class_scores(w.rows, w.labels - 1), "class_scores: ", "-1", "0 to 2"),
      WRONG(ValueError, "nn::precision", precision(w.rows, w.labels, Average::binary), "precision: ", "3", "2"),
      WRONG(ShapeError, "nn::precision", precision(w.v, w.labels), "precision: ", "(3,)", "(N, classes)"),
      WRONG(ValueError, "nn::recall", recall(w.rows, w.labels, Average::binary), "recall: ", "3", "2"),
      WRONG(DTypeError, "nn::recall", recall(w.rows, w.labels.to(float32)), "recall: ", "float32", "int64"),
      WRONG(ValueError, "nn::f1_score", f1_score(w.rows, w.labels, Average::binary), "f1_score: ", "3", "2"),
      WRONG(ValueError, "nn::f1_score", f1_score(w.rows, w.labels + 2), "f1_score: ", "3", "0 to 2"),
      WRONG(ValueError, "nn::roc_auc", roc_auc(w.v, tensor({0, 0, 0})), "roc_auc: ", "class", "0"),
      WRONG(ValueError, "nn::roc_auc", roc_auc(tensor({NAN, 0.}), tensor({0, 1})), "roc_auc: ", "nan", "number"),
      WRONG(ShapeError, "nn::roc_auc", roc_auc(w.images, w.labels), "roc_auc: ", "(2, 3, 8, 8)", "(N)"),
      WRONG(ValueError, "nn::roc_auc", roc_auc(w.v, tensor({0, 1, 2})), "roc_auc: ", "2", "0 to 1"),
      WRONG(ShapeError, "nn::r2_score", r2_score(w.a, w.v), "r2_score: ", "(2, 3)", "(3,)"),
      WRONG(ShapeError, "nn::r2_score", r2_score(tensor(1.0), tensor(1.0)), "r2_score: ", "()", "(N)"),
      WRONG(DTypeError, "nn::r2_score", r2_score(w.i, w.i), "r2_score: ", "int64", "float32"),
      WRONG(ValueError, "nn::r2_score", r2_score(ones({1}), ones({1})), "r2_score: ", "1", "2"),
      WRONG(ShapeError, "nn::mean_absolute_error", mean_absolute_error(w.a, w.v), "mean_absolute_error: ", "(2, 3)", "(3,)"),
      WRONG(DTypeError, "nn::mean_absolute_error", mean_absolute_error(w.i, w.i), "mean_absolute_error: ", "int64", "float32"),
      WRONG(ValueError, "nn::mean_absolute_error", mean_absolute_error(w.undefined, w.a), "mean_absolute_error: ", "undefined"),
  };
}
// clang-format on

}  // namespace xgrad::test
