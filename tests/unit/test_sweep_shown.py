"""What is shown of a sweep: its records against the table, figures of them, and the page."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from math import hypot
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from sim.base import records
from sim.base.errors import OptionError
from sim.report import contours
from sim.report.marks import Bar, Drawing, Words
from sim.report.raster import png_bytes
from sim.report.screens.sweep import screen
from sim.report.style import NARROW, WIDE
from sim.report.sweep_page import PAGE, html, rewrite_page, write_page
from sim.report.sweep_sheets import draw, sheets
from sim.studies.design import Table
from sim.studies.designs.making import full_grid, sample
from sim.studies.options import Sampling
from sim.studies.prepare import Prepared, prepare
from sim.studies.sweep.answer import Sweep
from sim.studies.sweep.looked import mixed
from sim.studies.sweep.showing import shown
from sim.studies.sweep.shown import FILE, Shown, read_shown
from sim.studies.sweep.study import sweep
from tests.two_holdouts import scenario

OPTIONS = Sampling(trajectories=400, worlds=100)
GRID = {
    "known": "0.1,0.4,2",
    "rate": "0.2,0.5,0.8",
    "chance": "0.1,0.9",
    "GRC.stance=recognises": "2027-06-01,never",
}


@pytest.fixture(scope="module")
def base() -> Prepared:
    return prepare(scenario(), 100)


@pytest.fixture(scope="module")
def grid(base: Prepared) -> Sweep:
    return sweep(base, full_grid(GRID, base), OPTIONS)


@pytest.fixture(scope="module")
def drawn(base: Prepared) -> Sweep:
    over = {"known": "0.1..2:log", "rate": "prior", "GRC.stance=recognises": "2027-06-01,never"}
    return sweep(base, sample("sobol", 32, over, base, grid={"chance": "0.1,0.9"}), OPTIONS)


def test_records_are_those_of_the_table(grid: Sweep) -> None:
    of, table = shown(grid), grid.looked_at()
    table = table[table["step"] == "entry"].reset_index(drop=True)
    assert [row.probability for row in of.rows] == table["probability"].tolist()
    assert [row.difference_error for row in of.rows] == table["difference_error"].tolist()
    assert of.greatest[0].probability == table["probability"].max()
    assert of.least[0].probability == table["probability"].min()
    known = of.axes[0]
    means = table.groupby("known")["probability"].mean()
    assert [level.mean for level in known.levels] == pytest.approx(means.tolist(), abs=1e-12)
    assert known.moved == pytest.approx(means.max() - means.min(), abs=1e-12)
    errors = table.groupby("known")["difference_error"].mean()
    assert known.error == pytest.approx(hypot(errors[0.1], errors[2.0]), abs=1e-12)
    assert next(axis.name for axis in of.by_movement()) == "known"
    assert records.typed(Shown, records.plain(of)) == of


def test_a_map_of_two_axes_for_each_value_of_two_more(grid: Sweep) -> None:
    of, table = shown(grid).map, grid.looked_at()
    assert of is not None
    assert (of.x, of.y, of.ordered, len(of.panels)) == ("known", "rate", True, 4)
    table = table[table["step"] == "entry"].set_index(["known", "rate", "chance", "GRC.stance=recognises"])
    for panel in of.panels:
        held = tuple(panel.held.values())
        for j, rate in enumerate(of.ys):
            for i, known in enumerate(of.xs):
                assert panel.cells[j][i] == table.loc[(known, rate, *held), "probability"]


def test_lines_over_the_first_axis(base: Prepared, grid: Sweep) -> None:
    of = shown(grid).lines
    assert of is not None
    assert (of.x, of.by, [line.name for line in of.lines]) == ("known", "rate", ["0.2", "0.5", "0.8"])
    assert dict(of.others) == {"chance": 0.1, "GRC.stance=recognises": "2027-06-01"}
    made = sweep(base, full_grid({"known": "2,0.1,0.4"}, base), OPTIONS)
    alone, table = shown(made).lines, made.looked_at().sort_values("known")
    assert alone is not None
    assert (alone.xs, [line.name for line in alone.lines]) == ((0.1, 0.4, 2.0), ["talks", "entry"])
    for line in alone.lines:
        of_step = table[table["step"] == line.name]
        assert list(line.probability) == of_step["probability"].tolist()
        assert [low if low is not None else -1 for low in line.low] == of_step["low"].fillna(-1).tolist()


def test_many_values_of_a_grid_are_shown_by_parts(base: Prepared) -> None:
    values = [*range(30), 1000]
    of = shown(sweep(base, full_grid({"idle": values}, base), Sampling(trajectories=100, worlds=1)))
    levels = of.axes[0].levels
    assert sum(level.rows for level in levels) == 31
    assert {level.rows for level in levels} == {3, 4}
    assert [(level.name, level.at) for level in levels][::7] == [("0 to 4", 2.0), ("27 to 1,000", 29.0)]


def test_some_of_many_rows_are_from_everywhere(base: Prepared) -> None:
    """Every second row of a Sobol' sequence would be in one half of an axis."""
    design = sample("sobol", 1024, {"rate": "prior", "known": "0..1", "idle": "0..1"}, base)
    some = mixed(range(1024), 400)
    assert (some[0], len(some), len(set(some))) == (0, 400, 400)
    cells = [design[number].cells for number in some]
    for place in range(3):
        quarters = [sum(k <= 4 * float(cell[place]) < k + 1 for cell in cells) for k in range(4)]
        assert min(quarters) > 85


