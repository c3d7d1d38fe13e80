#!/usr/bin/env python3
"""Writes metrics.json: scikit-learn's metrics of small random predictions with ties and missing classes."""

import warnings

import numpy
import sklearn
from sklearn import metrics

from optim_golden import write

warnings.simplefilter("ignore")  # of classes without predictions
random = numpy.random.default_rng(1)


def classes(samples, count, used):
    """Logits of few different values, and labels of the first `used` classes."""
    logits = random.integers(-3, 4, (samples, count)) / 2
    labels = random.integers(0, used, samples)
    predicted = logits.argmax(1)
    result = {"logits": logits.tolist(), "labels": labels.tolist()}
    for average in ["macro", "weighted", "micro"] + (["binary"] if count == 2 else []):
        for name, score in [("precision", metrics.precision_score), ("recall", metrics.recall_score),
                            ("f1_score", metrics.f1_score)]:
            result[f"{name} {average}"] = score(labels, predicted, average=average)
    p, r, f, support = metrics.precision_recall_fscore_support(labels, predicted, labels=range(count))
    result["scores"] = [p.tolist(), r.tolist(), f.tolist(), support.tolist()]
    if used == count and count > 2:
        shares = numpy.exp(logits) / numpy.exp(logits).sum(1, keepdims=True)
        result["roc_auc"] = metrics.roc_auc_score(labels, shares, multi_class="ovr")
        result["shares"] = shares.tolist()
    distinct = logits + random.random(logits.shape) / 100  # scikit-learn counts equal scores otherwise
    result["distinct"] = distinct.tolist()
    result["top_k"] = [metrics.top_k_accuracy_score(labels, distinct if count > 2 else distinct[:, 1] - distinct[:, 0],
                                                    k=k, labels=range(count)) for k in range(1, count)]
    return result


def binary(samples):
    scores = random.integers(0, 5, samples) / 4
    labels = (random.random(samples) < scores / 2 + 0.2).astype(int)
    return {"scores": scores.tolist(), "labels": labels.tolist(), "roc_auc": metrics.roc_auc_score(labels, scores)}


def regression(shape, constant=False):
    target = numpy.ones(shape) if constant else random.normal(size=shape)
    prediction = target + random.normal(size=shape) / 3
    return {"shape": list(shape), "target": target.ravel().tolist(), "prediction": prediction.ravel().tolist(),
            "r2_score": metrics.r2_score(target, prediction),
            "mean_absolute_error": metrics.mean_absolute_error(target, prediction)}


def main():
    write(__file__, {"sklearn": sklearn.__version__, "binary": [binary(20), binary(7)],
                     "regression": [regression((12,)), regression((9, 3)), regression((5,), constant=True)]},
          [classes(30, 3, 3), classes(40, 5, 5), classes(12, 5, 3), classes(15, 2, 2)])


if __name__ == "__main__":
    main()
