"""The benchmarks: rivals answer as the engine does, and their page comes from the table of what was measured."""

import ast
import csv
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from benchmarks import (
    agree,
    compare,
    mesa_model,
    numpy_vectorised,
    page,
    plain_simpy,
    prose,
    table,
    targets,
    verbs,
)
from benchmarks.engine import MILLION, MOST_STATES
from benchmarks.floor import Tape, measure
from benchmarks.measured import Effort, Measured
from benchmarks.shared import RACED, Baseline, Outcomes, baseline, of_paths
from sim.engines import montecarlo
from sim.engines.exact import Solver
from sim.model.draws import key
from sim.scenario.load import load_scenario
from sim.studies.prepare import prepare
from tests.commands import ran

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
Simulate = Callable[[Baseline, int, int, bool], Outcomes]
RIVALS: list[tuple[Simulate, int]] = [
    (mesa_model.simulate, 1500),
    (plain_simpy.simulate, 1500),
    (numpy_vectorised.simulate, 20_000),
]


@cache
def engine() -> tuple[Outcomes, Baseline]:
    prepared, base = baseline()
    return of_paths(montecarlo.simulate(prepared.model, prepared.worlds, 1, 50_000)), base


# --- rivals ---------------------------------------------------------------------------------------------------


@pytest.mark.exhaustive  # as in test_all_run_side_by_side, with more futures
@pytest.mark.parametrize("everything", [True, False])
@pytest.mark.parametrize(("simulate", "n"), RIVALS)
def test_rivals_answer_as_the_engine_does(simulate: Simulate, n: int, everything: bool) -> None:
    """Every share that was seen often enough. False alarm 1e-6 for each rival (Bonferroni); the seed is fixed."""
    ours, base = engine()
    rows = agree.compare(ours, simulate(base, n, 2, everything), base.voters)
    assert len(rows) >= 10
    worst = agree.worst(rows)
    assert abs(worst.z) < agree.bound(len(rows)), worst


def test_a_rival_that_differs_is_refused() -> None:
    """Objections that end half as fast: 20,000 trajectories tell."""
    ours, base = engine()
    numbers = {**base.numbers, "objection_ends": base.numbers["objection_ends"] / 2}
    rows = agree.compare(
        ours, numpy_vectorised.simulate(replace(base, numbers=numbers), 20_000, 2), base.voters
    )
    assert abs(agree.worst(rows).z) > agree.bound(len(rows))


def test_rivals_sit_at_the_meetings_of_the_steps_that_are_raced() -> None:
    """The baseline has meetings of more kinds; a rival that sat at those would take steps too early."""
    steps = load_scenario(RACED).content.ladder
    named = {name for step in steps for name in getattr(step, "meetings", None) or ()}
    assert {name for _, name in engine()[1].dates if not name.startswith(("elections", "us_"))} == named


def test_every_rival_on_the_page_answers_as_the_engine_does() -> None:
    found = table.read(DOCS / "benchmarks.csv")
    for name in found.names("agreement"):
        if name != compare.REPLAY:
            worst, bound = (found.number("agreement", name, of) for of in ("worst z", "bound"))
            assert abs(worst) < bound, name
    assert "another answer" not in (DOCS / "benchmarks.md").read_text("utf-8")


@pytest.mark.exhaustive  # rivals are no part of what a user runs
def test_all_run_side_by_side() -> None:
    """In one round, with the replay equal to the bit and every rival within its bound (false alarm 1e-6 each)."""
    rows = list(compare.side_by_side(Effort(rounds=1, shrink=20)))
    found = table.Table(rows)
    names = [compare.PROJECT, compare.REPLAY]
    names += [
        rival + suffix
        for rival in ("Mesa", "plain SimPy", "NumPy")
        for suffix in (compare.ALL, compare.STEPS)
    ]
    assert found.names("side by side") == names
    assert found.text("agreement", compare.REPLAY, "equal to the bit") == "yes"
    for name in names[2:]:
        worst, bound = (found.number("agreement", name, of) for of in ("worst z", "bound"))
        assert abs(worst) < bound, name
    assert all(float(r.value) > 0 for r in rows if r.part == "side by side")


# --- the floor ------------------------------------------------------------------------------------------------


