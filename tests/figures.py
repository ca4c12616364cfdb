"""Reports with blank figures and few sample futures: these take most of the time of a small run, and seldom are what
is tested.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from markupsafe import Markup, escape

from sim.report.sheets import Sheet

SAMPLES = 4
"""The report prints how to replay the last of them."""
BLANK = '<svg viewBox="0 0 1 1"></svg>'


def _figure(sheet: Sheet, folder: Path | None, note: str = "") -> dict[str, Markup]:
    """As the figure of a page: its files, and its place on the page with what it shows in words."""
    if folder is not None:
        _files(folder, sheet.name)
    shown = Markup('<svg viewBox="0 0 1 1" role="img" aria-label="{}"></svg>').format(escape(sheet.alt))
    return {"wide": shown, "narrow": shown}


def _blank_drawing(folder: Path, name: str, drawing: object) -> None:
    _files(folder, name)


def _files(folder: Path, name: str) -> None:
    (folder / f"{name}.svg").write_text(BLANK, "utf-8")
    (folder / f"{name}.png").write_bytes(b"")


@contextmanager
def blank() -> Iterator[None]:
    """Whatever is written in this process meanwhile has blank figures, and four sample futures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.report.page.figure_of", _figure)
        patch.setattr("sim.report.bids_page.figure_of", _figure)
        patch.setattr("sim.report.comparison_figures.write_drawing", _blank_drawing)
        patch.setattr("sim.report.sweep_page.figure_of", _figure)
        for module in ("samples", "bids_futures"):
            patch.setattr(f"sim.studies.{module}.SAMPLES", SAMPLES)
        yield
