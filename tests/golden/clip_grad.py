#!/usr/bin/env python3
"""Writes clip_grad.json: what PyTorch's clipping makes of some gradients.

A case has the gradients of its parameters (null for a parameter that has none), the norm's order
and bound or the bound of the values, and gives the norm and the clipped gradients in float64.
"""

import torch

from optim_golden import write

GRADIENTS = {
    "several": [[3.0, -4.0], None, [[0.5, -0.25, 8.0], [1.0, 0.0, -2.0]], [7.0] * 40, -1.5, []],
    "small": [[1e-9, -2e-9], [[5e-10]]],
    "zero": [[0.0, 0.0]],
    "large": [[1e20, -3e19], [2e18]],
    "none": [None, None],
}
INF = float("inf")


def parameters(name):
    made = []
    for values in GRADIENTS[name]:
        grad = None if values is None else torch.tensor(values, dtype=torch.float64)
        parameter = torch.zeros(grad.shape if grad is not None else (2,), dtype=torch.float64)
        parameter.grad = grad
        made.append(parameter)
    return made


def result(made, **case):
    shapes = [list(p.shape) for p in made]
    return {**case, "shapes": shapes,
            "clipped": [None if p.grad is None else p.grad.flatten().tolist() for p in made]}


def norm(name, max_norm, norm_type):
    made = parameters(name)
    before = [None if p.grad is None else p.grad.flatten().tolist() for p in made]
    # PyTorch refuses the infinity norm of an empty gradient, which adds nothing.
    some = [p for p in made if p.numel() > 0]
    total = torch.nn.utils.clip_grad_norm_(some, max_norm, norm_type)
    return result(made, gradients=before, max_norm=str(max_norm), norm_type=str(norm_type),
                  norm=float(total))


def value(name, bound):
    made = parameters(name)
    before = [None if p.grad is None else p.grad.flatten().tolist() for p in made]
    torch.nn.utils.clip_grad_value_(made, bound)
    return result(made, gradients=before, clip_value=bound)


def main():
    cases = [norm(name, max_norm, norm_type) for name in GRADIENTS
             for max_norm in [0.0, 1e-9, 1.0, 45.0, 1e6, INF] for norm_type in [0.5, 1, 2, 3.5, INF]]
    cases += [value(name, bound) for name in GRADIENTS for bound in [0.0, 0.75, 2.0, 1e19]]
    write(__file__, {"torch": torch.__version__}, cases)


if __name__ == "__main__":
    main()
