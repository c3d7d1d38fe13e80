"""Runs linear_cost under callgrind: four times as many inputs may cost six times the instructions.

usage: linear_cost.py VALGRIND PROGRAM
"""

import pathlib
import re
import subprocess
import sys
import tempfile

MOST = 6.0


def main():
    valgrind, program = sys.argv[1:]
    with tempfile.TemporaryDirectory() as directory:
        out = pathlib.Path(directory) / "out"
        subprocess.run([valgrind, "--quiet", "--tool=callgrind",
                        f"--callgrind-out-file={out}", program], check=True)
        counts = {}
        for dump in pathlib.Path(directory).iterdir():
            text = dump.read_text(errors="replace")
            trigger = re.search(r"^desc: Trigger: Client Request: (\S+) (\d+)$", text, re.M)
            if trigger:
                total = re.search(r"^(?:totals|summary): (\d+)", text, re.M)
                counts[trigger[1], int(trigger[2])] = int(total[1])
    names = dict.fromkeys(name for name, _ in counts)
    sizes = sorted({n for _, n in counts})
    failed = not names
    for name in sorted(names):
        small, large = (counts[name, n] for n in sizes)
        wrong = large > MOST * small
        failed = failed or wrong
        print(f"{name:40} {small:12} {large:12} {large / small:6.2f}" + ("  FAILED" if wrong else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
