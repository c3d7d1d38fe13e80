#!/usr/bin/env python3
"""Writes optim.json: trajectories of PyTorch's optimizers in float64.

Parameter j has the shape SHAPES[j] and starts at 2 + i / 4 + j / 8 in its element i. At step t
(from 0) the gradient of each element x is

    (x - 3) / 2 + ((7 t + 5 i + 3 j) mod 11 - 5) / 8;

parameter 2 has none in the steps t = 0, 3, 6, …. A case gives its parameter groups, the options
that change before a step, the parameters after some numbers of steps and, after the last, the
state. tests/optim/golden.hpp does the same.

To maximize with the gradient negated is to take the same path, bit for bit, and to keep the same
state. That is asserted here of every optimizer for which PyTorch has the option; a case is written
once, and the test walks it either way.

The defaults of every class are written too.
"""

import inspect
import itertools

import torch

from optim_golden import write

SHAPES = [(), (3,), (2, 3), (0,)]
STEPS = 200
CHECKPOINTS = [1, 2, 10, 50, STEPS]
# What is no option of the algorithm, and maximize, which only some have; it is False by default.
LEFT_OUT = {"params", "maximize", "foreach", "capturable", "differentiable", "fused"}


def initial(j):
    n = torch.Size(SHAPES[j]).numel()
    values = torch.tensor([2 + i / 4 + j / 8 for i in range(n)], dtype=torch.float64)
    return values.reshape(SHAPES[j]).requires_grad_()


def gradient(x, j, t):
    noise = [((7 * t + 5 * i + 3 * j) % 11 - 5) / 8 for i in range(x.numel())]
    return (x.detach() - 3) * 0.5 + torch.tensor(noise, dtype=torch.float64).reshape(x.shape)


def make(optimizer, params, groups, flags):
    made = optimizer([{"params": [params[j] for j in g["params"]], **g["options"], **flags}
                      for g in groups])
    if optimizer is torch.optim.Adagrad:  # it reads the first sum from its own argument alone
        for group in made.param_groups:
            for p in group["params"]:
                made.state[p]["sum"].fill_(group["initial_accumulator_value"])
    return made


def state_of(torch_optimizer, params):
    return {f"{j}.{name}": torch.as_tensor(value).flatten().tolist()
            for j, p in enumerate(params)
            for name, value in torch_optimizer.state[p].items() if value is not None}


def walk(optimizer, groups, changes, flags):
    params = [initial(j) for j in range(len(SHAPES))]
    torch_optimizer = make(optimizer, params, groups, flags)
    sign = -1 if flags.get("maximize") else 1
    checkpoints = {}
    for t in range(STEPS):
        for change in changes:
            if change["step"] == t:
                torch_optimizer.param_groups[change["group"]].update(change["options"])
        for j, p in enumerate(params):
            p.grad = None if j == 2 and t % 3 == 0 else sign * gradient(p, j, t)
        torch_optimizer.step()
        if t + 1 in CHECKPOINTS:
            checkpoints[t + 1] = [p.detach().flatten().tolist() for p in params]
    return {"checkpoints": checkpoints, "state": state_of(torch_optimizer, params)}


def run(name, groups, changes=()):
    optimizer = getattr(torch.optim, name)
    result = walk(optimizer, groups, changes, {})
    if "maximize" in inspect.signature(optimizer).parameters:
        assert walk(optimizer, groups, changes, {"maximize": True}) == result
    return {"optimizer": name, "groups": groups, "changes": list(changes), **result}


def change(step, group, **options):
    return {"step": step, "group": group, "options": options}


def one_group(options):
    return [{"params": list(range(len(SHAPES))), "options": options}]


def two_groups(name, first, second, *changes):
    groups = [{"params": [2, 0], "options": first}, {"params": [1, 3], "options": second}]
    return run(name, groups, changes)


def combinations(name, **choices):
    for values in itertools.product(*choices.values()):
        yield run(name, one_group(dict(zip(choices, values))))


def sgd():
    choices = {"lr": [0.05], "momentum": [0.0, 0.9], "weight_decay": [0.0, 0.01]}
    yield from combinations("SGD", **choices, dampening=[0.0, 0.5])
    yield from combinations("SGD", **choices | {"momentum": [0.9]}, nesterov=[True])
    yield two_groups("SGD", {"lr": 0.05, "momentum": 0.0},
                     {"lr": 0.1, "momentum": 0.8, "nesterov": True},
                     change(40, 0, momentum=0.9, dampening=0.5), change(80, 1, lr=0.01),
                     change(120, 0, momentum=0.0), change(160, 0, momentum=0.9))


def adam(name):
    yield run(name, one_group({}))
    yield from combinations(name, lr=[0.02], betas=[(0.9, 0.999), (0.8, 0.95)], eps=[1e-8, 1e-2],
                            weight_decay=[0.0, 0.05], amsgrad=[False, True])
    yield two_groups(name, {"lr": 0.02, "eps": 1e-3, "weight_decay": 0.1},
                     {"lr": 0.05, "betas": (0.7, 0.9), "amsgrad": True},
                     change(80, 1, lr=0.005, betas=(0.5, 0.8)), change(120, 0, weight_decay=0.02))


