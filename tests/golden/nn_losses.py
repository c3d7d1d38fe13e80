"""What PyTorch makes of the losses: values and gradients, for every combination of options.

    python3 tests/golden/nn_losses.py

PyTorch is Debian's python3-torch. Writes nn_losses.json, which tests/nn/loss_test.cpp reads, beside
this file. The gradient is that of the sum of seed * loss, the seed being 1, 2, 3, ...
"""

import itertools
import json
import pathlib

import torch
import torch.nn.functional as F

REDUCTIONS = ["none", "mean", "sum"]


def numbers(tensor):
    return {"shape": list(tensor.shape), "values": tensor.detach().reshape(-1).tolist()}


def evaluate(loss_function, inputs):
    """The loss, and its gradient with respect to each of the inputs."""
    leaves = [x.clone().requires_grad_() for x in inputs]
    loss = loss_function(*leaves)
    seed = torch.arange(1, loss.numel() + 1, dtype=torch.float64).reshape(loss.shape)
    (loss * seed).sum().backward()
    assert torch.isfinite(loss).all()
    return {"loss": numbers(loss), "gradients": [numbers(x.grad) for x in leaves]}


def main():
    torch.manual_seed(0)
    classes = 4
    weight = torch.tensor([0.5, 2.0, 0.25, 1.5], dtype=torch.float64)
    # Shapes of the scores: a batch, one sample, a label at each of 3 places, and logits whose
    # exponentials overflow.
    scores = {
        "batch": torch.randn(6, classes, dtype=torch.float64) * 2,
        "single": torch.randn(classes, dtype=torch.float64) * 2,
        "places": torch.randn(2, classes, 3, dtype=torch.float64) * 2,
        "huge": torch.randn(6, classes, dtype=torch.float64).sign() * 1e4
        + torch.randn(6, classes, dtype=torch.float64),
    }
    labels = {
        "batch": torch.tensor([0, 3, 1, 1, 2, 3]),
        "single": torch.tensor(3),
        "places": torch.tensor([[0, 3, 1], [1, 2, 0]]),
        "huge": torch.tensor([0, 3, 1, 1, 2, 3]),
    }
    cases = []

    for shape, reduction, weighted, smoothing, ignore in itertools.product(
        scores, REDUCTIONS, [False, True], [0.0, 0.1, 1.0], [-100, 1]
    ):
        if shape == "single" and ignore == 1:
            continue  # nothing would be ignored
        options = {"reduction": reduction, "label_smoothing": smoothing, "ignore_index": ignore}
        x, y, w = scores[shape], labels[shape], weight if weighted else None
        result = evaluate(lambda x: F.cross_entropy(x, y, weight=w, **options), [x])
        cases.append({"loss_function": "cross_entropy", "scores": shape, "target": "labels",
                      "weighted": weighted, **options, **result})
        if smoothing == 0.0:
            log_p = F.log_softmax(x, dim=0 if x.dim() == 1 else 1)
            options.pop("label_smoothing")
            result = evaluate(lambda x: F.nll_loss(x, y, weight=w, **options), [log_p])
            cases.append({"loss_function": "nll_loss", "scores": shape, "target": "labels",
                          "weighted": weighted, **options, **result})

    probabilities = {}
    for shape, x in scores.items():
        probabilities[shape] = torch.rand(x.shape, dtype=torch.float64)
        probabilities[shape] /= probabilities[shape].sum(0 if x.dim() == 1 else 1, keepdim=True)
    for shape, reduction, weighted, smoothing in itertools.product(
        scores, REDUCTIONS, [False, True], [0.0, 0.1, 1.0]
    ):
        options = {"reduction": reduction, "label_smoothing": smoothing}
        w = weight if weighted else None
        result = evaluate(lambda x, q: F.cross_entropy(x, q, weight=w, **options),
                          [scores[shape], probabilities[shape]])
        cases.append({"loss_function": "cross_entropy", "scores": shape, "target": "probabilities",
                      "weighted": weighted, **options, **result})

    for shape, reduction in itertools.product(scores, REDUCTIONS):
        result = evaluate(lambda x, t: F.mse_loss(x, t, reduction=reduction),
                          [scores[shape], probabilities[shape]])
        cases.append({"loss_function": "mse_loss", "scores": shape, "target": "probabilities",
                      "reduction": reduction, **result})

    content = {
        "weight": numbers(weight),
        "scores": {name: numbers(x) for name, x in scores.items()},
        "labels": {name: numbers(y) for name, y in labels.items()},
        "probabilities": {name: numbers(q) for name, q in probabilities.items()},
    }
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in content.items()]
    lines.append('"cases": [\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]")
    path = pathlib.Path(__file__).with_name("nn_losses.json")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{len(cases)} cases in {path.name}")


main()
