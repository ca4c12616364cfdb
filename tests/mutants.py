"""Changes made to the code on purpose, one at a time: how many of them do the tests notice?

``make mutants`` draws from the changes that can be made to the core (``CORE``), each as likely as any other, makes each
in a copy of the checkout and runs the tests that are about its module there, up to the first that fails. Where the
module is compiled these run as plain Python (``tests/plain.py``), which takes seconds instead of a minute. Annotations
and how a function is compiled are left alone: nothing that is computed depends on them. The score, and the judged
survivors, stand in ``docs/trace.md``.

A mutant is judged in a fork of this process, so that what the tests import from elsewhere is imported once.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import os
import random
import re
import resource
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from math import inf, sqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
PLAIN = "plain"
"""Tests that are not compiled: the first word of what judges a module."""
ENGINES = "engines"
"""The kernels against the other engine (``tests/plain.py``): the last word of what judges a module."""
KERNELS = f"{PLAIN} {ENGINES}"

EVERY = "unit/test_frozen.py"
"""About every module, behind the tests of its own."""

MODEL = "unit/test_replay.py unit/test_first_day.py unit/test_checker.py unit/test_exact.py"
REPLAY = "unit/test_replay.py unit/test_first_day.py unit/test_checker.py unit/test_tilt.py unit/test_engines_agree.py"
EXACT = "unit/test_first_day.py unit/test_under_way.py unit/test_exact.py statistical/test_exact_oracles.py"
SETTING = "unit/test_scaled.py unit/test_whose_number.py"

CORE: dict[str, dict[str, str]] = {
    "model": {
        "sim/model/draws.py": "unit/test_draws.py unit/test_rules.py",
        "sim/model/rules.py": "unit/test_rules.py unit/test_lasting.py",
        "sim/model/tails.py": "unit/test_lasting.py",
        "sim/model/lasting.py": "unit/test_under_way.py",
        "sim/model/worlds.py": "unit/test_draws.py unit/test_scaled.py unit/test_rates_too_large.py",
        "sim/model/given_starts.py": "unit/test_indices.py unit/test_sensitivity.py",
        "sim/model/unknowns.py": "unit/test_indices.py unit/test_what_moves.py unit/test_sensitivity.py",
        **{f"sim/model/{name}.py": MODEL for name in ("compiler", "names", "pieces", "rows", "slots")},
    },
    "montecarlo": {
        f"sim/engines/montecarlo/{name}.py": KERNELS
        for name in (
            "agenda", "background", "changes", "clocks", "draws_of", "engine", "ground", "ladder", "meetings",
            "packed", "packing", "quiet", "rates", "roles", "rows", "start", "state", "stop", "tilt", "trajectory",
            "votes",
        )
    }
    | {"sim/engines/montecarlo/layout.py": f"{PLAIN} unit/test_layout.py {ENGINES}"},
    "replay": {
        "sim/engines/paths.py": f"unit/test_engines_face.py {REPLAY}",
        **{f"sim/engines/replay/{name}.py": REPLAY for name in ("agents", "council", "engine", "future", "parts")},
        **{f"sim/engines/replay/{name}.py": f"unit/test_story_words.py {REPLAY}" for name in ("reading", "story")},
    },
    "exact": {
        f"sim/engines/exact/{name}.py": EXACT
        for name in (
            "clusters", "component", "forward", "lengths", "mattering", "merging", "plan", "reachable", "recorder",
            "solver", "states", "structure",
        )
    },
    "estimates": {
        "sim/estimates/before.py": "unit/test_before.py unit/test_given.py",
        "sim/estimates/binomials.py": "statistical/test_verify.py",
        "sim/estimates/came_before.py": "unit/test_came_before.py",
        "sim/estimates/commonest.py": "unit/test_commonest.py",
        "sim/estimates/condition_text.py": "unit/test_conditions.py",
        "sim/estimates/conditional.py": "unit/test_given.py unit/test_came_before.py",
        "sim/estimates/conditions.py": "unit/test_conditions.py unit/test_given.py unit/test_before.py",
        "sim/estimates/crossing.py": "unit/test_crossing.py unit/test_believe.py",
        "sim/estimates/differences.py": "unit/test_survivors.py unit/test_compare.py",
        "sim/estimates/first_orders.py": "unit/test_indices.py unit/test_what_moves.py",
        "sim/estimates/given.py": "unit/test_given.py statistical/test_given.py",
        "sim/estimates/indices.py": "unit/test_indices.py statistical/test_indices.py",
        "sim/estimates/intervals.py": "unit/test_survivors.py unit/test_intervals.py",
        "sim/estimates/moving.py": "unit/test_indices.py unit/test_what_moves.py",
        "sim/estimates/outcomes.py": "unit/test_outcomes.py",
        "sim/estimates/paired.py": "unit/test_survivors.py unit/test_lever_study.py unit/test_compare.py",
        "sim/estimates/precision.py": "end_to_end/test_precision.py",
        "sim/estimates/prim.py": "unit/test_prim.py",
        "sim/estimates/products.py": "unit/test_indices.py",
        "sim/estimates/rankings.py": "unit/test_rankings.py unit/test_lever_study.py",
        "sim/estimates/solved.py": "unit/test_median.py unit/test_exact.py end_to_end/test_exact_run.py",
        "sim/estimates/summary.py": "unit/test_survivors.py unit/test_results.py unit/test_outcomes.py",
        "sim/estimates/tally.py": "unit/test_tally.py unit/test_survivors.py unit/test_median.py",
        "sim/estimates/totals.py": "unit/test_totals.py statistical/test_indices.py",
        "sim/estimates/weighed.py": "unit/test_survivors.py unit/test_tilt.py",
        "sim/history/hindcast/scores.py": "history/test_scores.py unit/test_survivors.py",
    },
    "files": {
        "sim/results/folder.py": "unit/test_folders.py",
        "sim/results/happenings.py": "unit/test_results.py unit/test_before.py",
        "sim/results/joined.py": "unit/test_survivors.py unit/test_given.py",
        "sim/results/journal.py": "unit/test_sweep_resumed.py",
        "sim/results/manifest.py": "unit/test_folders.py unit/test_results.py",
        "sim/results/seal.py": "unit/test_folders.py",
        "sim/results/trajectories.py": "unit/test_survivors.py unit/test_results.py end_to_end/test_own_results.py",
    },
    "scenario": {
        "sim/scenario/check_ladder.py": "unit/test_scenario_errors.py",
        "sim/scenario/merge.py": "unit/test_scenario_merge.py unit/test_scaled.py",
        "sim/scenario/ranges.py": SETTING,
        "sim/scenario/setting.py": SETTING,
        "sim/scenario/whose.py": SETTING,
    },
}  # fmt: skip
"""What the core is: by group, each module with the tests below ``tests/`` that are about it, the quick ones first."""

COPIED = ("accession.py", "pyproject.toml", "README.md", "benchmarks", "docs", "results", "scenarios", "seeds", "sim",
          "tests")  # fmt: skip
IDENTITY = re.compile(r"_(Eq_Is|NotEq_IsNot|Is_Eq|IsNot_NotEq):")
"""``is`` for ``==`` and the like: the same between small integers and names, and Python warns of it elsewhere."""
SECONDS = 120
"""Of a processor, until a mutant that does not end counts as noticed."""
IMPORTED = ("hypothesis", "matplotlib.pyplot", "numba", "pandas", "pyarrow.parquet", "pydantic", "pytest",
            "_pytest.assertion.rewrite", "ruamel.yaml", "scipy.optimize", "scipy.stats", "scipy.sparse.linalg", "simpy",
            "typer.testing", "jinja2")  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change, named by its place; ``spec`` is what cosmic-ray makes it by."""

    module: str
    place: tuple[int, int]
    """Line and column."""
    name: str
    spec: Any

    def __str__(self) -> str:
        return f"{self.module}:{self.place[0]}:{self.place[1]}:{self.name}"


