"""Files of the library are read here, and files written here by the library.

    interchange.py PROGRAM

PROGRAM is interchange.cpp, built. A safetensors file is taken apart by nothing but json and NumPy,
and the network in it evaluated: its outputs have to be those that the library found, to 1e-6. Then
the other way round, with other weights. So with .npy and .npz files, where all has to be equal.
Ends with status 77, which CTest takes for skipped, where there is no NumPy.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    print("skipped: needs NumPy (apt-get install python3-numpy)")
    sys.exit(77)

TOLERANCE = 1e-6
DTYPES = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "U8": "|u1", "F16": "<f2", "BOOL": "|b1"}
DTYPES |= {"I8": "|i1", "I16": "<i2", "I32": "<i4", "U16": "<u2", "U32": "<u4", "U64": "<u8"}
WIDTHS = [784, 100, 100, 50, 10]


def read_safetensors(path):
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    header.pop("__metadata__", None)
    values = content[8 + length :]
    tensors, end = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, stop = entry["data_offsets"]
        assert begin == end, f"{path}: {name} begins at {begin}, not at {end}"
        array = np.frombuffer(values[begin:stop], DTYPES[entry["dtype"]])
        tensors[name] = array.reshape(entry["shape"])
        end = stop
    assert end == len(values), f"{path}: {len(values)} bytes of values, {end} described"
    return tensors


def write_safetensors(path, tensors):
    header, values = {}, b""
    names = {np.dtype(dtype): name for name, dtype in DTYPES.items()}
    for name, array in tensors.items():
        begin = len(values)
        values += array.tobytes()
        header[name] = {
            "dtype": names[array.dtype],
            "shape": array.shape,
            "data_offsets": [begin, len(values)],
        }
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + values)


def forward(network, x):
    """The outputs in float64."""
    layers = len(network) // 2
    x = x.astype(np.float64)
    for i in range(layers):
        x = x @ network[f"layers.{i}.weight"].T.astype(np.float64) + network[f"layers.{i}.bias"]
        if i + 1 < layers:
            x = np.maximum(x, 0)
    return x


def check_what_the_library_wrote(directory):
    results = read_safetensors(directory / "results.safetensors")
    network = read_safetensors(directory / "network.safetensors")
    assert [network[f"layers.{i}.weight"].shape for i in range(4)] == list(
        zip(WIDTHS[1:], WIDTHS[:-1])
    )
    error = np.abs(forward(network, results["inputs"]) - results["outputs"]).max()
    print(f"network from the library: largest difference of the outputs {error:.2g}")
    assert error <= TOLERANCE and results["outputs"].std() > 0.01

    expected = read_safetensors(directory / "arrays.safetensors")
    with np.load(directory / "arrays.npz") as archive:
        assert sorted(archive.files) == sorted(expected)
        for name, array in expected.items():
            for found in archive[name], np.load(directory / f"{name}.npy"):
                assert found.dtype == array.dtype and found.shape == array.shape, name
                assert np.array_equal(found, array), name
    print(f"{len(expected)} arrays from the library are the same")


def write_for_the_library(directory):
    random = np.random.default_rng(11)
    network = {}
    for i, (inputs, outputs) in enumerate(zip(WIDTHS[:-1], WIDTHS[1:])):
        bound = inputs**-0.5
        for name, shape in ("weight", (outputs, inputs)), ("bias", (outputs,)):
            values = random.uniform(-bound, bound, shape).astype(np.float32)
            network[f"layers.{i}.{name}"] = values
    inputs = random.uniform(0, 1, (16, WIDTHS[0])).astype(np.float32)
    write_safetensors(directory / "network.safetensors", network)
    write_safetensors(
        directory / "results.safetensors", {"inputs": inputs, "outputs": forward(network, inputs)}
    )

    arrays = {
        "float32": random.normal(size=(3, 4)).astype(np.float32),
        "float64": np.zeros((2, 0, 3)),
        "int64": random.integers(-(2**53), 2**53, (2, 3, 4)),
        "uint8": random.integers(0, 256, 300, np.uint8),
        "scalar": np.array(0.1),
    }
    # Other element types, and what they are to be read as.
    half = np.arange(2**16, dtype=np.uint16).view(np.float16)
    others = {
        "half": half[np.isfinite(half)],
        "bool": np.array([[True, False]]),
        "int8": np.array([-128, 127], np.int8),
        "int16": np.array([-(2**15), 2**15 - 1], np.int16),
        "int32": np.array([-(2**31), 2**31 - 1], np.int32),
        "uint16": np.array([0, 2**16 - 1], np.uint16),
        "uint32": np.array([0, 2**32 - 1], np.uint32),
        "uint64": np.array([0, 2**53], np.uint64),
    }
    write_safetensors(directory / "arrays.safetensors", {**arrays, **others})
    for name, array in others.items():
        dtype = {"half": np.float32, "bool": np.bool_}.get(name, np.int64)
        arrays[name] = array.astype(dtype)
    np.savez_compressed(directory / "arrays.npz", **arrays)
    for name, array in arrays.items():
        np.save(directory / f"{name}.npy", np.array(array, order="F"))


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        subprocess.run([program, "write", name], check=True)
        check_what_the_library_wrote(pathlib.Path(name))
    with tempfile.TemporaryDirectory() as name:
        write_for_the_library(pathlib.Path(name))
        subprocess.run([program, "check", name], check=True)


main()
