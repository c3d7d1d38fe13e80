"""What PyTorch makes of recurrent networks and cells: outputs, states and gradients.

    python3 tests/golden/nn_recurrent.py

PyTorch is Debian's python3-torch. Writes nn_recurrent.json, which tests/nn/recurrent_test.cpp reads,
beside this file. A case names its module with its options, gives its state dict, an input, perhaps
states to begin with and lengths, and then output, last states, and the gradients of backward()
(nn_golden.py) of all of these.
"""

import itertools

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from nn_golden import backward, numbers, rounded, write

INPUT, HIDDEN, STEPS, ROWS = 3, 2, 4, 3
cases = []


def leaf(*shape):
    return rounded(torch.randn(*shape)).requires_grad_()


def add(name, module, call, x, states, case):
    module = module.double()
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(rounded(torch.randn(p.shape) / 2))
    results = call(module)
    module.zero_grad()
    backward(torch.cat([r.reshape(-1) for r in results]))
    named = {"x": x} | dict(zip("hc", states)) | dict(module.named_parameters())
    cases.append({"module": name, **case, "x": numbers(x), "states": [numbers(s) for s in states],
                  "state_dict": {k: numbers(p) for k, p in module.named_parameters()},
                  "results": [numbers(r) for r in results],
                  "gradients": {k: numbers(t.grad) for k, t in named.items()}})


def network(name, lengths, given, **options):
    module = getattr(torch.nn, name)(INPUT, HIDDEN, **options)
    x = leaf(*((ROWS, STEPS) if options["batch_first"] else (STEPS, ROWS)), INPUT)
    layers = options["num_layers"] * (2 if options["bidirectional"] else 1)
    states = [leaf(layers, ROWS, HIDDEN) for _ in range((2 if name == "LSTM" else 1) * given)]

    def call(module):
        start = (tuple(states) if name == "LSTM" else states[0]) if given else None
        read = x
        if lengths:
            read = pack_padded_sequence(x, lengths, options["batch_first"], enforce_sorted=False)
        output, last = module(read, start)
        if lengths:
            output = pad_packed_sequence(output, options["batch_first"], total_length=STEPS)[0]
        return [output, *(last if name == "LSTM" else [last])]

    add(name, module, call, x, states, {"options": options, "lengths": lengths})


def cell(name, given, batched, **options):
    module = getattr(torch.nn, name)(INPUT, HIDDEN, **options)
    rows = (ROWS,) if batched else ()
    x = leaf(*rows, INPUT)
    states = [leaf(*rows, HIDDEN) for _ in range((2 if name == "LSTMCell" else 1) * given)]

    def call(module):
        start = (tuple(states) if name == "LSTMCell" else states[0]) if given else None
        result = module(x, start)
        return list(result) if name == "LSTMCell" else [result]

    add(name, module, call, x, states, {"options": options, "lengths": []})


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    for name in ["LSTM", "GRU", "RNN"]:
        options = itertools.product([1, 2], [True, False], [True, False], [[], [2, 4, 1]])
        for i, (layers, bias, bidirectional, lengths) in enumerate(options):
            for batch_first in [True, False]:
                more = {"nonlinearity": ["tanh", "relu"][i % 2]} if name == "RNN" else {}
                network(name, lengths, given=(i + batch_first) % 2, num_layers=layers, bias=bias,
                        batch_first=batch_first, bidirectional=bidirectional, **more)
    for bias, given, batched in itertools.product([True, False], [0, 1], [True, False]):
        for name in ["LSTMCell", "GRUCell"]:
            cell(name, given, batched, bias=bias)
        for nonlinearity in ["tanh", "relu"]:
            cell("RNNCell", given, batched, bias=bias, nonlinearity=nonlinearity)
    write("nn_recurrent.json", {}, cases)


main()
