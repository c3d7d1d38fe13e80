"""Values, slopes and second derivatives at limits and in tails, in extended precision.

    python3 tests/golden/limits.py

Writes limits.json, which tests/autograd/limits_test.cpp reads, beside this file. mpmath is Debian's
python3-mpmath. What is right is the function's limit. Where there is none, it is NaN; what is not
asked for is null.

An entry is [dtype, arguments, value, slopes, Hessian, tolerances of all of these]. Arguments are
numbers of the dtype exactly. A tolerance is absolute: some units in the last place of what is right,
and what a change of the arguments by half a unit makes of it, since that is how well conditioned
the function is: gelu(-10) changes by 100 units when its argument changes by one.
"""

import json
import math
import pathlib

import mpmath as mp
import numpy as np

mp.mp.dps = 60
inf, nan = math.inf, math.nan
DTYPES = {"float32": np.float32, "float64": np.float64}

SIZES = {
    "float64": [0, 5e-324, 1e-310, 1e-300, 1e-160, 1e-20, 1e-8, 0.3, 0.5, 0.8, 1, 2.5, 5, 10, 30, 38,
                50, 100, 300, 700, 709.7, 745, 1e10, 1e150, 1e300, 1.5e308],
    "float32": [0, 1e-45, 1e-40, 1e-38, 1e-30, 1e-20, 1e-4, 0.3, 0.5, 0.8, 1, 2.5, 5, 10, 13, 30, 50,
                88.6, 100, 104, 1e10, 1e30, 3e38],
}

# The share of the normal distribution below x and its density; the logistic function and its two
# derivatives. Beyond 1e4 mpmath gives up.
near = lambda x: max(min(x, mp.mpf(10000)), mp.mpf(-10000))
cdf = lambda x: mp.erfc(-near(x) / mp.sqrt(2)) / 2
pdf = lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)
logistic = lambda x: 1 / (1 + mp.exp(-x))
below = lambda x: mp.exp(x) / (1 + mp.exp(x)) ** 2 if x < 0 else mp.exp(-x) / (1 + mp.exp(-x)) ** 2
bend = lambda x: below(x) * (logistic(-x) - logistic(x))
zero = lambda x: mp.mpf(0)
sign = lambda x: mp.mpf((x > 0) - (x < 0))


def step(f):
    return f, zero, zero


def elu(alpha):
    return (
        lambda x: x if x > 0 else alpha * mp.expm1(x),
        lambda x: mp.mpf(1) if x > 0 else alpha * mp.exp(x),
        lambda x: mp.mpf(0) if x > 0 else alpha * mp.exp(x),
    )


def leaky(slope):
    return (
        lambda x: x if x > 0 else slope * x,
        lambda x: mp.mpf(1) if x > 0 else mp.mpf(slope),
        zero,
    )


def softplus(x):
    return mp.log1p(mp.exp(-abs(x))) + max(x, 0)


def gamma_pole(x):
    return x <= 0 and x == mp.floor(x)


def log_gamma(x):
    if gamma_pole(x):
        return mp.inf
    return mp.loggamma(x) if x > 0 else mp.log(mp.pi / abs(mp.sin(mp.pi * x))) - mp.loggamma(1 - x)


def psi(n):
    """The derivative n of the digamma function; at its poles infinite, or NaN where the sign changes."""
    return lambda x: mp.psi(n, x) if not gamma_pole(x) else mp.inf if n % 2 else mp.nan


def erfinv_derivatives(x):
    y = mp.erfinv(x)
    first = mp.sqrt(mp.pi) / 2 * mp.exp(y * y)
    return y, first, 2 * y * first * first


