"""``docs/fits.md``: what each fitted table holds, how it was made, how well it fits; from the tables alone.

Run as ``python -m sim.pages.fits`` (``make docs``).
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from sim.base.files import write_whole
from sim.history.fits.fitted import MANIFEST, read_manifest
from sim.scenario.sources import builtin_folder

HEAD = """# Fits

Where the fitted numbers of `scenarios/baseline.yaml` come from. Each table in `scenarios/tables/` holds draws
from a joint posterior: one row for each world, so that numbers fitted together stay together. The facts are in
`seeds/`; the model, the likelihood and what is judged in it are said at the head of each module in
`sim/history/fits/`.

`accession fit --check` makes every table again and says whether facts or draws have changed; `accession fit`
writes new ones. This page is made from the tables by `make docs`.

Four numbers in a row are the 5, 50 and 95 % points and the mean, unless the name says something else.
"""


def _short(value: Any) -> str:
    """A check as a few words."""
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, list):
        return ", ".join(map(_short, value))
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_short(each)}" for key, each in value.items())
    return str(value)


def _check(name: str, value: Any) -> list[str]:
    """A check as a point of a list; the parts of one with parts as points below it."""
    said = name.replace("_", " ")
    if isinstance(value, dict):
        return [f"- {said}:", *(f"  - {key}: {_short(each)}" for key, each in value.items())]
    return [f"- {said}: {_short(value)}"]


def _columns(file: Path) -> list[str]:
    with file.open(encoding="utf-8", newline="") as lines:
        names, *draws = csv.reader(lines)
    values = np.array(draws, dtype=float)
    points = np.column_stack([values.mean(axis=0), *np.quantile(values, [0.05, 0.5, 0.95], axis=0)])
    rows = [
        f"| `{name}` | " + " | ".join(f"{point:.3g}" for point in row) + " |"
        for name, row in zip(names, points, strict=True)
    ]
    return ["| column | mean | 5 % | median | 95 % |", "|---|--:|--:|--:|--:|", *rows]


def page(folder: Path) -> str:
    """The page, from the manifest and the tables of a folder."""
    lines = [HEAD]
    for name, entry in read_manifest(folder).items():
        facts = ", ".join(f"`{table}`" for table in entry.facts)
        lines += [f"## {name}", "", f"{entry.method} {entry.rows:,} draws. Facts: {facts}.", ""]
        lines += [*_columns(folder / f"{name}.csv"), "", "Checks:", ""]
        lines += [line for check in entry.checks.items() for line in _check(*check)]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    """Writes the page into the checkout."""
    folder = builtin_folder() / "tables"
    assert (folder / MANIFEST).exists()
    target = folder.parents[1] / "docs" / "fits.md"
    write_whole(target, page(folder))
    print(target.name)


if __name__ == "__main__":
    main()
