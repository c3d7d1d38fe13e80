#!/usr/bin/env python3
"""Writes optim.json: trajectories of PyTorch's optimizers in float64.

Parameter j has the shape SHAPES[j] and starts at 2 + i / 4 + j / 8 in its element i. At step t
(from 0) the gradient of each element x is

    s * ((x - 3) / 2 + ((7 t + 5 i + 3 j) mod 11 - 5) / 8),

s = -1 for a group that maximizes, else 1; parameter 2 has none in the steps t = 0, 3, 6, ….
A case gives its parameter groups, the options that change before a step, the parameters after
some numbers of steps and, after the last, the state. tests/optim/golden.hpp does the same.
"""

import itertools
import json
import pathlib

import torch

SHAPES = [(), (3,), (2, 3), (0,)]
STEPS = 200
CHECKPOINTS = [1, 2, 10, 50, STEPS]


def initial(j):
    n = torch.Size(SHAPES[j]).numel()
    values = torch.tensor([2 + i / 4 + j / 8 for i in range(n)], dtype=torch.float64)
    return values.reshape(SHAPES[j]).requires_grad_()


def gradient(x, j, t, maximize):
    noise = [((7 * t + 5 * i + 3 * j) % 11 - 5) / 8 for i in range(x.numel())]
    g = (x.detach() - 3) * 0.5 + torch.tensor(noise, dtype=torch.float64).reshape(x.shape)
    return -g if maximize else g


def run(optimizer, groups, changes=()):
    params = [initial(j) for j in range(len(SHAPES))]
    torch_optimizer = getattr(torch.optim, optimizer)(
        [{"params": [params[j] for j in g["params"]], **g["options"]} for g in groups])
    checkpoints = {}
    for t in range(STEPS):
        for change in changes:
            if change["step"] == t:
                torch_optimizer.param_groups[change["group"]].update(change["options"])
        for group, torch_group in zip(groups, torch_optimizer.param_groups):
            for j in group["params"]:
                none = j == 2 and t % 3 == 0
                params[j].grad = None if none else gradient(
                    params[j], j, t, torch_group.get("maximize", False))
        torch_optimizer.step()
        if t + 1 in CHECKPOINTS:
            checkpoints[t + 1] = [p.detach().flatten().tolist() for p in params]
    state = {}
    for j, p in enumerate(params):
        for name, value in torch_optimizer.state[p].items():
            if isinstance(value, torch.Tensor) and name != "step":
                state[f"{j}.{name}"] = value.flatten().tolist()
    return {"optimizer": optimizer, "groups": groups, "changes": list(changes),
            "checkpoints": checkpoints, "state": state}


def product(**choices):
    for values in itertools.product(*choices.values()):
        yield dict(zip(choices.keys(), values))


def one_group(options):
    return [{"params": list(range(len(SHAPES))), "options": options}]


def two_groups(first, second):
    return [{"params": [2, 0], "options": first}, {"params": [1, 3], "options": second}]


def sgd():
    for options in product(lr=[0.05], momentum=[0.0, 0.9], dampening=[0.0, 0.5],
                           weight_decay=[0.0, 0.01], nesterov=[False, True],
                           maximize=[False, True]):
        if not options["nesterov"] or (options["momentum"] > 0 and options["dampening"] == 0):
            yield run("SGD", one_group(options))
    groups = two_groups({"lr": 0.05, "momentum": 0.0},
                        {"lr": 0.1, "momentum": 0.8, "nesterov": True})
    yield run("SGD", groups, [
        {"step": 40, "group": 0, "options": {"momentum": 0.9, "dampening": 0.5}},
        {"step": 80, "group": 1, "options": {"lr": 0.01}},
        {"step": 120, "group": 0, "options": {"momentum": 0.0}},
        {"step": 160, "group": 0, "options": {"momentum": 0.9}}])


def adam():
    for options in product(lr=[0.02], betas=[(0.9, 0.999), (0.8, 0.95)], weight_decay=[0.0, 0.01],
                           amsgrad=[False, True], maximize=[False, True]):
        yield run("Adam", one_group(options))
    yield run("Adam", one_group({}))
    groups = two_groups({"lr": 0.02, "eps": 1e-3}, {"lr": 0.05, "betas": (0.7, 0.9)})
    yield run("Adam", groups, [{"step": 80, "group": 1, "options": {"lr": 0.005}}])


def main():
    torch.set_default_dtype(torch.float64)  # of the scalars that some optimizers keep
    cases = [*sgd(), *adam()]
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    header = json.dumps({"torch": torch.__version__, "steps": STEPS, "shapes": SHAPES})[:-1]
    pathlib.Path(__file__).with_suffix(".json").write_text(
        f'{header}, "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
