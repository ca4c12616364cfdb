"""Measures everything and writes ``docs/benchmarks.csv``, ``docs/benchmarks.md`` and its figure.

``python -m benchmarks`` takes some minutes; ``--quick`` does a tenth of the work and writes to another folder,
``--page`` only makes page and figure again from the CSV.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # before numpy is imported: one thread each, unless said

import argparse
import csv
import sys
import time
from pathlib import Path

from benchmarks import page, rounds
from benchmarks.rounds import Measured

DOCS = Path(__file__).parent.parent / "docs"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--page", action="store_true", help="only write page and figure again, from the CSV")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, to see that it runs")
    parser.add_argument("--out", type=Path, default=DOCS, help="where the files go (docs)")
    options = parser.parse_args()
    table = options.out / "benchmarks.csv"
    if not options.page:
        options.out.mkdir(parents=True, exist_ok=True)
        measured = list(_measure(10 if options.quick else 1))
        with table.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(Measured._fields)
            writer.writerows(measured)
    sys.exit(page.write(table, options.out))


def _measure(shrink: int) -> list[Measured]:
    begin = time.perf_counter()
    rows = list(rounds.about())
    for part in rounds.PARTS:
        print(f"{time.perf_counter() - begin:6.0f} s  {part.__name__}", file=sys.stderr, flush=True)
        rows += [row._replace(value=_rounded(row.value)) for row in part(rounds.ROUNDS, shrink)]
    print(f"{time.perf_counter() - begin:6.0f} s  done", file=sys.stderr)
    return rows


def _rounded(value: float | str) -> float | str:
    return float(f"{value:.5g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
