"""Writes index.json: what NumPy chooses by random index expressions.

    /usr/bin/python3 tests/golden/index.py

Each case has a shape and entries: an integer, a slice [start, stop, step], "..." or "newaxis", or a
tensor, of indices or a mask. Of an array that holds the numbers of its own elements, `chosen` are
those that the entries choose, and `result` is the shape. Where NumPy refuses, both are missing.
"""

import json
import pathlib
import warnings

import numpy as np

rng = np.random.default_rng(12)

# How often each kind of entry comes.
ADVANCED = [0.2, 0.2, 0.1, 0.1, 0.3, 0.1]
BASIC = [0.3, 0.4, 0.15, 0.15, 0, 0]


def bound(n):
    return None if rng.random() < 0.3 else int(rng.integers(-n - 2, n + 3))


def index(n):
    wrong = n == 0 or rng.random() < 0.02
    return int(rng.integers(-n - 2, n + 3) if wrong else rng.integers(-n, n))


def indices(n, block):
    """Of a shape that broadcasts to `block`."""
    shape = tuple(e if rng.random() < 0.7 else 1 for e in block[rng.integers(len(block) + 1):])
    return np.array([index(n) for _ in range(int(np.prod(shape)))], dtype=np.int64).reshape(shape)


def entries(shape, advanced):
    block = tuple(int(e) for e in rng.integers(1, 4, size=rng.integers(1, 3)))
    result, axis, ellipsis = [], 0, False
    while axis < len(shape) and rng.random() < 0.85:
        n = shape[axis]
        kind = rng.choice(["integer", "slice", "...", "newaxis", "indices", "mask"],
                          p=ADVANCED if advanced else BASIC)
        if kind == "integer":
            result.append(index(n))
        elif kind == "slice":
            step = int(rng.choice([-3, -2, -1, 1, 2, 3])) if rng.random() < 0.6 else None
            result.append(slice(bound(n), bound(n), step))
        elif kind == "...":
            if ellipsis:
                continue
            result.append(Ellipsis)
            ellipsis = True
            axis += int(rng.integers(0, 2))
            continue
        elif kind == "newaxis":
            result.append(None)
            continue
        elif kind == "indices":
            result.append(indices(n, block))
        else:
            axes = int(rng.integers(0, min(2, len(shape) - axis) + 1))
            extents = tuple(shape[axis:axis + axes])
            wrong = rng.random() < 0.05
            result.append(rng.random(tuple(e + 1 for e in extents) if wrong else extents) < 0.5)
            axis += axes - 1
        axis += 1
    return result


def spelled(entry):
    if entry is None or entry is Ellipsis:
        return "newaxis" if entry is None else "..."
    if isinstance(entry, slice):
        return [entry.start, entry.stop, entry.step]
    if isinstance(entry, int):
        return entry
    entry = np.asarray(entry)
    return {"mask": entry.dtype == bool, "shape": list(entry.shape),
            "values": entry.astype(int).flatten().tolist()}


def main():
    # An index out of range is to be refused where nothing else is chosen, too.
    warnings.simplefilter("error")
    cases, refused = [], 0
    while len(cases) < 500:
        extents = [0, 1, 2, 3, 4]
        shape = [int(e) for e in rng.choice(extents, size=rng.integers(0, 5),
                                            p=[0.04, 0.1, 0.26, 0.3, 0.3])]
        chosen = entries(shape, rng.random() < 0.7)
        case = {"shape": shape, "entries": [spelled(entry) for entry in chosen]}
        x = np.arange(int(np.prod(shape))).reshape(shape)
        try:
            result = np.asarray(x[tuple(chosen)])
            case |= {"result": list(result.shape), "chosen": result.flatten().tolist()}
            if result.size > 60 or result.ndim > 8:
                continue
        except (IndexError, DeprecationWarning):
            refused += 1
            if refused > 60:
                continue
        cases.append(case)
    path = pathlib.Path(__file__).with_name("index.json")
    path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