# Of each function its value and its first and second derivative; {x: the three limits} where the
# formula does not give them; the domain, beyond which values are NaN; how many units in the last
# place of 1 the slope may be off, where it is computed from the result: 1 - y^2 knows no more of
# the tail than y does.
OPS = {
    "neg": ((lambda x: -x, lambda x: mp.mpf(-1), zero), {-inf: (inf, -1, 0), inf: (-inf, -1, 0)}),
    "abs": ((abs, sign, zero), {-inf: (inf, -1, 0), inf: (inf, 1, 0)}),
    "sign": (step(sign), {-inf: (-1, 0, 0), inf: (1, 0, 0)}),
    "square": ((lambda x: x * x, lambda x: 2 * x, lambda x: mp.mpf(2)),
               {-inf: (inf, -inf, 2), inf: (inf, inf, 2)}),
    "floor": (step(mp.floor), {-inf: (-inf, 0, 0), inf: (inf, 0, 0)}),
    "ceil": (step(mp.ceil), {-inf: (-inf, 0, 0), inf: (inf, 0, 0)}),
    "round": (step(mp.nint), {-inf: (-inf, 0, 0), inf: (inf, 0, 0)}),
    "exp": ((mp.exp,) * 3, {-inf: (0, 0, 0), inf: (inf, inf, inf)}),
    "expm1": ((mp.expm1, mp.exp, mp.exp), {-inf: (-1, 0, 0), inf: (inf, inf, inf)}),
    "log": ((mp.log, lambda x: 1 / x, lambda x: -1 / x**2),
            {0: (-inf, inf, -inf), inf: (inf, 0, 0)}, (0, inf)),
    "log2": ((lambda x: mp.log(x, 2), lambda x: 1 / (x * mp.ln2), lambda x: -1 / (x**2 * mp.ln2)),
             {0: (-inf, inf, -inf), inf: (inf, 0, 0)}, (0, inf)),
    "log10": ((mp.log10, lambda x: 1 / (x * mp.ln10), lambda x: -1 / (x**2 * mp.ln10)),
              {0: (-inf, inf, -inf), inf: (inf, 0, 0)}, (0, inf)),
    "log1p": ((mp.log1p, lambda x: 1 / (1 + x), lambda x: -1 / (1 + x) ** 2),
              {-1: (-inf, inf, -inf), inf: (inf, 0, 0)}, (-1, inf)),
    "sqrt": ((mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x)), lambda x: -1 / (4 * mp.sqrt(x) ** 3)),
             {0: (0, inf, -inf), inf: (inf, 0, 0)}, (0, inf)),
    "rsqrt": ((lambda x: 1 / mp.sqrt(x), lambda x: -1 / (2 * mp.sqrt(x) ** 3),
               lambda x: 3 / (4 * mp.sqrt(x) ** 5)),
              {0: (inf, -inf, None), inf: (0, 0, 0)}, (0, inf)),
    "reciprocal": ((lambda x: 1 / x, lambda x: -1 / x**2, lambda x: 2 / x**3),
                   {0: (inf, -inf, None), inf: (0, 0, 0), -inf: (0, 0, 0)}),
    "sin": ((mp.sin, mp.cos, lambda x: -mp.sin(x)), {-inf: (nan, nan, nan), inf: (nan, nan, nan)}),
    "cos": ((mp.cos, lambda x: -mp.sin(x), lambda x: -mp.cos(x)),
            {-inf: (nan, nan, nan), inf: (nan, nan, nan)}),
    "tan": ((mp.tan, lambda x: 1 + mp.tan(x) ** 2, lambda x: 2 * mp.tan(x) * (1 + mp.tan(x) ** 2)),
            {-inf: (nan, nan, nan), inf: (nan, nan, nan)}),
    "asin": ((mp.asin, lambda x: 1 / mp.sqrt(1 - x * x), lambda x: x / mp.sqrt(1 - x * x) ** 3),
             {-1: (-mp.pi / 2, inf, None), 1: (mp.pi / 2, inf, None)}, (-1, 1)),
    "acos": ((mp.acos, lambda x: -1 / mp.sqrt(1 - x * x), lambda x: -x / mp.sqrt(1 - x * x) ** 3),
             {-1: (mp.pi, -inf, None), 1: (0, -inf, None)}, (-1, 1)),
    "atan": ((mp.atan, lambda x: 1 / (1 + x * x), lambda x: -2 * x / (1 + x * x) ** 2),
             {-inf: (-mp.pi / 2, 0, 0), inf: (mp.pi / 2, 0, 0)}),
    "sinh": ((mp.sinh, mp.cosh, mp.sinh), {-inf: (-inf, inf, -inf), inf: (inf, inf, inf)}),
    "cosh": ((mp.cosh, mp.sinh, mp.cosh), {-inf: (inf, -inf, inf), inf: (inf, inf, inf)}),
    "tanh": ((mp.tanh, lambda x: mp.sech(x) ** 2, lambda x: -2 * mp.tanh(x) * mp.sech(x) ** 2),
             {-inf: (-1, 0, 0), inf: (1, 0, 0)}, (-inf, inf), 4),
    "asinh": ((mp.asinh, lambda x: 1 / mp.sqrt(1 + x * x), lambda x: -x / mp.sqrt(1 + x * x) ** 3),
              {-inf: (-inf, 0, 0), inf: (inf, 0, 0)}),
    "acosh": ((mp.acosh, lambda x: 1 / mp.sqrt(x * x - 1), lambda x: -x / mp.sqrt(x * x - 1) ** 3),
              {1: (0, inf, None), inf: (inf, 0, 0)}, (1, inf)),
    "atanh": ((mp.atanh, lambda x: 1 / (1 - x * x), lambda x: 2 * x / (1 - x * x) ** 2),
              {-1: (-inf, inf, None), 1: (inf, inf, None)}, (-1, 1)),
    "erf": ((mp.erf, lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x),
             lambda x: -4 * x / mp.sqrt(mp.pi) * mp.exp(-x * x)), {-inf: (-1, 0, 0), inf: (1, 0, 0)}),
    "erfc": ((lambda x: mp.erfc(near(x)), lambda x: -2 / mp.sqrt(mp.pi) * mp.exp(-x * x),
              lambda x: 4 * x / mp.sqrt(mp.pi) * mp.exp(-x * x)), {-inf: (2, 0, 0), inf: (0, 0, 0)}),
    "erfinv": (tuple(lambda x, i=i: erfinv_derivatives(x)[i] for i in range(3)),
               {-1: (-inf, inf, -inf), 1: (inf, inf, inf)}, (-1, 1)),
    "lgamma": ((log_gamma, psi(0), psi(1)),
               {0: (inf, -inf, inf), -inf: (inf, nan, nan), inf: (inf, inf, 0)}),
    "digamma": ((psi(0), psi(1), psi(2)),
                {0: (-inf, inf, None), -inf: (nan, nan, nan), inf: (inf, 0, 0)}),
    "polygamma(2)": ((psi(2), psi(3), psi(4)),
                     {0: (-inf, inf, None), -inf: (nan, nan, nan), inf: (0, 0, 0)}),
    "nan_to_num": ((lambda x: x, lambda x: mp.mpf(1), zero), {-inf: (-1, 0, 0), inf: (1, 0, 0)}),
    "sigmoid": ((logistic, below, bend), {-inf: (0, 0, 0), inf: (1, 0, 0)}, (-inf, inf), 2),
    "relu": ((lambda x: max(x, mp.mpf(0)), lambda x: mp.mpf(int(x > 0)), zero),
             {-inf: (0, 0, 0), inf: (inf, 1, 0)}),
    "gelu": ((lambda x: x * cdf(x), lambda x: cdf(x) + x * pdf(x), lambda x: (2 - x * x) * pdf(x)),
             {-inf: (0, 0, 0), inf: (inf, 1, 0)}),
    "silu": ((lambda x: x * logistic(x), lambda x: logistic(x) + x * below(x),
              lambda x: 2 * below(x) + x * bend(x)), {-inf: (0, 0, 0), inf: (inf, 1, 0)}),
    "softplus": ((softplus, logistic, below), {-inf: (0, 0, 0), inf: (inf, 1, 0)}, (-inf, inf), 0, 2),
    "elu": (elu(1), {0: (0, 1, None), -inf: (-1, 0, 0), inf: (inf, 1, 0)}),
    "leaky_relu(0)": (leaky(0), {-inf: (0, 0, 0), inf: (inf, 1, 0)}),
    "leaky_relu(0.25)": (leaky(0.25), {-inf: (-inf, 0.25, 0), inf: (inf, 1, 0)}),
}


