"""What the generators of the golden values of nn share."""

import json
import pathlib

import torch


def numbers(tensor):
    """Shape and values; infinities and NaN do not occur."""
    assert torch.isfinite(tensor).all()
    return {"shape": list(tensor.shape), "values": tensor.detach().reshape(-1).tolist()}


def rounded(tensor):
    """The nearest numbers that float32 has, as float64: the same inputs serve both dtypes."""
    return tensor.float().double()


def backward(output):
    """Gradients of the sum of seed * output, the seed being (5 i mod 11 - 4) / 8 at element i."""
    seed = (torch.arange(output.numel()) * 5 % 11 - 4).to(output.dtype) / 8
    (output * seed.reshape(output.shape)).sum().backward()


def write(name, content, cases):
    """`content` and then the cases, one a line."""
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in content.items()]
    lines.append('"cases": [\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]")
    path = pathlib.Path(__file__).with_name(name)
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{len(cases)} cases in {name}")
