"""What PyTorch makes of the operation cases: values, gradients, gradients of gradients.

    dump_op_cases | python3 tests/golden/ops.py [operation ...]

With names of operations, only theirs are computed anew. dump_op_cases is built with the tests;
PyTorch is Debian's python3-torch. Writes ops.json, which the tests tests/autograd/op_*_test.cpp
read, beside this file.
"""

import json
import math
import pathlib
import sys

import torch
import torch.nn.functional as F

DTYPES = {
    "float32": torch.float32,
    "float64": torch.float64,
    "int64": torch.int64,
    "uint8": torch.uint8,
    "boolean": torch.bool,
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


def within(a, bound):
    """Has PyTorch take limits: at +-bound functions have, to all digits, what they have at
    infinity, where their derivatives are NaN in PyTorch for 0 times infinity."""
    return torch.where(a.abs() > bound, a.sign() * bound, a)


def make_tensor(spec, differentiable):
    values = [float(v) for v in spec["values"]]
    dtype = DTYPES[spec["dtype"]]
    result = torch.tensor(values, dtype=torch.float64).to(dtype).reshape(spec["shape"])
    return result.requires_grad_(differentiable and dtype.is_floating_point)


def numbers(tensor):
    """Numbers that read back exactly; JSON has no infinities and no NaN."""
    values = tensor.detach().reshape(-1).tolist()
    if tensor.dtype == torch.float32:  # the shortest decimal, rather than that of its double
        values = [float(f"{v:.9g}") for v in values]
    if tensor.dtype.is_floating_point:
        return [v if math.isfinite(v) else str(v) for v in values]
    return [int(v) for v in values]


def weights_like(tensor, weights, offset):
    chosen = weights[offset : offset + tensor.numel()]
    assert len(chosen) == tensor.numel(), "sample too large for the table of weights"
    return torch.tensor(chosen, dtype=tensor.dtype).reshape(tensor.shape)


def gradients(output, inputs, seed, create_graph):
    """d<seed, output>/d(input) for each input; zeros where there is no way to it."""
    if not output.requires_grad:
        return [torch.zeros_like(x) for x in inputs]
    found = torch.autograd.grad(output, inputs, seed, create_graph=create_graph, allow_unused=True)
    # The sum allocates PyTorch's zero tensors without storage.
    zeros = [torch.zeros_like(x) for x in inputs]
    return [zero if g is None else g + zero for g, zero in zip(found, zeros)]


def over_axes(f):
    """f(a, dim=[...], keepdim), of a PyTorch function that reduces a single dim."""

    def reduce(a, dim, keepdim):
        for axis in sorted((d % max(a.dim(), 1) for d in dim or [0]), reverse=True):
            a = f(a, axis, keepdim)
        return a

    return reduce


def by_rows(f):
    """The same, of a function that reduces the last dim to a single element."""

    def reduce(a, dim, keepdim):
        dims = {d % max(a.dim(), 1) for d in dim or range(a.dim())}
        kept = [d for d in range(a.dim()) if d not in dims]
        rows = a.permute(kept + [d for d in range(a.dim()) if d in dims])
        n = math.prod(a.shape[d] for d in range(a.dim()) if d in dims)
        y = f(rows.reshape([a.shape[d] for d in kept] + [n]))
        return y.reshape([1 if d in dims else n for d, n in enumerate(a.shape)]) if keepdim else y

    return reduce


def over_steps(x, step, reverse):
    """The states that step(x_t) gives, one after the other, each at the place of its x_t."""
    steps = reversed(range(len(x))) if reverse else range(len(x))
    states = {t: step(x[t]) for t in steps}
    return torch.stack([states[t] for t in range(len(x))])


def lstm_sequence(x, weight, h, c, reverse):
    state = [h, c]

    def step(now):
        i, f, g, o = (now + state[0] @ weight.T).chunk(4, 1)
        state[1] = f.sigmoid() * state[1] + i.sigmoid() * g.tanh()
        state[0] = o.sigmoid() * state[1].tanh()
        return torch.stack(state)

    return over_steps(x, step, reverse).transpose(0, 1)


def gru_sequence(x, weight, bias, h, reverse):
    state = [h]

    def step(now):
        own = state[0] @ weight.T + (0 if bias is None else bias)
        (x_r, x_z, x_n), (h_r, h_z, h_n) = now.chunk(3, 1), own.chunk(3, 1)
        z = (x_z + h_z).sigmoid()
        state[0] = (1 - z) * (x_n + (x_r + h_r).sigmoid() * h_n).tanh() + z * state[0]
        return state[0]

    return over_steps(x, step, reverse)


def rnn_sequence(x, weight, h, activation, reverse):
    state = [h]

    def step(now):
        state[0] = activation(now + state[0] @ weight.T)
        return state[0]

    return over_steps(x, step, reverse)


def evaluate(sample, weights):
    order = sample["order"]
    inputs = [make_tensor(spec, order > 0) for spec in sample["inputs"]]
    names = {"torch": torch, "F": F, "math": math, "over_axes": over_axes, "by_rows": by_rows}
    names |= {f.__name__: f for f in (lstm_sequence, gru_sequence, rnn_sequence)}
    names |= {"within": within} | dict(zip("abcd", inputs))
    output = eval(sample["torch"], names)
    golden = {
        "torch": sample["torch"],
        "fingerprint": sample["fingerprint"],
        "dtype": NAMES[output.dtype],
        "shape": list(output.shape),
        "values": numbers(output),
    }
    if order == 0:
        return golden
    chosen = [i for i, x in enumerate(inputs) if x.requires_grad]
    leaves = [inputs[i] for i in chosen]
    first = gradients(output, leaves, weights_like(output, weights, 0), order > 1)
    golden["first"] = {str(i): numbers(g) for i, g in zip(chosen, first)}
    if order > 1:
        total = torch.zeros((), dtype=torch.float64)
        for i, g in zip(chosen, first):
            total = total + (weights_like(g, weights, sample["direction_offsets"][i]) * g).sum()
        second = gradients(total, leaves, None, False)
        golden["second"] = {str(i): numbers(g) for i, g in zip(chosen, second)}
    return golden


def main():
    path = pathlib.Path(__file__).with_name("ops.json")
    dump = json.load(sys.stdin)
    cases = {}
    old = json.loads(path.read_text())["cases"] if path.exists() else {}
    for name, samples in dump["cases"].items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            cases[name] = old.get(name, [])
            continue
        cases[name] = []
        for sample in samples:
            try:
                cases[name].append(evaluate(sample, dump["weights"]))
            except Exception as error:
                sys.exit(f"{name}: {sample['torch']}: {error}")
    lines = [
        f"{json.dumps(name)}: [\n" + ",\n".join(json.dumps(s) for s in samples) + "\n]"
        for name, samples in cases.items()
    ]
    version = json.dumps(f"PyTorch {torch.__version__}")
    path.write_text(f'{{"source": {version}, "cases": {{\n' + ",\n".join(lines) + "\n}}\n")


if __name__ == "__main__":
    main()
