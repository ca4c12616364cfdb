"""What moves the answer, in words, rows and a figure: no finer than the sample, and in which direction."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.base.records import text, typed
from sim.estimates.first_orders import moving
from sim.estimates.indices import Shares
from sim.estimates.moving import Moving, Part
from sim.estimates.solved import Solved
from sim.estimates.tally import Tally
from sim.model.unknowns import Unknown
from sim.report import moving_section as words
from sim.report.moving_figure import draw_moving, moving_sheet
from sim.report.style import NARROW, WIDE
from sim.report.vector import svg_text
from sim.studies.named import TitledScenario
from sim.studies.prepare import paths_of, prepare
from sim.studies.sensitivity_answer import SCHEMA, Sensitivity

Floats = NDArray[np.float64]
PFP, MEMBERSHIP = ("pfp", date(2036, 12, 31)), ("membership", date(2056, 12, 1))
WORLDS = 400


def found(chances: Floats, u: Floats, start: bool = False) -> Moving:
    """Four things, of which two are drawn together, and perhaps a start."""
    things = [Unknown("pace", "pace", u[0]), Unknown("a", "tables/two.csv", u[1])]
    things += [Unknown("b", "tables/two.csv", u[2]), Unknown("idle", "idle", u[3])]
    if start:
        things.append(
            Unknown("start of GRC.stance", "start of GRC.stance", (u[4] < 0.5).astype(float), ("no", "yes"))
        )
    labels = {"pace": "pace of talks", "start of GRC.stance": "Greece: stance at the start"}
    bases = {"pace": "fitted", "a": "judged", "b": "fitted", "idle": "yours"}
    shares = Shares.counted(np.random.default_rng(9).binomial(500, chances), np.full(WORLDS, 500))
    return moving(things, bases, {PFP: shares}, labels)


@pytest.fixture(scope="module")
def u() -> Floats:
    return np.random.default_rng(8).random((5, WORLDS))


def test_the_first_is_named_with_its_direction_and_what_is_left(u: Floats) -> None:
    first = found(0.02 + 0.3 * u[0] + 0.6 * u[0] * u[1], u)
    (target,) = first.targets
    assert words.foremost(first, target) == ["pace"]
    said = " ".join(words.sentences(first, target, 200_000))
    assert "Partnership for Peace by the end of 2036: " in said
    assert "Pace of talks (fitted) moves it most: " in said
    low, high = (
        part.split(" %")[0] for part in said.split("lowest the probability is ")[1].split("highest ")
    )
    assert float(low) < 20 < 50 < float(high)
    assert "with what is drawn together in “two” (2 numbers)" in said
    assert "the rest is in what several do together" in said
    table = words.section(stored(first)).table
    assert [row.label for row in table][:2] == ["pace of talks", "a"]
    assert table[1].block == "two (2 together)"
    assert table[0].cells[0][2].count("→") == 1


def test_rows_are_blocks_with_what_stands_out_in_them(u: Floats) -> None:
    first = found(0.1 + 0.5 * u[0] + 0.3 * u[1], u)
    assert [(row.label, row.marks, row.inside) for row in words.rows(first)] == [
        ("pace of talks", "●", False),
        ("two (2 together)", "●○", False),
        ("a", "○", True),
    ]
    assert "pace of talks" in words.said(first)


def test_those_within_noise_share_the_first_place_or_no_one_has_it(u: Floats) -> None:
    first = found(0.2 + 0.3 * u[0] + 0.3 * u[3], u)
    (target,) = first.targets
    assert set(words.foremost(first, target)) == {"pace", "idle"}
    assert "cannot be told from what moves it most" in " ".join(words.sentences(first, target, 1))
    assert target.blocks is not None
    noise = replace(target, blocks={name: Part(0.02, 0.01) for name in target.blocks})
    assert words.foremost(first, noise) == []
    assert "No one thing stands out" in " ".join(words.sentences(first, noise, 1))
    alike = replace(target, blocks={f"b{i}": Part(0.2, 0.01) for i in range(5)})
    assert words.foremost(first, alike) == []


def test_a_start_is_told_by_its_states(u: Floats) -> None:
    first = found(np.where(u[4] < 0.5, 0.6, 0.2), u, start=True)
    said = " ".join(words.sentences(first, first.targets[0], 200_000))
    assert "Greece: stance at the start moves it most" in said
    assert "The probability is 20 % where it is “no” and 60 % where it is “yes”." in said


def stored(first: Moving) -> Sensitivity:
    scenario = TitledScenario("x", "0", "X")
    day = date(2026, 12, 1)
    return Sensitivity(
        schema=SCHEMA, scenario=scenario, seed=1, trajectories=200_000, worlds=WORLDS, start=day, horizon=day,
        first=first,
    )  # fmt: skip


def test_what_is_stored_is_read_back(u: Floats) -> None:
    made = stored(found(0.1 + 0.5 * u[0], u, start=True))
    assert typed(Sensitivity, json.loads(text(made))) == made


def test_the_figure_has_a_bar_for_each_row_and_what_is_left(u: Floats) -> None:
    first = found(0.1 + 0.5 * u[0] + 0.3 * u[1], u)
    sheet = moving_sheet(first)
    for width in (WIDE, NARROW):
        drawn = svg_text(sheet.draw(width))
        for label in ("● pace of talks", "●○ two (2 together)", "only in combination"):
            assert label in drawn
    ax = draw_moving(first, first.targets[0])
    assert "Partnership for Peace" in ax.get_title()


# --- in a run -------------------------------------------------------------------------------------------


def test_shares_by_a_date_are_those_of_the_curve() -> None:
    ready = prepare("status-quo", 100)
    tally = Tally(ready.model, 100)
    for paths in paths_of(ready, 1000, threads=1):
        tally.add(paths)
    day = tally.dates[14]
    assert tally.shares_by(0, day).mean == pytest.approx(tally.curve(0)[14].probability)
    assert np.array_equal(tally.shares_by(0, tally.dates[-1]).share, tally.by_horizon()[:, 0])
    solved = Solved(ready.model, 1)
    solved._chances = [np.full((len(tally.outcomes.taken), len(tally.dates)), 0.25)] * 100
    assert solved.shares_by(0, day).share.tolist() == [0.25] * 100
