#!/usr/bin/env python3
"""Writes lbfgs.json: trajectories of PyTorch's LBFGS in float64.

The problems are Rosenbrock's function of (x, y), x of shape () and y of shape (1,), from (-1.2, 1),
and the mean squared error of the network w2 tanh(w1 x + b1) + b2 with 2 inputs, 3 hidden units and
1 output, whose parameters of shapes (3, 2), (3,), (1, 3) and (1,) start at sin(1), sin(2), sin(3),
…, on 8 points x = (cos(i), sin(2 i)) with targets x0 x1 + x1. Every third step the bias b2 has no
gradient. A case gives the options, the loss that each step returned, the parameters after it and
the state after the last. tests/optim/lbfgs_test.cpp does the same.
"""

import torch

from optim_golden import write


def rosenbrock():
    x = torch.tensor(-1.2, requires_grad=True)
    y = torch.tensor([1.0], requires_grad=True)

    def loss(t):
        return (100 * (y - x ** 2) ** 2 + (1 - x) ** 2).sum()
    return [x, y], loss


def network():
    count = 0
    params = []
    for shape in ((3, 2), (3,), (1, 3), (1,)):
        n = torch.Size(shape).numel()
        values = torch.sin(torch.arange(count + 1, count + n + 1, dtype=torch.float64))
        params.append(values.reshape(shape).requires_grad_())
        count += n
    i = torch.arange(8, dtype=torch.float64)
    inputs = torch.stack([torch.cos(i), torch.sin(2 * i)], 1)
    targets = (inputs[:, 0] * inputs[:, 1] + inputs[:, 1]).reshape(8, 1)
    w1, b1, w2, b2 = params

    def loss(t):
        last = b2.detach() if t % 3 == 2 else b2
        return ((torch.tanh(inputs @ w1.T + b1) @ w2.T + last - targets) ** 2).mean()
    return params, loss


def flat_state(state):
    flat = {}
    for name, value in state.items():
        if isinstance(value, list):
            value = torch.stack([torch.as_tensor(v) for v in value]) if value else torch.zeros(0)
        flat[name] = torch.as_tensor(value, dtype=torch.float64).flatten().tolist()
    return flat


def run(problem, steps, options):
    params, loss = problem()
    others = {k: v for k, v in options.items() if k != "line_search"}
    optimizer = torch.optim.LBFGS(params, line_search_fn=options.get("line_search"), **others)
    losses, trajectory = [], []
    for t in range(steps):
        def closure():
            optimizer.zero_grad(set_to_none=True)
            value = loss(t)
            value.backward()
            return value
        losses.append(optimizer.step(closure).item())
        trajectory.append([p.detach().flatten().tolist() for p in params])
        if t == 0:
            state = flat_state({name: value for name, value in optimizer.state[params[0]].items()
                                if name != "al"})  # a buffer
    return {"problem": problem.__name__, "options": options, "losses": losses,
            "trajectory": trajectory, "state": state}


def cases():
    wolfe = {"line_search": "strong_wolfe"}
    yield run(rosenbrock, 4, {"lr": 0.5, "max_iter": 4})
    yield run(rosenbrock, 3, {"lr": 0.1})
    yield run(rosenbrock, 6, {"lr": 0.3, "max_iter": 3, "history_size": 2})
    yield run(rosenbrock, 1, {"max_iter": 12, **wolfe})
    yield run(rosenbrock, 3, {"max_iter": 4, **wolfe})
    yield run(rosenbrock, 3, {"lr": 0.2, "max_iter": 4, "history_size": 3, **wolfe})
    yield run(rosenbrock, 2, {"max_iter": 10, "max_eval": 6, **wolfe})
    yield run(rosenbrock, 3, {"max_iter": 6, "tolerance_grad": 10.0, **wolfe})
    yield run(rosenbrock, 2, {"max_iter": 6, "tolerance_change": 0.1, **wolfe})
    yield run(network, 4, {"max_iter": 5})
    yield run(network, 5, {"lr": 0.5, "max_iter": 6, "history_size": 3})
    yield run(network, 6, {"lr": 0.8, "max_iter": 10, "max_eval": 4})
    yield run(network, 3, {"max_iter": 8, **wolfe})
    yield run(network, 6, {"max_iter": 3, "history_size": 4, **wolfe})
    yield run(network, 4, {"lr": 3.0, "max_iter": 4, **wolfe})
    yield run(network, 6, {"tolerance_grad": 1e-3, "tolerance_change": 1e-4, **wolfe})
    yield run(network, 3, {"lr": 0.0, "max_iter": 2})


def main():
    torch.set_default_dtype(torch.float64)
    write(__file__, {"torch": torch.__version__}, cases())


if __name__ == "__main__":
    main()