def test_the_floor_makes_the_blocks_of_its_tape() -> None:
    """Its counts are those of the tape, and twice the blocks take longer."""
    words = np.zeros((6, 200_000), np.uint32)
    words[0], words[4:] = np.arange(200_000), key(1, "move/GRC.stance")[:, None]
    tapes = [Tape(1000, words[:, :n], {"log": n // 2, "pow": 0}, 0.0, 0.0) for n in (100_000, 200_000)]
    short, long = (measure(1, tape)[0] for tape in tapes)
    assert (short.blocks, short.logs, long.blocks, long.logs) == (100, 50, 200, 100)
    assert 0 < short.us < long.us


# --- the table and the page -------------------------------------------------------------------------------------


def test_an_interval_covers_the_median_as_often_as_it_says() -> None:
    """Counted over all ways in which rounds can lie on the two sides of the median."""
    for rounds in (1, 3, 5, 8, 10):
        out = table.cut(rounds)
        sides = list(product((0, 1), repeat=rounds))
        held = [out < sum(side) < rounds - out for side in sides]
        assert np.mean(held) == pytest.approx(table.coverage(rounds, out))
    assert table.spread([5.0, 1.0, 3.0, 2.0, 4.0]) == (3.0, 1.0, 5.0, 5)
    assert table.spread(map(float, range(10))) == (4.5, 1.0, 8.0, 10)


@pytest.mark.parametrize(
    ("low", "high", "at_least", "verdict"),
    [
        (300, 310, True, "met"),
        (290, 310, True, "not told apart"),
        (280, 299, True, "missed"),
        (1.0, 1.9, False, "met"),
        (1.9, 2.1, False, "not told apart"),
        (2.1, 2.2, False, "missed"),
    ],
)
def test_an_aim_is_met_or_missed_by_the_whole_interval(
    low: float, high: float, at_least: bool, verdict: str
) -> None:
    found = table.Spread((low + high) / 2, low, high, 5)
    assert targets.Target("", found, 300 if at_least else 2, at_least, "").verdict == verdict


def test_the_page_is_made_from_the_table() -> None:
    """The page and figure that are there are those of the table that is there."""
    found = table.read(DOCS / "benchmarks.csv")
    assert page.page(found) == (DOCS / "benchmarks.md").read_text(encoding="utf-8")


def test_the_figure_is_made_from_the_table(tmp_path: Path) -> None:
    page.write(DOCS / "benchmarks.csv", tmp_path)
    made = (tmp_path / "figures" / "benchmarks.svg").read_bytes()
    if f"matplotlib=={version('matplotlib')} " not in (ROOT / "requirements/run.txt").read_text("utf-8"):
        pytest.skip("another Matplotlib than the locked one draws the same with other bytes")
    assert made == (DOCS / "figures" / "benchmarks.svg").read_bytes()


@pytest.mark.parametrize("module", [page, prose])
def test_no_number_of_the_page_is_written_by_hand(module: object) -> None:
    """Neither page nor prose has a digit in any text; what stands behind a colon in {} is how to print one."""
    path = Path(str(vars(module)["__file__"]))
    tree = ast.parse(path.read_text(encoding="utf-8"))
    formats = {id(part) for node in ast.walk(tree) if isinstance(node, ast.FormattedValue) and node.format_spec
               for part in ast.walk(node.format_spec)}  # fmt: skip
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)
             and isinstance(node.value, str) and id(node) not in formats]  # fmt: skip
    assert len(texts) > 10
    assert [text for text in texts if any(c.isdigit() for c in text)] == []


def test_what_is_measured_shows_on_the_page() -> None:
    """Each number of the table on its own changes the page."""
    found = table.read(DOCS / "benchmarks.csv")
    before = page.page(found)
    for part in dict.fromkeys(row.part for row in found.rows if row.part != "about"):
        rows = [_tripled(row) if row.part == part else row for row in found.rows]
        assert page.page(table.Table(rows)) != before, part


def test_a_verb_is_shown_beside_its_aim() -> None:
    """With what it took when the aim was set."""
    about = [row for row in table.read(DOCS / "benchmarks.csv").rows if row.part == "about"]
    verb = next(verb for verb in verbs.VERBS if verb.aim is not None)
    rows = [Measured(verbs.PART, verb.what, "", number, "cpu_s", 0.1) for number in range(5)]
    found = table.Table([*about, *rows])
    assert f"| `{verb.what}` | 0.100 (0.100 to 0.100) | ≤ 0.300 | {verb.before} |" in page.page(found)
    assert [(target.what, target.verdict) for target in targets.targets(found)] == [(f"`{verb.what}`", "met")]


def test_a_command_that_fails_is_not_timed(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        verbs.processor_seconds(["no-such-verb"], str(tmp_path))


def _tripled(row: Measured) -> Measured:
    try:
        return row._replace(value=3 * float(row.value))
    except ValueError:
        return row


def test_the_command_measures_a_part_and_writes_table_and_page(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "benchmarks", "--quick", "--only", "start-up", "--out", str(tmp_path)]
    done = ran(words, cwd=ROOT)
    assert "start-up" in done.stderr
    with (tmp_path / "benchmarks.csv").open(newline="", encoding="utf-8") as file:
        parts = {row["part"] for row in csv.DictReader(file)}
    assert parts == {"about", "start-up"}
    text = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    assert "quick run" in text
    assert "accession --help" in text


def test_the_exact_engine_takes_the_model_of_a_million_states() -> None:
    states = Solver(prepare(MILLION).model, MOST_STATES).states
    assert 500_000 < states < MOST_STATES
