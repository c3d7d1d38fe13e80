#!/usr/bin/env python3
"""Prints the public names of PyTorch that docs/from-pytorch.md has in no span of code.

    /usr/bin/python3 tests/golden/pytorch_names.py      # needs torch (apt-get install python3-torch)

`name*` in the page stands for all names that begin so. Names that end in an underscore are found
by the name without it. Written for PyTorch 1.13.
"""

import fnmatch
import inspect
import pathlib
import re
import types

import torch
import torch.distributions
import torch.fft
import torch.nn.utils
import torch.optim.swa_utils
import torch.special
import torch.utils.data

page = (pathlib.Path(__file__).parents[2] / "docs/from-pytorch.md").read_text()
spans = re.sub(r"^```.*?^```", "", page, flags=re.S | re.M)
words = {w for span in re.findall(r"`([^`]+)`", spans) for w in re.findall(r"[\w*]+", span)}
patterns = [w for w in words if "*" in w and w.strip("*")]

MODULES = {
    "Tensor": torch.Tensor, "torch": torch, "nn": torch.nn, "nn.functional": torch.nn.functional,
    "nn.init": torch.nn.init, "nn.utils": torch.nn.utils, "optim": torch.optim,
    "lr_scheduler": torch.optim.lr_scheduler, "swa_utils": torch.optim.swa_utils,
    "utils.data": torch.utils.data, "linalg": torch.linalg, "special": torch.special,
    "fft": torch.fft, "distributions": torch.distributions, "autograd": torch.autograd,
    "autograd.functional": torch.autograd.functional,
}


def is_public(module, name):
    value = getattr(module, name, None)
    if name.startswith("_") or inspect.ismodule(value) or isinstance(value, (str, dict, types.GenericAlias)):
        return False
    if module is torch and isinstance(value, type):  # torch.FloatStorage and the like
        return False
    home = getattr(value, "__module__", None) or "torch"
    return home.startswith("torch") and "typing" not in home


def is_named(name):
    plain = name.rstrip("_")
    return bool({name, plain, plain + "_"} & words) or any(
        fnmatch.fnmatchcase(plain, p) for p in patterns)


total = 0
for title, module in MODULES.items():
    missing = [n for n in dir(module) if is_public(module, n) and not is_named(n)]
    total += len(missing)
    if missing:
        print(f"{title}: {' '.join(missing)}\n")
print(f"{total} names are not in the page")