def test_parts_of_a_range(drawn: Sweep) -> None:
    of = shown(drawn)
    chance, known, rate, stance = of.axes
    assert (known.log, rate.log, stance.ordered) == (True, False, False)
    assert sum(level.rows for level in known.levels) == of.ran == 64
    assert [level.name for level in stance.levels] == ["2027-06-01", "never"]
    assert [level.rows for level in chance.levels] == [32, 32]
    assert of.map is None
    assert of.lines is None
    # draws are there by chance, the values of the grid are not
    assert known.levels[0].error > chance.levels[0].error


def test_what_does_not_run_is_left_out(base: Prepared) -> None:
    of = shown(sweep(base, full_grid({"chance": "0.5,1.5", "known": "0.1,0.2"}, base), OPTIONS))
    assert (of.ran, of.failed, len(of.rows)) == (2, 2, 2)
    assert of.failures[0].said == "chance = 1.5, known = 0.1"
    assert [axis.name for axis in of.axes] == ["known"]
    assert of.map is not None
    assert [row[1] for row in of.map.panels[0].cells] == [None, None]
    assert set(sheets(of)) == {"map", "lines"}
    page = html(of)
    assert "talks.held: chance is 1.5" in page


# --- figures ---------------------------------------------------------------------------------------------


def test_lines_of_a_level() -> None:
    cells = [[x + y for x in (0.0, 1.0, 2.0)] for y in (0.0, 1.0, 2.0)]
    (line,) = contours.lines(cells, 1.5)
    assert {round(x + y, 9) for x, y in line} == {1.5}
    assert sorted({line[0], line[-1]}) == [(0.0, 1.5), (1.5, 0.0)]
    hill = [[1.0 if (x, y) == (2, 2) else 0.0 for x in range(5)] for y in range(5)]
    (ring,) = contours.lines(hill, 0.5)
    assert ring[0] == ring[-1]
    assert len(ring) == 5
    assert contours.lines(hill, 2.0) == []
    assert contours.lines([[0.0, None], [1.0, 1.0]], 0.5) == []
    saddle = [[1.0, 0.0], [0.0, 1.0]]
    assert len(contours.lines(saddle, 0.5)) == 2


def whole(name: str, of: Shown, width: float = WIDE) -> Drawing:
    return sheets(of)[name].draw(width)


