#!/usr/bin/env python3
"""Writes data.json: scikit-learn's StandardScaler and KFold, PyTorch's random_split.

    /usr/bin/python3 tests/golden/data.py

"standard_scaler" has data, its mean and scale, other data and what these are transformed into.
"kfold" has the test indices of each fold, "random_split" the sizes of the parts. JSON has no NaN: it
is a text.
"""

import json
import pathlib

import numpy as np
import torch
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(0)


def numbers(array):
    return [float(v) if np.isfinite(v) else str(v) for v in np.asarray(array).flatten()]


def scaler(x, other=None, **options):
    other = x if other is None else other
    fitted = StandardScaler(**options).fit(x)
    columns = x.shape[1]
    return {
        "options": options, "shape": list(x.shape), "x": numbers(x),
        "mean": numbers(fitted.mean_ if options.get("with_mean", True) else np.zeros(columns)),
        "scale": numbers(fitted.scale_ if options.get("with_std", True) else np.ones(columns)),
        "other_shape": list(other.shape), "other": numbers(other),
        "transformed": numbers(fitted.transform(other)),
    }


def gaps(x):
    x = x.copy()
    x[rng.random(x.shape) < 0.3] = np.nan
    return x


def kfold(n, n_splits):
    return {"n": n, "n_splits": n_splits,
            "folds": [test.tolist() for _, test in KFold(n_splits).split(np.zeros(n))]}


def split(n, lengths):
    parts = torch.utils.data.random_split(torch.zeros(n), lengths)
    return {"n": n, "lengths": lengths, "sizes": [len(part) for part in parts]}


normal = rng.standard_normal((7, 3))
steps = np.array([[0.], [1], [2], [4], [-3], [7], [1]])
SCALERS = [
    scaler(normal, rng.standard_normal((4, 3))),
    scaler(normal * [1e-6, 1, 1e6] + [100, -5, 0]),
    scaler(normal, with_mean=False),
    scaler(normal, with_std=False),
    scaler(normal, with_mean=False, with_std=False),
    scaler(normal[:1]),
    scaler(np.full((10, 1), 0.1), np.array([[0.1], [1.1]])),
    scaler(np.full((10, 1), 1e10 / 3), np.array([[0.1], [1.1]])),
    scaler(np.hstack([np.zeros((5, 1)), np.full((5, 1), -3.7), np.arange(5.)[:, None]])),
    scaler(gaps(normal), gaps(normal)),
    scaler(np.hstack([normal[:, :1], np.full((7, 1), np.nan)])),
    scaler(steps + 1e8),
    scaler(steps * 1e-8 + 1),
    scaler(steps * 1e-150),
    scaler(steps * 1e140),
]
KFOLDS = [kfold(n, k) for n, k in [(10, 5), (11, 3), (7, 7), (8, 3), (2, 2), (101, 10)]]
SPLITS = [split(n, lengths) for n in (10, 11, 13, 101)
          for lengths in ([0.8, 0.2], [0.7, 0.2, 0.1], [0.25] * 4, [0.5, 0.25, 0.25])]
SPLITS.append(split(10, [7, 3]))

path = pathlib.Path(__file__).with_name("data.json")
path.write_text(json.dumps({"standard_scaler": SCALERS, "kfold": KFOLDS, "random_split": SPLITS},
                           indent=0) + "\n")
