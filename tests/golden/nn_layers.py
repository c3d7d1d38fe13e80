"""What PyTorch makes of the layers: outputs, gradients and running statistics.

    python3 tests/golden/nn_layers.py

PyTorch is Debian's python3-torch. Writes nn_layers.json, which tests/nn/layer_golden_test.cpp reads,
beside this file. A case names its layer with arguments and options, gives its parameters, and then
what some passes make of their inputs: in training or evaluation, the output, the gradients of
backward() (nn_golden.py) by the input and the parameters, and the buffers after the pass.
"""

import itertools

import torch

from nn_golden import backward, numbers, rounded, write

cases = []


def one_pass(layer, x, training):
    layer.train(training)
    layer.zero_grad()
    leaf = x.clone()
    if x.is_floating_point():
        leaf.requires_grad_()
    output = layer(leaf)
    backward(output)
    gradients = {"x": numbers(leaf.grad)} if x.is_floating_point() else {}
    gradients |= {name: numbers(p.grad) for name, p in layer.named_parameters()}
    return {"training": training, "x": numbers(x), "output": numbers(output),
            "gradients": gradients, "buffers": {k: numbers(b) for k, b in layer.named_buffers()}}


def add(name, inputs, arguments=[], evaluation=False, **options):
    """Passes in training over all the inputs, then perhaps one in evaluation."""
    layer = getattr(torch.nn, name)(*arguments, **options).double()
    with torch.no_grad():
        for p in layer.parameters():
            p.copy_(rounded(torch.randn(p.shape)))
    parameters = {key: numbers(p) for key, p in layer.named_parameters()}
    passes = [one_pass(layer, x, True) for x in inputs]
    if evaluation:
        passes.append(one_pass(layer, inputs[0], False))
    integers = not inputs[0].is_floating_point()
    cases.append({"layer": name, "arguments": arguments, "options": options,
                  "parameters": parameters, "integers": integers, "passes": passes})


def add_activations():
    x = rounded(torch.randn(2, 3, 5) * 2)
    x[0, 0] = torch.tensor([0.0, 30.0, -30.0, 1e-3, -1e-3])
    for name in ["Identity", "ReLU", "Sigmoid", "Tanh", "GELU", "SiLU"]:
        add(name, [x])
    for slope in [0.01, 0.25]:
        add("LeakyReLU", [x], negative_slope=slope)
    for alpha in [1.0, 0.5]:
        add("ELU", [x], alpha=alpha)
    # PyTorch's threshold, beyond which it takes x for the value, is put out of reach.
    for beta in [1.0, 0.5, 3.0]:
        add("Softplus", [x], beta=beta, threshold=1000)
    for dim in [-1, 0, 1]:
        add("Softmax", [x], dim=dim)
        add("LogSoftmax", [x], dim=dim)
    for arguments in [[], [0], [0, 1], [1, -1]]:
        add("Flatten", [x], arguments)


def add_linear():
    for shape, bias in itertools.product([(4, 3), (3,), (2, 4, 3)], [True, False]):
        add("Linear", [rounded(torch.randn(shape))], [3, 2], bias=bias)


def add_batch_norm():
    choices = itertools.product([(5, 3), (4, 3, 2), (2, 3, 1)], [0.1, 0.5, None], [True, False],
                                [True, False], [1e-5, 0.125])
    for shape, momentum, affine, tracking, eps in choices:
        if eps != 1e-5 and (momentum != 0.1 or not affine):
            continue
        # Samples apart, so that no variance is next to 0, where float32 would not do.
        apart = torch.arange(shape[0]).reshape(-1, *[1] * (len(shape) - 1)) * 4
        inputs = [rounded((torch.randn(shape) + apart) * (i + 1) + i) for i in range(3)]
        add("BatchNorm1d", inputs, [3], evaluation=True, eps=eps, momentum=momentum, affine=affine,
            track_running_stats=tracking)


def add_layer_norm():
    for (shape, last), affine, eps in itertools.product(
        [((4, 3), [3]), ((2, 3, 4), [4]), ((2, 3, 4), [3, 4]), ((5,), [5])], [True, False],
        [1e-5, 0.125]
    ):
        add("LayerNorm", [rounded(torch.randn(shape) * 2 + 1)], [last], elementwise_affine=affine,
            eps=eps)


def add_images():
    image, odd = rounded(torch.randn(2, 4, 5, 6)), rounded(torch.randn(2, 4, 7, 3))
    signal = rounded(torch.randn(2, 4, 9))
    for bias in [True, False]:
        add("Conv1d", [signal], [4, 6, 3], stride=2, padding=1, dilation=2, groups=2, bias=bias)
        add("Conv2d", [image], [4, 2, [3, 2]], stride=[2, 1], padding=[0, 2], dilation=[1, 2],
            groups=1, bias=bias)
        add("Conv2d", [odd], [4, 8, [2, 2]], stride=[1, 1], padding=[1, 1], dilation=[1, 1],
            groups=4, bias=bias)
        add("ConvTranspose1d", [signal], [4, 6, 3], stride=3, padding=1, output_padding=2,
            groups=2, bias=bias, dilation=1)
        add("ConvTranspose2d", [image], [4, 2, [3, 2]], stride=[2, 3], padding=[1, 0],
            output_padding=[1, 2], groups=2, bias=bias, dilation=[1, 2])
    for x in [image, odd]:
        for sizes, momentum, affine, tracking in [([4], 0.1, True, True), ([4], None, True, True),
                                                  ([4], 0.5, False, False)]:
            add("BatchNorm2d", [x, x * 2 + 1], sizes, evaluation=True, eps=1e-5, momentum=momentum,
                affine=affine, track_running_stats=tracking)
        for affine, eps in [(True, 1e-5), (False, 0.125)]:
            add("InstanceNorm2d", [x], [4], affine=affine, eps=eps)
            for groups in [1, 2, 4]:
                add("GroupNorm", [x], [groups, 4], affine=affine, eps=eps)
    add("InstanceNorm2d", [image[0]], [4], affine=False, eps=1e-5)
    add("GroupNorm", [signal], [2, 4], affine=True, eps=1e-5)
    for name in ["MaxPool2d", "AvgPool2d"]:
        add(name, [image], [[2, 3]])
    for name in ["MaxPool1d", "AvgPool1d"]:
        add(name, [signal], [2])
    for name in ["AdaptiveAvgPool2d", "AdaptiveMaxPool2d"]:
        add(name, [image], [[2, 4]])
    for mode in ["nearest", "bilinear"]:
        add("Upsample", [image], scale_factor=(2.0, 1.5), mode=mode)
    add("Unflatten", [image], [1, [2, 2]])


def add_embedding():
    for padding_idx, shape in itertools.product([None, 0, 2, -1], [(), (4,), (2, 3)]):
        add("Embedding", [torch.randint(0, 5, shape), torch.full(shape, 2)], [5, 3],
            padding_idx=padding_idx)


def main():
    torch.manual_seed(0)
    add_activations()
    add_linear()
    add_batch_norm()
    add_layer_norm()
    add_embedding()
    add_images()
    write("nn_layers.json", {}, cases)


main()