def rounded(x, dtype):
    """x as JSON has it: the number of the dtype nearest to it, or infinity beyond its range."""
    if x is None:
        return None
    with np.errstate(over="ignore"):
        value = float(DTYPES[dtype](float(x)))
    if math.isfinite(value):
        return float(mp.mpf(x)) if dtype == "float32" else value
    return "nan" if value != value else "inf" if value > 0 else "-inf"


def tolerances(results, x, dtype, slope_units, second_units=0):
    """Of the value, slope and second derivative: 4, 8 and 32 units in the last place, and twice the
    effect of the argument's half unit, by the following derivative."""
    eps = float(np.finfo(DTYPES[dtype]).eps)
    smallest = float(np.finfo(DTYPES[dtype]).smallest_subnormal)
    sized = [0 if r is None or not mp.isfinite(r) else float(min(abs(r), mp.mpf("1e308"))) for r in results]
    x = abs(float(x)) if math.isfinite(x) else 0
    conditions = [x * sized[1], x * (2 * sized[2]), x * (x * sized[2])]
    absolute = [0, slope_units, 4 * slope_units + second_units]
    found = []
    for units, size, condition, more in zip((4, 8, 32), sized, conditions, absolute):
        found.append(min(eps * (units * size + condition + more) + 1024 * smallest, 1e308))
    return found


