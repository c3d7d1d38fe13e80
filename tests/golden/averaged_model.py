#!/usr/bin/env python3
"""Writes averaged_model.json: what PyTorch's AveragedModel makes of a model that changes.

The model is BatchNorm1d(2) in float64, whose parameters and buffers are set to the "models" one
after another. A case has the decay (null: the average of all), whether buffers are averaged too,
and the averages after each update. PyTorch before 2.0 leaves buffers alone that are not averaged;
they are not in the file.
"""

import torch
from torch.optim.swa_utils import AveragedModel

from nn_golden import write

NAMES = ["weight", "bias", "running_mean", "running_var"]
MODELS = [{name: [((7 * step + 3 * i + k) * 5 % 13 - 5) / 8 for k in range(2)]
           for i, name in enumerate(NAMES)} for step in range(5)]


def case(decay, use_buffers):
    model = torch.nn.BatchNorm1d(2).double()
    avg_fn = None if decay is None else lambda a, p, _: decay * a + (1 - decay) * p
    average = AveragedModel(model, avg_fn=avg_fn, use_buffers=use_buffers)
    averages = []
    for values in MODELS:
        tensors = {name: torch.tensor(v, dtype=torch.float64) for name, v in values.items()}
        model.load_state_dict(tensors, strict=False)
        average.update_parameters(model)
        averages.append({name: average.state_dict()["module." + name].tolist()
                         for name in (NAMES if use_buffers else NAMES[:2])})
    return {"decay": decay, "use_buffers": use_buffers, "averages": averages}


write("averaged_model.json", {"models": MODELS},
      [case(decay, buffers) for decay in (None, 0.0, 0.75, 0.99, 1.0) for buffers in (False, True)])
