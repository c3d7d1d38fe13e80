"""Writes npy.json: files as NumPy writes them, and what is in them.

    /usr/bin/python3 tests/golden/npy.py

Each case has the bytes of a file (hexadecimal) and, for each array in it, the dtype and shape of the
tensor it is to be read as and its values. A .npy file has one array, without a name.
"""

import io
import json
import pathlib
import warnings

import numpy as np


def expected(array):
    kind = array.dtype.kind
    dtype = "float64" if array.dtype.itemsize == 8 else "float32"
    if kind in "iu":
        dtype = "uint8" if array.dtype == np.uint8 else "int64"
    if kind == "b":
        dtype = "boolean"
    values = array.flatten().tolist()
    # JSON has no NaN and no infinity.
    values = [str(v) if kind == "f" and not np.isfinite(v) else v for v in values]
    return {"dtype": dtype, "shape": list(array.shape), "values": values}


def npy(array, **options):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, **options)
    return {"bytes": buffer.getvalue().hex(), "arrays": {"": expected(array)}}


def spelled(header, values, version=1):
    """A file with this text for a header, which NumPy reads."""
    length = len(header).to_bytes(2 if version == 1 else 4, "little")
    content = b"\x93NUMPY" + bytes([version, 0]) + length + header.encode() + values.tobytes()
    array = np.lib.format.read_array(io.BytesIO(content))
    assert array.size == values.size
    return {"bytes": content.hex(), "arrays": {"": expected(array)}}


def spellings():
    """Headers of Python 2, and others that NumPy's reader takes."""
    six = np.arange(1, 7)
    texts = [
        ("<f8", "{'descr': '<f8', 'fortran_order': False, 'shape': (2L, 3L), }"),
        ("<f8", "{'descr': '<f8', 'fortran_order': False, 'shape': (6L,), }"),
        ("<f8", "{'descr': '<f8', 'fortran_order': False, 'shape': (6L, ), }"),
        ("<f8", "{'descr': '<f8', 'fortran_order': True, 'shape': (2L, 3L), }"),
        ("<f8", "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2L, 3L)}"),
        ("<f8", "{'descr': '<f8', 'fortran_order': False, 'shape': (2 L , 3 L)}"),
        (">i4", "{'descr': '>i4', 'fortran_order': False, 'shape': (3L, 2L), }"),
        ("|b1", "{'descr': '|b1', 'fortran_order': False, 'shape': (2L, 3L), }"),
        ("<f2", "{'descr': '<f2', 'fortran_order': False, 'shape': (2L, 3L), }"),
        ("<f4", "{u'descr': u'<f4', u'fortran_order': False, u'shape': (2L, 3L), }"),
        ("<f4", '{u"shape": (2, 3), u"descr": u"<f4", u"fortran_order": False}'),
        ("<f4", "{'shape':(2,3),'fortran_order':False,'descr':'<f4'}"),
        ("<f4", "{ 'descr' : '<f4' ,\t'fortran_order' :\tFalse , 'shape' : ( 2 ,\t3 , ) , }"),
        ("<f4", "{'descr': '<f4',\r\n 'fortran_order': False,\r\n 'shape': (2, 3)}\r\n"),
        ("<f4", "{\n'descr': '<f4',\n'fortran_order': False,\n'shape': (\n2,\n3\n)\n}"),
        ("<f4", "{'descr': '=f4', 'fortran_order': False, 'shape': (2, 3)}"),
        ("<i1", "{'descr': '<i1', 'fortran_order': False, 'shape': (2, 3)}"),
        (">u1", "{'descr': '>u1', 'fortran_order': False, 'shape': (2, 3)}"),
    ]
    for dtype, text in texts:
        for version in 1, 2:
            header = text if text.endswith("\n") else text + " " * 9 + "\n"
            yield f"version {version}: {text}", spelled(header, six.astype(dtype), version)


def npz(save, arrays, unread=()):
    """Arrays with the names in `unread` are left out."""
    buffer = io.BytesIO()
    save(buffer, **arrays)
    return {
        "bytes": buffer.getvalue().hex(),
        "arrays": {name: expected(array) for name, array in arrays.items() if name not in unread},
    }


def main():
    warnings.simplefilter("ignore")  # NumPy says of each file of Python 2 that it is one
    counting = np.arange(24).reshape(2, 3, 4)
    cases = {}
    for order in "<>":
        for kind in ["f2", "f4", "f8", "i2", "i4", "i8", "u2", "u4", "u8"]:
            values = counting / 8 if kind[0] == "f" else counting
            cases[order + kind] = npy(values.astype(order + kind))
    cases["i1"] = npy(np.array([-128, -1, 0, 127], np.int8))
    cases["u1"] = npy(np.array([0, 1, 255], np.uint8))
    cases["b1"] = npy(np.array([[True, False], [False, True]]))
    cases["extremes i8"] = npy(np.array([-(2**63), 2**63 - 1]))
    cases["extremes u4"] = npy(np.array([2**32 - 1], np.uint32))
    cases["extremes f2"] = npy(
        np.array([6e-8, 6.1e-5, 65504, -0.0, -1.5, np.inf, -np.inf, np.nan], np.float16)
    )
    cases["extremes f8"] = npy(np.array([5e-324, 1.7976931348623157e308, -np.inf, np.nan]))
    cases["scalar"] = npy(np.array(2.5))
    cases["empty"] = npy(np.zeros((2, 0, 3), np.float32))
    cases["fortran"] = npy(np.asfortranarray(counting.astype(np.float32)))
    cases["fortran, big-endian"] = npy(np.asfortranarray(counting.astype(">i4")))
    cases["fortran matrix of bytes"] = npy(np.asfortranarray(counting[0].astype(np.uint8)))
    cases["version 2"] = npy(np.array([1.0, 2.0]), version=(2, 0))
    cases["version 3"] = npy(np.array([1.0, 2.0]), version=(3, 0))

    cases.update(spellings())

    arrays = {
        "weight": (counting / 8).astype(np.float32),
        "layer.bias": np.array([1.5, -2.0]),
        "labels": np.array([3, 1, 2]),
        "zeros": np.zeros(1000, np.uint8),
        "größe": np.array(1.0),
    }
    cases["stored.npz"] = npz(np.savez, arrays)
    cases["compressed.npz"] = npz(np.savez_compressed, arrays)
    cases["none.npz"] = npz(np.savez, {})

    others = {
        "complex": np.array([1 + 2j]),
        "names": np.array(["ab", "cde"]),
        "objects": np.array([None, {}], object),
        "days": np.array(["2000-01-01"], "M8[D]"),
        "records": np.zeros(3, [("x", "<f4"), ("y", "<i8")]),
        "large": np.array([2**63], np.uint64),
        "long double": np.ones(2, np.longdouble),
    }
    cases["others.npz"] = npz(np.savez, {**arrays, **others}, others)
    cases["others, compressed.npz"] = npz(np.savez_compressed, {**others, **arrays}, others)

    path = pathlib.Path(__file__).with_name("npy.json")
    lines = (f"{json.dumps(name)}: {json.dumps(case)}" for name, case in cases.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
