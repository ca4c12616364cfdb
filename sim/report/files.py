"""Figures in a folder of results: each as SVG and as PNG."""

from __future__ import annotations

from pathlib import Path

from sim.report.marks import Drawing
from sim.report.raster import png_bytes
from sim.report.vector import svg_text


def write_drawing(folder: Path, name: str, drawing: Drawing) -> None:
    """Writes both files of a drawing."""
    (folder / f"{name}.svg").write_text(svg_text(drawing), "utf-8", newline="\n")
    (folder / f"{name}.png").write_bytes(png_bytes(drawing))
