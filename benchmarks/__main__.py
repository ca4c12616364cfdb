"""Measures everything and writes ``benchmarks.csv``, ``benchmarks.md`` and its figure.

``make bench``, or ``python -m benchmarks`` where Mesa is installed. ``--quick`` does a tenth of the work, to see
that it runs; ``--page`` only makes page and figure again from the table; ``--only`` measures some parts.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.measured import Effort, Measured

DOCS = Path(__file__).parent.parent / "docs"
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Libraries read these when they are imported, so nothing that imports numpy is imported above ``main``."""
PARTS = (
    "start-up", "verbs", "side by side", "threads", "floor", "exact", "sizes", "memory", "compilation",
)  # fmt: skip


def main() -> None:
    """The command."""
    for name in ONE_THREAD:
        os.environ.setdefault(name, "1")
    from benchmarks.measured import Effort, Measured
    from benchmarks.page import write

    options = _options()
    table = options.out / "benchmarks.csv"
    if not options.page:
        effort = Effort(rounds=3, shrink=10) if options.quick else Effort(large=options.large)
        options.out.mkdir(parents=True, exist_ok=True)
        with table.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(Measured._fields)
            for row in _measure(effort, options.only or list(PARTS)):
                writer.writerow(row)
                file.flush()  # whatever fails later, half an hour of measuring is not lost
    for path in write(table, options.out):
        print(path)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--page", action="store_true", help="only write page and figure again, from the table"
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, to see that it runs")
    parser.add_argument("--large", action="store_true", help="memory of 100 million trajectories, too")
    parser.add_argument("--only", action="append", choices=PARTS, help="measure this part (repeatable)")
    parser.add_argument("--out", type=Path, default=DOCS, help="where the files go (docs)")
    return parser.parse_args()


def _measure(effort: Effort, parts: list[str]) -> Iterator[Measured]:
    from benchmarks import compare, engine, processes, verbs

    work = (
        processes.start_up, verbs.verbs, compare.side_by_side, engine.threads, engine.floors, engine.exactly,
        engine.sizes, processes.memory, processes.compilation,
    )  # fmt: skip
    begin = time.perf_counter()
    yield from processes.about(effort)
    for name, part in zip(PARTS, work, strict=True):
        if name in parts:
            print(f"{time.perf_counter() - begin:6.0f} s  {name}", file=sys.stderr, flush=True)
            for row in part(effort):
                value = row.value
                yield row._replace(value=float(f"{value:.5g}") if isinstance(value, float) else value)
    print(f"{time.perf_counter() - begin:6.0f} s  done", file=sys.stderr)


if __name__ == "__main__":
    main()