def adamax():
    yield run("Adamax", one_group({}))
    yield from combinations("Adamax", lr=[0.02], betas=[(0.9, 0.999), (0.8, 0.95)],
                            eps=[1e-8, 1e-2], weight_decay=[0.0, 0.04])
    yield two_groups("Adamax", {"lr": 0.02, "eps": 1e-3}, {"lr": 0.05, "betas": (0.7, 0.9)},
                     change(80, 1, lr=0.005), change(120, 0, weight_decay=0.02, betas=(0.0, 0.5)))


def nadam():
    yield run("NAdam", one_group({}))
    yield from combinations("NAdam", lr=[0.02], betas=[(0.9, 0.999), (0.8, 0.95)],
                            eps=[1e-8, 1e-2], weight_decay=[0.0, 0.05],
                            momentum_decay=[0.0, 4e-3, 0.1])
    yield two_groups("NAdam", {"lr": 0.02, "momentum_decay": 0.1},
                     {"lr": 0.05, "betas": (0.7, 0.9)},
                     change(80, 1, lr=0.005, momentum_decay=0.01), change(120, 0, eps=1e-2))


def radam():
    yield run("RAdam", one_group({}))
    # With the last betas the variance is never rectified.
    yield from combinations("RAdam", lr=[0.02], betas=[(0.9, 0.999), (0.8, 0.95), (0.9, 0.6)],
                            eps=[1e-8, 1e-2], weight_decay=[0.0, 0.05])
    yield two_groups("RAdam", {"lr": 0.02, "eps": 1e-3}, {"lr": 0.05, "betas": (0.7, 0.9)},
                     change(80, 1, lr=0.005), change(120, 0, weight_decay=0.02, betas=(0.5, 0.8)))


def adagrad():
    yield run("Adagrad", one_group({}))
    yield from combinations("Adagrad", lr=[0.1], lr_decay=[0.0, 0.05], weight_decay=[0.0, 0.05],
                            initial_accumulator_value=[0.0, 0.5], eps=[1e-10, 1e-2])
    yield two_groups("Adagrad", {"lr": 0.1, "initial_accumulator_value": 0.1},
                     {"lr": 0.5, "lr_decay": 0.01},
                     change(80, 1, lr=0.2, eps=1e-3), change(120, 0, weight_decay=0.1))


def adadelta():
    yield run("Adadelta", one_group({}))
    yield from combinations("Adadelta", lr=[0.5], rho=[0.9, 0.6, 1.0], eps=[1e-6, 1e-2],
                            weight_decay=[0.0, 0.05])
    yield two_groups("Adadelta", {"lr": 0.7, "rho": 0.0}, {"rho": 0.95, "eps": 1e-4},
                     change(80, 1, lr=0.2, rho=0.8), change(120, 0, weight_decay=0.1, rho=0.5))


def rmsprop():
    yield run("RMSprop", one_group({}))
    yield from combinations("RMSprop", alpha=[0.99, 0.8], eps=[1e-8, 1e-2],
                            weight_decay=[0.0, 0.05], momentum=[0.0, 0.9], centered=[False, True])
    yield two_groups("RMSprop", {"lr": 0.02, "momentum": 0.5}, {"lr": 0.03, "centered": True},
                     change(80, 1, lr=0.005, eps=1e-3), change(120, 0, alpha=0.9, momentum=0.8))


def rprop():
    yield run("Rprop", one_group({}))
    yield from combinations("Rprop", lr=[0.1], etas=[(0.5, 1.2), (0.3, 1.5)],
                            step_sizes=[(1e-6, 50), (0.02, 0.2)])
    yield two_groups("Rprop", {"lr": 0.02, "step_sizes": (0.05, 1)},
                     {"lr": 0.3, "etas": (0.7, 1.1)},
                     change(80, 1, step_sizes=(0.01, 0.1)), change(120, 0, etas=(0.4, 1.6)))


def asgd():
    yield run("ASGD", one_group({}))
    yield from combinations("ASGD", lr=[0.05], lambd=[1e-4, 0.1], alpha=[0.75, 0.5],
                            t0=[1e6, 30.0], weight_decay=[0.0, 0.05])
    yield two_groups("ASGD", {"lr": 0.05, "t0": 10.0, "lambd": 0.5}, {"lr": 0.2, "t0": 0.0},
                     change(80, 1, lr=0.1, lambd=0.05), change(120, 0, alpha=1.5, t0=150.0))


def defaults_of(name):
    parameters = inspect.signature(getattr(torch.optim, name)).parameters.values()
    defaults = {p.name: p.default for p in parameters}
    if name == "SGD":
        defaults["lr"] = 1e-3  # later versions have this default, 1.13 asks for a learning rate
    return {key: value for key, value in defaults.items() if key not in LEFT_OUT}


def main():
    torch.set_default_dtype(torch.float64)  # of the scalars that some optimizers keep
    cases = [*sgd(), *adam("Adam"), *adam("AdamW"), *adamax(), *nadam(), *radam(), *adagrad(),
             *adadelta(), *rmsprop(), *rprop(), *asgd()]
    names = dict.fromkeys(case["optimizer"] for case in cases)
    write(__file__, {"torch": torch.__version__, "steps": STEPS, "shapes": SHAPES,
                     "defaults": {name: defaults_of(name) for name in names}}, cases)


if __name__ == "__main__":
    main()
