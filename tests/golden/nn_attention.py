"""What PyTorch makes of attention layers: outputs, weights and gradients.

    python3 tests/golden/nn_attention.py

PyTorch is Debian's python3-torch. Writes nn_attention.json, which tests/nn/attention_test.cpp reads,
beside this file. A case names its module with its options, gives its state dict, the inputs and
masks, and then the results and the gradients of backward() (nn_golden.py) of inputs and parameters.
"""

import itertools

import torch

from nn_golden import backward, numbers, rounded, write

DIM, HEADS, ROWS, QUERIES, KEYS = 4, 2, 3, 2, 5
cases = []


def leaf(*shape):
    return rounded(torch.randn(*shape)).requires_grad_()


def mask_of(kind, *shape):
    """Masks that leave each query the first key."""
    if kind == "none":
        return None
    mask = torch.rand(*shape) < 0.4
    mask[..., 0] = False
    return mask if kind == "boolean" else torch.where(mask, -1.0, 0.5).double()


def add(name, module, call, inputs, masks, case):
    module = module.double()
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(rounded(torch.randn(p.shape)))
    results = [r for r in call(module) if r is not None]
    module.zero_grad()
    backward(torch.cat([r.reshape(-1) for r in results]))
    shown = {k: {"boolean": m.dtype == torch.bool} | numbers(m.double())
             for k, m in masks.items() if m is not None}
    cases.append({"module": name, **case, "inputs": [numbers(x) for x in inputs], "masks": shown,
                  "state_dict": {k: numbers(p) for k, p in module.named_parameters()},
                  "results": [numbers(r) for r in results],
                  "input_gradients": [numbers(x.grad) for x in inputs],
                  "gradients": {k: numbers(p.grad) for k, p in module.named_parameters()}})


def shaped(batched, batch_first, steps):
    if not batched:
        return (steps, DIM)
    return (ROWS, steps, DIM) if batch_first else (steps, ROWS, DIM)


def attention(bias, batch_first, batched, kind, padding, by_head=False, need_weights=True):
    options = {"bias": bias, "batch_first": batch_first}
    module = torch.nn.MultiheadAttention(DIM, HEADS, **options)
    inputs = [leaf(*shaped(batched, batch_first, n)) for n in (QUERIES, KEYS, KEYS)]
    masks = {"attn_mask": mask_of(kind, *([ROWS * HEADS] if by_head else []), QUERIES, KEYS),
             "key_padding_mask": mask_of(padding, *([ROWS] if batched else []), KEYS)}

    def call(module):
        return module(*inputs, need_weights=need_weights, **masks)

    add("MultiheadAttention", module, call, inputs, masks,
        {"options": options | {"need_weights": need_weights}})


def encoder(activation, batch_first, norm_first, kind, padding):
    options = {"batch_first": batch_first, "norm_first": norm_first, "activation": activation}
    module = torch.nn.TransformerEncoderLayer(DIM, HEADS, 6, 0.0, layer_norm_eps=1e-3, **options)
    x = leaf(*shaped(True, batch_first, KEYS))
    masks = {"src_mask": mask_of(kind, KEYS, KEYS),
             "src_key_padding_mask": mask_of(padding, ROWS, KEYS)}

    def call(module):
        return [module(x, **masks)]

    add("TransformerEncoderLayer", module, call, [x], masks, {"options": options})


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    for bias, batch_first, kind, padding in itertools.product(
            [True, False], [True, False], ["none", "boolean", "floats"], ["none", "boolean"]):
        attention(bias, batch_first, True, kind, padding)
    for kind, padding in itertools.product(["none", "boolean", "floats"], ["none", "boolean"]):
        attention(True, False, False, kind, padding)
    for kind in ["boolean", "floats"]:
        attention(True, True, True, kind, "none", by_head=True)
    attention(True, True, True, "none", "none", need_weights=False)
    for activation, batch_first, norm_first in itertools.product(
            ["relu", "gelu"], [True, False], [True, False]):
        for kind, padding in [("none", "none"), ("boolean", "boolean"), ("floats", "none")]:
            encoder(activation, batch_first, norm_first, kind, padding)
    write("nn_attention.json", {}, cases)


main()
