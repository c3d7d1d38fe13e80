"""What torch.distributions makes of normal distributions: values and gradients.

    python3 tests/golden/distributions.py

PyTorch is Debian's python3-torch. Writes distributions.json, which tests/nn/distribution_test.cpp
reads, beside this file. A case names its function, gives the arguments, tensors or numbers, and then
the value and the gradients of backward() (nn_golden.py) by the arguments that are tensors.
"""

import torch
from torch.distributions import Normal, kl_divergence

from nn_golden import backward, numbers, rounded, write

FUNCTIONS = {
    "normal_log_prob": lambda x, mean=0.0, std=1.0: Normal(mean, std).log_prob(x),
    "kl_normal": lambda mean_p, std_p, mean_q=0.0, std_q=1.0:
        kl_divergence(Normal(mean_p, std_p), Normal(mean_q, std_q)),
}
cases = []


def add(function, *arguments):
    leaves = [a.clone().requires_grad_() if torch.is_tensor(a) else a for a in arguments]
    value = FUNCTIONS[function](*leaves)
    backward(value)
    cases.append({"function": function,
                  "arguments": [numbers(a) if torch.is_tensor(a) else a for a in arguments],
                  "value": numbers(value),
                  "gradients": [numbers(a.grad) for a in leaves if torch.is_tensor(a)]})


def main():
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)  # that of distributions whose arguments are numbers
    draw = lambda *shape: rounded(torch.randn(shape) * 2)
    positive = lambda *shape: rounded(torch.rand(shape) * 2 + 0.25)
    x, mean, std = draw(3, 4), draw(3, 4), positive(3, 4)
    far = rounded(torch.tensor([-1000.0, 0.0, 30.0, 1e-4]))
    wide = rounded(torch.tensor([1e-3, 1.0, 200.0, 0.5]))
    for given in [[x], [x, mean], [x, mean, std], [x, 0.5, 2.0], [x, mean, 0.25], [x, 1.0, std],
                  [draw(3, 1), draw(4), positive(2, 1, 1)], [draw(), mean, positive(4)],
                  [far, 0.0, wide], [far, draw(3, 1), wide]]:
        add("normal_log_prob", *given)
    q_mean, q_std = draw(3, 4), positive(3, 4)
    for given in [[mean, std], [mean, std, q_mean], [mean, std, q_mean, q_std],
                  [mean, std, 0.5, 2.0], [mean, std, 0.0, q_std], [mean, std, mean, std],
                  [draw(3, 1), positive(4), draw(2, 1, 1), positive(1)],
                  [draw(), positive(3, 4)], [far, wide], [mean, std, far, wide]]:
        add("kl_normal", *given)
    write("distributions.json", {}, cases)


main()
