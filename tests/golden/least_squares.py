#!/usr/bin/env python3
"""Writes least_squares.json: where SciPy's least_squares and curve_fit end, and after how many evaluations.

The problems have the same names in tests/optim/least_squares_test.cpp. "curve_fit" has the data with its cases.
"""

import math

import numpy
import scipy
import scipy.optimize

from optim_golden import write

INF = math.inf
TIGHT = {"ftol": 1e-14, "xtol": 1e-14, "gtol": 1e-12}

# NIST StRD, Misra1a: volume of adsorbed nitrogen against pressure.
MISRA_X = [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0]
MISRA_Y = [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78]

T = [i / 4 for i in range(16)]
# 2 exp(-t) + 0.5 with small deviations, and four outliers.
DECAY = [2 * math.exp(-t) + 0.5 + 0.05 * math.sin(7 * i) + (3 if i in (3, 8) else -2 if i in (5, 13) else 0)
         for i, t in enumerate(T)]


def rosenbrock(x):
    return numpy.array([10 * (x[1] - x[0] ** 2), 1 - x[0]])


def powell(x):
    return numpy.array([x[0] + 10 * x[1], math.sqrt(5) * (x[2] - x[3]), (x[1] - 2 * x[2]) ** 2,
                        math.sqrt(10) * (x[0] - x[3]) ** 2])


def misra(x):
    return x[0] * (1 - numpy.exp(-x[1] * numpy.array(MISRA_X))) - numpy.array(MISRA_Y)


def decay(x):
    return x[0] * numpy.exp(-x[1] * numpy.array(T)) + x[2] - numpy.array(DECAY)


CASES = [  # problem, start, bounds, losses
    (rosenbrock, [-1.2, 1.0], None, ["linear"]),
    (rosenbrock, [2.0, 2.0], [(-INF, INF), (1.5, INF)], ["linear"]),
    (rosenbrock, [-1.2, 1.0], [(-2, 0.5), (-INF, INF)], ["linear"]),
    (rosenbrock, [0.5, 0.5], [(0, 0.8), (0, 0.5)], ["linear"]),
    (powell, [3.0, -1.0, 0.0, 1.0], None, ["linear"]),
    (misra, [500.0, 1e-4], None, ["linear"]),
    (misra, [250.0, 5e-4], None, ["linear"]),
    (decay, [1.0, 1.0, 0.0], None, ["linear", "soft_l1", "huber", "cauchy", "arctan"]),
    (decay, [1.0, 1.0, 0.0], [(0, 1.5), (0, INF), (-1, 1)], ["linear", "soft_l1", "huber", "cauchy"]),
]


def ends(bounds):
    return bounds and [[str(end) if math.isinf(end) else end for end in pair] for pair in bounds]


def run(f, start, bounds, loss):
    scipy_bounds = (-INF, INF) if bounds is None else tuple(zip(*bounds))
    r = scipy.optimize.least_squares(f, start, jac="3-point", bounds=scipy_bounds,
                                     loss=loss, f_scale=0.1, max_nfev=10000, **TIGHT)
    default = scipy.optimize.least_squares(f, start, jac="3-point", bounds=scipy_bounds, loss=loss, f_scale=0.1)
    assert default.cost <= r.cost * (1 + 1e-6) + 1e-12
    # SciPy's search ends just within the bounds.
    active = [0 if bounds is None else int(hi - x < 1e-9) - int(x - lo < 1e-9)
              for x, (lo, hi) in zip(r.x, bounds or [(0, 0)] * len(r.x))]
    return {"problem": f.__name__, "start": start, "bounds": ends(bounds), "loss": loss, "x": r.x.tolist(),
            "cost": float(r.cost), "active_mask": active, "nfev": int(default.nfev)}


def model(x, a, b):
    return a * (1 - numpy.exp(-b * x))


def run_fit(**options):
    p, covariance = scipy.optimize.curve_fit(model, numpy.array(MISRA_X), numpy.array(MISRA_Y), [500.0, 1e-4],
                                             **options, **({} if "bounds" in options else {"xtol": 1e-13}))
    options = {key: ends([*zip(*value)]) if key == "bounds" else numpy.array(value).tolist()
               for key, value in options.items()}
    return {**options, "parameters": p.tolist(), "covariance": covariance.tolist()}


def main():
    sigma = [1 + 0.1 * i for i in range(len(MISRA_X))]
    covariance = [[0.01 * 0.5 ** abs(i - j) for j in range(len(MISRA_X))] for i in range(len(MISRA_X))]
    fits = [run_fit(), run_fit(sigma=sigma), run_fit(sigma=sigma, absolute_sigma=True),
            run_fit(sigma=covariance), run_fit(sigma=covariance, absolute_sigma=True),
            run_fit(bounds=([0, 0], [1000, 1]))]
    write(__file__, {"scipy": scipy.__version__, "misra_x": MISRA_X, "misra_y": MISRA_Y, "t": T, "decay": DECAY,
                     "curve_fit": fits},
          [run(f, start, bounds, loss) for f, start, bounds, losses in CASES for loss in losses])


if __name__ == "__main__":
    main()
