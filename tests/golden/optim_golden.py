"""What the generators of the golden values of optim share."""

import json
import pathlib


def write(script, header, cases):
    """`header` and then the cases, one a line, into the JSON file beside the script."""
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    pathlib.Path(script).with_suffix(".json").write_text(
        f'{json.dumps(header)[:-1]}, "cases": [\n{lines}\n]}}\n')