@dataclass(frozen=True)
class Score:
    """What became of the mutants of one group."""

    group: str
    there_are: int
    tried: int
    noticed: int


# --- mutants ---------------------------------------------------------------------------------------------------


def left_alone(file: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where begins and ends what changes nothing: annotations, and decorators that compile; (line, column) each."""
    found = []
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        parts = [getattr(node, name, None) for name in ("annotation", "returns")]
        for decorator in getattr(node, "decorator_list", ()):
            if getattr(decorator, "id", "") in ("compiled", "inlined"):
                parts.append(decorator)
        for part in parts:
            if isinstance(part, ast.expr):
                assert part.end_lineno is not None
                assert part.end_col_offset is not None
                # a decorator's own place is behind its @
                first = (part.lineno, max(0, part.col_offset - 1))
                found.append((first, (part.end_lineno, part.end_col_offset + 1)))
    return found


def mutants(module: str) -> list[Mutant]:
    """Every change that can be made to a module and that could matter, in the order of its lines."""
    from cosmic_ray.commands.init import _all_work_items

    skipped = left_alone(CHECKOUT / module)
    made = []
    for item in _all_work_items([Path(module)], {}):
        (spec,) = item.mutations
        name = f"{spec.operator_name.removeprefix('core/')}:{spec.occurrence}"
        if not IDENTITY.search(name) and not any(first <= spec.start_pos < last for first, last in skipped):
            made.append(Mutant(module, spec.start_pos, name, spec))
    return sorted(made, key=lambda mutant: (mutant.place, mutant.name))


def files_of(tests: str) -> list[str]:
    """The files among what judges a module."""
    return [word for word in tests.split() if "/" in word]


# --- judging ---------------------------------------------------------------------------------------------------


def passes(tests: str, copy: Path) -> bool:
    """Whether the tests pass in the copy as it is now; False as well if they do not end."""
    child = os.fork()
    if child == 0:
        code = 3
        try:
            os.setsid()
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
            code = _run(tests, copy)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    end = time.monotonic() + 10 * SECONDS
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done or time.monotonic() > end:
            break
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if not done:
        os.waitpid(child, 0)
    return bool(done) and os.waitstatus_to_exitcode(status) == 0


def _run(tests: str, copy: Path) -> int:
    """In the child: the exit code of the tests."""
    import pytest
    from numba.core import config

    os.chdir(copy)
    os.environ["PYTHONPATH"] = str(copy)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.path[:] = [str(copy), *(place for place in sys.path if Path(place).resolve() != CHECKOUT)]
    for name in [name for name in sys.modules if name.split(".")[0] in ("tests", "sim", "accession")]:
        del sys.modules[name]
    # what was compiled before may be as old as the change, to the second
    sys.dont_write_bytecode = True
    sys.path_importer_cache.clear()
    log = os.open(copy / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    asked = tests.split()
    if plain := asked[0] == PLAIN:
        vars(config)["DISABLE_JIT"] = 1
        os.environ["NUMBA_DISABLE_JIT"] = "1"
    words = [
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-W",
        "ignore::pytest.PytestAssertRewriteWarning",
    ]
    words += ["-W", "ignore::RuntimeWarning"] * plain
    code = int(pytest.main(words + [f"tests/{name}" for name in (*files_of(tests), EVERY)]))
    return code or (int(import_module("tests.plain").main()) if asked[-1] == ENGINES else 0)


@contextlib.contextmanager
def copied() -> Iterator[Path]:
    """A copy of the checkout, without what was compiled from its modules but with the machine code."""
    with TemporaryDirectory() as place:
        copy = Path(place) / "accession"
        copy.mkdir()
        for part in COPIED:
            if (CHECKOUT / part).is_dir():
                shutil.copytree(CHECKOUT / part, copy / part, ignore=shutil.ignore_patterns("*.pyc"))
            else:
                shutil.copyfile(CHECKOUT / part, copy / part)
        _keep_machine_code(copy)
        yield copy


def _keep_machine_code(copy: Path) -> None:
    """Gives the machine code that was copied the names under which it is looked for: they tell where a source is."""
    from numba.core.caching import UserProvidedCacheLocator

    def name(module: Path) -> str:
        return str(UserProvidedCacheLocator.get_suitable_cache_subpath(str(module)))  # type: ignore[no-untyped-call]

    for package in {
        (CHECKOUT / module).parent.relative_to(CHECKOUT) for group in CORE.values() for module in group
    }:
        for kept in copy.glob(f"sim/__pycache__/compiled-*/{name(CHECKOUT / package / 'x.py')}"):
            kept.rename(kept.with_name(name(copy / package / "x.py")))


def survives(mutant: Mutant, tests: str, copy: Path) -> str | None:
    """The lines of the change if the tests pass with it."""
    from cosmic_ray.mutating import use_mutation
    from cosmic_ray.plugins import get_operator

    operator = get_operator(mutant.spec.operator_name)()
    with use_mutation(copy / mutant.module, operator, mutant.spec.occurrence) as (before, after):
        if not passes(tests, copy):
            return None
    old, new = before.splitlines(), after.splitlines()
    at = next(i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
    return f"- {old[at].strip()}\n+ {new[at].strip()}"


def judge(chosen: list[Mutant], tests: dict[str, str], copy: Path, until: float) -> dict[str, list[bool]]:
    """Tries mutants in turn, and prints each survivor.

    :param tests: those of each module.
    :param until: what ``time.monotonic`` says when no other is begun.
    :returns: by module, whether each that was tried was noticed.
    """
    told: dict[str, list[bool]] = {}
    passed = set()
    for mutant in chosen:
        begun = time.monotonic()
        if begun > until:
            break
        change = survives(mutant, tests[mutant.module], copy)
        told.setdefault(mutant.module, []).append(change is None)
        if change is not None:
            passed.add(tests[mutant.module])
        print(f"{'noticed ' if change is None else 'SURVIVES'} {time.monotonic() - begun:4.0f} s {mutant}")
        if change:
            print("    " + change.replace("\n", "\n    "))
        sys.stdout.flush()
    for names in sorted({tests[module] for module in told} - passed):
        if not passes(names, copy):  # then they have noticed nothing
            sys.exit(f"without any change these fail: {names}\n{(copy / 'log').read_text('utf-8')[-2000:]}")
    return told


# --- the score -------------------------------------------------------------------------------------------------


def in_all(scores: list[Score]) -> tuple[float, float]:
    """The share of all mutants of the core that would be noticed, and the half of its 90 % interval.

    Each group counts by the mutants that it has; of its share the error is that of a sample, with one survivor and one
    noticed mutant more, so that no group is free of error.
    """
    whole = sum(score.there_are for score in scores)
    share = variance = 0.0
    for score in scores:
        weight = score.there_are / whole
        share += weight * score.noticed / score.tried
        if score.tried < score.there_are:
            near = (score.noticed + 1) / (score.tried + 2)
            variance += weight**2 * near * (1 - near) / score.tried
    return share, 1.645 * sqrt(variance)


def main() -> None:
    """Prints what became of each mutant, and the score of each group and of all."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    names = [*CORE, *(module for group in CORE.values() for module in group)]
    parser.add_argument("what", nargs="*", metavar="GROUP|MODULE", help=f"of {', '.join(names)}")
    parser.add_argument("--sample", type=int, default=150, help="at most so many mutants (150)")
    parser.add_argument("--only", help="a file of mutants as they are printed: these alone")
    parser.add_argument("--seed", type=int, default=1, help="of the sample (1)")
    parser.add_argument("--minutes", type=float, default=inf, help="begin no other mutant after so many")
    asked = parser.parse_args()
    if wrong := [name for name in asked.what if name not in names]:
        parser.error(f"{wrong[0]}: allowed: {', '.join(names)}")
    for name in IMPORTED:
        import_module(name)
    tests = {
        m: t
        for g, modules in CORE.items()
        for m, t in modules.items()
        if not asked.what or {g, m} & {*asked.what}
    }
    until = time.monotonic() + 60 * asked.minutes
    with copied() as copy:
        if asked.only:
            again(Path(asked.only).read_text("utf-8"), copy)
            return
        # in an order by chance, so that what is cut short is a sample as well
        every = [mutant for module in tests for mutant in mutants(module)]
        chosen = random.Random(asked.seed).sample(every, min(asked.sample, len(every)))
        told = judge(chosen, tests, copy, until)
    count = Counter(mutant.module for mutant in every)
    scores = []
    for group, modules in CORE.items():
        noticed = [one for module in modules for one in told.get(module, ())]
        if noticed:
            scores.append(Score(group, sum(count[m] for m in modules), len(noticed), sum(noticed)))
    print()
    for score in scores:
        print(f"{score.group}: {score.noticed} of {score.tried} noticed, of {score.there_are} that there are")
    share, half = in_all(scores)
    print(f"In all {100 * share:.0f} % of the mutants of the core, give or take {100 * half:.0f} (90 %)")


def again(printed: str, copy: Path) -> None:
    """Tries the mutants that a text names, once more."""
    for group in CORE.values():
        for module, tests in group.items():
            if module in printed:
                for mutant in mutants(module):
                    if str(mutant) in printed.split():
                        change = survives(mutant, tests, copy)
                        print("noticed " if change is None else "SURVIVES", mutant, flush=True)


if __name__ == "__main__":
    main()
