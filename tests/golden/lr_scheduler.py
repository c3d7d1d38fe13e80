#!/usr/bin/env python3
"""Writes lr_scheduler.json: learning rates of PyTorch's schedulers over 100 epochs.

A case has an optimizer of two groups, with the learning rates LRS unless it gives others, and
schedulers that are stepped in their order. Its "rates" are those of both groups after the
schedulers have been made and after each epoch, "momenta" the groups' momentum or first beta where
one is cycled. A case may also have

    metrics     what ReduceLROnPlateau is given in each epoch,
    epochs      what step() is given in each epoch,
    initial_lr  what an earlier scheduler has left in the groups,
    changes     factors by which a group's rate is multiplied before an epoch.

tests/optim/scheduler_case.hpp does the same.
"""

import math
import warnings

import torch

from optim_golden import write

LRS = [0.1, 0.03]
EPOCHS = 100
LAMBDAS = {
    "power": lambda t: 0.95 ** t,
    "inverse": lambda t: 1 / (1 + t / 8),
    "seesaw": lambda t: 0.5 + (t % 7) / 8,
}


class ReduceLROnPlateau(torch.optim.lr_scheduler.ReduceLROnPlateau):
    """With a relative threshold that is a part of |best|. PyTorch's is best * (1 - threshold),
    which for a best below 0 is on its wrong side; for one above 0 both are the same."""

    def is_better(self, a, best):
        if self.threshold_mode == "abs" or best >= 0 or math.isinf(best):
            return super().is_better(a, best)
        if self.mode == "min":
            return a < best * (1 + self.threshold)
        return a > best * (1 - self.threshold)


def make(optimizer, spec):
    name, options = spec["class"], dict(spec["options"])
    if "lr_lambda" in options:
        names = options["lr_lambda"]
        options["lr_lambda"] = [LAMBDAS[n] for n in names] if len(names) > 1 else LAMBDAS[names[0]]
    if "schedulers" in options:
        options["schedulers"] = [make(optimizer, s) for s in options["schedulers"]]
    scheduler = ReduceLROnPlateau if name == "ReduceLROnPlateau" else getattr(
        torch.optim.lr_scheduler, name)
    return scheduler(**options) if name == "ChainedScheduler" else scheduler(optimizer, **options)


def case(*schedulers, optimizer="SGD", **more):
    lrs = more.get("lrs", LRS)
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in lrs]
    for group, initial in zip(groups, more.get("initial_lr", [])):
        group["initial_lr"] = initial
    options = {"lr": 1.0, "momentum": 0.9} if optimizer == "SGD" else {"lr": 1.0}
    torch_optimizer = getattr(torch.optim, optimizer)(groups, **options)
    made = [make(torch_optimizer, s) for s in schedulers]

    rates, momenta = [], []

    def record():
        rates.append([g["lr"] for g in torch_optimizer.param_groups])
        momenta.append([g["betas"][0] if "betas" in g else g["momentum"]
                        for g in torch_optimizer.param_groups])

    record()
    for t in range(more.get("steps", EPOCHS)):
        torch_optimizer.step()
        for change in more.get("changes", []):
            if change["epoch"] == t:
                torch_optimizer.param_groups[change["group"]]["lr"] *= change["factor"]
        for scheduler in made:
            if isinstance(scheduler, ReduceLROnPlateau):
                scheduler.step(more["metrics"][t])
            elif "epochs" in more:
                scheduler.step(more["epochs"][t])
            else:
                scheduler.step()
        record()
    result = {"optimizer": optimizer, "schedulers": list(schedulers), "lrs": lrs, **more,
              "rates": rates}
    if any(s["class"] == "OneCycleLR" for s in schedulers):
        result["momenta"] = momenta
    return result


def spec(name, **options):
    return {"class": name, "options": options}


def decays():
    for options in [{"step_size": 30}, {"step_size": 1, "gamma": 0.97}, {"step_size": 7, "gamma": 0.5},
                    {"step_size": 10, "gamma": 1.1}, {"step_size": 101}]:
        yield case(spec("StepLR", **options))
    for options in [{"milestones": [30, 80]}, {"milestones": [5, 5, 60, 20], "gamma": 0.7},
                    {"milestones": [0, 1, 99, 100, 200], "gamma": 0.9}]:
        yield case(spec("MultiStepLR", **options))
    for gamma in [0.9, 0.999, 1.01]:
        yield case(spec("ExponentialLR", gamma=gamma))
    for options in [{}, {"factor": 0.25, "total_iters": 40}, {"factor": 1.0, "total_iters": 1}]:
        yield case(spec("ConstantLR", **options))
    for options in [{}, {"start_factor": 0.01, "total_iters": 60},
                    {"start_factor": 1.0, "end_factor": 0.1, "total_iters": 100},
                    {"start_factor": 0.5, "end_factor": 0.0, "total_iters": 13},
                    {"start_factor": 1 / 3, "end_factor": 0.0, "total_iters": 7},
                    {"start_factor": 0.7, "end_factor": 0.7, "total_iters": 1}]:
        yield case(spec("LinearLR", **options))
    for options in [{}, {"total_iters": 80, "power": 2.0}, {"total_iters": 30, "power": 0.5}]:
        yield case(spec("PolynomialLR", **options))
    for name in ["LambdaLR", "MultiplicativeLR"]:
        yield case(spec(name, lr_lambda=["power"]))
        yield case(spec(name, lr_lambda=["inverse", "seesaw"]))