def entries_of(f, limits, domain=(-inf, inf), slope_units=0, second_units=0):
    for dtype, sizes in SIZES.items():
        points = sorted({float(DTYPES[dtype](s * v)) for v in sizes for s in (-1, 1)} | {-inf, inf})
        for x in points:
            if x in limits:
                results = limits[x]
            elif not domain[0] <= x <= domain[1]:
                results = (nan, None, None)
            elif math.isinf(x):
                continue
            else:
                results = [g(mp.mpf(x)) for g in f]
            given = [rounded(r, dtype) for r in results]
            yield [dtype, [rounded(x, dtype)], given[0], [given[1]], [given[2]],
                   tolerances(results, x, dtype, slope_units, second_units)]


# ---- of two arguments: the second derivatives are the Hessian's xx, xy, yx, yy


def pow_entry(x, y):
    """x^y and its derivatives. At x = 0 they are the limits for x from above, where PyTorch has them
    too, but for those by y, which are 0 for y >= 0: x^y does not vary with y there."""
    if x > 0 and math.isfinite(x) and math.isfinite(y):
        X, Y = mp.mpf(x), mp.mpf(y)
        z, log = X**Y, mp.log(X)
        mixed = X ** (Y - 1) * (1 + Y * log)
        return z, [Y * X ** (Y - 1), z * log], [Y * (Y - 1) * X ** (Y - 2), mixed, mixed, z * log**2]
    return POW_LIMITS[x, y]


POW_LIMITS = {
    # (0, y)
    (0, 0): (1, [0, 0], [0, inf, inf, 0]),
    (0, 0.5): (0, [inf, 0], [-inf, -inf, -inf, 0]),
    (0, 1): (0, [1, 0], [0, 0, 0, 0]),
    (0, 2): (0, [0, 0], [2, 0, 0, 0]),
    (0, 3): (0, [0, 0], [0, 0, 0, 0]),
    (0, -1): (inf, [-inf, -inf], [inf, inf, inf, inf]),
    (0, inf): (0, [0, 0], [0, 0, 0, 0]),
    # (inf, y)
    (inf, 0): (1, [0, inf], [0, 0, 0, inf]),
    (inf, 0.5): (inf, [0, inf], [0, 0, 0, inf]),
    (inf, 1): (inf, [1, inf], [0, inf, inf, inf]),
    (inf, 2): (inf, [inf, inf], [2, inf, inf, inf]),
    (inf, 3): (inf, [inf, inf], [inf, inf, inf, inf]),
    (inf, -1): (0, [0, 0], [0, 0, 0, 0]),
    (inf, inf): (inf, [inf, inf], [inf, inf, inf, inf]),
    # (x, inf)
    (0.5, inf): (0, [0, 0], [0, 0, 0, 0]),
    (2, inf): (inf, [inf, inf], [inf, inf, inf, inf]),
    (0.5, -inf): (inf, [-inf, -inf], [inf, inf, inf, inf]),
    (2, -inf): (0, [0, 0], [0, 0, 0, 0]),
    # Negative bases: no derivative by y.
    (-2, 0): (1, [0, nan], [0, None, None, nan]),
    (-2, 1): (-2, [1, nan], [None, nan, nan, nan]),
    (-2, 2): (4, [-4, nan], [None, nan, nan, nan]),
    (-2, 3): (-8, [12, nan], [None, nan, nan, nan]),
    (-2, -1): (-0.5, [-0.25, nan], [None, nan, nan, nan]),
    (-2, 0.5): (nan, [nan, nan], [nan, nan, nan, nan]),
}

POW_TINY = {"float64": [5e-324, 1e-310, 1e-300, 1e-160], "float32": [1e-45, 1e-40, 1e-38, 1e-30]}


def pow_entries():
    for dtype, tiny in POW_TINY.items():
        pairs = list(POW_LIMITS) + [
            (float(DTYPES[dtype](x)), y)
            for x in tiny + [1e-20, 1e-7, 0.5, 1, 2, 1e10]
            for y in (0, 0.5, 1, 2, 3, -1)
        ]
        for x, y in pairs:
            value, first, second = pow_entry(x, y)
            results = [value, *first, *second]
            log = math.log(x) if x > 0 and math.isfinite(x) else 0
            eps, least = (float(getattr(np.finfo(DTYPES[dtype]), of)) for of in ("eps", "smallest_subnormal"))
            absolute = least * (1024 + 2 * log**2)  # the power itself may be subnormal
            tolerances = [
                0 if r is None or not mp.isfinite(r) else min(32 * eps * float(abs(r)) + absolute, 1e308)
                for r in results
            ]
            given = [rounded(r, dtype) for r in results]
            yield [dtype, [rounded(x, dtype), rounded(y, dtype)], given[0], given[1:3], given[3:], tolerances]


