"""Changes made to the code on purpose, one at a time: how many of them do the tests notice?

``make mutants`` takes the modules of the core one after another (``make mutants MODULES=sim/scenario/merge.py`` one of
them) and runs the tests that are about it on each mutant, in a copy of the checkout. What is typed but never evaluated
(annotations) is left alone. The score, and the judged survivors, stand in ``docs/trace.md``.
"""

from __future__ import annotations

import argparse
import ast
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

CHECKOUT = Path(__file__).resolve().parents[1]

CORE = {
    "sim/scenario/merge.py": "tests/unit/test_scenario_merge.py",
    "sim/model/rules.py": "tests/unit/test_rules.py",
    "sim/model/compiler.py": "tests/unit/test_rules.py tests/unit/test_engines_agree.py",
    "sim/engines/exact/forward.py": "tests/unit/test_exact.py",
    "sim/engines/montecarlo/ladder.py": "tests/unit/test_engines_agree.py",
    "sim/engines/montecarlo/meetings.py": "tests/unit/test_engines_agree.py",
    "sim/estimates/intervals.py": "tests/unit/test_intervals.py",
    "sim/estimates/tally.py": "tests/unit/test_results.py tests/unit/test_median.py",
    "sim/history/hindcast/scores.py": "tests/history/test_scores.py",
    "sim/results/folder.py": "tests/unit/test_folders.py",
    "sim/results/seal.py": "tests/unit/test_folders.py",
    "sim/results/trajectories.py": "tests/unit/test_results.py",
}
"""Module -> the tests that are about it."""

COPIED = (
    "accession.py",
    "pyproject.toml",
    "README.md",
    "benchmarks",
    "docs",
    "scenarios",
    "seeds",
    "sim",
    "tests",
)
SECONDS = 120.0
"""Until a mutant that does not end counts as noticed."""


def annotations(file: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where annotations begin and end, (line, column) each: nothing evaluates them."""
    found = []
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        parts = [getattr(node, name, None) for name in ("annotation", "returns")]
        for part in parts:
            if isinstance(part, ast.expr):
                assert part.end_lineno is not None
                assert part.end_col_offset is not None
                found.append(((part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)))
    return found


def score(module: str, tests: str, sample: int | None) -> tuple[int, int, list[str]]:
    """How many mutants of a module are noticed, of how many, and the survivors as differences.

    :param sample: at most so many mutants, drawn with a fixed seed; all if not given.
    """
    from cosmic_ray.work_db import WorkDB, use_db
    from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

    with TemporaryDirectory() as place:
        copy = Path(place) / "accession"
        copy.mkdir()
        for part in COPIED:
            (shutil.copytree if (CHECKOUT / part).is_dir() else shutil.copyfile)(CHECKOUT / part, copy / part)
        command = f"{sys.executable} -m pytest -x -q -p no:cacheprovider -p no:xdist {tests}"
        config = copy / "mutants.toml"
        config.write_text(
            f'[cosmic-ray]\nmodule-path = "{module}"\ntimeout = {SECONDS}\nexcluded-modules = []\n'
            f'test-command = "{command}"\n[cosmic-ray.distributor]\nname = "local"\n',
            "utf-8",
        )
        _cosmic_ray(copy, "init", "mutants.toml", "session.sqlite")
        _cosmic_ray(copy, "baseline", "mutants.toml")
        skipped = annotations(copy / module)
        with use_db(str(copy / "session.sqlite"), WorkDB.Mode.open) as session:
            items = sorted(session.pending_work_items, key=lambda item: item.job_id)
            kept = [
                item
                for item in items
                if not any(first <= item.mutations[0].start_pos < last for first, last in skipped)
            ]
            kept.sort(key=lambda item: (item.mutations[0].start_pos, item.mutations[0].operator_name))
            if sample is not None and sample < len(kept):
                kept = random.Random(1).sample(kept, sample)
            chosen = {item.job_id for item in kept}
            for item in items:
                if item.job_id not in chosen:
                    session.set_result(item.job_id, WorkResult(WorkerOutcome.SKIPPED))
        _cosmic_ray(copy, "exec", "mutants.toml", "session.sqlite")
        with use_db(str(copy / "session.sqlite"), WorkDB.Mode.open) as session:
            results = [(job, r) for job, r in session.results if job in chosen]
        survivors = [str(r.diff) for _, r in results if r.test_outcome == TestOutcome.SURVIVED]
        return len(results) - len(survivors), len(results), survivors


def _cosmic_ray(folder: Path, *words: str) -> None:
    """:raises CalledProcessError: the tests fail without any change, or there is nothing to change."""
    subprocess.run([sys.executable, "-m", "cosmic_ray.cli", *words], cwd=folder, check=True)


def told(diff: str) -> Iterator[str]:
    """The lines of a difference that say what was changed."""
    for line in diff.splitlines():
        if line.startswith(("@@", "+", "-")) and not line.startswith(("+++", "---")):
            yield line


def main() -> None:
    """Prints the score of each module, its survivors, and the score of all."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument(
        "modules", nargs="*", default=list(CORE), metavar="MODULE", help=f"of {', '.join(CORE)}"
    )
    parser.add_argument("--sample", type=int, help="at most so many mutants of each")
    asked = parser.parse_args()
    noticed = made = 0
    for module in asked.modules:
        if module not in CORE:
            parser.error(f"{module}: allowed: {', '.join(CORE)}")
        killed, of, survivors = score(module, CORE[module], asked.sample)
        noticed, made = noticed + killed, made + of
        print(f"{module}: {killed} of {of} noticed", flush=True)
        for diff in survivors:
            print("  " + "\n  ".join(told(diff)), flush=True)
    print(f"\nIn all {noticed} of {made} noticed ({100 * noticed / max(made, 1):.0f} %)")


if __name__ == "__main__":
    main()
