"""Matplotlib figures as files (of a sweep, of pages of ``docs/``): the same bytes every time."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sim.report.style import drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SILENT = {"Date": None, "Creator": None, "Format": None, "Type": None}
"""No date and no program in the files."""
DPI = 200


def svg_text(figure: Figure) -> str:
    """A figure as SVG, with its text as text."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata=SILENT)
    return re.sub(r"\s*<metadata>.*?</metadata>", "", out.getvalue(), flags=re.DOTALL)


def png_bytes(figure: Figure) -> bytes:
    """A figure as PNG."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
    return out.getvalue()


def write_drawings(folder: Path, drawings: Mapping[str, Callable[[], Figure]]) -> None:
    """Each as SVG and PNG in a new folder; the same bytes whatever a user has set.

    :param drawings: name -> what draws it.
    """
    folder.mkdir()
    for name, draw in drawings.items():
        with drawing():
            figure = draw()
            (folder / f"{name}.svg").write_text(svg_text(figure), "utf-8")
            (folder / f"{name}.png").write_bytes(png_bytes(figure))
