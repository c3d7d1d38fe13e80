"""What PyTorch makes of the losses: values and gradients, for every combination of options.

    python3 tests/golden/nn_losses.py

PyTorch is Debian's python3-torch. Writes nn_losses.json, which tests/nn/loss_golden_test.cpp reads,
beside this file. A case names its loss, options and tensors, and gives the loss and the gradients
of backward() (nn_golden.py) with respect to the input and, where it has one, the target.
"""

import itertools
import warnings

import torch
import torch.nn.functional as F

from nn_golden import backward, rounded, numbers, write

REDUCTIONS = ["none", "mean", "sum"]
tensors = {}
cases = []


def add(loss, input, target, target_gradient=True, weights={}, **options):
    """A case; input, target and the values of weights are names of tensors."""
    x, t = tensors[input].clone().requires_grad_(), tensors[target].clone()
    leaves = [x, t.requires_grad_()] if target_gradient else [x]
    given = {name: tensors[key] for name, key in weights.items()}
    value = getattr(F, loss)(x, t, **given, **options)
    backward(value)
    cases.append({"loss": loss, "input": input, "target": target, "weights": weights,
                  "options": options, "value": numbers(value),
                  "gradients": [numbers(leaf.grad) for leaf in leaves]})


def combinations(**choices):
    """All dictionaries with one of the values for each key, and every reduction."""
    choices["reduction"] = choices.get("reduction", REDUCTIONS)
    for values in itertools.product(*choices.values()):
        yield dict(zip(choices, values))


def add_classification():
    # Shapes of the scores: a batch, one sample, a label at each of 3 places, and logits whose
    # exponentials overflow.
    classes = 4
    scores = {
        "batch": torch.randn(6, classes) * 2,
        "single": torch.randn(classes) * 2,
        "places": torch.randn(2, classes, 3) * 2,
        "huge": torch.randn(6, classes).sign() * 1e4 + torch.randn(6, classes),
    }
    labels = {
        "batch": [0, 3, 1, 1, 2, 3],
        "single": 3,
        "places": [[0, 3, 1], [1, 2, 0]],
        "huge": [0, 3, 1, 1, 2, 3],
    }
    tensors["class weight"] = torch.tensor([0.5, 2.0, 0.25, 1.5], dtype=torch.float64)
    for shape, x in scores.items():
        axis = 0 if x.dim() == 1 else 1
        q = torch.rand(x.shape)
        tensors[shape] = rounded(x)
        tensors[shape + " labels"] = torch.tensor(labels[shape])
        tensors[shape + " log"] = rounded(F.log_softmax(x, axis))
        tensors[shape + " probabilities"] = rounded(q / q.sum(axis, keepdim=True))
    for shape, weights in itertools.product(scores, [{}, {"weight": "class weight"}]):
        ignore_index = [-100] if shape == "single" else [-100, 1]
        for options in combinations(label_smoothing=[0.0, 0.1, 1.0], ignore_index=ignore_index):
            add("cross_entropy", shape, shape + " labels", False, weights, **options)
        for options in combinations(ignore_index=ignore_index):
            add("nll_loss", shape + " log", shape + " labels", False, weights, **options)
        for options in combinations(label_smoothing=[0.0, 0.1, 1.0]):
            add("cross_entropy", shape, shape + " probabilities", True, weights, **options)


def add_regression():
    """Differences of 0, of just the bounds, of less and of more; and two that broadcast."""
    tensors["x"] = rounded(torch.randn(3, 4))
    d = torch.tensor([[0, 1, -1, 3], [0.5, -0.5, 2, -2], [0.125, -0.25, 0.75, -4]])
    tensors["target"] = tensors["x"] - d.double()
    tensors["column"] = rounded(torch.randn(3, 1))
    tensors["row"] = rounded(torch.randn(4))
    for pair in [("x", "target"), ("column", "row")]:
        for options in combinations():
            add("mse_loss", *pair, **options)
            add("l1_loss", *pair, **options)
        for options in combinations(delta=[1.0, 0.5, 2.5]):
            add("huber_loss", *pair, **options)
        # With beta = 0, PyTorch's gradient is -1 where the difference is 0, other than l1_loss's.
        for options in combinations(beta=[1.0, 0.5, 2.5] + [0.0] * (pair[0] != "x")):
            add("smooth_l1_loss", *pair, **options)


def add_distributions():
    p, t = torch.rand(3, 4), torch.rand(3, 4)
    tensors["p"], tensors["t"] = rounded(p), rounded(t)
    tensors["ends p"] = torch.tensor([0, 1, 0, 1, 0.25, 0.5], dtype=torch.float64)
    tensors["ends t"] = torch.tensor([0, 1, 1, 0, 0, 1], dtype=torch.float64)
    tensors["logits"] = rounded(torch.randn(3, 4) * 3)
    tensors["far logits"] = torch.tensor([90, -90, 90, -90, 0, 20], dtype=torch.float64)
    tensors["weights"] = rounded(torch.rand(3, 4) + 0.5)
    tensors["row of weights"] = rounded(torch.rand(4) + 0.5)
    log_p, q = F.log_softmax(torch.randn(3, 4), 1), F.softmax(torch.randn(3, 4), 1)
    tensors["log p"], tensors["q"] = rounded(log_p), rounded(q)
    tensors["log q"] = rounded(q.log())
    tensors["q with zeros"] = torch.tensor([[0.5, 0, 0.25, 0.25], [0, 1, 0, 0], [0.25] * 4],
                                           dtype=torch.float64)
    given = [{}, {"weight": "weights"}, {"weight": "row of weights"}]
    for options in combinations():
        for weights in given:
            add("binary_cross_entropy", "p", "t", True, weights, **options)
            for more in [{}, {"pos_weight": "row of weights"}]:
                add("binary_cross_entropy_with_logits", "logits", "t", True, weights | more,
                    **options)
        add("binary_cross_entropy", "ends p", "ends t", False, **options)
        add("binary_cross_entropy_with_logits", "far logits", "ends t", **options)
    for options in combinations(reduction=REDUCTIONS + ["batchmean"]):
        add("kl_div", "log p", "q", log_target=False, **options)
        add("kl_div", "log p", "log q", log_target=True, **options)
        add("kl_div", "log p", "q with zeros", False, log_target=False, **options)


def add_hinge():
    """Distances on both sides of the margins, and just at them."""
    tensors["distances"] = torch.tensor([[0.25, 0.5, 1, 2], [0.25, 0.5, 1, 2]], dtype=torch.float64)
    tensors["alike"] = torch.tensor([[1.0] * 4, [-1.0] * 4], dtype=torch.float64)
    for options in combinations(margin=[1.0, 0.5]):
        add("hinge_embedding_loss", "distances", "alike", False, **options)


def main():
    torch.manual_seed(0)
    warnings.simplefilter("ignore")  # of losses that broadcast
    add_classification()
    add_regression()
    add_distributions()
    add_hinge()
    named = {key: numbers(t) | {"integers": not t.is_floating_point()} for key, t in tensors.items()}
    write("nn_losses.json", {"tensors": named}, cases)


main()
