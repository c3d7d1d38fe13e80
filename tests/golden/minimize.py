#!/usr/bin/env python3
"""Writes minimize.json: where SciPy's minimize ends, and after how many evaluations.

Every function of FUNCTIONS from each of its starts, by every method of METHODS with SciPy's default
tolerances, and with exact gradients and Hessians (by PyTorch, in float64); those with bounds by
L-BFGS-B alone. "scaled" has those without bounds by L-BFGS-B, with all unknowns and the function
multiplied: f_scale f(x / x_scale). tests/optim/test_functions.hpp has the same functions in C++, by the same names.
"""

import math

import numpy
import scipy
import scipy.optimize
import torch

from optim_golden import write

METHODS = ["CG", "BFGS", "L-BFGS-B", "Newton-CG", "trust-exact"]


def sphere(x):
    return (x * x).sum()


def ellipse(x):
    return x[0] ** 2 + x[1] ** 2 / 2


def booth(x):
    return (x[0] + 2 * x[1] - 7) ** 2 + (2 * x[0] + x[1] - 5) ** 2


def beale(x):
    a, b = x
    return ((1.5 - a + a * b) ** 2 + (2.25 - a + a * b ** 2) ** 2
            + (2.625 - a + a * b ** 3) ** 2)


def himmelblau(x):
    return (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2


def six_hump_camel(x):
    a, b = x
    return (4 - 2.1 * a ** 2 + a ** 4 / 3) * a ** 2 + a * b + (-4 + 4 * b ** 2) * b ** 2


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def chained_rosenbrock(x):
    """The function that L-BFGS-B comes with (driver 1)."""
    return (x[0] - 1) ** 2 + 4 * ((x[1:] - x[:-1] ** 2) ** 2).sum()


def quadratic(condition):
    """x·Ax / 2 − sum(x), A with eigenvalues from 1 to the condition number, reflected so that its
    axes are not those of the coordinates."""
    def f(x):
        n = x.numel()
        v = torch.arange(1, n + 1, dtype=torch.float64)
        z = x - 2 * v * (v @ x) / (v @ v)
        eigenvalues = condition ** (torch.arange(n, dtype=torch.float64) / (n - 1))
        return (eigenvalues * z * z).sum() / 2 - x.sum()
    return f


def logistic_regression(x):
    """Mean loss of 60 points with 4 features, weights x[:4], offset x[4], plus |x|² / 200."""
    i = torch.arange(60, dtype=torch.float64).reshape(60, 1)
    j = torch.arange(1, 5, dtype=torch.float64)
    features = torch.sin(i * j + j * j)
    signs = torch.where((i.flatten() * 7) % 11 < 5 + 3 * features[:, 0], 1.0, -1.0)
    return torch.log1p(torch.exp(-signs * (features @ x[:4] + x[4]))).mean() + (x * x).sum() / 200


INF = math.inf
FUNCTIONS = [  # name, function, start, bounds
    ("sphere", sphere, [3.0, -2.0, 1.0, 0.5, -4.0], None),
    ("ellipse", ellipse, [-4.0, 4.0], None),
    ("booth", booth, [0.0, 0.0], None),
    ("beale", beale, [1.0, 1.0], None),
    ("beale", beale, [3.0, 4.0], None),
    ("himmelblau", himmelblau, [0.0, 0.0], None),
    ("himmelblau", himmelblau, [-4.0, 1.0], None),
    ("six_hump_camel", six_hump_camel, [-1.0, -0.5], None),
    ("six_hump_camel", six_hump_camel, [1.5, 0.75], None),
    ("six_hump_camel", six_hump_camel, [-0.8, 0.25], None),
    ("rosenbrock", rosenbrock, [-1.2, 1.0], None),
    ("rosenbrock", rosenbrock, [-1.2, 1.0] * 5, None),
    ("rosenbrock", rosenbrock, [1.3, 0.7, 0.8, 1.9, 1.2], None),
    ("chained_rosenbrock", chained_rosenbrock, [3.0] * 25, None),
    ("quadratic_1e4", quadratic(1e4), [1.0] * 10, None),
    ("quadratic_1e6", quadratic(1e6), [1.0] * 10, None),
    ("quadratic_1e4", quadratic(1e4), [1.0] * 100, None),
    ("logistic_regression", logistic_regression, [0.0] * 5, None),
    ("booth", booth, [0.0, 0.0], [(-2, 0.5), (-INF, INF)]),
    ("beale", beale, [1.0, 1.0], [(-4.5, 2), (-INF, 4.5)]),
    ("himmelblau", himmelblau, [0.0, 0.0], [(-1, INF), (2.5, INF)]),
    ("six_hump_camel", six_hump_camel, [-1.0, -0.5], [(-2, 2), (-1, 1)]),
    ("six_hump_camel", six_hump_camel, [1.5, 0.75], [(-2, 2), (-1, 1)]),
    ("six_hump_camel", six_hump_camel, [-0.8, 0.25], [(-2, 2), (-1, 1)]),
    ("six_hump_camel", six_hump_camel, [-0.8, 0.25], [(-2, -0.5), (-0.5, 0.6)]),
    ("rosenbrock", rosenbrock, [-1.2, 1.0], [(-2, 0.5), (-1, 2)]),
    ("rosenbrock", rosenbrock, [5.0, -7.0], [(-1.5, 1.5), (1.5, 3)]),
    ("rosenbrock", rosenbrock, [-1.2, 1.0] * 5, [(-2, 0.8), (-2, 2)] * 5),
    ("chained_rosenbrock", chained_rosenbrock, [3.0] * 25,
     [(1, 100), (-100, 100)] * 12 + [(1, 100)]),
    ("quadratic_1e4", quadratic(1e4), [1.0] * 10, [(-0.5, 0.25)] * 10),
    ("quadratic_1e4", quadratic(1e4), [1.0] * 100, [(-0.01, 0.01)] * 100),
    ("quadratic_1e6", quadratic(1e6), [1.0] * 10, [(0.1, 0.1), (-INF, 0)] * 5),
    ("logistic_regression", logistic_regression, [0.0] * 5, [(-0.1, 0.1)] * 5),
]


def differentiated(f):
    def value(x):
        return f(torch.tensor(x)).item()

    def gradient(x):
        x = torch.tensor(x, requires_grad=True)
        return torch.autograd.grad(f(x), x)[0].numpy()

    def hessian(x):
        return torch.autograd.functional.hessian(f, torch.tensor(x)).numpy()

    return value, gradient, hessian


def run(name, f, start, bounds):
    value, gradient, hessian = differentiated(f)
    results = {}
    for method in METHODS if bounds is None else ["L-BFGS-B"]:
        with_hessian = {"hess": hessian} if method in ("Newton-CG", "trust-exact") else {}
        r = scipy.optimize.minimize(value, numpy.array(start), method=method, jac=gradient,
                                    bounds=bounds, **with_hessian)
        results[method] = {"x": r.x.tolist(), "fun": float(r.fun), "success": bool(r.success),
                           **{k: int(r[k]) for k in ("nit", "nfev", "njev", "nhev") if k in r}}
    # JSON has no infinities.
    ends = bounds and [[str(end) if math.isinf(end) else end for end in pair] for pair in bounds]
    return {"function": name, "start": start, "bounds": ends, "scipy": results}


def run_scaled(name, f, start, x_scale, f_scale):
    value, gradient, _ = differentiated(lambda x: f_scale * f(x / x_scale))
    r = scipy.optimize.minimize(value, numpy.array(start) * x_scale, method="L-BFGS-B", jac=gradient)
    return {"function": name, "start": start, "x_scale": x_scale, "f_scale": f_scale,
            "fun": float(r.fun), "success": bool(r.success), "nfev": int(r.nfev)}


def main():
    cases = [run(*function) for function in FUNCTIONS]
    scaled = [run_scaled(name, f, start, x_scale, f_scale) for name, f, start, bounds in FUNCTIONS
              if bounds is None for x_scale in [1e-10, 1e-5, 1e5, 1e10]
              for f_scale in [1e-10, 1.0, 1e10]]
    write(__file__, {"scipy": scipy.__version__, "scaled": scaled}, cases)


if __name__ == "__main__":
    main()