def cosines():
    for options in [{"T_max": 100}, {"T_max": 20}, {"T_max": 7, "eta_min": 0.001},
                    {"T_max": 1}, {"T_max": 33, "eta_min": 0.05}]:
        yield case(spec("CosineAnnealingLR", **options))
    restarts = "CosineAnnealingWarmRestarts"
    for options in [{"T_0": 10}, {"T_0": 1}, {"T_0": 7, "T_mult": 2, "eta_min": 0.002},
                    {"T_0": 1, "T_mult": 3}]:
        yield case(spec(restarts, **options))
        yield case(spec(restarts, **options), epochs=[(t + 1) / 4 for t in range(EPOCHS)])
    back = [float(t if t < 60 else t - 35) for t in range(EPOCHS)]
    yield case(spec(restarts, T_0=4, T_mult=2), epochs=back)


def closed_forms():
    epochs = [(13 * t + 5) % 70 for t in range(EPOCHS)]
    for scheduler in [spec("StepLR", step_size=9, gamma=0.5),
                      spec("MultiStepLR", milestones=[3, 40, 40], gamma=0.5),
                      spec("ExponentialLR", gamma=0.9), spec("ConstantLR", total_iters=20),
                      spec("LinearLR", total_iters=50), spec("PolynomialLR", total_iters=50, power=1.5),
                      spec("CosineAnnealingLR", T_max=25, eta_min=0.01),
                      spec("LambdaLR", lr_lambda=["inverse"]), spec("OneCycleLR", max_lr=1.0, total_steps=70)]:
        yield case(scheduler, epochs=epochs)


def one_cycles():
    for options in [{"max_lr": 1.0, "total_steps": 100}, {"max_lr": [0.5, 0.25], "total_steps": 120},
                    {"max_lr": 1.0, "epochs": 10, "steps_per_epoch": 11, "anneal_strategy": "linear"},
                    {"max_lr": 1.0, "total_steps": 100, "three_phase": True, "pct_start": 0.4},
                    {"max_lr": 1.0, "total_steps": 100, "three_phase": True, "anneal_strategy": "linear"},
                    {"max_lr": 1.0, "total_steps": 101, "pct_start": 0.0},
                    {"max_lr": 1.0, "total_steps": 101, "pct_start": 1.0},
                    {"max_lr": 1.0, "total_steps": 100, "cycle_momentum": False},
                    {"max_lr": 2.0, "total_steps": 100, "base_momentum": [0.7, 0.8],
                     "max_momentum": [0.9, 0.99], "div_factor": 10.0, "final_div_factor": 100.0}]:
        for optimizer in ["SGD", "Adam"]:
            yield case(spec("OneCycleLR", **options), optimizer=optimizer)


