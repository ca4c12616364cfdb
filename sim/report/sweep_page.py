"""The page of a sweep: ``sweep.html``, one file, and its figures, from what was stored of it (``shown.json``)."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from sim.base.errors import RunError
from sim.base.words import chance_range, counted, points_more, step_name
from sim.report import sweep_prose as prose
from sim.report.page import PERCENT, environment, figure_of
from sim.report.prose import set_by_you
from sim.report.sweep_prose import axis_name, held, looked_at
from sim.report.sweep_sheets import AXES, LINES, MAP, POINTS, sheets
from sim.results.files import write_json
from sim.results.folder import opened, rewritten
from sim.studies.design import AxisRecord
from sim.studies.designs.values import LOG
from sim.studies.sweep.answer import Sweep
from sim.studies.sweep.looked import cell_text, ordinal
from sim.studies.sweep.showing import shown
from sim.studies.sweep.shown import FILE, RowShown, Shown, read_shown

PAGE = "sweep.html"
SORT = """\
document.querySelectorAll("table.sorted th button").forEach(function (button) {
  button.addEventListener("click", function () {
    var head = button.parentNode, body = head.closest("table").tBodies[0];
    var down = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    var at = head.cellIndex, rows = Array.prototype.slice.call(body.rows);
    var of = function (row) { return row.cells[at].dataset.v; };
    rows.sort(function (a, b) {
      var x = of(a), y = of(b), p = Number(x), q = Number(y);
      return down * (isNaN(p) || isNaN(q) ? x.localeCompare(y) : p - q);
    });
    head.parentNode.querySelectorAll("th").forEach(function (th) { th.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", down > 0 ? "ascending" : "descending");
    rows.forEach(function (row) { body.appendChild(row); });
  });
});
"""
"""Sorts the table of points by the column whose heading is clicked; the page is whole without it."""
CAPTIONS = {
    MAP: "Probability over the first two axes, of 100 futures. Lines, where both axes are numbers or days: 10 "
    "(dotted), 50 (solid) and 90 (dashed) of 100, interpolated between neighbours. Hatched: a point that failed.",
    LINES: "Probability over the first axis, of 100 futures; bands: 90 % credible intervals of the first "
    "and the last line, where there are any.",
    POINTS: "Every point as a dot, of 100 futures; black: means of parts of the range, with two standard errors.",
    AXES: "From the least to the greatest mean along each axis, whatever the others are; at the ends where on the axis "
    "these are, at the right how far apart in percentage points, with the standard error.",
}


def write_page(folder: Path, made: Sweep) -> None:
    """Writes what is shown of a sweep, the page and the figures into a folder that is being written."""
    write_json(folder / FILE, shown(made))
    _write(read_shown(folder), folder)


def rewrite_page(folder: Path) -> None:
    """Writes the page and the figures of a finished sweep again, whole or not at all.

    :raises RunError: the folder is not the result of a sweep, or not as it was written; or it cannot be written.
    """
    found = opened(folder)
    if FILE not in found.files:
        raise RunError(f"{folder}: no {FILE} there; is it a folder that `accession sweep` wrote?")
    found.check(folder, FILE)
    of = read_shown(folder)
    with rewritten(folder) as files:
        _write(of, files)


def _write(of: Shown, folder: Path) -> None:
    (folder / "figures").mkdir(exist_ok=True)
    (folder / PAGE).write_text(html(of, folder / "figures"), "utf-8", newline="\n")


def html(of: Shown, figures: Path | None = None) -> str:
    """The page; with ``figures``, also writes each figure there as SVG and PNG."""
    drawn = {name: figure_of(sheet, figures) for name, sheet in sheets(of).items()}
    page = environment().get_template(PAGE).render(
        s=of,
        figures=drawn,
        captions={name: _caption(of, name) for name in drawn},
        answer=list(prose.answer(of)),
        saved=prose.saved(of.first, of.ratios),
        design=prose.design(of),
        looked_at=prose.about_step(of),
        title=looked_at(of),
        yours=set_by_you(of.scenario.yours).strip(),
        axes=[_axis(axis) for axis in of.design.axes],
        levels=[
            {
                "name": axis_name(axis.name),
                "moved": prose.moved(axis),
                "rows": [
                    {"name": level.name, "points": level.rows, "mean": prose.level(of, level),
                     "range": chance_range(level.least, level.greatest)}
                    for level in axis.levels
                ],
            }
            for axis in of.by_movement()
        ],
        names=[axis_name(axis.name) for axis in of.design.axes],
        steps=[step_name(step) for step in of.steps],
        least=[_row(of, row) for row in of.least],
        greatest=[_row(of, row) for row in of.greatest],
        rows=[_row(of, row) for row in of.rows],
        note=f"{counted(of.trajectories, 'future')} in {counted(of.worlds, 'world')} at each point, seed {of.seed}.",
        script=SORT,
        script_hash=b64encode(sha256(SORT.encode()).digest()).decode(),
    )  # fmt: skip
    return PERCENT.sub("\u00a0%", page) + "\n"


def _caption(of: Shown, name: str) -> str:
    said = [f"{looked_at(of)}.", CAPTIONS[name]]
    others = {
        **(of.map.others if name == MAP and of.map is not None else {}),
        **(of.lines.others if name == LINES and of.lines is not None else {}),
    }
    if others:
        said.append(f"Held at their first values: {held(others)}.")
    if name == MAP and of.map is not None:
        if of.map.without_panel:
            said.append(f"{of.map.without_panel} more values of the other axes have no map here.")
        if of.map.thinned:
            said.append("Not all values of the two axes are drawn, but some that are evenly spread.")
    return " ".join(said)


def _axis(axis: AxisRecord) -> dict[str, str]:
    if axis.between is not None:
        whole = axis.between == (0.0, 1.0) and axis.name.endswith("(quantile)")
        ends = "all of its prior" if whole else " to ".join(cell_text(end) for end in axis.between)
        said = f"{ends}{', equal ratios equally likely' if axis.scale == LOG else ''}"
    elif axis.cells:
        shown_cells = [cell_text(cell) for cell in axis.cells[:12]]
        more = f", … ({len(axis.cells):,} in all)" if len(axis.cells) > 12 else ""
        said = ", ".join(shown_cells) + more
    else:
        said = "as in the table"
    return {"name": axis_name(axis.name), "said": said}


def _row(of: Shown, row: RowShown) -> dict[str, object]:
    chance, _, interval = prose.probability(of, row).partition(" (")
    steps = zip(prose.step_shares(of, row), row.steps, of.steps, strict=True)
    return {
        "number": row.number + 1,
        "cells": [
            (cell_text(cell), f"{ordinal(cell)!r}" if ordinal(cell) is not None else cell)
            for cell in row.cells
        ],
        "chance": chance,
        "range": interval.removesuffix(")"),
        "probability": f"{row.probability!r}",
        "difference": "" if row.number == 0 else points_more(row.difference, row.difference_error),
        "by": f"{row.difference!r}",
        "steps": [(said, f"{share!r}") for said, share, step in steps if step != of.step],
    }