def atan2_entries():
    """The angle of (x, y) on circles of all radii, and in the limits."""
    radii = {"float64": [1e-310, 1e-300, 1, 1e160, 1e300], "float32": [1e-40, 1e-38, 1, 1e30, 1e38]}
    limits = {
        (1, inf): (0, [0, 0]), (1, -inf): (mp.pi, [0, 0]), (inf, 1): (mp.pi / 2, [0, 0]),
        (-inf, 1): (-mp.pi / 2, [0, 0]), (inf, inf): (mp.pi / 4, [0, 0]), (0, inf): (0, [0, 0]),
        (0, 0): (0, [nan, nan]),
    }
    for dtype, sizes in radii.items():
        eps, least = (float(getattr(np.finfo(DTYPES[dtype]), of)) for of in ("eps", "smallest_subnormal"))
        cases = dict(limits)
        for r in sizes:
            for v, u in ((0.25, 0.75), (-0.75, -0.25), (0, 0.5), (1, 0)):
                y, x = (float(DTYPES[dtype](r * t)) for t in (v, u))
                Y, X = mp.mpf(y), mp.mpf(x)
                square = X * X + Y * Y
                cases[y, x] = mp.atan2(Y, X), [X / square, -Y / square]
        for (y, x), (value, first) in cases.items():
            results = [value, *first]
            tolerances = [
                min(8 * eps * float(abs(r)) + 1024 * least, 1e308) if mp.isfinite(r) else 0 for r in results
            ] + [0] * 4
            given = [rounded(r, dtype) for r in results]
            yield [dtype, [rounded(y, dtype), rounded(x, dtype)], given[0], given[1:], [None] * 4, tolerances]


def hypot_entries():
    """The distance of (x, y) on circles of all radii, and in the limits."""
    radii = {"float64": [1e-310, 1e-300, 1, 1e160, 1e300], "float32": [1e-40, 1e-37, 1, 1e30, 1e37]}
    limits = {
        (1, inf): (inf, [0, 1], [0] * 4), (-inf, 1): (inf, [-1, 0], [0] * 4),
        (inf, -inf): (inf, [None] * 2, [None] * 4), (inf, nan): (inf, [None] * 2, [None] * 4),
        (0, 0): (0, [nan, nan], [None] * 4), (nan, 1): (nan, [None] * 2, [None] * 4),
    }
    for dtype, sizes in radii.items():
        eps, least = (float(getattr(np.finfo(DTYPES[dtype]), of)) for of in ("eps", "smallest_subnormal"))
        cases = dict(limits)
        for r in sizes:
            for v, u in ((0.25, 0.75), (-0.75, -0.25), (0, 0.5), (1, 0), (-3, 4)):
                x, y = (float(DTYPES[dtype](r * t)) for t in (v, u))
                X, Y = mp.mpf(x), mp.mpf(y)
                h = mp.sqrt(X * X + Y * Y)
                bends = [Y * Y / h**3, -X * Y / h**3, -X * Y / h**3, X * X / h**3]
                cases[x, y] = h, [X / h, Y / h], bends if h > np.finfo(DTYPES[dtype]).tiny else [None] * 4
        for (x, y), (value, first, second) in cases.items():
            results = [value, *first, *second]
            steep = 1 / value if value else 0
            sizes = [abs(value), 1 + least * steep / eps, 1 + least * steep / eps] + [steep] * 4
            tolerances = [
                8 * (eps * float(size) + least) if r is not None and mp.isfinite(r) else 0
                for r, size in zip(results, sizes)
            ]
            given = [rounded(r, dtype) for r in results]
            yield [dtype, [rounded(x, dtype), rounded(y, dtype)], given[0], given[1:3], given[3:], tolerances]


def main():
    table = {name: list(entries_of(*spec)) for name, spec in OPS.items()}
    table |= {"pow": list(pow_entries()), "atan2": list(atan2_entries()), "hypot": list(hypot_entries())}
    lines = [
        f"{json.dumps(name)}: [\n" + ",\n".join(json.dumps(e) for e in entries) + "\n]"
        for name, entries in table.items()
    ]
    path = pathlib.Path(__file__).with_name("limits.json")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