def plateaus():
    falling = [2 + math.exp(-t / 9) + math.sin(3 * t) / 50 for t in range(EPOCHS)]
    rising = [math.tanh(t / 30) + math.sin(5 * t) / 20 for t in range(EPOCHS)]
    signs = [math.cos(t / 11) for t in range(EPOCHS)]
    flat = [1.0] * EPOCHS
    for metrics, options in [
            (falling, {}), (falling, {"patience": 3, "factor": 0.5}), (falling, {"mode": "max"}),
            (falling, {"patience": 2, "threshold": 0.01}),
            (falling, {"patience": 2, "threshold": 0.05, "threshold_mode": "abs"}),
            (rising, {"mode": "max", "patience": 4, "factor": 0.3}),
            (rising, {"mode": "max", "patience": 1, "threshold": 0.02, "threshold_mode": "abs", "cooldown": 5}),
            (rising, {"patience": 0, "factor": 0.9, "cooldown": 2}),
            (signs, {"patience": 4, "factor": 0.5, "threshold": 0.1}),
            (signs, {"mode": "max", "patience": 4, "factor": 0.5, "threshold": 0.1}),
            (flat, {"patience": 5, "factor": 0.5, "min_lr": 0.004}),
            (flat, {"patience": 5, "factor": 0.5, "min_lr": [0.01, 0.02]}),
            (flat, {"patience": 2, "factor": 0.2, "eps": 1e-3}), (flat, {"factor": 0.0, "patience": 30}),
            (flat, {"patience": 7, "cooldown": 9, "factor": 0.6})]:
        yield case(spec("ReduceLROnPlateau", **options), metrics=metrics)
    for metrics in [[-1.0] * EPOCHS, [-1 + 5e-5 * t for t in range(EPOCHS)],
                    [-1 - 5e-5 * t for t in range(EPOCHS)], [-1 - 5e-3 * t for t in range(EPOCHS)],
                    [1e8 - 4e6 * t for t in range(EPOCHS)], [-m for m in falling],
                    [-1e-8 * m for m in rising], [0.0] * EPOCHS]:
        for mode in ["min", "max"]:
            for threshold in [1e-4, 0.01]:
                for threshold_mode in ["rel", "abs"]:
                    yield case(spec("ReduceLROnPlateau", patience=2, factor=0.8, mode=mode,
                                    threshold=threshold, threshold_mode=threshold_mode, eps=0.0),
                               metrics=metrics)
    yield case(spec("LinearLR", total_iters=20),
               spec("ReduceLROnPlateau", patience=3, factor=0.5), metrics=falling)


def together():
    linear, step = spec("LinearLR", total_iters=20), spec("StepLR", step_size=15, gamma=0.5)
    exponential = spec("ExponentialLR", gamma=0.97)
    cosine = spec("CosineAnnealingLR", T_max=30, eta_min=0.0005)
    multiplicative = spec("MultiplicativeLR", lr_lambda=["seesaw"])
    lambdas = spec("LambdaLR", lr_lambda=["inverse", "power"])
    restarts = spec("CosineAnnealingWarmRestarts", T_0=10, T_mult=2)
    cycle = spec("OneCycleLR", max_lr=0.5, total_steps=100)
    yield case(linear, exponential)
    yield case(exponential, linear)
    yield case(step, cosine)
    yield case(cosine, spec("ConstantLR", factor=0.5, total_iters=10))
    yield case(restarts, exponential)
    yield case(cycle, exponential)
    yield case(exponential, cycle)
    yield case(linear, step, cosine)
    yield case(multiplicative, exponential, spec("MultiStepLR", milestones=[10, 50], gamma=3.0))
    yield case(lambdas, linear, spec("PolynomialLR", total_iters=90))
    yield case(spec("ChainedScheduler", schedulers=[linear, exponential, step]))
    yield case(spec("StepLR", step_size=10), changes=[{"epoch": 20, "group": 1, "factor": 5.0}])

    def sequence(schedulers, milestones):
        return spec("SequentialLR", schedulers=schedulers, milestones=milestones)

    yield case(sequence([linear, exponential], [20]))
    yield case(sequence([spec("ConstantLR", factor=0.1, total_iters=2), exponential], [2]))
    yield case(sequence([linear, cosine, step], [20, 60]))
    yield case(sequence([step, linear, exponential], [1, 2]))
    yield case(sequence([linear, restarts], [10]))
    yield case(sequence([restarts, linear], [35]))
    yield case(sequence([lambdas, spec("MultiStepLR", milestones=[0, 10])], [30]))
    yield case(sequence([exponential, multiplicative], [30]))
    yield case(sequence([linear, cycle], [5]), steps=100)
    yield case(sequence([exponential], []))
    yield case(sequence([linear, cosine], [20]), exponential)
    yield case(sequence([spec("PolynomialLR", total_iters=20), cosine], [150]))


def resumed():
    for scheduler in [spec("StepLR", step_size=10, last_epoch=49),
                      spec("CosineAnnealingLR", T_max=70, eta_min=0.001, last_epoch=49),
                      spec("CosineAnnealingWarmRestarts", T_0=60, T_mult=2, last_epoch=49),
                      spec("LinearLR", total_iters=80, last_epoch=49),
                      spec("LambdaLR", lr_lambda=["power"], last_epoch=49)]:
        yield case(scheduler, lrs=[0.05, 0.02], initial_lr=[0.1, 0.04])


def main():
    warnings.simplefilter("ignore")  # of step(epoch)
    cases = [*decays(), *cosines(), *closed_forms(), *one_cycles(), *plateaus(), *together(),
             *resumed()]
    write(__file__, {"torch": torch.__version__}, cases)


if __name__ == "__main__":
    main()
