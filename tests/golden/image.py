"""Writes image.json: PNG files of every kind, and the pixels in them.

    /usr/bin/python3 tests/golden/image.py

The files are put together here, with nothing but zlib, as the specification says (ISO/IEC 15948).
Each case has the bytes of a file (hexadecimal) and the shape and values of the uint8 tensor that it
is to be read as; null, if it is to be refused.
"""

import json
import pathlib
import zlib

import numpy as np

HEIGHT, WIDTH = 5, 7
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
# Of Adam7: first row and column, distance of rows and columns.
PASSES = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def chunk(kind, content):
    checksum = zlib.crc32(kind + content)
    return len(content).to_bytes(4, "big") + kind + content + checksum.to_bytes(4, "big")


def packed(rows, depth):
    """The bytes of each row."""
    flat = rows.reshape(len(rows), -1)
    bits = (flat[:, :, None] >> np.arange(depth - 1, -1, -1)) & 1
    return np.packbits(bits.reshape(len(rows), -1).astype(np.uint8), axis=1).astype(int)


def paeth(a, b, c):
    p = a + b - c
    pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
    return a if pa <= pb and pa <= pc else b if pb <= pc else c


def filtered(rows, depth, channels):
    """Row i by filter i % 5."""
    lines = packed(rows, depth)
    step = max(1, depth * channels // 8)
    content = b""
    for y, line in enumerate(lines):
        kind = y % 5
        content += bytes([kind])
        for x, value in enumerate(line):
            a = lines[y][x - step] if x >= step else 0
            b = lines[y - 1][x] if y else 0
            c = lines[y - 1][x - step] if y and x >= step else 0
            guess = [0, a, b, (a + b) // 2, paeth(a, b, c)][kind]
            content += bytes([int(value - guess) % 256])
    return content


def png(samples, color, depth, interlaced=False, chunks=b"", parts=1):
    """A file of samples (H, W, channels)."""
    height, width, channels = samples.shape
    passes = PASSES if interlaced else [(0, 0, 1, 1)]
    images = [samples[top::down, left::right] for top, left, down, right in passes]
    content = zlib.compress(b"".join(filtered(i, depth, channels) for i in images if i.size))
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    header += bytes([depth, color, 0, 0, int(interlaced)])
    size = -(-len(content) // parts)
    data = b"".join(chunk(b"IDAT", content[i : i + size]) for i in range(0, len(content), size))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunks + data + chunk(b"IEND", b"")


def case(file, pixels):
    pixels = pixels[:, :, 0] if pixels.shape[2] == 1 else pixels.transpose(2, 0, 1)
    return {"bytes": file.hex(), "shape": pixels.shape, "values": pixels.flatten().tolist()}


def main():
    random = np.random.default_rng(0)
    cases = {}
    for color, depths in {
        GREY: [1, 2, 4, 8, 16],
        RGB: [8, 16],
        PALETTE: [1, 2, 4, 8],
        GREY_ALPHA: [8, 16],
        RGBA: [8, 16],
    }.items():
        for depth in depths:
            samples = random.integers(0, 1 << depth, (HEIGHT, WIDTH, CHANNELS[color]))
            chunks, kept = b"", samples[:, :, : 1 if color in (GREY, GREY_ALPHA) else 3]
            if color == PALETTE:
                palette = random.integers(0, 256, (1 << depth, 3))
                chunks = chunk(b"PLTE", palette.astype(np.uint8).tobytes())
                pixels = palette[samples[:, :, 0]]
            else:
                pixels = np.rint(kept * 255 / ((1 << depth) - 1)).astype(int)
            for interlaced in False, True:
                name = f"color type {color}, {depth} bits" + ", interlaced" * interlaced
                cases[name] = case(png(samples, color, depth, interlaced, chunks), pixels)
                if interlaced and depth == 16:
                    cases[name] = {"bytes": cases[name]["bytes"], "shape": None}
            if color == PALETTE and depth == 4:
                transparent = chunks + chunk(b"tRNS", bytes(range(0, 160, 10)))
                cases["transparent palette"] = case(png(samples, color, 4, False, transparent), pixels)

    grey = random.integers(0, 256, (HEIGHT, WIDTH, 1))
    color = random.integers(0, 256, (HEIGHT, WIDTH, 3))
    key = chunk(b"tRNS", int(grey[1, 2, 0]).to_bytes(2, "big"))
    cases["one transparent grey"] = case(png(grey, GREY, 8, False, key), grey)
    gamma = chunk(b"gAMA", (45455).to_bytes(4, "big"))
    cases["gamma of sRGB"] = case(png(color, RGB, 8, False, gamma), color)
    text = chunk(b"tEXt", b"Title\0picture")
    cases["text"] = case(png(color, RGB, 8, False, text), color)
    cases["many parts"] = case(png(color, RGB, 8, parts=5), color)
    cases["one pixel"] = case(png(grey[:1, :1], GREY, 8, True), grey[:1, :1])

    path = pathlib.Path(__file__).with_name("image.json")
    lines = (f"{json.dumps(name)}: {json.dumps(case)}" for name, case in cases.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