def test_a_map_says_its_numbers_and_has_lines(base: Prepared) -> None:
    of = shown(sweep(base, full_grid({"known": "0.05,0.5,5", "rate": "0.1,0.5,0.9"}, base), OPTIONS))
    assert of.map is not None
    panel = whole("map", of).panels[0]
    words = {(mark.x, mark.y): mark.text for mark in panel.marks if isinstance(mark, Words)}
    for j in range(3):
        for i in range(3):
            cell = of.map.panels[0].cells[j][i]
            assert cell is not None
            assert words[float(i), float(j)].lstrip("~<>") == f"{round(100 * cell)}" or cell < 0.005
    assert "10" in [mark.text for mark in panel.marks if isinstance(mark, Words) and mark.boxed]
    assert sum(isinstance(mark, Bar) for mark in panel.marks) == 9


def test_no_lines_between_what_has_no_order(base: Prepared) -> None:
    of = shown(
        sweep(
            base,
            full_grid({"known": "0.05,0.5,5", "GRC.stance=recognises": "2027-01-01,2028-01-01,never"}, base),
            OPTIONS,
        )
    )
    panel = whole("map", of).panels[0]
    assert not [mark for mark in panel.marks if isinstance(mark, Words) and mark.boxed]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_every_figure_at_every_width(grid: Sweep, drawn: Sweep, width: float) -> None:
    for made, names in ((grid, ["map", "lines", "axes"]), (drawn, ["points", "axes"])):
        of = shown(made)
        assert list(sheets(of)) == names
        for name in names:
            drawing = whole(name, of, width)
            for panel in drawing.panels:
                assert 0 <= panel.left < panel.left + panel.width <= drawing.width + 1e-9
                assert 0 <= panel.top < panel.top + panel.height <= drawing.height + 1e-9
                assert panel.width > 0.5
    assert png_bytes(whole("points", shown(drawn), width)).startswith(b"\x89PNG")


def test_figures_on_axes(grid: Sweep, drawn: Sweep) -> None:
    ax = Figure().add_subplot()
    assert draw(shown(grid), ax) is ax
    assert len(ax.patches) == 9
    for name in ("map", "lines", "axes"):
        draw(shown(grid), figure=name)
    assert draw(shown(drawn)).collections
    with pytest.raises(OptionError, match="figure map: not a figure of this sweep"):
        draw(shown(drawn), figure="map")


# --- the page --------------------------------------------------------------------------------------------


def test_the_page_comes_from_what_is_stored(drawn: Sweep, base: Prepared, tmp_path: Path) -> None:
    made = sweep(base, drawn.design, OPTIONS, out=tmp_path / "a", figures=write_page)
    page = (tmp_path / "a" / PAGE).read_text("utf-8")
    assert read_shown(tmp_path / "a") == shown(made)
    (tmp_path / "a" / "figures" / "axes.svg").unlink()
    rewrite_page(tmp_path / "a")
    assert (tmp_path / "a" / PAGE).read_text("utf-8") == page
    assert (tmp_path / "a" / "figures" / "axes.svg").exists()
    # the one script is the one that is allowed
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" in page
    assert not re.search(r"(?<![\d.])0\xa0%|100\xa0%|https?://", page)
    body = page.partition('<table class="sorted')[2]
    assert body.count("<tr>") == 65
    assert FILE in page


def test_many_rows_are_thinned_and_it_is_said(base: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.studies.sweep.showing.MOST_ROWS", 10)
    of = shown(sweep(base, full_grid({"idle": "0:1:31"}, base), Sampling(trajectories=100, worlds=1)))
    assert [row.number for row in of.rows] == mixed(range(31), 10)
    assert "10 of 31 points, evenly spread over the design" in html(of)


def test_one_point_and_a_table(base: Prepared) -> None:
    for rows in (((0.5,),), ((0.5,), (0.5,), (0.7,))):
        made = sweep(base, Table(full_grid({"known": "1"}, base).axes, rows), OPTIONS)
        of = shown(made)
        assert of.ran == len(rows)
        html(of)
        assert len(screen(made).splitlines()) < 20


def test_many_axes_fit_on_a_screen(base: Prepared, drawn: Sweep) -> None:
    text = screen(drawn)
    assert max(map(len, text.splitlines())) <= 80
    assert len(text.splitlines()) <= 23
    assert "GRC.stance=recognis…" in text
